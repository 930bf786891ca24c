"""The running system as others on the machine see it: processes without root, and files that nobody else can read."""

import os
import pwd
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests.support.e2e.system import System

pytestmark = pytest.mark.e2e

PROGRAMS = (
    "redis",
    "s3",
    "asterisk",
    "api",
    "engine",
    "record-writer",
    "mail-reader",
    "worker-recordings",
    "worker-default",
    "worker-transcripts",
)


def paths(system: System) -> Iterator[Path]:
    var = system.settings.var_dir
    yield var
    for folder, folders, files in os.walk(var):
        for name in [*folders, *files]:
            yield Path(folder) / name


def status(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.strip() for name, value in (line.split(":", 1) for line in lines)}


def family(pid: int) -> Iterator[int]:
    """Return the process and all below it."""
    yield pid
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield from family(int(child))


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user's run has no other user")
class TestProcesses:
    def test_none_of_ours_is_root(self, system: System) -> None:
        ours = str(pwd.getpwnam("switchroom").pw_uid)
        for program in PROGRAMS:
            for pid in family(system.pid(program)):
                found = status(pid)
                assert found["Uid"].split() == [ours] * 4, program
                assert "0" not in [*found["Gid"].split(), *found["Groups"].split()], program
                assert (int(found["CapEff"], 16), found["NoNewPrivs"]) == (0, "1"), program

    def test_root_is_only_what_starts_asterisk(self, system: System) -> None:
        assert system._process is not None
        below = {pid: status(pid) for pid in family(system._process.pid)}
        roots = {found["Name"] for found in below.values() if found["Uid"].split()[0] == "0"}
        assert len([found for found in below.values() if found["Uid"].split()[0] == "0"]) == 2, roots
        (asterisk,) = [found for found in below.values() if found["Name"] == "asterisk"]
        uids = set(asterisk["Uid"].split())
        assert uids.isdisjoint({"0", str(pwd.getpwnam("switchroom").pw_uid)})
        assert int(asterisk["CapEff"], 16) == 0


class TestFiles:
    def test_all_are_closed_to_others(self, system: System) -> None:
        found = {path: stat.S_IMODE(path.lstat().st_mode) for path in paths(system) if not path.is_symlink()}
        names = {path.name for path in found}
        expected = {
            "switchroom.db",
            "switchroom.db-wal",
            "switchroom.env",
            "redis.conf",
            "api.log",
            "spool",
            "s3",
        }
        assert expected <= names
        assert [f"{mode:o} {path}" for path, mode in found.items() if mode & 0o007] == []
        # Only Asterisk's folders are shared, with Asterisk's group.
        shared = [path for path, mode in found.items() if mode & 0o070]
        assert {path.relative_to(system.settings.var_dir).parts[0] for path in shared} <= {"asterisk-a"}

    def test_nobody_can_read_anything(self, system: System) -> None:
        everything = list(paths(system))
        assert len(everything) > 50
        # The folder of the tests is closed, too: hold on to the one that `var` is in, before root is given up.
        folder = os.open(system.folder, os.O_PATH)
        before = stat.S_IMODE(system.folder.stat().st_mode)
        system.folder.chmod(0o755)
        listing, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.setgroups([])
            os.setgid(pwd.getpwnam("nobody").pw_gid)
            os.setuid(pwd.getpwnam("nobody").pw_uid)
            os.fchdir(folder)
            for path in everything:
                try:
                    os.open(path.relative_to(system.folder), os.O_RDONLY | os.O_NONBLOCK)
                    os.write(writing, f"{path}\n".encode())
                except OSError as error:
                    if not isinstance(error, PermissionError | FileNotFoundError):
                        os.write(writing, f"{path}: {error}\n".encode())
            os._exit(0)
        os.close(writing)
        os.close(folder)
        with os.fdopen(listing) as read:
            assert read.read() == ""
        assert os.waitpid(child, 0)[1] == 0
        system.folder.chmod(before)


def test_redis_answers_nobody_without_the_password(system: System) -> None:
    port = system.redis.connection_pool.connection_kwargs["port"]
    with redis.Redis(port=port) as stranger, pytest.raises(redis.AuthenticationError):
        stranger.ping()
    password = system.redis.connection_pool.connection_kwargs["password"]
    lines = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert password not in lines

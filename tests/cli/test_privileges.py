"""A run that root starts becomes another user. Asterisk alone is started by root, on demand."""

import os
import pwd
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dotenv import dotenv_values

from cli.errors import RunError
from cli.run import environment, privileges
from cli.run.asterisk_config import CONFIG_DIR, FACTS, installed
from cli.run.supervisor import _configure_redis
from switchroom.settings import Settings
from switchroom.vapid import public_key
from tests.support.servers import wait_until

pytestmark = [
    pytest.mark.unit,
    pytest.mark.long,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user"),
]

NOBODY = pwd.getpwnam("nobody")
ROOM = [str(CONFIG_DIR.parent), os.path.realpath(sys.prefix), os.path.realpath(sys.base_prefix)]


def as_nobody(cwd: Path, *folders: Path, script: str) -> subprocess.CompletedProcess[str]:
    needed = [*ROOM, str(cwd), *map(str, folders)]
    command = [sys.executable, "-m", "cli.run.privileges", "nobody", *needed, "--", "/bin/sh", "-c", script]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


class TestBecoming:
    @pytest.fixture(autouse=True)
    def open_folder(self, tmp_path: Path) -> None:
        tmp_path.chmod(0o755)

    def test_it_cannot_be_undone(self, tmp_path: Path) -> None:
        done = as_nobody(
            tmp_path, script="grep -E '^(Uid|Gid|Groups|NoNewPrivs|CapEff)' /proc/self/status; umask"
        )
        found = dict(line.split(":\t", 1) for line in done.stdout.splitlines()[:-1])
        assert found["Uid"].split() == [str(NOBODY.pw_uid)] * 4, done.stderr
        assert found["Gid"].split() == [str(NOBODY.pw_gid)] * 4
        assert "0" not in found["Groups"].split()
        assert (found["NoNewPrivs"], int(found["CapEff"], 16)) == ("1", 0)
        assert done.stdout.splitlines()[-1] in ("0077", "077")

    def test_the_user_reaches_what_the_run_needs_and_nothing_else(self, tmp_path: Path) -> None:
        room = tmp_path / "room"
        for folder in (room, tmp_path / "beside"):
            folder.mkdir()
            (folder / "file").write_text("x")
            (folder / "file").chmod(0o644)
            folder.chmod(0o755)
        tmp_path.chmod(0o700)
        done = as_nobody(room, script=f"pwd; cat file; ls {tmp_path}; cat {room}/file {tmp_path}/beside/file")
        assert done.stdout == f"{room}\nxroom\nx"
        assert "No such file" in done.stderr
        assert sorted(os.listdir(tmp_path)) == ["beside", "room"], "the machine itself is unchanged"

    def test_the_message_names_the_folder_that_the_user_cannot_read(self, tmp_path: Path) -> None:
        shut = tmp_path / "shut"
        shut.mkdir(mode=0o700)
        done = as_nobody(tmp_path, shut, script="id")
        assert done.returncode == 1
        assert f"nobody cannot read {shut}" in done.stderr

    def test_only_the_environment_names_the_user(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("SWITCHROOM_RUN_USER", raising=False)
        assert privileges.user_to_become() == "switchroom"
        monkeypatch.setenv("SWITCHROOM_RUN_USER", "root")
        assert privileges.user_to_become() == ""
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        monkeypatch.setenv("SWITCHROOM_RUN_USER", "other")
        assert privileges.user_to_become() == "", "an ordinary user stays what they are"


class TestOwnFolder:
    def test_files_of_root_are_given_to_the_user(self, tmp_path: Path) -> None:
        var = tmp_path / "var"
        (var / "log").mkdir(parents=True)
        (var / "switchroom.db").write_text("x")
        (var / "asterisk-a" / "spool").mkdir(parents=True)
        outside, linked = tmp_path / "outside", tmp_path / "linked"
        outside.write_text("x")
        linked.write_text("x")
        (var / "to").symlink_to(outside)
        os.link(linked, var / "second-name")
        privileges._own(var, NOBODY)
        assert {path.stat().st_uid for path in (var, var / "log", var / "switchroom.db")} == {NOBODY.pw_uid}
        assert stat.S_IMODE(var.stat().st_mode) == 0o700
        assert [outside.stat().st_uid, linked.stat().st_uid] == [0, 0]
        assert (var / "asterisk-a/spool").stat().st_uid == 0

    def test_a_new_folder_is_closed_to_others(self, tmp_path: Path) -> None:
        privileges._own(tmp_path / "a" / "var", NOBODY)
        found = (tmp_path / "a" / "var").stat()
        assert (found.st_uid, stat.S_IMODE(found.st_mode)) == (NOBODY.pw_uid, 0o700)

    def test_a_folder_that_is_replaced_by_a_link_meanwhile_gives_nothing_away(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        var, victim = tmp_path / "var", tmp_path / "victim"
        for folder in (var / "log", victim):
            folder.mkdir(parents=True)
            for name in ("one", "two"):
                (folder / name).write_text("x")
        change_owner = os.chown

        def swapped(name: str, *more: int, **options: Any) -> None:
            if Path(name).name in ("one", "two") and not (var / "log").is_symlink():
                (var / "log").rename(var / "before")
                (var / "log").symlink_to(victim)
            change_owner(name, *more, **options)

        monkeypatch.setattr(os, "chown", swapped)
        privileges._own(var, NOBODY)
        assert [path.stat().st_uid for path in victim.iterdir()] == [0, 0]

    @pytest.mark.parametrize("node", ["../../etc", "A", "a/b", "x" * 21])
    def test_the_name_of_a_node_cannot_lead_to_another_folder(
        self, node: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SWITCHROOM_NODE", node)
        with pytest.raises(RunError, match="SWITCHROOM_NODE"):
            privileges._node()


class TestStarter:
    """The command stands for Asterisk: it says that it runs, and ends cleanly with 7 on SIGTERM."""

    command = ("bash", "-c", "trap 'echo clean; exit 7' TERM; echo runs; while :; do sleep 0.05; done")

    @pytest.fixture
    def starter(self, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
        tmp_path.chmod(0o755)
        process = self.start(tmp_path / "s", *self.command)
        yield process
        process.kill()
        process.wait()

    def start(self, path: Path, *command: str) -> subprocess.Popen[bytes]:
        arguments = [sys.executable, "-m", "cli.run.asterisk_starter", str(path), "nobody", *command]
        process = subprocess.Popen(arguments, stdin=subprocess.PIPE)
        wait_until(path.exists, "the socket")
        return process

    def client(self, path: Path) -> subprocess.Popen[str]:
        arguments = [sys.executable, "-m", "cli.run.asterisk_starter", str(path)]
        return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)

    def says(self, client: subprocess.Popen[str]) -> str:
        assert client.stdout is not None
        return client.stdout.readline()

    def test_a_client_ends_the_command_and_another_starts_it_again(
        self, tmp_path: Path, starter: subprocess.Popen[bytes]
    ) -> None:
        for _ in range(2):
            client = self.client(tmp_path / "s")
            assert self.says(client) == "runs\n"
            client.terminate()
            assert self.says(client) == "clean\n"
            assert client.wait(10) == 7
        assert starter.poll() is None

    def test_the_command_is_killed_when_its_client_is_killed(
        self, tmp_path: Path, starter: subprocess.Popen[bytes]
    ) -> None:
        client = self.client(tmp_path / "s")
        assert self.says(client) == "runs\n"
        client.kill()
        assert self.says(client) == "", "the other end of its output is closed, and nothing was said"
        again = self.client(tmp_path / "s")
        assert self.says(again) == "runs\n"
        again.terminate()

    def test_the_command_ends_when_the_run_ends(
        self, tmp_path: Path, starter: subprocess.Popen[bytes]
    ) -> None:
        client = self.client(tmp_path / "s")
        assert self.says(client) == "runs\n"
        assert starter.stdin is not None
        starter.stdin.close()
        assert self.says(client) == "clean\n"
        assert [client.wait(10), starter.wait(10)] == [7, 0]

    def test_a_second_starter_does_not_disturb_the_first(
        self, tmp_path: Path, starter: subprocess.Popen[bytes]
    ) -> None:
        client = self.client(tmp_path / "s")
        assert self.says(client) == "runs\n"
        second = self.start(tmp_path / "s", *self.command)
        assert second.wait(10) == 1
        client.terminate()
        assert client.wait(10) == 7
        again = self.client(tmp_path / "s")
        assert self.says(again) == "runs\n"
        again.terminate()

    def test_the_client_gets_the_exit_status(self, tmp_path: Path) -> None:
        tmp_path.chmod(0o755)
        process = self.start(tmp_path / "s", "bash", "-c", "exit 3")
        assert self.client(tmp_path / "s").wait(10) == 3
        process.terminate()
        assert process.wait(10) == 0

    def test_other_users_cannot_connect(self, tmp_path: Path, starter: subprocess.Popen[bytes]) -> None:
        found = (tmp_path / "s").stat()
        assert (found.st_uid, stat.S_IMODE(found.st_mode)) == (NOBODY.pw_uid, 0o600)
        stranger = subprocess.run(
            ["python3", "-c", f"import socket; socket.socket(socket.AF_UNIX).connect({str(tmp_path / 's')!r})"],
            user="daemon", cwd="/", capture_output=True, text=True, check=False, env={"PATH": "/usr/bin:/bin"},
        )  # fmt: skip
        assert "PermissionError" in stranger.stderr

    def test_a_client_that_says_nothing_does_not_keep_others_out(
        self, tmp_path: Path, starter: subprocess.Popen[bytes]
    ) -> None:
        with socket.socket(socket.AF_UNIX) as silent:
            silent.connect(str(tmp_path / "s"))
            client = self.client(tmp_path / "s")
            assert self.says(client) == "runs\n"
            client.terminate()

    def test_root_takes_no_module_of_the_folder_where_it_stands(self, tmp_path: Path) -> None:
        planted = tmp_path / "cli" / "run"
        planted.mkdir(parents=True)
        for name in ("asterisk_starter", "privileges"):
            (planted / f"{name}.py").write_text("print('planted')")
            done = subprocess.run(
                [*privileges._PYTHON, f"cli.run.{name}"], cwd=tmp_path, capture_output=True, text=True, check=False
            )  # fmt: skip
            assert "planted" not in done.stdout

    def test_a_client_without_an_output_starts_nothing(
        self, tmp_path: Path, starter: subprocess.Popen[bytes]
    ) -> None:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(tmp_path / "s"))
            connection.send(b"x")
            assert connection.recv(1) == b""
        assert starter.poll() is None


class TestRedis:
    def test_has_a_password_from_the_first_start(self, tmp_path: Path) -> None:
        path = tmp_path / "switchroom.env"
        environment.ensure(path)
        settings = Settings(_env_file=path, var_dir=tmp_path)  # type: ignore[call-arg]
        (tmp_path / "redis").mkdir()
        _configure_redis(settings)
        config = tmp_path / "redis" / "redis.conf"
        assert stat.S_IMODE(config.stat().st_mode) == 0o600
        password = config.read_text().split('"')[1]
        assert len(password) >= 32
        assert f":{password}@127.0.0.1" in settings.redis_url
        assert not environment.ensure_redis_password(path)

    @pytest.mark.parametrize(
        ("url", "added"),
        [
            ("redis://127.0.0.1:6390/0", True),
            ("redis://:there@127.0.0.1:6390/0", False),
            ("redis://redis.example:6379/0", False),
        ],
    )
    def test_a_password_is_added_to_an_older_file(self, tmp_path: Path, url: str, added: bool) -> None:
        path = tmp_path / "switchroom.env"
        path.write_text(f"SWITCHROOM_REDIS_URL={url}\n")
        assert environment.ensure_redis_password(path) == added
        found = dotenv_values(path)["SWITCHROOM_REDIS_URL"] or ""
        assert (found != url) == added
        assert found.endswith(url.rpartition("@")[2].removeprefix("redis://"))


def test_the_users_run_learns_the_facts_of_asterisk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FACTS, '{"root": "", "version": "22.10"}')
    assert installed()["version"] == "22.10"


class TestWebPush:
    def test_has_a_key_from_the_first_start(self, tmp_path: Path) -> None:
        path = tmp_path / "switchroom.env"
        environment.ensure(path)
        settings = Settings(_env_file=path, var_dir=tmp_path)  # type: ignore[call-arg]
        assert len(public_key(settings.vapid_private_key.get_secret_value())) == 87
        assert not environment.ensure_vapid_key(path)

    def test_a_key_is_added_to_an_older_file(self, tmp_path: Path) -> None:
        path = tmp_path / "switchroom.env"
        path.write_text("SWITCHROOM_API_PORT=8000\n")
        assert environment.ensure_vapid_key(path)
        key = dotenv_values(path)["SWITCHROOM_VAPID_PRIVATE_KEY"] or ""
        assert len(public_key(key)) == 87
        assert not environment.ensure_vapid_key(path)

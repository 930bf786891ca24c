"""A run that root starts: root makes the user and the folder, starts Asterisk, and does nothing else.

    switchroom run, as root
    ├── the starter of Asterisk (cli.run.asterisk_starter), as root
    └── switchroom run, as the user: the database, supervisord and every program

The user may not be able to reach what it runs: the checkout or Python may lie in root's home. Then the run gets a mount
namespace of its own, in which a closed folder is replaced by an empty one that shows only what is needed.
"""

import compileall
import ctypes
import json
import os
import pwd
import re
import signal
import stat
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from dotenv import dotenv_values

from cli.errors import RunError
from cli.run import environment
from cli.run.asterisk_config import CONFIG_DIR, FACTS, installed
from cli.run.asterisk_starter import STARTER
from cli.run.supervisor import short_socket

ASTERISK_USER = "switchroom-asterisk"
"""Asterisk's user, where Asterisk is in a root file system of its own. `run.sh` knows this name, too."""
_PYTHON = (sys.executable, "-P", "-m")
"""Runs a module of ours. Without `-P`, root would take the modules of the folder where it stands, which may be another
user's."""
_CLONE_NEWNS, _MS_BIND, _MS_REC, _MS_PRIVATE, _MS_NOSUID, _MS_NODEV = 0x20000, 0x1000, 0x4000, 0x40000, 2, 4
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def user_to_become() -> str:
    """Return the user to become: none if we are not root, or if `SWITCHROOM_RUN_USER` is root.

    The file `var/switchroom.env` belongs to that user, so only the environment can say that it is another one.
    """
    user = os.environ.get("SWITCHROOM_RUN_USER", "switchroom")
    return "" if os.geteuid() or user == "root" else user


def run_as(user: str, arguments: Sequence[str]) -> int:
    """Run `switchroom run` as `user`, beside the starter of Asterisk. Returns its exit code. Raises `RunError`."""
    account = _account(user)
    _account(ASTERISK_USER)
    var = Path(os.environ.get("SWITCHROOM_VAR_DIR", "var")).absolute()
    home = var / f"asterisk-{_node()}"
    _own(var, account)
    _compile()
    facts = installed()
    path = short_socket(var / "asterisk.sock")
    starter = subprocess.Popen(
        [
            *_PYTHON, "cli.run.asterisk_starter", str(path), user,
            "bash", str(CONFIG_DIR / "run.sh"), str(home),
        ],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )  # fmt: skip
    inherited = {
        **os.environ,
        "HOME": str(var),
        "USER": user,
        "LOGNAME": user,
        STARTER: str(path),
        FACTS: json.dumps(facts),
    }
    needed: list[str | Path] = [CONFIG_DIR.parent, sys.prefix, sys.base_prefix, var, facts["root"] or "/"]
    if _may_pass(here := Path.cwd(), account.pw_uid, account.pw_gid):
        needed.append(here)
    folders = [str(Path(folder).resolve()) for folder in needed]
    try:
        child = subprocess.Popen(
            [
                *_PYTHON, "cli.run.privileges", user, *folders, "--",
                sys.executable, "-m", "cli.main", "run", *arguments,
            ],
            env=inherited,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        with _forwarded(child):
            return child.wait()
    finally:
        # The starter ends Asterisk and itself when its standard input ends, also if we are killed.
        assert starter.stdin is not None  # noqa: S101 - a pipe
        starter.stdin.close()
        starter.wait()


def _node() -> str:
    """Return the name of this machine's node. The settings may not be complete yet: the user makes their file."""
    name = "SWITCHROOM_NODE"
    files = [dotenv_values(path).get(name) for path in (environment.PATH, ".env")]
    node = os.environ.get(name) or files[1] or files[0] or "a"
    if not re.fullmatch(r"[a-z0-9]{1,20}", node):
        raise RunError(f"{name} is {node!r}", "it has 1 to 20 lower-case letters and digits")
    return node


def _account(user: str) -> pwd.struct_passwd:
    """Return the user. Make it, as a system user without a shell, if there is none."""
    try:
        account = pwd.getpwnam(user)
    except KeyError:
        command = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent",
                   "--shell", "/usr/sbin/nologin", user]  # fmt: skip
        inherited = {**os.environ, "PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"}
        try:
            done = subprocess.run(command, env=inherited, capture_output=True, text=True, check=False)
        except FileNotFoundError:
            raise RunError(
                f"there is no user {user}, and no program useradd to make it",
                "make it, or name another one in SWITCHROOM_RUN_USER",
            ) from None
        # Another run may have made it at the same moment.
        if done.returncode and "already exists" not in done.stderr:
            raise RunError(
                f"the user {user} could not be made: {done.stderr.strip()}",
                "make it, or name another one in SWITCHROOM_RUN_USER",
            ) from None
        account = pwd.getpwnam(user)
    if account.pw_uid == 0:
        raise RunError(f"SWITCHROOM_RUN_USER is {user}, which is root", "name an unprivileged user")
    return account


def _own(var: Path, account: pwd.struct_passwd) -> None:
    """Make `var` the user's, closed to others, with what root made in it. Asterisk's own folders are `run.sh`'s.

    The user can write here, also at this moment. So each folder is opened once and meant by its descriptor, links are
    not followed, and a file with a second name is left alone.
    """
    if not var.exists():
        var.mkdir(parents=True, mode=0o700)
    for folder, folders, files, at in os.fwalk(var):
        if re.fullmatch(r"asterisk-[a-z0-9]+", Path(folder).name):
            folders[:] = [name for name in folders if name == "etc"]
        for name in [*folders, *files, "."]:
            found = os.stat(name, dir_fd=at, follow_symlinks=False)
            if found.st_uid == 0 and (stat.S_ISDIR(found.st_mode) or found.st_nlink == 1):
                os.chown(name, account.pw_uid, account.pw_gid, dir_fd=at, follow_symlinks=False)
    if stat.S_IMODE(var.lstat().st_mode) & 0o077:
        var.chmod(0o700)


def _compile() -> None:
    """Compile our packages, as their user cannot: each of their programs would do it again at each start."""
    for package in CONFIG_DIR.parent.glob("*/__init__.py"):
        if package.parent.name != "tests":
            compileall.compile_dir(package.parent, quiet=2)


@contextmanager
def _forwarded(child: subprocess.Popen[bytes]) -> Iterator[None]:
    def forward(number: int, _frame: FrameType | None) -> None:
        child.send_signal(number)

    before = {number: signal.signal(number, forward) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


# ---- in the child, still root


def closed(folder: Path, uid: int, gid: int) -> Path | None:
    """Return the highest folder on the way to `folder` that the user may not pass, or None."""
    return next((place for place in reversed(folder.parents) if not _may_pass(place, uid, gid)), None)


def _may_pass(folder: Path, uid: int, gid: int) -> bool:
    found = folder.stat()
    bit = 0o100 if found.st_uid == uid else 0o010 if found.st_gid == gid else 0o001
    return bool(found.st_mode & bit)


def _show_only(folders: Iterable[Path], account: pwd.struct_passwd) -> None:
    """Open the way to `folders`: replace what is closed by an empty folder that shows only these."""
    hidden = [(folder, closed(folder, account.pw_uid, account.pw_gid)) for folder in folders]
    tops = {top for _, top in hidden if top is not None}
    if not tops:
        return
    libc = ctypes.CDLL(None, use_errno=True)

    def mount(source: str, target: Path, kind: str | None, flags: int, options: str | None = None) -> None:
        words = [word.encode() if word else None for word in (source, str(target), kind)]
        if libc.mount(*words, flags, options.encode() if options else None):
            raise OSError(ctypes.get_errno(), f"mounting {target}")

    if libc.unshare(_CLONE_NEWNS):
        raise OSError(ctypes.get_errno(), "unshare")
    mount("none", Path("/"), None, _MS_REC | _MS_PRIVATE)
    opened = [(folder, os.open(folder, os.O_PATH)) for folder, top in hidden if top is not None]
    for top in tops:
        mount("tmpfs", top, "tmpfs", _MS_NOSUID | _MS_NODEV, "mode=755,size=1m")
    for folder, descriptor in opened:
        if not folder.exists():
            folder.mkdir(parents=True)
            mount(f"/proc/self/fd/{descriptor}", folder, None, _MS_BIND | _MS_REC)
        os.close(descriptor)


def become(user: str, folders: Iterable[Path]) -> None:
    """Become `user`, for good, with a way to `folders`."""
    account, parent, here = pwd.getpwnam(user), os.getppid(), Path.cwd()
    os.umask(0o022)
    _show_only(sorted(set(folders)), account)
    os.initgroups(user, account.pw_gid)
    os.setresgid(account.pw_gid, account.pw_gid, account.pw_gid)
    os.setresuid(account.pw_uid, account.pw_uid, account.pw_uid)
    os.umask(0o077)
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        raise SystemExit("the process that started this has ended")
    try:
        os.chdir(here if here.exists() else "/")
        for folder in folders:
            os.listdir(folder)
    except PermissionError as error:
        raise SystemExit(
            f"The user {user} cannot read {error.filename}.\n  What to do: `chmod -R go+rX` it, move the"
            " checkout, or set SWITCHROOM_RUN_USER to a user who can."
        ) from error


def main(arguments: Sequence[str]) -> None:
    """`USER FOLDER... -- COMMAND...`: become the user and the command."""
    user, *rest = arguments
    cut = rest.index("--")
    become(user, [Path(folder) for folder in rest[:cut]])
    os.execv(rest[cut + 1], rest[cut + 1 :])  # noqa: S606 - fixed by `run_as`


if __name__ == "__main__":
    main(sys.argv[1:])

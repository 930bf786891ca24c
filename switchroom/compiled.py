"""The compiled core: `make compile` builds it, and the command `switchroom` runs it where it is there.

A build lies in `.compiled/<digest>`, the digest being of all that it was made from: a build of other sources, of
another Python or compiler is never taken. Without a fitting one everything runs on the core as it is written.
"""

import hashlib
import sys
from importlib import import_module
from importlib.machinery import EXTENSION_SUFFIXES
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CORE = "routing"
BUILDS = ".compiled"
SCRIPT = "scripts/compile_core.py"
DIGITS = 20
"""Of a digest, hexadecimal."""


def digest(root: Path = ROOT) -> str:
    """Of the core's sources below `root`, the script that compiles them, this Python and the installed mypy.

    Raises `OSError` where there is no such script, `PackageNotFoundError` without mypy.
    """
    found = hashlib.sha256("\n".join((sys.version, EXTENSION_SUFFIXES[0], version("mypy"))).encode())
    for path in [root / SCRIPT, *sorted((root / CORE).rglob("*.py"))]:
        text = path.read_bytes()
        found.update(f"\n{path.relative_to(root)} {len(text)}\n".encode())
        found.update(text)
    return found.hexdigest()[:DIGITS]


def build(root: Path = ROOT) -> Path | None:
    """The folder of the build that fits; None if there is none."""
    if not (root / BUILDS).is_dir():
        return None
    try:
        folder = root / BUILDS / digest(root)
    except (OSError, PackageNotFoundError):
        return None
    return folder if folder.is_dir() else None


def activate(root: Path = ROOT) -> None:
    """Let this process run on the compiled core, if there is a build that fits.

    Nothing of the core may be imported before; where it is, this does nothing. Raises `ImportError` if the build cannot
    be loaded, or another core is found before it.
    """
    folder = None if CORE in sys.modules else build(root)
    if folder is None:
        return
    sys.path.insert(0, str(folder))
    # Imported at once, so that a folder which somebody puts before it later changes nothing.
    place = import_module(CORE).__file__ or ""
    if folder not in Path(place).parents:
        raise ImportError(f"the compiled core in {folder} was to be loaded, but {place} was found first")


def core() -> str:
    """On what this process runs: `compiled`, or `python`."""
    place = import_module(CORE).__file__ or ""
    return "compiled" if place.endswith(tuple(EXTENSION_SUFFIXES)) else "python"

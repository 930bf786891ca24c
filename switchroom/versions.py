"""What a replay depends on beside the events: the core, the rules of the time zones, Python's random numbers."""

import platform
import re
import zoneinfo
from dataclasses import dataclass, fields
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

_ZI_VERSION = re.compile(r"#\s*version\s+(\S+)")


@dataclass(frozen=True, slots=True)
class Versions:
    core: int
    """The version of the core's snapshots. The caller passes it, since this package does not import the core."""
    package: str
    tzdata: str
    """The IANA release that `zoneinfo` reads, and from where."""
    python: str

    @classmethod
    def here(cls, *, core: int) -> "Versions":
        """Return the versions of this process, with the core's version `core`."""
        return cls(core, _package("switchroom"), time_zone_data(), platform.python_version())

    def differences(self, other: "Versions") -> list[str]:
        """Return a sentence for each part in which `other` differs from these recorded versions."""
        return [
            f"{name}: recorded with {getattr(self, name)}, replayed with {getattr(other, name)}"
            for name in (field.name for field in fields(self))
            if getattr(self, name) != getattr(other, name)
        ]

    @classmethod
    def of(cls, data: dict[str, Any]) -> "Versions":
        """Read them from a header's JSON. A missing text becomes `unknown`, a missing number 0."""
        return cls(
            int(data.get("core", 0)),
            *(str(data.get(name, "unknown")) for name in ("package", "tzdata", "python")),
        )


def time_zone_data() -> str:
    """Return `2025b (system)`, `2025.2 (tzdata)` or `unknown (system)`. `zoneinfo` prefers the system's files."""
    for folder in map(Path, zoneinfo.TZPATH):
        if (folder / "UTC").exists():
            return f"{_release(folder)} (system)"
    return f"{_package('tzdata')} (tzdata)"


def _release(folder: Path) -> str:
    try:
        with (folder / "tzdata.zi").open() as file:
            found = _ZI_VERSION.match(file.readline())
    except OSError:
        return "unknown"
    return found[1] if found else "unknown"


def _package(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "unknown"

"""Names of time zones: IANA's, and Windows' as Microsoft's services use them (CLDR's mapping)."""

from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tzlocal.windows_tz import tz_win, win_tz


def iana(name: str | None, default: str = "UTC") -> str:
    """Return the IANA name of a zone that has an IANA or a Windows name; `default` if it is neither."""
    found = next((each for each in (name, win_tz.get(name or "")) if each and _is_iana(each)), default)
    return "UTC" if found == "Etc/UTC" else found


def windows(name: str) -> str:
    """Return the Windows name of an IANA zone; `UTC` if it has none. Several IANA zones have one Windows name."""
    return "UTC" if name == "UTC" else tz_win.get(name) or "UTC"


@lru_cache(maxsize=1000)
def _is_iana(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True

"""Names of time zones: IANA's, and Windows' as Microsoft's services use them (CLDR's mapping)."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tzlocal.windows_tz import tz_win, win_tz


def iana(name: str | None, default: str = "UTC") -> str:
    """Return the IANA name of a zone that has an IANA or a Windows name; `default` if it is neither."""
    if not name:
        return default
    name = win_tz.get(name, name)
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return default
    return name


def windows(name: str) -> str | None:
    """Return the Windows name of an IANA zone; None if it has none."""
    return "UTC" if name == "UTC" else tz_win.get(name)

"""Opening hours: whether they include a moment, and when they begin next. Times are POSIX seconds."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from routing.config import OpeningHours

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HORIZON_DAYS = 400
"""How far ahead the next opening is looked for. It is more than a year, so that a year of holidays is covered."""


def opening(at: datetime, weekly: Mapping[str, Sequence[Sequence[str]]], holidays: Collection[str]) -> str:
    """Return `holiday`, `open` or `closed` at a local time. A span includes its first minute and not its last."""
    if holidays and at.date().isoformat() in holidays:
        return "holiday"
    clock = f"{at.hour:02d}:{at.minute:02d}"
    spans = weekly.get(DAYS[at.weekday()], ())
    return "open" if any(start <= clock < end for start, end in spans) else "closed"


def is_open(hours: OpeningHours | None, now: float) -> bool:
    """Return whether the hours include the moment. None means always open."""
    if hours is None:
        return True
    at = datetime.fromtimestamp(now, ZoneInfo(hours.timezone))
    return opening(at, hours.weekly, hours.holidays) == "open"


def next_opening(hours: OpeningHours | None, now: float) -> float | None:
    """Return the first moment from `now` on at which it is open; None: there is none within `HORIZON_DAYS`."""
    if hours is None or is_open(hours, now):
        return now
    zone = ZoneInfo(hours.timezone)
    today = datetime.fromtimestamp(now, zone).date()
    for days in range(HORIZON_DAYS):
        day = today + timedelta(days=days)
        moments = [at for at in _openings(hours, zone, day) if at > now]
        if moments:
            return min(moments)
    return None


def _openings(hours: OpeningHours, zone: ZoneInfo, day: date) -> list[float]:
    if day.isoformat() in hours.holidays:
        return []
    starts = [start for start, _ in hours.weekly.get(DAYS[day.weekday()], ()) if start != "24:00"]
    return [datetime.combine(day, time.fromisoformat(start), zone).timestamp() for start in starts]

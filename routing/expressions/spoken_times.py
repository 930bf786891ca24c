"""Times as sounds of Asterisk's core library, in English: `today at 3 15 p m`, `Monday January 5th at 9 o'clock`."""

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from routing.expressions.spoken_numbers import number


def moment(at: float, now: float, timezone: str) -> tuple[str, ...]:
    """Return when something was, POSIX seconds, as it is said at `now` in this time zone."""
    zone = _zone(timezone)
    then, today = datetime.fromtimestamp(at, zone), datetime.fromtimestamp(now, zone)
    return (*_day(then, (today.date() - then.date()).days), "digits/at", *_clock(then))


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def _day(then: datetime, days_ago: int) -> tuple[str, ...]:
    if days_ago == 0:
        return ("digits/today",)
    if days_ago == 1:
        return ("digits/yesterday",)
    weekday, month = (then.weekday() + 1) % 7, then.month - 1
    return (f"digits/day-{weekday}", f"digits/mon-{month}", *_ordinal(then.day))


def _ordinal(value: int) -> tuple[str, ...]:
    if value <= 20 or value == 30:
        return (f"digits/h-{value}",)
    return (f"digits/{value // 10}0", f"digits/h-{value % 10}")


def _clock(then: datetime) -> tuple[str, ...]:
    half = "digits/a-m" if then.hour < 12 else "digits/p-m"
    hour = number(then.hour % 12 or 12)
    if then.minute == 0:
        return (*hour, "digits/oclock", half)
    if then.minute < 10:
        return (*hour, "digits/oh", *number(then.minute), half)
    return (*hour, *number(then.minute), half)

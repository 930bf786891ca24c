"""The intervals of statistics: parts of an hour, and local days, weeks and months of the team's zone."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from zoneinfo import ZoneInfo

MOST = 3000


class TooMuch(ValueError):
    """More is asked for than is computed at once."""


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` on, until before `end`, in UTC. `zone` is the team's."""

    start: datetime
    end: datetime
    zone: ZoneInfo


class Whole(StrEnum):
    """A whole local day, week or month, of which a mail tells."""

    DAY = "day"
    WEEK = "week"
    """From Monday on."""
    MONTH = "month"


def last_whole(whole: Whole, now: datetime, zone: ZoneInfo) -> Period:
    """Return the last day, week or month that was over at `now`."""
    end = _first(whole, now.astimezone(zone).date())
    start = _first(whole, end - timedelta(days=1))
    return Period(_midnight(start, zone), _midnight(end, zone), zone)


def next_time(whole: Whole, hour: int, now: datetime, zone: ZoneInfo) -> datetime:
    """Return the first moment after `now`, in UTC, at which a day, week or month has been over for `hour` hours of the
    clock."""
    day = _first(whole, now.astimezone(zone).date())
    while (moment := datetime.combine(day, time(hour), zone).astimezone(UTC)) <= now:
        day = _next(whole, day)
    return moment


def _first(whole: Whole, day: date) -> date:
    """Return the first day of the day's week or month."""
    if whole is Whole.MONTH:
        return day.replace(day=1)
    return day - timedelta(days=day.weekday() if whole is Whole.WEEK else 0)


def _next(whole: Whole, day: date) -> date:
    if whole is Whole.MONTH:
        return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return day + timedelta(days=7 if whole is Whole.WEEK else 1)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


class Interval(StrEnum):
    QUARTER = "15m"
    HALF = "30m"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    """From Monday on."""
    MONTH = "month"


_PARTS = {Interval.QUARTER: 15, Interval.HALF: 30, Interval.HOUR: 60}
"""Minutes. They are counted from the local midnight on, also on a day of 23 or 25 hours."""


def edges(asked: Period, interval: Interval | None) -> list[datetime]:
    """Return where the intervals begin, and the end of the last one, in UTC. Raises TooMuch if they are many.

    The first and the last one may be shorter. Without an interval there is one.
    """
    inner: list[datetime] = []
    if interval in _PARTS:
        step = timedelta(minutes=_PARTS[interval])
        if (asked.end - asked.start) / step > MOST:
            raise TooMuch(f"More than {MOST} intervals")
        for midnight, next_one in pairwise(_midnights(asked)):
            inner += [midnight + step * count for count in range((next_one - midnight) // step)]
    elif interval is not None:
        inner = [moment for moment in _midnights(asked) if _begins(moment.astimezone(asked.zone), interval)]
    return sorted({asked.start, asked.end, *(edge for edge in inner if asked.start < edge < asked.end)})


def _midnights(asked: Period) -> list[datetime]:
    """Return the midnights of the zone, from the one before the period to the one after it, in UTC."""
    first, last = asked.start.astimezone(asked.zone).date(), asked.end.astimezone(asked.zone).date()
    days: list[date] = [first + timedelta(days=count) for count in range((last - first).days + 2)]
    return [_midnight(day, asked.zone) for day in days]


def _begins(local: datetime, interval: Interval) -> bool:
    # Where the clock goes forward at midnight, the day begins at one o'clock.
    return interval is Interval.DAY or (local.weekday() == 0 if interval is Interval.WEEK else local.day == 1)

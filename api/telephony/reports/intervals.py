"""The intervals of statistics: parts of an hour, and local days, weeks and months of the team's zone."""

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise

from api.core.errors import ValidationFailed
from api.telephony.queues.stats import Period

MOST = 3000


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
    """Return where the intervals begin, and the end of the last one, in UTC. Raises ValidationFailed if they are many.

    The first and the last one may be shorter. Without an interval there is one.
    """
    inner: list[datetime] = []
    if interval in _PARTS:
        step = timedelta(minutes=_PARTS[interval])
        if (asked.end - asked.start) / step > MOST:
            raise ValidationFailed({"interval": f"More than {MOST} intervals"})
        for midnight, next_one in pairwise(_midnights(asked)):
            inner += [midnight + step * count for count in range((next_one - midnight) // step)]
    elif interval is not None:
        inner = [moment for moment in _midnights(asked) if _begins(moment.astimezone(asked.zone), interval)]
    return sorted({asked.start, asked.end, *(edge for edge in inner if asked.start < edge < asked.end)})


def _midnights(asked: Period) -> list[datetime]:
    """Return the midnights of the zone, from the one before the period to the one after it, in UTC."""
    first, last = asked.start.astimezone(asked.zone).date(), asked.end.astimezone(asked.zone).date()
    days: list[date] = [first + timedelta(days=count) for count in range((last - first).days + 2)]
    return [datetime.combine(day, time(), asked.zone).astimezone(UTC) for day in days]


def _begins(local: datetime, interval: Interval) -> bool:
    # Where the clock goes forward at midnight, the day begins at one o'clock.
    return interval is Interval.DAY or (local.weekday() == 0 if interval is Interval.WEEK else local.day == 1)

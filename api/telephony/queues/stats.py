"""A queue's figures of past days, from the table of stays. docs/statistics.md defines each figure.

One statement counts the stays that are alike; `routing.figures` computes the figures from these counts. All times are
in seconds. A stay counts in the interval in which it began.
"""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from analysis.reports.intervals import Period
from api.conventions.moments import in_zone
from api.core.errors import ValidationFailed
from models import Queue, utcnow
from models.history import Thresholds, alike_stays
from models.shown import show_time
from routing.figures import Stays, figures
from switchroom.ids import public_id

MOST_INTERVALS = 2000
LONGEST = timedelta(days=366)
_DAY = timedelta(days=1)


def _edges(asked: Period, step: timedelta) -> list[datetime]:
    """Return where the intervals begin, and the end of the last one. All are in UTC.

    A step of whole days is one of local days: they last 23 or 25 hours when the clocks change.
    """
    count = -((asked.start - asked.end) // step) + 1
    if step % _DAY:
        inner = [asked.start + step * index for index in range(1, count)]
    else:
        local = asked.start.astimezone(asked.zone).replace(tzinfo=None)
        days = [(local + step * index).replace(tzinfo=asked.zone) for index in range(1, count)]
        inner = [day.astimezone(UTC) for day in days]
    return sorted({asked.start, asked.end, *(edge for edge in inner if edge < asked.end)})


def period(start: datetime | None, end: datetime | None, timezone: str) -> Period:
    """Return the time that was asked for, by default the last 24 hours. Without a zone it is in `timezone`.

    Raises ValidationFailed.
    """
    last = in_zone(end, timezone).astimezone(UTC) if end else utcnow()
    first = in_zone(start, timezone).astimezone(UTC) if start else last - timedelta(days=1)
    if not timedelta(0) < last - first <= LONGEST:
        raise ValidationFailed({"from": f"Must be before 'to', by {LONGEST.days} days at most"})
    return Period(first, last, ZoneInfo(timezone))


def report(
    session: Session, queue: Queue, asked: Period, interval: int | None, *, work: bool = False
) -> dict[str, Any]:
    """Return the queue's figures in this time, and with `interval` (seconds) those of each. `work`: of conversations.

    Raises ValidationFailed.
    """
    if interval and (asked.end - asked.start) / timedelta(seconds=interval) > MOST_INTERVALS:
        raise ValidationFailed({"interval": f"More than {MOST_INTERVALS} intervals"})
    edges = _edges(asked, timedelta(seconds=interval)) if interval else [asked.start, asked.end]
    counted: list[list[Stays]] = [[] for _ in edges[1:]]
    thresholds = Thresholds(queue.id, queue.call_service_good, queue.short_abandon)
    for alike in alike_stays(session, [thresholds], edges, work=work)[queue.id]:
        counted[alike.interval].append(Stays(*alike[1:]))
    found = {
        "queue": public_id(queue.id),
        **_show(queue, asked.start, asked.end, [stays for each in counted for stays in each]),
    }
    if interval:
        found["intervals"] = [
            _show(queue, start, end, each)
            for (start, end), each in zip(pairwise(edges), counted, strict=True)
        ]
    return found


def _show(queue: Queue, start: datetime, end: datetime, stays: list[Stays]) -> dict[str, Any]:
    found = figures(stays, good=queue.call_service_good, short=queue.short_abandon)
    return {"from": show_time(start), "to": show_time(end), **asdict(found)}

"""A queue's figures. They come from call records alone, so that anyone who computes them gets the same.

- `offered`: calls that entered the queue.
- `answered`: those that an agent took.
- `abandoned`: those whose caller hung up while they waited.
- `service_level`: answered within the queue's threshold / offered.
- `asa`: the mean wait of the answered calls.
- `aht`: the mean of talk and wrap-up of the answered calls.

All times are in seconds. A figure over no calls is null. A call counts in the interval in which it entered the queue.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select as sa_select
from sqlmodel import Session, col

from api.conventions.moments import in_zone
from api.conventions.resource import show_time
from api.core.errors import ValidationFailed
from models import CallLog, Queue, WrapUp, utcnow
from models.history import entered, entered_at
from switchroom.ids import public_id

MOST_INTERVALS = 2000
LONGEST = timedelta(days=366)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class QueueCall:
    """One call of a queue. `at` is when it entered the queue."""

    at: datetime
    wait: float
    talk: float
    wrap_up: float
    answered: bool
    abandoned: bool


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` on, until before `end`, in UTC. `zone` is the team's."""

    start: datetime
    end: datetime
    zone: ZoneInfo


def figures(calls: Sequence[QueueCall], good: float) -> dict[str, Any]:
    """Return the figures of these calls. `good` is the service-level threshold in seconds."""
    answered = [call for call in calls if call.answered]
    in_time = sum(call.wait <= good for call in answered)
    return {
        "offered": len(calls),
        "answered": len(answered),
        "abandoned": sum(call.abandoned for call in calls),
        "service_level": _ratio(in_time, len(calls)),
        "asa": _ratio(sum(call.wait for call in answered), len(answered)),
        "aht": _ratio(sum(call.talk + call.wrap_up for call in answered), len(answered)),
        "longest_wait": max((call.wait for call in calls), default=None),
    }


def by_interval(calls: Iterable[QueueCall], asked: Period, seconds: int, good: float) -> list[dict[str, Any]]:
    """Return the figures of each interval of the period, also of empty ones. `from` and `to` are ISO 8601."""
    edges = _edges(asked, timedelta(seconds=seconds))
    buckets: list[list[QueueCall]] = [[] for _ in edges[1:]]
    for call in calls:
        buckets[bisect_right(edges, call.at) - 1].append(call)
    return [
        {"from": show_time(start), "to": show_time(end), **figures(bucket, good)}
        for (start, end), bucket in zip(pairwise(edges), buckets, strict=True)
    ]


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


def _ratio(part: float, whole: int) -> float | None:
    return part / whole if whole else None


def period(start: datetime | None, end: datetime | None, timezone: str) -> Period:
    """Return the time that was asked for, by default the last 24 hours. Without a zone it is in `timezone`.

    Raises ValidationFailed.
    """
    last = in_zone(end, timezone).astimezone(UTC) if end else utcnow()
    first = in_zone(start, timezone).astimezone(UTC) if start else last - timedelta(days=1)
    if not timedelta(0) < last - first <= LONGEST:
        raise ValidationFailed({"from": f"Must be before 'to', by {LONGEST.days} days at most"})
    return Period(first, last, ZoneInfo(timezone))


def report(session: Session, queue: Queue, asked: Period, interval: int | None) -> dict[str, Any]:
    """Return the queue's figures in this time, and with `interval` (seconds) those of each. Raises ValidationFailed."""
    if interval and (asked.end - asked.start) / timedelta(seconds=interval) > MOST_INTERVALS:
        raise ValidationFailed({"interval": f"More than {MOST_INTERVALS} intervals"})
    calls = _calls(session, queue, asked)
    good = queue.call_service_good
    found = {
        "queue": public_id(queue.id),
        "from": show_time(asked.start),
        "to": show_time(asked.end),
        **figures(calls, good),
    }
    if interval:
        found["intervals"] = by_interval(calls, asked, interval, good)
    return found


def _calls(session: Session, queue: Queue, asked: Period) -> list[QueueCall]:
    rows = session.execute(
        sa_select(
            entered_at,
            col(CallLog.wait),
            col(CallLog.talk),
            col(WrapUp.seconds),
            col(CallLog.answered_at),
            col(CallLog.agent_id),
            col(CallLog.disposition),
        )
        .join(WrapUp, col(WrapUp.call_id) == col(CallLog.id), isouter=True)
        .where(*entered(queue.id, asked.start, asked.end))
    )
    return [
        QueueCall(
            at=at,
            wait=wait,
            talk=talk,
            wrap_up=wrap_up or 0.0,
            answered=answered_at is not None and agent is not None,
            abandoned=disposition == "abandoned",
        )
        for at, wait, talk, wrap_up, answered_at, agent, disposition in rows
    ]

"""A queue's figures. They come from call records alone, so that anyone who computes them gets the same.

- `offered`: calls that entered the queue.
- `answered`: those that an agent took.
- `abandoned`: those whose caller hung up while they waited.
- `service_level`: answered within the queue's threshold / offered.
- `asa`: the mean wait of the answered calls.
- `aht`: the mean of talk and wrap-up of the answered calls.

All times are in seconds. A figure over no calls is null.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select as sa_select
from sqlmodel import Session, col

from api.conventions.resource import show_time
from api.core.errors import ValidationFailed
from models import CallLog, Queue, WrapUp, utcnow
from switchroom.ids import public_id

MOST_INTERVALS = 2000
LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class QueueCall:
    """One call of a queue. `at` is when it began."""

    at: datetime
    wait: float
    talk: float
    wrap_up: float
    answered: bool
    abandoned: bool


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


def by_interval(
    calls: Iterable[QueueCall], start: datetime, end: datetime, seconds: int, good: float
) -> list[dict[str, Any]]:
    """Return the figures of each interval of `[start, end)`, also of empty ones. `from` and `to` are ISO 8601."""
    step = timedelta(seconds=seconds)
    buckets: list[list[QueueCall]] = [[] for _ in range(-((start - end) // step))]
    for call in calls:
        buckets[(call.at - start) // step].append(call)
    return [
        {
            "from": show_time(start + step * index),
            "to": show_time(min(start + step * (index + 1), end)),
            **figures(bucket, good),
        }
        for index, bucket in enumerate(buckets)
    ]


def _ratio(part: float, whole: int) -> float | None:
    return part / whole if whole else None


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` on, until before `end`."""

    start: datetime
    end: datetime


def period(start: datetime | None, end: datetime | None) -> Period:
    """Return the time that was asked for, by default the last 24 hours. Without a zone it is UTC.

    Raises ValidationFailed.
    """
    last = _aware(end) if end else utcnow()
    first = _aware(start) if start else last - timedelta(days=1)
    if not timedelta(0) < last - first <= LONGEST:
        raise ValidationFailed({"from": f"Must be before 'to', by {LONGEST.days} days at most"})
    return Period(first, last)


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
        found["intervals"] = by_interval(calls, asked.start, asked.end, interval, good)
    return found


def _calls(session: Session, queue: Queue, asked: Period) -> list[QueueCall]:
    rows = session.execute(
        sa_select(
            col(CallLog.started_at),
            col(CallLog.wait),
            col(CallLog.talk),
            col(WrapUp.seconds),
            col(CallLog.answered_at),
            col(CallLog.agent_id),
            col(CallLog.disposition),
        )
        .join(WrapUp, col(WrapUp.call_id) == col(CallLog.id), isouter=True)
        .where(
            col(CallLog.queue_id) == queue.id,
            col(CallLog.started_at) >= asked.start,
            col(CallLog.started_at) < asked.end,
        )
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


def _aware(value: datetime) -> datetime:
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)

"""A queue's past calls, for simulations."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session, col

from models.call import CallLog, WrapUp

LONGEST_ROUTE = timedelta(days=1)
"""No call is older when it enters a queue. So the index on the calls' beginnings finds them."""

entered_at = func.coalesce(col(CallLog.queued_at), col(CallLog.started_at))
"""When the call entered its queue: the day and the interval in which it counts."""


def entered(queue_id: str, start: datetime, end: datetime) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of the calls that entered the queue in `[start, end)`."""
    began = col(CallLog.started_at)
    return (
        col(CallLog.queue_id) == queue_id,
        began >= start - LONGEST_ROUTE,
        began < end,
        entered_at >= start,
        entered_at < end,
    )


@dataclass(frozen=True, slots=True)
class PastCall:
    """One call that entered the queue. Seconds; `talk` None: no agent answered."""

    at: datetime
    """When the caller began to wait."""
    wait: float
    talk: float | None
    wrap_up: float | None
    abandoned: bool
    """The caller hung up while they waited."""


def past_calls(
    session: Session, queue_id: str, start: datetime, end: datetime, *, most: int | None = None
) -> list[PastCall]:
    """Read the inbound calls that entered the queue in `[start, end)`, in this order, at most `most`."""
    rows = session.execute(
        select(
            entered_at,
            col(CallLog.wait),
            col(CallLog.talk),
            col(CallLog.agent_id),
            col(CallLog.answered_at),
            col(CallLog.disposition),
            col(WrapUp.seconds),
        )
        .join(WrapUp, col(WrapUp.call_id) == col(CallLog.id), isouter=True)
        .where(*entered(queue_id, start, end), col(CallLog.direction) == "inbound")
        .order_by(entered_at, col(CallLog.id))
        .limit(most)
    )
    return [
        PastCall(
            at=at,
            wait=wait,
            talk=talk if answered_at is not None and agent is not None else None,
            wrap_up=wrap_up,
            abandoned=disposition == "abandoned",
        )
        for at, wait, talk, agent, answered_at, disposition, wrap_up in rows
    ]

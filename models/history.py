"""A queue's past calls, for simulations."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from models.call import CallLog, WrapUp


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
    """Read the queue's inbound calls that began in `[start, end)`, at most `most`, in the order of their waiting."""
    began = col(CallLog.started_at)
    when = func.coalesce(col(CallLog.queued_at), began)
    rows = session.execute(
        select(
            when,
            col(CallLog.wait),
            col(CallLog.talk),
            col(CallLog.agent_id),
            col(CallLog.answered_at),
            col(CallLog.disposition),
            col(WrapUp.seconds),
        )
        .join(WrapUp, col(WrapUp.call_id) == col(CallLog.id), isouter=True)
        .where(
            col(CallLog.queue_id) == queue_id,
            began >= start,
            began < end,
            col(CallLog.direction) == "inbound",
        )
        .order_by(when, col(CallLog.id))
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

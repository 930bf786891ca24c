"""Past stays of queues: grouped, for their figures, and one by one, for simulations."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

from sqlalchemy import (
    CTE,
    ColumnElement,
    Float,
    Integer,
    Select,
    String,
    and_,
    case,
    column,
    func,
    literal,
    or_,
    select,
    true,
    values,
)
from sqlmodel import Session, col

from models.base import UTCDateTime
from models.call import CallLog, WrapUp
from models.inbox_work import InboxWorkStay
from models.stay import QueueStay

ANSWERED, TURNED_AWAY, ABANDONED = "answered", "turned-away", "abandoned"
"""Outcomes of stays, see `routing.figures.Outcome`."""
_OWN_WORK = and_(
    col(WrapUp.call_id) == col(QueueStay.last_call_id),
    col(WrapUp.agent_id) == func.coalesce(col(QueueStay.agent_id), ""),
)
"""The work after a stay is that of the agent who answered it."""


class Thresholds(NamedTuple):
    """A queue by its id. Those with a wait up to `good` are not alike to those with a longer one, and those with a wait
    below `short` not to the others. Seconds."""

    queue: str
    good: float
    short: float


class AlikeStays(NamedTuple):
    """How many stays began in the interval, had this outcome, were callbacks or not, and waited up to the same
    threshold. `talk`, `wrap_up` and `waited` are their sums in seconds."""

    interval: int
    """Which of the intervals, from 0."""
    outcome: str
    wait: float
    """Of one of them."""
    callback: bool
    calls: int
    talk: float
    wrap_up: float
    waited: float
    longest: float


def alike_stays(
    session: Session, queues: Sequence[Thresholds], edges: Sequence[datetime], *, work: bool = False
) -> dict[str, list[AlikeStays]]:
    """Count the stays that began between the first and the last edge, by one statement, and return them by queue. Each
    edge begins an interval that ends before the next edge. `work`: count conversations, not calls."""
    found: dict[str, list[AlikeStays]] = {one.queue: [] for one in queues}
    if not queues:
        return found
    for queue, interval, outcome, wait, callback, *sums in session.execute(
        _alike(InboxWorkStay if work else QueueStay, queues, edges)
    ):
        if outcome is not None:
            found[queue].append(AlikeStays(interval, outcome, wait, bool(callback), *sums))
    return found


def recorded_stays(
    session: Session, queue_id: str, since: datetime
) -> list[tuple[str, float, bool, int, float, float]]:
    """Count the stays of the queue that began `since` then, by outcome, wait and callback, with the sums of their talk
    and wrap-up."""
    callback = case((col(QueueStay.callback).is_(None), 0), else_=1)
    alike = (col(QueueStay.outcome), col(QueueStay.wait), callback)
    worked = and_(_OWN_WORK, col(QueueStay.outcome) == ANSWERED)
    rows = session.execute(
        select(
            *alike,
            func.count(),
            func.sum(col(QueueStay.talk)),
            func.sum(func.coalesce(col(WrapUp.seconds), 0.0)),
        )
        .join(WrapUp, worked, isouter=True)
        .where(col(QueueStay.queue_id) == queue_id, col(QueueStay.joined_at) >= since)
        .group_by(*alike)
        .order_by(*alike)
    )
    return [(outcome, wait, bool(asked), *sums) for outcome, wait, asked, *sums in rows]


def _alike(
    of: type[QueueStay] | type[InboxWorkStay], queues: Sequence[Thresholds], edges: Sequence[datetime]
) -> Select[Any]:
    # An outer join, so that SQLite looks into the index once for each queue and interval. One without stays has one
    # row. PostgreSQL may begin with the stays, so it is told of which queues and of what time.
    spans, asked = _spans(edges), _asked(queues)
    joined, wait, queue = col(of.joined_at), col(of.wait), col(of.queue_id)
    began = and_(
        *(queue == asked.c.queue, joined >= spans.c.begins, joined < spans.c.ends),
        *(queue.in_([one.queue for one in queues]), joined >= edges[0], joined < edges[-1]),
    )
    in_time, early = case((wait <= asked.c.good, 1), else_=0), case((wait < asked.c.short, 1), else_=0)
    alike = [asked.c.queue, spans.c.number, col(of.outcome), in_time, early]
    callback: ColumnElement[Any] = literal(0)
    wrap_up: ColumnElement[Any] = literal(0.0)
    source = asked.join(spans, true()).join(of, began, isouter=True)
    if of is QueueStay:
        callback = case((col(QueueStay.callback).is_(None), 0), else_=1)
        alike.append(callback)
        wrap_up = func.sum(func.coalesce(col(WrapUp.seconds), 0.0))
        worked = and_(_OWN_WORK, col(QueueStay.outcome) == ANSWERED)
        source = source.join(WrapUp, worked, isouter=True)
    return (
        select(
            asked.c.queue,
            spans.c.number,
            col(of.outcome),
            func.min(wait),
            callback,
            func.count(),
            func.sum(col(of.talk)),
            wrap_up,
            func.sum(wait),
            func.max(wait),
        )
        .select_from(source)
        .group_by(*alike)
    )


class AnsweredContact(NamedTuple):
    """A call that an agent of the queue answered: when it entered the queue, and when the same caller's last answered
    call before and next call did. POSIX seconds; `routing.figures.Contact` has the same fields."""

    at: float
    before: float | None
    next: float | None


def answered_contacts(
    session: Session, queue_ids: Sequence[str], edges: Sequence[datetime], window: float
) -> dict[str, list[list[AnsweredContact]]]:
    """Return the calls of callers with a number that agents of the queues answered, by queue, in each of the intervals.

    `window`: so many seconds before and after them it is looked for other calls of the same caller.
    """
    around = timedelta(seconds=window)
    joined, answered = col(QueueStay.joined_at), col(QueueStay.outcome) == ANSWERED
    at = func.min(joined, type_=UTCDateTime)
    calls = (
        select(
            col(QueueStay.queue_id).label("queue"),
            col(CallLog.caller).label("caller"),
            at.label("at"),
            func.max(case((answered, 1), else_=0)).label("taken"),
        )
        .join(CallLog, col(CallLog.id) == col(QueueStay.call_id))
        .where(
            col(QueueStay.queue_id).in_(queue_ids),
            joined >= edges[0] - around,
            joined < edges[-1] + around,
            col(QueueStay.outcome) != TURNED_AWAY,
            col(CallLog.direction) == "inbound",
            col(CallLog.caller) != "",
        )
        .group_by(col(QueueStay.queue_id), col(QueueStay.call_id), col(CallLog.caller))
        .cte("calls")
    )
    taken, caller = case((calls.c.taken == 1, calls.c.at)), (calls.c.queue, calls.c.caller)
    placed = select(
        calls.c.queue,
        calls.c.at,
        calls.c.taken,
        func.max(taken, type_=UTCDateTime)
        .over(partition_by=caller, order_by=calls.c.at, rows=(None, -1))
        .label("before"),
        func.lead(calls.c.at, type_=UTCDateTime).over(partition_by=caller, order_by=calls.c.at).label("next"),
    ).cte("placed")
    rows = session.execute(
        select(placed.c.queue, placed.c.at, placed.c.before, placed.c.next).where(
            placed.c.taken == 1, placed.c.at >= edges[0], placed.c.at < edges[-1]
        )
    )
    found: dict[str, list[list[AnsweredContact]]] = {id: [[] for _ in edges[1:]] for id in queue_ids}
    for queue, at_, *others in rows:
        found[queue][bisect_right(edges, at_) - 1].append(
            AnsweredContact(at_.timestamp(), *(None if one is None else one.timestamp() for one in others))
        )
    return found


class Handled(NamedTuple):
    """What an agent, or calls to a number, did in an interval. Sums are in seconds."""

    interval: int
    """Which of the intervals, from 0."""
    key: str
    """The agent's id, or the number."""
    calls: int
    answered: int
    talk: float
    wrap_up: float
    longest_talk: float


def handled_by_agents(session: Session, team_id: str, edges: Sequence[datetime]) -> list[Handled]:
    """Count the stays in the team's queues that agents answered, by agent and by the interval in which they began."""
    spans = _spans(edges)
    joined, talk = col(QueueStay.joined_at), col(QueueStay.talk)
    answered = and_(
        joined >= spans.c.begins,
        joined < spans.c.ends,
        col(QueueStay.team_id) == team_id,
        col(QueueStay.outcome) == ANSWERED,
        col(QueueStay.agent_id).is_not(None),
    )
    rows = session.execute(
        select(
            spans.c.number,
            col(QueueStay.agent_id),
            func.count(),
            func.count(),
            func.sum(talk),
            func.sum(func.coalesce(col(WrapUp.seconds), 0.0)),
            func.max(talk),
        )
        .select_from(spans)
        .join(QueueStay, answered)
        .join(WrapUp, _OWN_WORK, isouter=True)
        .group_by(spans.c.number, col(QueueStay.agent_id))
    )
    return [Handled(*row) for row in rows]


class WorkStay(NamedTuple):
    """A conversation's stay in a queue. Seconds."""

    interval: int
    """In which of the intervals it began, from 0."""
    queue: str
    agent: str | None
    outcome: str
    wait: float
    talk: float


def work_stays(session: Session, team_id: str, edges: Sequence[datetime]) -> Iterator[WorkStay]:
    """Yield the stays of the team's conversations that began between the first and the last edge, by one statement."""
    joined = col(InboxWorkStay.joined_at)
    rows = session.execute(
        select(
            joined,
            col(InboxWorkStay.queue_id),
            col(InboxWorkStay.agent_id),
            col(InboxWorkStay.outcome),
            col(InboxWorkStay.wait),
            col(InboxWorkStay.talk),
        ).where(col(InboxWorkStay.team_id) == team_id, joined >= edges[0], joined < edges[-1])
    )
    for at, *stay in rows:
        yield WorkStay(bisect_right(edges, at) - 1, *stay)


def calls_to_numbers(session: Session, team_id: str, edges: Sequence[datetime]) -> list[Handled]:
    """Count the inbound calls of the team by the number that was called and the interval in which they began."""
    spans = _spans(edges)
    began, talk = col(CallLog.started_at), col(CallLog.talk)
    called = and_(
        col(CallLog.team_id) == team_id,
        began >= spans.c.begins,
        began < spans.c.ends,
        col(CallLog.direction) == "inbound",
    )
    worked = (
        select(func.sum(col(WrapUp.seconds))).where(col(WrapUp.call_id) == col(CallLog.id)).scalar_subquery()
    )
    rows = session.execute(
        select(
            spans.c.number,
            col(CallLog.did),
            func.count(),
            func.sum(case((col(CallLog.disposition) == ANSWERED, 1), else_=0)),
            func.sum(talk),
            func.sum(func.coalesce(worked, 0.0)),
            func.max(talk),
        )
        .select_from(spans)
        .join(CallLog, called)
        .group_by(spans.c.number, col(CallLog.did))
    )
    return [Handled(*row) for row in rows]


def _spans(edges: Sequence[datetime]) -> CTE:
    """Return the intervals as a table: `number` from 0, `begins`, `ends`."""
    interval = values(
        column("number", Integer),
        column("begins", UTCDateTime),
        column("ends", UTCDateTime),
        name="intervals",
    )
    return interval.data([(number, *span) for number, span in enumerate(pairwise(edges))]).cte("intervals")


def _asked(queues: Sequence[Thresholds]) -> CTE:
    """Return the queues as a table."""
    asked = values(column("queue", String), column("good", Float), column("short", Float), name="thresholds")
    return asked.data([tuple(one) for one in queues]).cte("thresholds")


@dataclass(frozen=True, slots=True)
class PastCall:
    """One stay in the queue. Seconds; `talk` None: no agent of the queue answered."""

    at: datetime
    """When the caller entered the queue."""
    wait: float
    talk: float | None
    wrap_up: float | None
    abandoned: bool
    """The caller hung up while they waited."""


def past_calls(
    session: Session, queue_id: str, start: datetime, end: datetime, *, most: int | None = None
) -> list[PastCall]:
    """Read the stays of inbound calls that began in `[start, end)`, in this order, at most `most`. A caller who was
    turned away because the queue was full or empty is one of them."""
    let_in = or_(col(QueueStay.outcome) != TURNED_AWAY, col(QueueStay.exit) != "closed")
    rows = session.execute(
        select(
            col(QueueStay.joined_at),
            col(QueueStay.wait),
            col(QueueStay.talk),
            col(QueueStay.outcome),
            col(WrapUp.seconds),
        )
        .join(CallLog, col(CallLog.id) == col(QueueStay.call_id))
        .join(WrapUp, _OWN_WORK, isouter=True)
        .where(
            col(QueueStay.queue_id) == queue_id,
            col(QueueStay.joined_at) >= start,
            col(QueueStay.joined_at) < end,
            col(CallLog.direction) == "inbound",
            let_in,
        )
        .order_by(col(QueueStay.joined_at), col(QueueStay.call_id), col(QueueStay.number))
        .limit(most)
    )
    return [
        PastCall(
            at=at,
            wait=wait,
            talk=talk if outcome == ANSWERED else None,
            wrap_up=wrap_up if outcome == ANSWERED else None,
            abandoned=outcome == ABANDONED,
        )
        for at, wait, talk, outcome, wrap_up in rows
    ]

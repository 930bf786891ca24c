"""A day of a queue that is over, or today: which hours it has, who was at work, and what happened in it."""

from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func
from sqlmodel import Session, col, select

from analysis.reports.work import Span, available_spans, outside, within
from api.core.errors import ValidationFailed
from models import Agent, Queue, QueueAgent, QueueStay, utcnow
from models.history import ANSWERED, Thresholds, alike_stays
from routing.figures import Stays, figures
from routing.simulation.shifts import Shift, as_worked

MOST_DAYS_BACK = 400
_LONGEST_CALL = timedelta(hours=6)
_SHOWN = (
    "offered", "answered", "abandoned", "service_level", "abandonment", "asa", "longest_wait", "average_talk",
)  # fmt: skip


def bounds(day: date, zone: str) -> tuple[datetime, datetime]:
    """Return the day's two midnights in the zone, which may lie 23 or 25 hours apart. Raises ValidationFailed."""
    today = utcnow().astimezone(ZoneInfo(zone)).date()
    if not timedelta(0) <= today - day <= timedelta(days=MOST_DAYS_BACK):
        raise ValidationFailed({"day": f"Must be today or one of the {MOST_DAYS_BACK} days before"})
    start, end = (
        datetime(one.year, one.month, one.day, tzinfo=ZoneInfo(zone))
        for one in (day, day + timedelta(days=1))
    )
    return start, end


def worked(session: Session, queue: Queue, start: datetime, end: datetime, more: int) -> tuple[Shift, ...]:
    """Return shifts as the queue's present agents were `Available` between the two times and did not talk for another
    queue, and `more` agents beside them. Empty: it is not recorded, or the time is not over. In the last hour of a day
    of 25 they are those of its first, as in all shifts of a day."""
    if end > utcnow():
        return ()
    end = min(end.astimezone(UTC), start.astimezone(UTC) + timedelta(days=1))
    members = select(QueueAgent.agent_id).where(QueueAgent.queue_id == queue.id)
    agents = session.exec(select(Agent).where(col(Agent.id).in_(members))).all()
    talks = _talks_elsewhere(session, queue, start, end)
    spans = (
        span
        for agent, spells in available_spans(session, agents, start, end).items()
        for span in outside(within(spells, start, end), talks.get(agent, ()))
    )
    return as_worked(
        (((begins - start).total_seconds(), (ends - start).total_seconds()) for begins, ends in spans), more
    )


def _talks_elsewhere(session: Session, queue: Queue, start: datetime, end: datetime) -> dict[str, list[Span]]:
    """Return when each agent talked for the team's other queues, in the order of time."""
    others = select(Queue.id).where(Queue.team_id == queue.team_id, Queue.id != queue.id)
    rows = session.exec(
        select(QueueStay.agent_id, QueueStay.joined_at, QueueStay.wait, QueueStay.talk).where(
            col(QueueStay.queue_id).in_(others),
            col(QueueStay.joined_at) >= start - _LONGEST_CALL,
            col(QueueStay.joined_at) < end,
            col(QueueStay.outcome) == ANSWERED,
        )
    )
    found: dict[str, list[Span]] = {}
    for agent, joined_at, wait, talk in rows:
        answered = joined_at + timedelta(seconds=wait)
        found.setdefault(str(agent), []).append((answered, answered + timedelta(seconds=talk)))
    return {agent: sorted(talks) for agent, talks in found.items()}


def happened(session: Session, queue: Queue, start: datetime, end: datetime) -> dict[str, Any]:
    """Return the figures of the calls that entered the queue between the two times, by its present thresholds.

    `agents`: how many agents answered them.
    """
    good, short = queue.call_service_good, queue.short_abandon
    first, last = start.astimezone(UTC), end.astimezone(UTC)
    alike = alike_stays(session, [Thresholds(queue.id, good, short)], [first, last])[queue.id]
    found = asdict(figures([Stays(*each[1:]) for each in alike], good=good, short=short))
    agents = session.exec(
        select(func.count(func.distinct(col(QueueStay.agent_id)))).where(
            col(QueueStay.queue_id) == queue.id,
            col(QueueStay.joined_at) >= first,
            col(QueueStay.joined_at) < last,
            col(QueueStay.outcome) == ANSWERED,
        )
    ).one()
    return {"day": start.date().isoformat(), "agents": agents, **{name: found[name] for name in _SHOWN}}

"""When agents were at work, and when they should have been: their statuses and their weekly plans."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from models import Agent, AgentSpell
from routing.events import AgentStatus

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = timedelta(days=1)
Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Work:
    """Of one agent in one interval, in seconds. `planned` None: the agent has no plan."""

    available: float
    planned: float | None
    adherent: float
    """Of the planned time, that in which they were `Available`."""


def work_of(
    session: Session, agents: Sequence[Agent], borders: Sequence[datetime], zone: ZoneInfo
) -> dict[str, list[Work]]:
    """Return the work of each agent in each interval, by the agent's id."""
    spells = available_spans(session, agents, borders[0], borders[-1])
    return {
        agent.id: [_work(agent, spells[agent.id], start, end, zone) for start, end in pairwise(borders)]
        for agent in agents
    }


def _work(agent: Agent, spells: Sequence[Span], start: datetime, end: datetime, zone: ZoneInfo) -> Work:
    there = list(within(spells, start, end))
    if agent.schedule is None:
        return Work(_seconds(there), None, 0.0)
    planned = list(within(planned_spans(agent.schedule, start, end, zone), start, end))
    both = [overlap for span in planned for overlap in within(there, *span)]
    return Work(_seconds(there), _seconds(planned), _seconds(both))


def planned_spans(
    plan: dict[str, list[list[str]]], start: datetime, end: datetime, zone: ZoneInfo
) -> Iterator[Span]:
    """Yield the spans of a weekly plan that may touch this time, in UTC. One whose end is not after its start goes over
    midnight. Spans of a day do not overlap."""
    day, last = start.astimezone(zone).date() - _DAY, end.astimezone(zone).date()
    while day <= last:
        for begins, ends in plan.get(_DAYS[day.weekday()], ()):
            from_, to = time.fromisoformat(begins), time.fromisoformat(ends)
            until = day if from_ < to else day + _DAY
            yield (
                datetime.combine(day, from_, zone).astimezone(UTC),
                datetime.combine(until, to, zone).astimezone(UTC),
            )
        day += _DAY


def available_spans(
    session: Session, agents: Sequence[Agent], start: datetime, end: datetime
) -> dict[str, list[Span]]:
    """Return when each agent was `Available` in this time, by the agent's id and in the order of time. A span may begin
    before it, or end after it. One that goes on is not known yet."""
    rows = session.exec(
        select(AgentSpell.agent_id, AgentSpell.began_at, AgentSpell.ended_at)
        .where(
            col(AgentSpell.team_id).in_({agent.team_id for agent in agents}),
            AgentSpell.status == AgentStatus.AVAILABLE.value,
            AgentSpell.ended_at > start,
            AgentSpell.began_at < end,
        )
        .order_by(col(AgentSpell.began_at))
    )
    found: dict[str, list[Span]] = {agent.id: [] for agent in agents}
    for agent, began, ended in rows:
        if agent in found:  # the team has others
            found[agent].append((began, ended))
    return found


def within(spans: Iterable[Span], start: datetime, end: datetime) -> Iterator[Span]:
    """Yield what lies between the two times of each span that touches them."""
    for begins, ends in spans:
        if begins < end and ends > start:
            yield max(begins, start), min(ends, end)


def outside(spans: Iterable[Span], busy: Sequence[Span]) -> Iterator[Span]:
    """Yield what is left of each span when the busy ones are taken off. They are in the order of their beginning."""
    for begins, ends in spans:
        for busy_from, busy_until in busy:
            if busy_from < ends and busy_until > begins:
                if busy_from > begins:
                    yield begins, busy_from
                begins = busy_until
        if begins < ends:
            yield begins, ends


def _seconds(spans: Iterable[Span]) -> float:
    return sum(((end - start).total_seconds() for start, end in spans), 0.0)

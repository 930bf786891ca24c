"""Computes a team's statistics from the table of stays and the call logs, each figure by `routing.figures`."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from analysis.reports.intervals import Interval, Period, TooMuch, edges
from analysis.reports.work import Work, work_of
from models import Agent, Queue, Team, utcnow
from models.history import (
    Handled,
    Thresholds,
    alike_stays,
    answered_contacts,
    calls_to_numbers,
    handled_by_agents,
    work_stays,
)
from models.shown import show_time
from routing.figures import (
    CONTACT_WINDOW,
    Contact,
    Outcome,
    Stays,
    adherence,
    figures,
    first_contacts,
    occupancy,
    service_levels,
)
from switchroom.ids import public_id

MOST_ROWS = 50_000
Row = dict[str, Any]
_KEYS = frozenset({"id", "name", "number", "from", "to"})
"""What tells of which object and interval a row is."""


class Of(StrEnum):
    """What is counted."""

    CALLS = "calls"
    CONVERSATIONS = "conversations"
    """Those of the inbox."""


class By(StrEnum):
    QUEUE = "queue"
    AGENT = "agent"
    NUMBER = "number"


OF_CONVERSATIONS: Mapping[By, frozenset[str]] = {
    By.QUEUE: frozenset(
        {
            *("offered", "waiting", "answered", "passed_on", "left", "answered_in_threshold"),
            *(
                "service_level",
                "service_level_answered",
                "asa",
                "average_wait",
                "longest_wait",
                "average_talk",
            ),
        }
    ),
    By.AGENT: frozenset(
        {"answered", "talk", "average_talk", "longest_talk", "available", "planned", "adherence"}
    ),
}
"""The figures that conversations have. None of them is ever abandoned, timed out, turned away or called back, none is
followed by a wrap-up, and none has a number. An agent has several at once, so they say nothing of occupancy."""


@dataclass(frozen=True, slots=True)
class _Asked:
    team: Team
    borders: Sequence[datetime]
    queues: Collection[str] | None
    zone: ZoneInfo


def report(
    session: Session,
    team: Team,
    by: By,
    asked: Period,
    interval: Interval | None,
    *,
    of: Of = Of.CALLS,
    queues: Collection[str] | None = None,
    columns: Collection[str] | None = None,
) -> Row:
    """Return a team's statistics. Raises TooMuch.

    `queues`: the ids of those that are asked for; None: all. `columns`: the figures of the rows; None: all.
    Conversations have statistics for each `by` of `OF_CONVERSATIONS` only.
    """
    wanted = _Asked(team, edges(asked, interval), queues, asked.zone)
    rows = _ROWS[of, by](session, wanted)
    if of is Of.CONVERSATIONS and columns is None:
        columns = OF_CONVERSATIONS[by]
    if columns is not None:
        kept = {*columns, *_KEYS}
        rows = ({name: value for name, value in row.items() if name in kept} for row in rows)
    return {
        "team": public_id(team.id),
        "timezone": team.timezone,
        "of": of.value,
        "by": by.value,
        "interval": interval,
        **_span(asked.start, asked.end),
        "rows": list(rows),
    }


def _queues(session: Session, asked: _Asked) -> Iterator[Row]:
    borders = asked.borders
    until = utcnow().timestamp()
    queues = _chosen(session, asked)
    thresholds = [Thresholds(queue.id, queue.call_service_good, queue.short_abandon) for queue in queues]
    stays = alike_stays(session, thresholds, borders)
    contacts = answered_contacts(session, [queue.id for queue in queues], borders, CONTACT_WINDOW)
    for queue in queues:
        counted: list[list[Stays]] = [[] for _ in borders[1:]]
        for alike in stays[queue.id]:
            counted[alike.interval].append(Stays(*alike[1:]))
        for row, of in zip(_queue_rows(queue, counted, borders), contacts[queue.id], strict=True):
            yield {**row, **asdict(first_contacts((Contact(*one) for one in of), until=until))}


def _conversations_of_queues(session: Session, asked: _Asked) -> Iterator[Row]:
    queues = _chosen(session, asked)
    counted: dict[str, list[list[Stays]]] = {queue.id: [[] for _ in asked.borders[1:]] for queue in queues}
    for stay in work_stays(session, asked.team.id, asked.borders):
        if stay.queue in counted:
            counted[stay.queue][stay.interval].append(Stays(stay.outcome, stay.wait, talk=stay.talk))
    for queue in queues:
        if asked.queues is not None or any(counted[queue.id]):
            yield from _queue_rows(queue, counted[queue.id], asked.borders)


def _chosen(session: Session, asked: _Asked) -> Sequence[Queue]:
    """Return the queues that are asked for. Raises TooMuch."""
    query = select(Queue).where(Queue.team_id == asked.team.id).order_by(Queue.name)
    if asked.queues is not None:
        query = query.where(col(Queue.id).in_(asked.queues))
    queues = session.exec(query).all()
    if len(queues) * (len(asked.borders) - 1) > MOST_ROWS:
        raise TooMuch(f"More than {MOST_ROWS} rows")
    return queues


def _queue_rows(
    queue: Queue, counted: Sequence[Sequence[Stays]], borders: Sequence[datetime]
) -> Iterator[Row]:
    good, short = queue.call_service_good, queue.short_abandon
    for (start, end), stays in zip(pairwise(borders), counted, strict=True):
        yield {
            "id": public_id(queue.id),
            "name": queue.name,
            **_span(start, end),
            **asdict(figures(stays, good=good, short=short)),
            **asdict(service_levels(stays, good=good, short=short)),
        }


def _agents(session: Session, asked: _Asked) -> Iterator[Row]:
    return _agent_rows(session, asked, handled_by_agents(session, asked.team.id, asked.borders))


def _conversations_of_agents(session: Session, asked: _Asked) -> Iterator[Row]:
    talks: dict[tuple[int, str], list[float]] = {}
    for stay in work_stays(session, asked.team.id, asked.borders):
        if stay.outcome == Outcome.ANSWERED and stay.agent is not None:
            talks.setdefault((stay.interval, stay.agent), []).append(stay.talk)
    had = [
        Handled(interval, agent, len(each), len(each), sum(each), 0.0, max(each))
        for (interval, agent), each in talks.items()
    ]
    return _agent_rows(session, asked, had)


def _agent_rows(session: Session, asked: _Asked, rows: Iterable[Handled]) -> Iterator[Row]:
    agents = list(session.exec(select(Agent).where(col(Agent.team_id) == asked.team.id)).all())
    handled = {(row.key, row.interval): row for row in rows}
    work = work_of(session, agents, asked.borders, asked.zone)
    for agent in sorted(agents, key=lambda agent: (agent.name, agent.id)):
        for interval in range(len(asked.borders) - 1):
            row, did = handled.get((agent.id, interval)), work[agent.id][interval]
            if row is not None or did.available or did.planned:
                row = row or Handled(interval, agent.id, 0, 0, 0.0, 0.0, 0.0)
                yield {
                    "id": public_id(agent.id),
                    "name": agent.name,
                    **_handled(row, asked.borders),
                    **_worked(did, row),
                }


def _worked(did: Work, row: Handled) -> Row:
    return {
        "available": round(did.available, 3),
        "occupancy": occupancy(row.talk + row.wrap_up, did.available),
        "planned": None if did.planned is None else round(did.planned, 3),
        "adherence": None if did.planned is None else adherence(did.planned, did.adherent),
    }


def _numbers(session: Session, asked: _Asked) -> Iterator[Row]:
    found = calls_to_numbers(session, asked.team.id, asked.borders)
    for row in sorted(found, key=lambda row: (row.key, row.interval)):
        yield {"number": row.key, **_handled(row, asked.borders)}


_ROWS: dict[tuple[Of, By], Callable[[Session, _Asked], Iterator[Row]]] = {
    (Of.CALLS, By.QUEUE): _queues,
    (Of.CALLS, By.AGENT): _agents,
    (Of.CALLS, By.NUMBER): _numbers,
    (Of.CONVERSATIONS, By.QUEUE): _conversations_of_queues,
    (Of.CONVERSATIONS, By.AGENT): _conversations_of_agents,
}


def _handled(row: Handled, borders: Sequence[datetime]) -> Row:
    def mean(seconds: float) -> float | None:
        return round(seconds / row.answered, 3) if row.answered else None

    return {
        **_span(borders[row.interval], borders[row.interval + 1]),
        "calls": row.calls,
        "answered": row.answered,
        "talk": round(row.talk, 3),
        "wrap_up": round(row.wrap_up, 3),
        "average_talk": mean(row.talk),
        "aht": mean(row.talk + row.wrap_up),
        "longest_talk": round(row.longest_talk, 3),
    }


def _span(start: datetime, end: datetime) -> Row:
    return {"from": show_time(start), "to": show_time(end)}

"""Computes a team's statistics from the table of stays and the call logs, each figure by `routing.figures`."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlmodel import Session, col, select

from api.conventions.resource import Shown
from api.core.errors import ValidationFailed
from api.telephony.queues.stats import period
from api.telephony.reports.answers import By
from api.telephony.reports.intervals import Interval, edges
from models import Agent, Queue, Team
from models.history import Handled, alike_stays, calls_to_numbers, handled_by_agents
from models.shown import show_time
from routing.figures import Stays, figures, service_levels
from switchroom.ids import public_id

MOST_ROWS = 50_000


def report(
    session: Session,
    team: Team,
    by: By,
    start: datetime | None,
    end: datetime | None,
    interval: Interval | None,
) -> Shown:
    """Return a team's statistics, by default of the last 24 hours. Raises ValidationFailed if that is too much."""
    asked = period(start, end, team.timezone)
    borders = edges(asked, interval)
    return {
        "team": public_id(team.id),
        "timezone": team.timezone,
        "by": by.value,
        "interval": interval,
        **_span(asked.start, asked.end),
        "rows": list(_ROWS[by](session, team.id, borders)),
    }


def _queues(session: Session, team_id: str, borders: Sequence[datetime]) -> Iterator[Shown]:
    queues = session.exec(select(Queue).where(Queue.team_id == team_id).order_by(Queue.name)).all()
    if len(queues) * (len(borders) - 1) > MOST_ROWS:
        raise ValidationFailed({"interval": f"More than {MOST_ROWS} rows"})
    for queue in queues:
        good, short = queue.call_service_good, queue.short_abandon
        counted: list[list[Stays]] = [[] for _ in borders[1:]]
        for alike in alike_stays(session, queue.id, borders, good=good, short=short):
            counted[alike.interval].append(Stays(*alike[1:]))
        for (start, end), stays in zip(pairwise(borders), counted, strict=True):
            yield {
                "id": public_id(queue.id),
                "name": queue.name,
                **_span(start, end),
                **asdict(figures(stays, good=good, short=short)),
                **asdict(service_levels(stays, good=good, short=short)),
            }


def _agents(session: Session, team_id: str, borders: Sequence[datetime]) -> Iterator[Shown]:
    names = dict(session.exec(select(Agent.id, Agent.name).where(col(Agent.team_id) == team_id)).all())
    found = [row for row in handled_by_agents(session, team_id, borders) if row.key in names]
    for row in sorted(found, key=lambda row: (names[row.key], row.key, row.interval)):
        yield {"id": public_id(row.key), "name": names[row.key], **_handled(row, borders)}


def _numbers(session: Session, team_id: str, borders: Sequence[datetime]) -> Iterator[Shown]:
    for row in sorted(calls_to_numbers(session, team_id, borders), key=lambda row: (row.key, row.interval)):
        yield {"number": row.key, **_handled(row, borders)}


_ROWS: dict[By, Callable[[Session, str, Sequence[datetime]], Iterator[Shown]]] = {
    By.QUEUE: _queues,
    By.AGENT: _agents,
    By.NUMBER: _numbers,
}


def _handled(row: Handled, borders: Sequence[datetime]) -> Shown:
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


def _span(start: datetime, end: datetime) -> dict[str, Any]:
    return {"from": show_time(start), "to": show_time(end)}

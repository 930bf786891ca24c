"""A queue and its call logs as values of the simulation."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from models import Queue, QueueAgent, Team
from models.history import past_calls
from routing.config import QueueConfig, QueueMember
from routing.persistence.rows import from_row
from routing.simulation import Arrival, History

LONGEST_TALK = 8 * 3600.0
"""Seconds. A log that says more is wrong."""


def queue_config(session: Session, queue: Queue) -> QueueConfig:
    """Return the queue's settings. `routing.simulation` leaves out those that count for real people only."""
    rows = session.exec(
        select(QueueAgent).where(col(QueueAgent.queue_id) == queue.id).order_by(col(QueueAgent.agent_id))
    )
    return from_row(QueueConfig, queue, members=tuple(from_row(QueueMember, row) for row in rows))


def team_timezone(session: Session, queue: Queue) -> str:
    """Return the name of the time zone of the queue's team."""
    team = session.get(Team, queue.team_id)
    return team.timezone if team else "UTC"


def local_midnight(session: Session, queue: Queue, day: datetime) -> datetime:
    """Return the last midnight before `day` in the team's time zone. A `day` without a zone is in that zone."""
    zone = ZoneInfo(team_timezone(session, queue))
    local = day.astimezone(zone) if day.tzinfo else day.replace(tzinfo=zone)
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


def history(
    session: Session, queue: Queue, start: datetime, end: datetime, *, most: int | None = None
) -> History:
    """Return the queue's calls of the days in `[start, end)`. A day begins at midnight in the team's time zone.

    On a day when the clock is put forward or back, the hours after that are moved by one.
    """
    first = local_midnight(session, queue, start)
    last = local_midnight(session, queue, end)
    if last <= first:
        last = first + timedelta(days=1)
    rows = past_calls(session, queue.id, first.astimezone(UTC), last.astimezone(UTC), most=most)
    begin = first.timestamp()
    wrap_ups = [row.wrap_up for row in rows if row.wrap_up is not None]
    arrivals = tuple(
        Arrival(
            at=max(0.0, row.at.timestamp() - begin),
            talk_seconds=None if row.talk is None else min(row.talk, LONGEST_TALK),
            patience=row.wait if row.abandoned else None,
            waited=row.wait,
        )
        for row in rows
    )
    return History(
        arrivals=arrivals,
        start=begin,
        days=max(1, round((last - first) / timedelta(days=1))),
        weekday=first.weekday(),
        wrap_up=sum(wrap_ups) / len(wrap_ups) if wrap_ups else 0.0,
    )

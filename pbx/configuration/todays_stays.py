"""What the database knows of today's stays, for an engine that starts without figures of today."""

from collections.abc import Iterable
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from sqlmodel import Session, select

from models import Queue, Team, utcnow
from models.history import recorded_stays
from routing.events import StaysCounted
from routing.ids import QueueId


def todays_stays(db: Session, queues: Iterable[Queue]) -> tuple[StaysCounted, ...]:
    """Count the stays of each queue that began since the midnight of its team. Queues without any are left out."""
    zones = dict(db.exec(select(Team.id, Team.timezone)).all())
    now = utcnow()
    return tuple(
        StaysCounted(QueueId(queue.id), since.timestamp(), tuple(stays))
        for queue in queues
        if (
            stays := recorded_stays(
                db, queue.id, (since := midnight(now, zones[queue.team_id])).astimezone(UTC)
            )
        )
    )


def midnight(now: datetime, zone: str) -> datetime:
    """Return the last midnight in that zone."""
    local = ZoneInfo(zone)
    return datetime.combine(now.astimezone(local).date(), time.min, local)

"""Retention: delete recordings and voicemails that are older than the days that apply to them."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import col, select

from models import CallLog, DidNumber, Queue, Recording, Team, Voicemail, utcnow
from switchroom.database import session
from workers.enqueue import recordings_queue
from workers.jobs.media import Media
from workers.outbox import job_row
from workers.resources import Resources, get_resources

logger = logging.getLogger(__name__)

BATCH = 500


def enforce_retention() -> None:
    """Job, daily: see `enforce`. Raises `StorageError`: what was not deleted is found again."""
    deleted = enforce(get_resources(), utcnow())
    logger.info("retention enforced", extra={"deleted": deleted})


def enforce(resources: Resources, now: datetime) -> int:
    """Delete what is too old at `now` and return how many.

    The days are those of the number that was called, else the queue's, else the team's, else the setting's. On each
    level, 0 days mean for ever. Each deletion is logged with the row's id and the days that applied.
    """
    with session(resources.engine, readonly=True) as db:
        rules = _Rules(
            {row.id: row.retention_days for row in db.exec(select(DidNumber))},
            {row.id: row.retention_days for row in db.exec(select(Queue))},
            {row.id: row.retention_days for row in db.exec(select(Team))},
            resources.settings.retention_days,
        )
    shortest = rules.shortest()
    if not shortest:
        return 0
    before = now - timedelta(days=shortest)
    recordings = _delete_expired(resources, Recording, "store_recording", rules, before, now)
    return recordings + _delete_expired(resources, Voicemail, "store_voicemail", rules, before, now)


@dataclass(frozen=True)
class _Rules:
    """Days by number, queue and team (None: as the next level says), and the setting."""

    numbers: dict[str, int | None]
    queues: dict[str, int | None]
    teams: dict[str, int | None]
    default: int

    def shortest(self) -> int:
        """The fewest days that any rule demands; 0 if none deletes."""
        levels = (*self.numbers.values(), *self.queues.values(), *self.teams.values(), self.default)
        return min(filter(None, levels), default=0)

    def days(self, number: str | None, queue: str | None, team: str | None) -> int:
        levels = ((self.numbers, number), (self.queues, queue), (self.teams, team))
        said = (days.get(id_ or "") for days, id_ in levels)
        return next((days for days in said if days is not None), self.default)


def _delete_expired(
    resources: Resources, table: type[Media], job: str, rules: _Rules, before: datetime, now: datetime
) -> int:
    deleted, last = 0, ""
    while rows := _page(resources, table, before, last):
        for row, number in rows:
            days = rules.days(number, _queue_of(row), row.team_id)
            if days and row.created_at < now - timedelta(days=days):
                _delete(resources, table, row, job, days, now)
                deleted += 1
        last = rows[-1][0].id
    return deleted


def _page(
    resources: Resources, table: type[Media], before: datetime, last: str
) -> Sequence[tuple[Media, str | None]]:
    """Return the next rows, each with the id of the number that was called."""
    query = (
        select(table, CallLog.number_id)
        .join(CallLog, col(CallLog.id) == col(table.call_id), isouter=True)
        .where(col(table.created_at) < before, col(table.state) != "deleted", col(table.id) > last)
    )
    with session(resources.engine, readonly=True) as db:
        return db.exec(query.order_by(col(table.id)).limit(BATCH)).all()


def _queue_of(row: Recording | Voicemail) -> str | None:
    if isinstance(row, Recording):
        return row.queue_id
    return row.mailbox_id if row.mailbox_kind == "queue" else None


def _delete(resources: Resources, table: type[Media], row: Media, job: str, days: int, now: datetime) -> None:
    """Delete the object, then mark the row.

    After a crash between the two, the next run deletes the object again, which does no harm, and marks the row.
    """
    if row.s3_key:
        resources.storage.delete(row.s3_key)
    with session(resources.engine) as db:
        found = db.get(table, row.id)
        if found is None:
            return
        if found.state != "stored":
            # Its files still lie on the node's disk: the job that stores sees the mark and removes them.
            db.add(job_row(job, found.id, queue=recordings_queue(found.node)))
        found.state, found.deleted_at = "deleted", now
        found.transcript, found.transcript_state = None, "none"
        found.transcript_error = "deleted with its recording"
        db.add(found)
    logger.info(
        "deleted by retention",
        extra={"kind": table.__tablename__, "media": row.id, "days": days, "team": row.team_id},
    )

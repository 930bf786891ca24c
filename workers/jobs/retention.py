"""Retention: delete recordings and voicemails that are older than the days that apply to them."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import col, select

from models import CallLog, DidNumber, Mailbox, Queue, Recording, Team, Voicemail, utcnow
from models.stored_file import NOT_DELETED, ON_S3
from models.telling import tell_of_media
from switchroom.database import session
from switchroom.storage import StorageError
from workers.enqueue import recordings_queue
from workers.jobs.media import Media
from workers.outbox import job_row
from workers.resources import Resources, get_resources

logger = logging.getLogger(__name__)

BATCH = 500


class RetentionError(StorageError):
    """The store refused to delete some objects. All others that were too old are deleted."""


def enforce_retention() -> None:
    """Job, daily: see `enforce`. Raises `StorageError`: it is tried again, and finds what was not deleted."""
    deleted = enforce(get_resources(), utcnow())
    logger.info("retention enforced", extra={"deleted": deleted})


def delete_recording(recording_id: str) -> None:
    """Job: see `delete_one`."""
    delete_one(get_resources(), Recording, "store_recording", recording_id, utcnow())


def delete_voicemail(voicemail_id: str) -> None:
    """Job: see `delete_one`."""
    delete_one(get_resources(), Voicemail, "store_voicemail", voicemail_id, utcnow())


def delete_one(resources: Resources, table: type[Media], job: str, media_id: str, now: datetime) -> None:
    """Try again to delete a row that is too old. Does nothing if it is kept by now. Raises `StorageError`."""
    run = _Run(resources, _read_rules(resources), now, now)
    run.delete_expired(table, job, only=media_id)
    if run.refused:
        raise RetentionError("the store refused to delete the object")


def enforce(resources: Resources, now: datetime) -> int:
    """Delete what is too old at `now` and return how many.

    The days are those of the mailbox, unless the message is saved, else of the number that was called, else the
    queue's, else the team's, else the setting's. On each level, 0 days mean for ever.
    Each deletion is logged with the row's id and the days that applied.

    An object that the store refuses to delete stops no other. Its row stays as it is, and its error says why. Raises
    `RetentionError` at the end if there was one, and `StorageError` at once if the store is away.
    """
    rules = _read_rules(resources)
    shortest = rules.shortest()
    if not shortest:
        return 0
    before = now - timedelta(days=shortest)
    run = _Run(resources, rules, before, now)
    run.delete_expired(Recording, "store_recording")
    run.delete_expired(Voicemail, "store_voicemail")
    resources.redis.set(resources.keys.retention_refused, run.refused)
    if run.refused:
        raise RetentionError(f"{run.deleted} are deleted, but the store refused to delete {run.refused}")
    return run.deleted


@dataclass(frozen=True)
class _Rules:
    """Days by mailbox, number, queue and team (None: as the next level says), and the setting."""

    mailboxes: dict[tuple[str | None, str, str | None], int | None]
    """By the team, the kind and the owner."""
    numbers: dict[str, int | None]
    queues: dict[str, int | None]
    teams: dict[str, int | None]
    default: int

    def shortest(self) -> int:
        """The fewest days that any rule demands; 0 if none deletes."""
        levels = (self.mailboxes, self.numbers, self.queues, self.teams)
        days = [days for level in levels for days in level.values()]
        return min(filter(None, (*days, self.default)), default=0)

    def days(self, row: Recording | Voicemail, number: str | None) -> int:
        """Return the days that apply to a row. `number`: the id of the number that was called."""
        levels = ((self.numbers, number), (self.queues, _queue_of(row)), (self.teams, row.team_id))
        said = [days.get(id_ or "") for days, id_ in levels]
        if isinstance(row, Voicemail) and not row.saved:
            said.insert(0, self.mailboxes.get((row.team_id, row.mailbox_kind, row.mailbox_id)))
        return next((days for days in said if days is not None), self.default)


def _read_rules(resources: Resources) -> _Rules:
    with session(resources.engine, readonly=True) as db:
        own = db.exec(select(Mailbox).where(col(Mailbox.retention_days).is_not(None)))
        return _Rules(
            {(row.team_id, row.kind, row.owner_id): row.retention_days for row in own},
            {row.id: row.retention_days for row in db.exec(select(DidNumber))},
            {row.id: row.retention_days for row in db.exec(select(Queue))},
            {row.id: row.retention_days for row in db.exec(select(Team))},
            resources.settings.retention_days,
        )


@dataclass
class _Run:
    """One run over all rows older than `before`, which any rule may reach."""

    resources: Resources
    rules: _Rules
    before: datetime
    now: datetime
    deleted: int = 0
    refused: int = 0

    def delete_expired(self, table: type[Media], job: str, only: str | None = None) -> None:
        """Delete the rows of this table that are too old; `only`: this one. `job` removes what lies on their nodes."""
        last = ""
        while rows := _page(self.resources, table, self.before, last, only):
            for row, number in rows:
                days = self.rules.days(row, number)
                if days and row.created_at < self.now - timedelta(days=days):
                    self._try(table, row, job, days)
            last = rows[-1][0].id

    def _try(self, table: type[Media], row: Media, job: str, days: int) -> None:
        try:
            deleted = delete_media(self.resources, table, row, job, self.now)
            if deleted:
                logger.info(
                    "deleted by retention",
                    extra={"kind": table.__tablename__, "media": row.id, "days": days, "team": row.team_id},
                )
        except StorageError as error:
            if not self.resources.storage.healthy():
                raise
            self.refused += 1
            _note_refusal(self.resources, table, row, error)
        else:
            self.deleted += deleted


def _page(
    resources: Resources, table: type[Media], before: datetime, last: str, only: str | None
) -> Sequence[tuple[Media, str | None]]:
    """Return the next rows, each with the id of the number that was called."""
    query = (
        select(table, CallLog.number_id)
        .join(CallLog, col(CallLog.id) == col(table.call_id), isouter=True)
        .where(col(table.created_at) < before, col(table.state) != "deleted", col(table.id) > last)
    )
    if only is not None:
        query = query.where(col(table.id) == only)
    with session(resources.engine, readonly=True) as db:
        return db.exec(query.order_by(col(table.id)).limit(BATCH)).all()


def _queue_of(row: Recording | Voicemail) -> str | None:
    if isinstance(row, Recording):
        return row.queue_id
    return row.mailbox_id if row.mailbox_kind == "queue" else None


def delete_media(
    resources: Resources,
    table: type[Media],
    row: Media,
    job: str,
    now: datetime,
    why: str = "deleted with its recording",
) -> bool:
    """Delete the object, then mark the row. Returns False if the row has changed meanwhile: the next run finds it.

    `job` removes what lies on the row's node. `why` is said of the transcript. Raises `StorageError`.

    After a crash between the two, the next run deletes the object again, which does no harm, and marks the row.
    """
    if row.s3_key:
        resources.storage.delete(row.s3_key)
    with session(resources.engine) as db:
        found = db.get(table, row.id, with_for_update=True)
        if found is None or found.s3_key != row.s3_key:
            return False
        if found.state not in ON_S3 and found.node:
            # Its files still lie on the node's disk: the job that stores sees the mark and removes them.
            db.add(job_row(job, found.id, queue=recordings_queue(found.node)))
        found.state, found.deleted_at, found.error = "deleted", now, None
        found.transcript, found.transcript_state = None, "none"
        found.transcript_error = why
        db.add(found)
        tell_of_media(db, found)
    return True


def _note_refusal(resources: Resources, table: type[Media], row: Media, error: StorageError) -> None:
    logger.error(
        "retention cannot delete an object",
        extra={"kind": table.__tablename__, "media": row.id, "team": row.team_id, "error": str(error)[:300]},
    )
    with session(resources.engine) as db:
        found = db.get(table, row.id)
        if found is not None and found.state != "deleted":
            found.error = f"{NOT_DELETED}: {error}"[:2000]
            db.add(found)

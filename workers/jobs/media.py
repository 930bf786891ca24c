"""Recordings and voicemails: from the node's disk to S3.

The order makes it safe: upload, confirmation by the store, commit; only then is a file removed. After a crash at any
point the files are still there, and the next run starts again.
"""

import errno
import logging
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from rq import Retry
from sqlmodel import Session

from models import Recording, Voicemail, utcnow
from models.stored_file import ON_S3, PLAYED
from models.telling import tell_of_media
from switchroom.audio.wav import is_finished
from switchroom.database import session
from switchroom.logs import about_call
from switchroom.storage import Stored
from workers.enqueue import TRANSCRIPTS
from workers.outbox import job_row
from workers.resources import Resources

logger = logging.getLogger(__name__)

Media = TypeVar("Media", Recording, Voicemail)
CONTENT_TYPE = "audio/wav"
NOT_YET_SECONDS = 2
FULL_DISK_SECONDS = 60
"""How often it is tried to store a recording while the disk for temporary files is full."""
DISK_FULL = "waits: the disk for temporary files is full"
SHORTEST_SECONDS = 0.1
"""Less sound than this is none."""
HEADER_BYTES = 44
"""Of a WAV file. A file that is no larger holds nothing."""


class MediaError(Exception):
    """This recording or voicemail cannot be stored (now)."""


NO_FILE = "no file was recorded"
NO_SOUND = "nothing was recorded"


@dataclass(frozen=True, slots=True)
class Found:
    """What a finished file holds: it is `stored`, `incomplete` or `empty`. `why` explains the last two."""

    state: str = "stored"
    why: str | None = None


@dataclass(frozen=True)
class Plan(Generic[Media]):
    """How one kind of media is stored. `join(sources, out)` writes the file to upload and returns its seconds."""

    table: type[Media]
    sources: Callable[[Resources, Media], tuple[Path, ...]]
    join: Callable[[Sequence[Path], Path], float]
    judge: Callable[[Resources, Media, Path, float], Found]
    """Says what the joined file of so many seconds holds."""
    key: Callable[[Media], str]
    transcribe: str
    """Name of the job that transcribes it."""
    tell: Callable[[Resources, Session, Media], None] = lambda _resources, _db, _row: None
    """Tells users of a message that can be heard, in the transaction that says so. It is called once."""


def store(resources: Resources, plan: Plan[Media], media_id: str) -> Retry | None:
    """Upload the media to S3, commit, and remove its files. If it is stored already, only remove the files.

    Without any sound there is nothing to upload: the row is `empty`. Of a deleted row, delete the object and the files.

    Returns an RQ `Retry` while Asterisk still writes. Raises `MediaError`, `AudioError`, `StorageError` and the
    database's errors. Nothing is lost then, and the job is tried again.
    """
    with session(resources.engine, readonly=True) as db:
        row = db.get(plan.table, media_id)
    if row is None:
        raise MediaError(f"no {plan.table.__name__} {media_id}")
    with about_call(row.call_id):
        return _store(resources, plan, row)


def _store(resources: Resources, plan: Plan[Media], row: Media) -> Retry | None:
    if row.node != resources.settings.node:
        raise MediaError(
            f"its files lie on node {row.node!r}; this worker serves {resources.settings.node!r}"
        )
    sources = plan.sources(resources, row)
    present = [path for path in sources if path.exists()]
    if row.state == "deleted":
        # It may have been deleted while it was uploaded: the object goes before the last trace of it.
        resources.storage.delete(row.s3_key or plan.key(row))
        _remove(present)
        return None
    if row.state in ON_S3 and _is_kept(resources, row):
        _remove(present)
        return None
    if not present:
        _without_file(resources, plan, row, sources[0].parent)
        return None
    if not all(is_finished(path) for path in present):
        return Retry(max=100_000, interval=NOT_YET_SECONDS)
    if all(path.stat().st_size <= HEADER_BYTES for path in present):
        _mark(resources, plan, row.id, _Result(Found("empty", NO_SOUND), 0.0))
        _remove(present)
        return None
    try:
        result = _upload(resources, plan, row, sources)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        return _wait_for_room(resources, plan, row.id)
    kept = _mark(resources, plan, row.id, result)
    if not kept and result.key:
        resources.storage.delete(result.key)
    _remove(present)
    return None


def _upload(resources: Resources, plan: Plan[Media], row: Media, sources: tuple[Path, ...]) -> "_Result":
    with tempfile.TemporaryDirectory(prefix="switchroom-") as folder:
        whole = Path(folder) / "whole.wav"
        seconds = plan.join(sources, whole)
        if seconds < SHORTEST_SECONDS:
            return _Result(Found("empty", NO_SOUND), seconds)
        found = plan.judge(resources, row, whole, seconds)
        key = row.s3_key or plan.key(row)
        return _Result(found, seconds, key, resources.storage.put_file(key, whole, CONTENT_TYPE))


def _wait_for_room(resources: Resources, plan: Plan[Media], media_id: str) -> Retry:
    """Note that the disk for temporary files is full. The job goes on by itself when it has room."""
    logger.error("the disk is full: a recording waits", extra={"media": media_id})
    with session(resources.engine) as db:
        row = db.get(plan.table, media_id)
        if row is not None:
            row.error = DISK_FULL
            db.add(row)
    return Retry(max=100_000, interval=FULL_DISK_SECONDS)


def _without_file(resources: Resources, plan: Plan[Media], row: Media, folder: Path) -> None:
    """Note that nothing was recorded. Raises `MediaError` if the folder is not there either: it may not be mounted."""
    if row.s3_key:
        raise MediaError("S3 has lost the object, and there is no file")
    if row.state == "empty":
        return
    if not folder.is_dir():
        raise MediaError(f"no folder {folder.name} in the node's spool")
    _mark(resources, plan, row.id, _Result(Found("empty", NO_FILE), 0.0))


@dataclass(frozen=True, slots=True)
class _Result:
    """What became of the files. Without a `key` nothing was uploaded."""

    found: Found
    seconds: float
    key: str | None = None
    stored: Stored | None = None


def _is_kept(resources: Resources, row: Recording | Voicemail) -> bool:
    """Whether S3 holds what the row says. Asked before the last other copy is removed."""
    return row.s3_key is not None and resources.storage.size(row.s3_key) == row.size


def _mark(resources: Resources, plan: Plan[Media], media_id: str, result: _Result) -> bool:
    """Write on the row what became of the files. Returns False if the row was deleted meanwhile."""
    with session(resources.engine) as db:
        kept = _write(db, resources, plan, media_id, result)
    stored, found = result.stored, result.found
    logger.log(
        logging.WARNING if found.state == "incomplete" else logging.INFO,
        found.state,
        extra={
            "media": media_id,
            "bytes": stored.size if stored else 0,
            "seconds": round(result.seconds, 2),
            "why": found.why,
        },
    )
    return kept


def _write(db: Session, resources: Resources, plan: Plan[Media], media_id: str, result: _Result) -> bool:
    row = db.get(plan.table, media_id, with_for_update=True)
    if row is None or row.state == "deleted":
        return False
    told = row.state in PLAYED
    row.state, row.error = result.found.state, result.found.why
    row.s3_key, row.seconds = result.key, result.seconds
    if result.stored is not None:
        row.size, row.sha256, row.stored_at = result.stored.size, result.stored.sha256, utcnow()
    if row.transcript_state == "none":
        if row.state == "empty":
            row.transcript_error = row.error
        elif resources.settings.transcriber == "none":
            row.transcript_error = "no transcriber is configured"
        else:
            row.transcript_state, row.transcript_error = "pending", None
            db.add(job_row(plan.transcribe, row.id, queue=TRANSCRIPTS))
    db.add(row)
    if row.state in PLAYED and not told:
        plan.tell(resources, db, row)
    tell_of_media(db, row)
    return True


def _remove(paths: Sequence[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)

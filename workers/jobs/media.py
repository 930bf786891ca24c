"""Recordings and voicemails: from the node's disk to S3.

The order makes it safe: upload, confirmation by the store, commit; only then is a file removed. After a crash at any
point the files are still there, and the next run starts again.
"""

import logging
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from rq import Retry
from sqlmodel import Session

from models import Recording, Voicemail, utcnow
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


class MediaError(Exception):
    """This recording or voicemail cannot be stored (now)."""


@dataclass(frozen=True)
class Plan(Generic[Media]):
    """How one kind of media is stored. `join(sources, out)` writes the file to upload and returns its
    seconds.
    """

    table: type[Media]
    sources: Callable[[Resources, Media], tuple[Path, ...]]
    join: Callable[[Sequence[Path], Path], float]
    key: Callable[[Media], str]
    transcribe: str
    """Name of the job that transcribes it."""


def store(resources: Resources, plan: Plan[Media], media_id: str) -> Retry | None:
    """Upload the media to S3, commit, and remove its files. If it is stored already, only remove the files.

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
    if row.state == "deleted" or (row.state == "stored" and _is_kept(resources, row)):
        _remove(present)
        return None
    if not present:
        raise MediaError(f"no file: {', '.join(path.name for path in sources)}")
    if not all(is_finished(path) for path in present):
        return Retry(max=100_000, interval=NOT_YET_SECONDS)
    key = row.s3_key or plan.key(row)
    with tempfile.TemporaryDirectory(prefix="switchroom-") as folder:
        whole = Path(folder) / "whole.wav"
        seconds = plan.join(sources, whole)
        stored = resources.storage.put_file(key, whole, CONTENT_TYPE)
    with session(resources.engine) as db:
        kept = _mark_stored(db, resources, plan, row.id, key, seconds, stored)
    if not kept:
        resources.storage.delete(key)
    _remove(present)
    logger.info("stored", extra={"media": row.id, "bytes": stored.size, "seconds": round(seconds, 2)})
    return None


def _is_kept(resources: Resources, row: Recording | Voicemail) -> bool:
    """Whether S3 holds what the row says. Asked before the last other copy is removed."""
    return row.s3_key is not None and resources.storage.size(row.s3_key) == row.size


def _mark_stored(
    db: Session,
    resources: Resources,
    plan: Plan[Media],
    media_id: str,
    key: str,
    seconds: float,
    stored: Stored,
) -> bool:
    """Write on the row that it is stored. Returns False if the row was deleted during the upload."""
    row = db.get(plan.table, media_id, with_for_update=True)
    if row is None or row.state == "deleted":
        return False
    row.state, row.error = "stored", None
    row.s3_key, row.size, row.sha256, row.seconds = key, stored.size, stored.sha256, seconds
    row.stored_at = utcnow()
    if row.transcript_state == "none":
        if resources.settings.transcriber == "none":
            row.transcript_error = "no transcriber is configured"
        else:
            row.transcript_state, row.transcript_error = "pending", None
            db.add(job_row(plan.transcribe, row.id, queue=TRANSCRIPTS))
    db.add(row)
    return True


def _remove(paths: Sequence[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)

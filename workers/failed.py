"""Failed jobs: write the failure on the row, list the jobs, retry them (`switchroom jobs failed|retry`)."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, TypeVar

from redis import Redis
from rq import Queue
from rq.exceptions import AbandonedJobError, DeserializationError
from rq.job import Job
from rq.serializers import JSONSerializer
from sqlmodel import Session

from models import Outbox, Recording, Voicemail
from models.telling import tell_of_media
from switchroom.database import session
from workers.enqueue import JOBS, enqueue
from workers.registered_job import RegisteredJob
from workers.resources import get_resources

logger = logging.getLogger(__name__)

Media = TypeVar("Media", Recording, Voicemail)
KILLED = "its worker was killed"
_Tell = Callable[[Session, str, str, bool, bool], None]
"""Called with the row's id, the error, whether it is final, and whether it counts as an attempt."""


@dataclass(frozen=True, slots=True)
class FailedJob:
    """A job that used up its tries. `error` is the last line of its last traceback."""

    id: str
    queue: str
    name: str
    args: tuple[Any, ...]
    failed_at: datetime | None
    error: str


def failed_jobs(redis: Redis) -> list[FailedJob]:
    """Return every job that finally failed, of all queues."""
    return [
        FailedJob(job.id, queue.name, _name(job), _args(job), job.ended_at, _last_line(job))
        for queue, job in _failed(redis)
    ]


def retry_jobs(redis: Redis, *ids: str) -> list[str]:
    """Enqueue these failed jobs again, with all their tries (no id: every one). Returns the ids.

    A job that is none of ours is left as it is.
    """
    again = []
    for queue, job in _failed(redis):
        if (not ids or job.id in ids) and _name(job) in JOBS:
            again.append(enqueue(redis, _name(job), *job.args, queue=queue.name, job_id=job.id))
    return again


def count_jobs(redis: Redis) -> dict[tuple[str, str], int]:
    """Count the jobs by (queue, state). States: queued, started, scheduled, failed."""
    counts = {}
    for queue in Queue.all(connection=redis, serializer=JSONSerializer):
        counts[queue.name, "queued"] = queue.count
        counts[queue.name, "started"] = len(queue.started_job_registry.get_job_ids(cleanup=False))
        counts[queue.name, "scheduled"] = len(queue.scheduled_job_registry.get_job_ids(cleanup=False))
        counts[queue.name, "failed"] = len(queue.failed_job_registry.get_job_ids(cleanup=False))
    return counts


def job_failed(
    job: Job,
    _redis: Redis,
    kind: type[BaseException] | None,
    error: BaseException | None,
    _traceback: TracebackType | None,
) -> None:
    """Write the error on the job's row, and after the last try that it failed. RQ calls this after every try.

    RQ also calls it for a job whose worker was killed, when the worker's heartbeat has expired.
    """
    if kind is not None and issubclass(kind, AbandonedJobError):
        _killed(job)
    else:
        tell_failure(job, f"{kind.__name__ if kind else 'Error'}: {error}")


def horse_killed(job: Job, _pid: int, _status: int, _usage: Any) -> None:
    """Handle a job whose process was killed (no memory left, a crash in a library). RQ calls this."""
    _killed(job)


def _killed(job: Job) -> None:
    if isinstance(job, RegisteredJob):
        job.forgive_kill()
    tell_failure(job, KILLED, counts=False)


def tell_failure(job: Job, text: str, *, counts: bool = True) -> None:
    """Write the failure of a job on the row that it is about. `counts`: whether it was a try."""
    final = not job.should_retry
    logger.log(
        logging.ERROR if final else logging.WARNING,
        "job failed",
        extra={"job": job.id, "final": final, "error": text.split("\n")[0][:300]},
    )
    target = _TARGETS.get(_name(job))
    if target is None or not job.args:
        return
    with session(get_resources().engine) as db:
        target(db, job.args[0], text[:2000], final, counts)


def _media(table: type[Media]) -> _Tell:
    def tell(db: Session, row_id: str, text: str, final: bool, counts: bool) -> None:
        row = db.get(table, row_id)
        if row is not None and row.state in ("pending", "failed"):
            row.attempts += counts
            row.error = text
            db.add(row)
            if final:
                row.state = "failed"
                tell_of_media(db, row)

    return tell


def _transcript(table: type[Media]) -> _Tell:
    def tell(db: Session, row_id: str, text: str, final: bool, _counts: bool) -> None:
        row = db.get(table, row_id)
        if row is not None and row.transcript_state in ("pending", "failed"):
            row.transcript_error = text
            db.add(row)
            if final:
                row.transcript_state = "failed"
                tell_of_media(db, row)

    return tell


def _mail(db: Session, row_id: str, text: str, final: bool, _counts: bool) -> None:
    row = db.get(Outbox, row_id)
    if row is not None:
        row.error = f"{'failed' if final else 'will be tried again'}: {text}"
        db.add(row)


_TARGETS = {
    "store_recording": _media(Recording),
    "store_voicemail": _media(Voicemail),
    "transcribe_recording": _transcript(Recording),
    "transcribe_voicemail": _transcript(Voicemail),
    "send_mail": _mail,
    "send_notification": _mail,
}


def _failed(redis: Redis) -> Iterator[tuple[Queue, Job]]:
    for queue in Queue.all(connection=redis, serializer=JSONSerializer):
        ids = queue.failed_job_registry.get_job_ids()
        for job in Job.fetch_many(ids, connection=redis, serializer=JSONSerializer):
            if job is not None:
                yield queue, job


def _name(job: Job) -> str:
    """Return the job's name; empty for one that cannot be read: it stays in the list, and stops no other."""
    try:
        return (job.func_name or "").rpartition(".")[2]
    except DeserializationError:
        return ""


def _args(job: Job) -> tuple[Any, ...]:
    try:
        return tuple(job.args)
    except DeserializationError:
        return ()


def _last_line(job: Job) -> str:
    result = job.latest_result()
    text = (result.exc_string or "") if result is not None else ""
    return text.strip().rpartition("\n")[2]

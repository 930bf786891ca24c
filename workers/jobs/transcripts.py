"""Transcription of what is stored on S3, by the worker of the queue `transcripts`.

An engine gives the transcript in pieces. After each piece, the row holds what is done so far. So clients see how far
the job is, and a worker that is killed loses only one piece. If other jobs wait, the job goes to the end of the queue
after each piece: a recording of an hour does not keep a voicemail of ten seconds waiting.
"""

import logging
import tempfile
from collections.abc import Callable
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from rq import Queue, Retry, Worker, get_current_job
from rq.serializers import JSONSerializer
from sqlmodel import Session, col, select

from models import CallLog, Recording, Team, Voicemail
from models.stored_file import PLAYED
from models.telling import tell_of_media
from providers.transcription import (
    Audio,
    StillRunningError,
    Transcriber,
    TranscriptionError,
    UnknownLanguageError,
    as_transcript,
    join_lines,
    make_transcriber,
)
from switchroom.audio.legs import split_channels
from switchroom.database import session
from switchroom.logs import about_call
from switchroom.settings import get_settings
from workers.enqueue import TRANSCRIPTS, enqueue
from workers.jobs.announcements import announce, transcribed
from workers.jobs.media import Media
from workers.resources import Resources, get_resources

logger = logging.getLogger(__name__)

MOST_TURNS = 5000
"""How often a job may go back to the queue: after a piece, or because a service still works."""


def transcribe_recording(recording_id: str) -> Retry | None:
    """Job: see `transcribe`."""
    resources = get_resources()
    return transcribe(resources, _transcriber(), Recording, recording_id, lambda: must_make_way(resources))


def transcribe_voicemail(voicemail_id: str) -> Retry | None:
    """Job: see `transcribe`."""
    resources = get_resources()
    return transcribe(resources, _transcriber(), Voicemail, voicemail_id, lambda: must_make_way(resources))


def resume_transcripts() -> None:
    """Job, hourly: see `resume`."""
    if resumed := resume(get_resources()):
        logger.info("transcriptions wait", extra={"count": resumed})


def resume(resources: Resources) -> int:
    """Enqueue every transcription that waits, and return how many do. A job that is there is not enqueued twice.

    Redis has them all, unless it has lost its data.
    """
    waiting = 0
    for table, job in ((Recording, "transcribe_recording"), (Voicemail, "transcribe_voicemail")):
        query = select(table.id).where(
            table.transcript_state == "pending", col(table.state).in_(PLAYED), col(table.s3_key).is_not(None)
        )
        with session(resources.engine, readonly=True) as db:
            ids = list(db.exec(query))
        for media_id in ids:
            enqueue(resources.redis, job, media_id, queue=TRANSCRIPTS)
        waiting += len(ids)
    return waiting


def must_make_way(resources: Resources) -> bool:
    """Return whether another transcription waits for this worker, or the worker is told to stop."""
    if Queue(TRANSCRIPTS, connection=resources.redis, serializer=JSONSerializer).count:
        return True
    job = get_current_job()
    worker = f"{Worker.redis_worker_namespace_prefix}{job.worker_name}" if job is not None else ""
    return bool(resources.redis.hexists(worker, "shutdown_requested_date"))


def transcribe(
    resources: Resources,
    transcriber: Transcriber,
    table: type[Media],
    media_id: str,
    make_way: Callable[[], bool] = lambda: False,
) -> Retry | None:
    """Write the transcript on the row, piece by piece, from where the row's transcript ends.

    Does nothing if that is done already, or if the row is deleted. If the engine does not know the call's language, the
    row says so and gets no transcript. Returns an RQ `Retry` while a service works, and
    after a piece if `make_way` says so. Raises `TranscriptionError`, `StorageError` and the database's errors; the job
    is then tried again.
    """
    with session(resources.engine, readonly=True) as db:
        row = db.get(table, media_id)
        language = _language(db, row) if row is not None else ""
    if row is None or row.s3_key is None:
        raise TranscriptionError(f"no stored {table.__name__} {media_id}")
    if row.state not in PLAYED or row.transcript_state == "done":
        return None
    lines, at = _so_far(row)
    with about_call(row.call_id), tempfile.TemporaryDirectory(prefix="switchroom-") as folder:
        audio = _audio(resources, row, Path(folder), language)
        while True:
            try:
                piece = transcriber.transcribe(audio, at)
            except StillRunningError as running:
                return Retry(max=MOST_TURNS, interval=running.seconds)
            except UnknownLanguageError as error:
                _write_none(resources, table, media_id, str(error))
                return None
            lines = [line for line in lines if line["start"] < piece.start]
            lines += as_transcript(piece.lines)["lines"]
            kept = _write(resources, table, media_id, lines, piece.end)
            if piece.end is None or not kept:
                logger.info("transcribed", extra={"media": media_id, "lines": len(lines), "kept": kept})
                return None
            at = piece.end
            if make_way():
                return Retry(max=MOST_TURNS)


def _so_far(row: Recording | Voicemail) -> tuple[list[dict[str, Any]], float]:
    """Return the lines that an earlier run wrote, and up to which second of the audio they go."""
    written = row.transcript
    if not isinstance(written, dict) or not written.get("seconds"):
        return [], 0.0
    return list(written["lines"]), float(written["seconds"])


def _write(
    resources: Resources, table: type[Media], media_id: str, lines: list[dict[str, Any]], end: float | None
) -> bool:
    """Write the lines on the row; they go to second `end`, or to the audio's end. Returns False if it was deleted."""
    with session(resources.engine) as db:
        row = db.get(table, media_id)
        if row is None or row.state not in PLAYED:
            return False
        row.transcript = {**join_lines(lines), "seconds": row.seconds if end is None else end}
        row.transcript_error = None
        db.add(row)
        if end is None:
            row.transcript_state = "done"
            if isinstance(row, Voicemail):
                transcribed(db, row)
            tell_of_media(db, row)
    return True


def _write_none(resources: Resources, table: type[Media], media_id: str, why: str) -> None:
    with session(resources.engine) as db:
        row = db.get(table, media_id)
        if row is not None and row.state in PLAYED:
            row.transcript, row.transcript_state, row.transcript_error = None, "none", why
            db.add(row)
            if isinstance(row, Voicemail):
                announce(db, row)
            tell_of_media(db, row)


def _language(db: Session, row: Recording | Voicemail) -> str:
    """Return the call's language, else the team's; empty if neither is known."""
    call = db.get(CallLog, row.call_id)
    if call is not None and call.language:
        return call.language
    team = db.get(Team, row.team_id) if row.team_id else None
    return team.language if team is not None else ""


def _audio(resources: Resources, row: Recording | Voicemail, folder: Path, language: str) -> Audio:
    key = row.s3_key or ""

    @cache
    def fetch() -> list[Path]:
        whole = folder / "whole.wav"
        resources.storage.get_file(key, whole)
        if isinstance(row, Voicemail):
            return [whole]
        legs = [folder / "caller.wav", folder / "agent.wav"]
        split_channels(whole, *legs)
        return legs

    speakers = ("caller", "agent") if isinstance(row, Recording) else ("caller",)
    return Audio(row.id, resources.storage.bucket, key, speakers, fetch, language)


@lru_cache(maxsize=1)
def _transcriber() -> Transcriber:
    return make_transcriber(get_settings())

"""Transcription of what is stored on S3."""

import logging
import tempfile
from functools import lru_cache
from pathlib import Path

from rq import Retry

from models import Recording, Voicemail
from models.stored_file import PLAYED
from providers.transcription import (
    Audio,
    StillRunningError,
    Transcriber,
    TranscriptionError,
    as_transcript,
    make_transcriber,
)
from switchroom.audio.legs import split_channels
from switchroom.database import session
from switchroom.logs import about_call
from switchroom.settings import get_settings
from workers.jobs.media import Media
from workers.resources import Resources, get_resources

logger = logging.getLogger(__name__)

LONGEST_WAITS = 2000


def transcribe_recording(recording_id: str) -> Retry | None:
    """Job: see `transcribe`."""
    return transcribe(get_resources(), _transcriber(), Recording, recording_id)


def transcribe_voicemail(voicemail_id: str) -> Retry | None:
    """Job: see `transcribe`."""
    return transcribe(get_resources(), _transcriber(), Voicemail, voicemail_id)


def transcribe(
    resources: Resources, transcriber: Transcriber, table: type[Media], media_id: str
) -> Retry | None:
    """Write the transcript on the row. Does nothing if that is done already, or if the row is deleted.

    Returns an RQ `Retry` while the engine works. Raises `TranscriptionError`, `StorageError` and the
    database's errors; the job is then tried again.
    """
    with session(resources.engine, readonly=True) as db:
        row = db.get(table, media_id)
    if row is None or row.s3_key is None:
        raise TranscriptionError(f"no stored {table.__name__} {media_id}")
    if row.state not in PLAYED or row.transcript_state == "done":
        return None
    with about_call(row.call_id), tempfile.TemporaryDirectory(prefix="switchroom-") as folder:
        audio = _audio(resources, row, Path(folder))
        try:
            transcript = as_transcript(transcriber.transcribe(audio))
        except StillRunningError as running:
            return Retry(max=LONGEST_WAITS, interval=running.seconds)
        with session(resources.engine) as db:
            found = db.get(table, media_id)
            if found is not None and found.state in PLAYED:
                found.transcript, found.transcript_state, found.transcript_error = transcript, "done", None
                db.add(found)
        logger.info("transcribed", extra={"media": media_id, "lines": len(transcript["lines"])})
    return None


def _audio(resources: Resources, row: Recording | Voicemail, folder: Path) -> Audio:
    key = row.s3_key or ""

    def fetch() -> list[Path]:
        whole = folder / "whole.wav"
        resources.storage.get_file(key, whole)
        if isinstance(row, Voicemail):
            return [whole]
        legs = [folder / "caller.wav", folder / "agent.wav"]
        split_channels(whole, *legs)
        return legs

    speakers = ("caller", "agent") if isinstance(row, Recording) else ("caller",)
    return Audio(row.id, resources.storage.bucket, key, speakers, fetch)


@lru_cache(maxsize=1)
def _transcriber() -> Transcriber:
    return make_transcriber(get_settings())

"""Voicemails: one mono file on the node's disk becomes one object. Without speech it is an empty message."""

from collections.abc import Sequence
from pathlib import Path

from rq import Retry

from models import Voicemail
from switchroom.audio.legs import repair
from switchroom.audio.speech import seconds_of_speech
from switchroom.database import session
from workers.jobs.announcements import stored
from workers.jobs.media import Found, Plan, store
from workers.resources import Resources, get_resources


def _sources(resources: Resources, row: Voicemail) -> tuple[Path, ...]:
    return (resources.spool_path(row.file),)


def _join(sources: Sequence[Path], out: Path) -> float:
    (message,) = sources
    return repair(message, out)


def _key(row: Voicemail) -> str:
    return f"voicemail/{row.team_id or 'unknown'}/{row.id}.wav"


def _judge(resources: Resources, _row: Voicemail, message: Path, _seconds: float) -> Found:
    """Say that the message is empty if too little in it can be speech: the caller hung up, or a tone was recorded."""
    settings = resources.settings
    spoken = seconds_of_speech(message, settings.voicemail_silence_dbfs)
    if spoken < settings.voicemail_shortest_seconds:
        return Found("empty", f"{spoken:.1f} s of speech")
    return Found()


PLAN = Plan(Voicemail, _sources, _join, _judge, _key, transcribe="transcribe_voicemail", tell=stored)


def delete_audio(voicemail_id: str) -> None:
    """Job: delete the object of a voicemail that was deleted, and whose audio is on no node. Raises `StorageError`."""
    resources = get_resources()
    with session(resources.engine, readonly=True) as db:
        row = db.get(Voicemail, voicemail_id)
    if row is not None and row.state == "deleted":
        resources.storage.delete(row.s3_key or _key(row))


def store_voicemail(voicemail_id: str) -> Retry | None:
    """Job: see `workers.jobs.media.store`."""
    return store(get_resources(), PLAN, voicemail_id)

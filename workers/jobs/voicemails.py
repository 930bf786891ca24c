"""Voicemails: one mono file on the node's disk becomes one object."""

from collections.abc import Sequence
from pathlib import Path

from rq import Retry

from models import Voicemail
from switchroom.audio.legs import repair
from workers.jobs.media import Plan, store
from workers.resources import Resources, get_resources


def _sources(resources: Resources, row: Voicemail) -> tuple[Path, ...]:
    return (resources.spool_path(row.file),)


def _join(sources: Sequence[Path], out: Path) -> float:
    (message,) = sources
    return repair(message, out)


def _key(row: Voicemail) -> str:
    return f"voicemail/{row.team_id or 'unknown'}/{row.id}.wav"


PLAN = Plan(Voicemail, _sources, _join, _key, transcribe="transcribe_voicemail")


def store_voicemail(voicemail_id: str) -> Retry | None:
    """Job: see `workers.jobs.media.store`."""
    return store(get_resources(), PLAN, voicemail_id)

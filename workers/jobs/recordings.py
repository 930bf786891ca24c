"""Recordings: two mono legs on the node's disk become one stereo object (caller left, agent right)."""

from collections.abc import Sequence
from pathlib import Path

from rq import Retry

from models import Recording
from switchroom.audio.legs import join_legs
from workers.jobs.media import Plan, store
from workers.resources import Resources, get_resources


def _sources(resources: Resources, row: Recording) -> tuple[Path, ...]:
    return tuple(resources.spool_path(f"{row.file_base}.{leg}.wav") for leg in ("agent", "caller"))


def _join(sources: Sequence[Path], out: Path) -> float:
    agent, caller = sources
    return join_legs(agent, caller, out)


def _key(row: Recording) -> str:
    return f"recordings/{row.team_id or 'unknown'}/{row.created_at:%Y/%m/%d}/{row.id}.wav"


PLAN = Plan(Recording, _sources, _join, _key, transcribe="transcribe_recording")


def store_recording(recording_id: str) -> Retry | None:
    """Job: see `workers.jobs.media.store`."""
    return store(get_resources(), PLAN, recording_id)

"""Recordings: two mono legs on the node's disk become one stereo object (caller left, agent right)."""

from collections.abc import Sequence
from pathlib import Path

from rq import Retry

from models import CallLog, Queue, Recording
from switchroom.audio.legs import join_legs
from switchroom.database import session
from workers.jobs.media import Found, Plan, store
from workers.resources import Resources, get_resources

TOLERATED_SECONDS, TOLERATED_SHARE = 3.0, 0.01
"""A recording may be so much shorter than its talk."""
WHISPER_SECONDS = 15.0
"""And so much more if the agent hears something first: it begins after that."""


def _sources(resources: Resources, row: Recording) -> tuple[Path, ...]:
    """Return the files of the agent's and of the caller's leg. A conference has one, with everybody, in place of the
    caller's."""
    agent, caller, room = (
        resources.spool_path(f"{row.file_base}.{leg}.wav") for leg in ("agent", "caller", "room")
    )
    return agent, room if room.exists() else caller


def _join(sources: Sequence[Path], out: Path) -> float:
    agent, caller = sources
    return join_legs(agent, caller, out)


def _key(row: Recording) -> str:
    return f"recordings/{row.team_id or 'unknown'}/{row.created_at:%Y/%m/%d}/{row.id}.wav"


def _judge(resources: Resources, row: Recording, _whole: Path, seconds: float) -> Found:
    """Say that the recording is incomplete if it is much shorter than the talk was."""
    with session(resources.engine, readonly=True) as db:
        call = db.get(CallLog, row.call_id)
        queue = db.get(Queue, row.queue_id) if row.queue_id else None
    talk = talk_seconds(call, row) if call else None
    whisper = WHISPER_SECONDS if queue and (queue.agent_sounds or queue.agent_wait) else 0.0
    if talk is not None and talk - seconds > TOLERATED_SECONDS + TOLERATED_SHARE * talk + whisper:
        return Found("incomplete", f"{seconds:.0f} s of a talk of {talk:.0f} s")
    return Found()


def talk_seconds(call: CallLog, row: Recording) -> float | None:
    """Return how long the recorded talk was. None: the call's legs do not tell."""
    answered = [leg for leg in call.legs if leg.get("outcome") == "answered"]
    named = [leg for leg in answered if leg.get("recording") == row.file_base]
    leg = (named or answered[row.number - 1 : row.number] or [{}])[0]
    if leg.get("kind") == "room":  # recorded for a part of the stay, or beyond it
        return None
    began, ended = leg.get("answered_at"), leg.get("ended_at") or call.ended_at
    if began is None or ended is None:
        return None
    return float(ended if isinstance(ended, float | int) else ended.timestamp()) - float(began)


PLAN = Plan(Recording, _sources, _join, _judge, _key, transcribe="transcribe_recording")


def store_recording(recording_id: str) -> Retry | None:
    """Job: see `workers.jobs.media.store`."""
    return store(get_resources(), PLAN, recording_id)

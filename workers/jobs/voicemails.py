"""Voicemails: one mono file on the node's disk becomes one object. Without speech it is an empty message."""

from collections.abc import Sequence
from pathlib import Path

from rq import Retry
from sqlmodel import Session, col, select

from models import MemberStatus, QueueManager, Role, TeamUser, Voicemail, WorkspaceEventType
from models.telling import tell
from switchroom.audio.legs import repair
from switchroom.audio.speech import seconds_of_speech
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


def _tell(db: Session, row: Voicemail) -> None:
    """Tell who looks after the mailbox: the user, the queue's managers, else the team's admins."""
    if row.team_id is None:
        return
    users = _owners(db, row.team_id, row.mailbox_kind, row.mailbox_id or "")
    who = row.caller_name or row.caller or "Someone"
    about = {"voicemail_id": row.id, "call_id": row.call_id}
    tell(db, row.team_id, users, WorkspaceEventType.VOICEMAIL, "New voicemail", who, **about)


def _owners(db: Session, team: str, kind: str, mailbox: str) -> list[str]:
    members = select(TeamUser.user_id).where(
        TeamUser.team_id == team,
        TeamUser.status == MemberStatus.ACTIVE.value,
        TeamUser.role != Role.GUEST.value,
    )
    if kind == "user":
        return list(db.exec(members.where(TeamUser.user_id == mailbox)))
    managers = select(QueueManager.user_id).where(QueueManager.queue_id == mailbox)
    found = db.exec(members.where(col(TeamUser.user_id).in_(managers))).all() if kind == "queue" else ()
    return list(found or db.exec(members.where(TeamUser.role == Role.ADMIN.value)))


PLAN = Plan(Voicemail, _sources, _join, _judge, _key, transcribe="transcribe_voicemail", tell=_tell)


def store_voicemail(voicemail_id: str) -> Retry | None:
    """Job: see `workers.jobs.media.store`."""
    return store(get_resources(), PLAN, voicemail_id)

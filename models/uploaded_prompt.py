"""Prompts that a team uploads: sounds that callers hear, and music on hold, which is a list of such sounds.

S3 has a sound's objects below `files/<its id>/`: what was uploaded, and one WAV file for each rate of `RATES`. They go
like those of files (`models.file`): a trigger writes the loose row when the row of a prompt is deleted.
"""

from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, UniqueConstraint
from sqlmodel import Field, Session, col, func, select

from models.base import ChangingRow, json_field
from models.outbox import emit_command, emit_event
from models.shown import shown
from switchroom.ids import public_id
from switchroom.messages.commands import ReloadConfig
from switchroom.messages.events import to_team

RATES = (8000, 16000)
"""Samples a second of a converted sound's files: for narrow-band and for wide-band phones."""


class PromptKind(StrEnum):
    SOUND = "sound"
    MUSIC = "music"
    GREETING = "greeting"
    """A mailbox's greeting. It belongs to the mailbox, and is not among the team's prompts."""


class PromptState(StrEnum):
    PENDING = "pending"
    """The upload is not converted yet."""
    READY = "ready"
    FAILED = "failed"
    """It cannot be converted; `error` says why."""


class UploadedPrompt(ChangingRow, table=True):
    """A sound that routes and queues play, or a list of them as music on hold."""

    __tablename__ = "uploaded_prompts"
    __table_args__ = (UniqueConstraint("team_id", "name"),)

    team_id: str = Field(foreign_key="teams.id", max_length=32, ondelete="CASCADE")
    user_id: str | None = Field(
        default=None, foreign_key="users.id", index=True, max_length=32, ondelete="SET NULL"
    )
    """Who made it."""
    kind: str = Field(max_length=10)
    name: str = Field(max_length=100)
    language: str | None = Field(default=None, max_length=8)
    state: str = Field(default=PromptState.PENDING.value, max_length=10)
    error: str | None = Field(default=None, max_length=300)
    seconds: float | None = None
    """The length of the converted sound."""
    filename: str = Field(default="", max_length=255)
    """The name that the upload had at the client."""
    type: str = Field(default="", max_length=100)
    """The media type of the upload."""
    size: int = Field(default=0, sa_type=BigInteger)
    """Bytes of the upload."""
    sha256: str = Field(default="", max_length=64)
    tracks: list[Any] = json_field(list)
    """Music: the ids of its sounds, in order."""
    shuffle: bool = False
    """Music: whether the tracks are played in random order."""


SHOWN = {
    **{
        name: name
        for name in ("id", "kind", "name", "language", "state", "error", "filename", "type", "size")
    },
    **{name: name for name in ("shuffle", "created_at", "updated_at")},
    "duration": "seconds",
    "team": "team_id",
    "user": "user_id",
}
"""Public name -> column."""


def changed(session: Session, verb: str, prompt: UploadedPrompt) -> None:
    """Tell the team and the engine that a prompt was created, updated or destroyed; of a greeting, the engine alone."""
    session.flush()
    emit_command(session, ReloadConfig(kind="prompt", id=prompt.id))
    if prompt.kind == PromptKind.GREETING.value:
        mailbox = prompt.name.split(":")[1]
        emit_command(session, ReloadConfig(kind="mailbox", id=mailbox))
        return
    data = {**shown(prompt, SHOWN), "tracks": [public_id(id) for id in prompt.tracks]}
    emit_event(session, "prompt", verb, prompt.id, data, to_team(prompt.team_id))


def greeting_name(mailbox_id: str, kind: str, prompt_id: str) -> str:
    """Return the name of a greeting's row. A trigger deletes by it what belongs to a mailbox that is deleted."""
    return f"greeting:{mailbox_id}:{kind}:{prompt_id[-8:]}"


def sound_key(prompt_id: str, rate: int) -> str:
    """Return where S3 has the converted sound of this rate."""
    return f"files/{prompt_id}/{rate}.wav"


def prompt_bytes(session: Session, team_id: str) -> int:
    """Return how many bytes the team has uploaded as prompts."""
    return int(
        session.exec(
            select(func.coalesce(func.sum(UploadedPrompt.size), 0)).where(
                col(UploadedPrompt.team_id) == team_id
            )
        ).one()
    )

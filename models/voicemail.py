"""Voicemails."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field

from models.base import Json, Row, time_field


class Voicemail(Row, table=True):
    """A message left in a team's, queue's or user's mailbox (`mailbox_kind`, `mailbox_id`).

    `state` and `transcript_state` are as in `models.call.Recording`.
    """

    __tablename__ = "voicemails"
    __table_args__ = (
        Index("ix_voicemails_team_id_created_at", "team_id", "created_at"),
        Index("ix_voicemails_mailbox_id", "mailbox_id"),
        Index("ix_voicemails_state", "state"),
    )

    call_id: str = Field(index=True, max_length=32)
    team_id: str | None = Field(default=None, max_length=32)
    mailbox_kind: str = Field(default="team", max_length=10)
    mailbox_id: str | None = Field(default=None, max_length=32)
    caller: str = Field(default="", max_length=80)
    caller_name: str = Field(default="", max_length=100)
    did: str = Field(default="", max_length=40)
    node: str = Field(default="", max_length=20)
    file: str = Field(unique=True, max_length=200)
    """Relative to the node's spool. It holds the call's id, and a number from a call's second message on."""
    state: str = Field(default="pending", max_length=20)
    s3_key: str | None = Field(default=None, max_length=300)
    size: int | None = None
    sha256: str | None = Field(default=None, max_length=64)
    seconds: float | None = None
    attempts: int = 0
    error: str | None = None
    read_at: datetime | None = time_field()
    transcript: list[Any] | dict[str, Any] | None = Field(default=None, sa_type=Json, nullable=True)
    transcript_state: str = Field(default="none", max_length=20)
    transcript_error: str | None = None
    stored_at: datetime | None = time_field()
    deleted_at: datetime | None = time_field()

"""Voicemails."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, Session

from models.base import time_field
from models.outbox import emit_record
from models.stored_file import StoredFile
from switchroom.messages.events import VOICEMAIL


class Voicemail(StoredFile, table=True):
    """A message left in a team's, queue's or user's mailbox (`mailbox_kind`, `mailbox_id`)."""

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
    file: str = Field(unique=True, max_length=200)
    """Relative to the node's spool. It holds the call's id, and a number from a call's second message on."""
    read_at: datetime | None = time_field()


def tell_of_voicemail(session: Session, verb: str, row: Voicemail) -> None:
    """Tell the clients of those who may hear the voicemail that it was created, updated or destroyed."""
    emit_record(session, VOICEMAIL, verb, row.id, row.team_id)

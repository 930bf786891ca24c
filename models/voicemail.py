"""Voicemails."""

from datetime import datetime
from typing import get_args

from sqlalchemy import Index
from sqlmodel import Field, Session

from models.base import time_field
from models.outbox import emit_command, emit_record
from models.stored_file import StoredFile
from switchroom.messages.commands import CountMessages, MailboxOwner
from switchroom.messages.events import VOICEMAIL


class Voicemail(StoredFile, table=True):
    """A message left in the mailbox of a team, queue, department or user (`mailbox_kind`, `mailbox_id`)."""

    __tablename__ = "voicemails"
    __table_args__ = (
        Index("ix_voicemails_team_id_created_at", "team_id", "created_at"),
        Index("ix_voicemails_team_id_caller_created_at", "team_id", "caller", "created_at"),
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
    saved: bool = False
    """Whether who heard it wants to keep it: it stays beyond the mailbox's own retention."""
    announced_at: datetime | None = time_field()
    """When those who look after the mailbox were told of it. None: not yet, or there is nothing to hear."""
    forwarded_from: str | None = Field(default=None, max_length=32)
    """The voicemail of which this is a copy."""
    forwarded_by: str | None = Field(default=None, max_length=32)
    """The user who forwarded it."""


def tell_of_voicemail(session: Session, verb: str, row: Voicemail) -> None:
    """Tell the clients of those who may hear the voicemail that it was created, updated or destroyed."""
    emit_record(session, VOICEMAIL, verb, row.id, row.team_id)
    messages_changed(session, row)


def messages_changed(session: Session, row: Voicemail) -> None:
    """Let the engine count the messages of the voicemail's mailbox again, for the lights of telephones."""
    if row.team_id and row.mailbox_id and row.mailbox_kind in get_args(MailboxOwner):
        kind: MailboxOwner = row.mailbox_kind  # type: ignore[assignment]
        emit_command(session, CountMessages(team=row.team_id, mailbox_kind=kind, mailbox=row.mailbox_id))

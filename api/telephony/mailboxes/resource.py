"""What clients see of the mailboxes' table."""

from typing import Annotated, Literal

from pydantic import Field

from api.conventions.answers import Answer, Column, PublicId, Time
from api.conventions.resource import Resource
from models import Mailbox


class MailboxSummary(Answer):
    """A mailbox's settings, as its table has them."""

    id: PublicId
    team: PublicId
    kind: Literal["user", "department", "queue", "team"]
    owner: Annotated[PublicId, Column("owner_id")]
    """The user, department, queue or team whose mailbox it is."""
    number: Annotated[str | None, Field(examples=["800"])]
    """By which phones reach it with `*98`. A user's is reached by the extension."""
    announce_time: bool
    """Whether who hears a message by phone is told when it came."""
    shared: bool
    """Whether the members of the department, or the agents of the queue, look after it too."""
    light: bool
    """Whether its messages light the lamps of the phones of those who look after it."""
    email_on: bool
    """Whether each new message is mailed."""
    email: str | None
    """Where to. Null: to the user's own address."""
    email_audio: bool
    """Whether the mail has the audio as an attachment."""
    email_transcript: bool
    """Whether the mail has the transcript."""
    retention_days: int | None
    """After how many days messages are deleted that are not saved. Null: as the queue or the team says."""
    created_at: Time
    updated_at: Time


MAILBOX = Resource("mailbox", MailboxSummary, Mailbox, sort="created_at ASC")

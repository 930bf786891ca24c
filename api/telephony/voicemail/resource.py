"""What clients see of the voicemails' table."""

from typing import Annotated, Literal

from api.conventions.answers import Answer, Column, PublicId, Seconds, Time
from api.conventions.resource import Resource
from api.telephony.records import FileState, Transcript, TranscriptState
from models import Voicemail


class VoicemailSummary(Answer):
    """A message without its audio."""

    id: PublicId
    team: PublicId | None
    call: PublicId
    mailbox_kind: Literal["team", "queue", "department", "user", "call"]
    mailbox: PublicId | None
    """The team, queue, department, user or call that the message is for."""
    caller: str
    caller_name: str
    called: Annotated[str, Column("did")]
    """The number that was called."""
    duration: Annotated[Seconds | None, Column("seconds")]
    """Seconds."""
    size: int | None
    """Bytes."""
    state: FileState
    read_at: Time | None
    saved: bool
    """Whether it stays beyond the days for which the mailbox keeps messages."""
    forwarded_from: PublicId | None
    """The voicemail of which this is a copy."""
    forwarded_by: PublicId | None
    """The user who forwarded it."""
    transcript: Transcript | None
    transcript_state: TranscriptState
    transcript_error: str | None
    created_at: Time


VOICEMAIL = Resource(
    "voicemail",
    VoicemailSummary,
    Voicemail,
    search=("caller", "caller_name", "called"),
    sort="created_at DESC",
)

"""What clients send about timelines, and what they get."""

from typing import Annotated, Literal

from pydantic import Field

from api.conventions.answers import Answer, Seconds, Time
from api.inbox.conversations.answers import MemberInShort
from api.inbox.fields import DashedId, InboxId
from api.inbox.messages.answers import ListedMessage
from api.inbox.notes.schemas import NoteAnswer
from api.inbox.pages import Paged
from api.telephony.records import TranscriptState

Kind = Literal["message", "note", "call", "voicemail"]


class TimelineSought(Paged):
    """Which part of a conversation's timeline the client wants."""

    conversation_id: InboxId


class TalkAnswer(Answer):
    """A recorded talk of a call. Its audio is `GET /v1/call-log/:id/recording` with the call's id."""

    number: int
    duration: Seconds | None
    """Seconds."""
    transcript_state: TranscriptState
    transcript: str | None
    """What was said, as one text."""


class CallAnswer(Answer):
    """A call with the contact."""

    id: DashedId
    direction: Annotated[str, Field(examples=["inbound"])]
    """`inbound`; `outgoing` and `callback` if the organization called."""
    caller: str
    called: str
    disposition: Annotated[str, Field(examples=["answered"])]
    duration: Seconds | None
    """Seconds from the beginning to the end."""
    talk: Seconds
    """Seconds of talk."""
    agent: MemberInShort | None
    """Who took it."""
    talks: list[TalkAnswer]


class VoicemailOfContact(Answer):
    """A message that the contact left by telephone. Its audio is `GET /v1/voicemail/:id`."""

    id: DashedId
    call_id: DashedId
    duration: Seconds | None
    """Seconds."""
    is_read: bool
    transcript_state: TranscriptState
    transcript: str | None
    """What was said, as one text."""


class Entry(Answer):
    """Something that happened. The field that `kind` names holds it; the others are null."""

    kind: Kind
    at: Time
    message: ListedMessage | None
    note: NoteAnswer | None
    call: CallAnswer | None
    voicemail: VoicemailOfContact | None


class Cursors(Answer):
    """The pages before and behind this one."""

    previous_cursor: str
    """Empty if this is the first page."""
    next_cursor: str
    """Empty if this is the last page."""


class TimelinePage(Answer):
    """A page of a timeline, newest first."""

    data: list[Entry]
    response_metadata: Cursors

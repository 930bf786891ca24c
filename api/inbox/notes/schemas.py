"""What clients send about notes, and what they get."""

from typing import Annotated

from pydantic import Field

from api.conventions.answers import Answer, Time
from api.conventions.body import Body
from api.inbox.conversations.answers import MemberInShort
from api.inbox.fields import DashedId, InboxId, OfConversation, VisibleText
from api.inbox.pages import Metadata, Paged


class NewNote(OfConversation):
    """A note for the other members."""

    text: Annotated[VisibleText, Field(examples=["Wants the invoice in French"])]


class NotesSought(Paged):
    """Which notes the client wants."""

    conversation_id: InboxId


class OfNote(Body):
    """What names a note."""

    note_id: InboxId


class NoteAnswer(Answer):
    """A note in a conversation."""

    id: DashedId
    conversation_id: DashedId
    author: MemberInShort | None
    """Null: the member is gone."""
    text: str
    created_at: Time


class NotePage(Answer):
    """A page of the notes of a conversation, newest first."""

    data: list[NoteAnswer]
    response_metadata: Metadata

"""Notes that members write into a conversation for each other. The contact and the webhook never get them."""

from sqlalchemy import Index
from sqlmodel import Field, Session

from models.base import Row
from models.conversation import Conversation
from models.outbox import emit_event
from models.shown import show_time
from switchroom.ids import dashed_id
from switchroom.messages.events import to_team


class InboxNote(Row, table=True):
    """A note in a conversation."""

    __tablename__ = "inbox_notes"
    __table_args__ = (
        Index("ix_inbox_notes_conversation_id_created_at_id", "conversation_id", "created_at", "id"),
    )

    team_id: str = Field(foreign_key="teams.id", index=True, max_length=32, ondelete="CASCADE")
    conversation_id: str = Field(foreign_key="conversations.id", max_length=32, ondelete="CASCADE")
    user_id: str | None = Field(default=None, foreign_key="users.id", max_length=32, ondelete="SET NULL")
    """The member who wrote it."""
    text: str


def write_note(session: Session, conversation: Conversation, user_id: str | None, text: str) -> InboxNote:
    """Store a note, and tell the organization's clients. `user_id` None: Switchroom itself notes it."""
    note = InboxNote(
        team_id=conversation.team_id, conversation_id=conversation.id, user_id=user_id, text=text
    )
    session.add(note)
    session.flush()
    tell_of_note(session, "created", note)
    return note


def tell_of_note(session: Session, verb: str, note: InboxNote) -> None:
    """Tell the organization's clients that the note was `created` or `destroyed`."""
    told = {
        "id": dashed_id(note.id),
        "conversation_id": dashed_id(note.conversation_id),
        "user_id": dashed_id(note.user_id) if note.user_id else None,
        "text": note.text,
        "created_at": show_time(note.created_at),
        "deleted": verb == "destroyed",
    }
    emit_event(session, "inbox_note", verb, note.id, told, to_team(note.team_id))

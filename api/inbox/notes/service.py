"""What is done with notes."""

from typing import Any

from sqlalchemy import func
from sqlalchemy import select as sa_select
from sqlmodel import col

from api.conventions.resource import Shown
from api.core.errors import Forbidden
from api.core.scope import Scope
from api.inbox.conversations.service import find as find_conversation
from api.inbox.conversations.views import show_member
from api.inbox.notes.schemas import NewNote, NotesSought
from api.inbox.pages import Order, read_page
from models import InboxNote, User
from models.inbox_note import tell_of_note, write_note
from models.shown import show_time
from switchroom.ids import dashed_id

_NEWEST = Order((col(InboxNote.created_at), col(InboxNote.id)), ("time", "id"))
WITH_AUTHORS = sa_select(InboxNote, User).outerjoin(User, col(User.id) == col(InboxNote.user_id))


def add(scope: Scope, body: NewNote) -> InboxNote:
    """Write a note into a conversation. Raises NotFound."""
    conversation = find_conversation(scope, body.conversation_id)
    return write_note(scope.session, conversation, scope.user_id, body.text)


def list_notes(scope: Scope, body: NotesSought) -> Shown:
    """Return a page of a conversation's notes, newest first. Raises NotFound."""
    conversation = find_conversation(scope, body.conversation_id)
    of_it = col(InboxNote.conversation_id) == conversation.id
    page = read_page(
        scope.session, WITH_AUTHORS.where(of_it), _NEWEST, body, lambda row: (row[0].created_at, row[0].id)
    )
    counted = sa_select(func.count()).select_from(InboxNote).where(of_it)
    return {
        "data": [show(note, user) for note, user in page.rows],
        "response_metadata": page.metadata(total=int(scope.session.execute(counted).scalar_one())),
    }


def delete(scope: Scope, id: str) -> None:
    """Delete a note of one's own, or as an admin any. Raises NotFound, Forbidden."""
    note = scope.get(InboxNote, id, "note")
    if note.user_id != scope.user_id and not scope.is_admin(note.team_id):
        raise Forbidden("Only who wrote the note, or an admin, may delete it")
    tell_of_note(scope.session, "destroyed", note)
    scope.session.delete(note)


def show(note: Any, user: User | None) -> Shown:
    """Return a note as clients see it."""
    return {
        "id": dashed_id(note.id),
        "conversation_id": dashed_id(note.conversation_id),
        "author": show_member(user),
        "text": note.text,
        "created_at": show_time(note.created_at),
    }

"""Operations on notes, which members write for each other. They are never sent to the contact or to the webhook."""

from api.conventions.answers import Nothing
from api.conventions.resource import Shown
from api.core.deps import ScopeDep
from api.core.route import reads
from api.inbox.fields import Made
from api.inbox.notes import service
from api.inbox.notes.schemas import NewNote, NotePage, NotesSought, OfNote
from api.inbox.router import inbox_router
from switchroom.ids import dashed_id

router = inbox_router("inbox notes")


@router.post("/add-note", response_model=Made, status_code=201)
def add_note(body: NewNote, scope: ScopeDep) -> Shown:
    """Write a note into a conversation."""
    return {"id": dashed_id(service.add(scope, body).id)}


@router.post("/notes", response_model=NotePage)
@reads
def list_notes(body: NotesSought, scope: ScopeDep) -> Shown:
    """List the notes of a conversation, newest first."""
    return service.list_notes(scope, body)


@router.post("/delete-note", response_model=Nothing, status_code=202)
def delete_note(body: OfNote, scope: ScopeDep) -> Shown:
    """Delete a note. Its author and admins may."""
    service.delete(scope, body.note_id)
    return {}

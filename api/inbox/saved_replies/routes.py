"""Operations on saved replies, which all members of an organization share."""

from api.conventions.answers import Nothing
from api.conventions.resource import Shown
from api.core.deps import ScopeDep
from api.core.route import reads
from api.inbox.fields import Made, OfOrganization
from api.inbox.router import inbox_router
from api.inbox.saved_replies import service
from api.inbox.saved_replies.schemas import (
    FilledReply,
    NewSavedReply,
    OfSavedReply,
    ReplyToFill,
    SavedReplies,
    SavedReplyChange,
)
from switchroom.ids import dashed_id

router = inbox_router("inbox saved replies")


@router.post("/create-saved-reply", response_model=Made, status_code=201, responses={409: {}})
def create_saved_reply(body: NewSavedReply, scope: ScopeDep) -> Shown:
    """Save a text that members send often."""
    return {"id": dashed_id(service.create(scope, body).id)}


@router.post("/saved-replies", response_model=SavedReplies)
@reads
def list_saved_replies(body: OfOrganization, scope: ScopeDep) -> Shown:
    """List the saved replies of an organization."""
    return {"saved_replies": service.list_all(scope, body.organization_id)}


@router.post("/update-saved-reply", response_model=Nothing, responses={409: {}})
def update_saved_reply(body: SavedReplyChange, scope: ScopeDep) -> Shown:
    """Give a saved reply another name and text."""
    service.update(scope, body)
    return {}


@router.post("/delete-saved-reply", response_model=Nothing, status_code=202)
def delete_saved_reply(body: OfSavedReply, scope: ScopeDep) -> Shown:
    """Delete a saved reply."""
    scope.session.delete(service.find(scope, body.organization_id, body.saved_reply_id))
    return {}


@router.post("/fill-saved-reply", response_model=FilledReply)
@reads
def fill_saved_reply(body: ReplyToFill, scope: ScopeDep) -> Shown:
    """Show a saved reply with the values of a conversation. Nothing is sent: an agent reads it first."""
    return service.fill(scope, body)

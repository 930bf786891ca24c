"""Operations on tags."""

from sqlmodel import col, select

from api.conventions.answers import Nothing
from api.conventions.resource import Shown
from api.core.deps import ScopeDep
from api.core.route import reads
from api.inbox.contacts.service import find as find_contact
from api.inbox.fields import Made, OfOrganization
from api.inbox.organization import organization
from api.inbox.router import inbox_router
from api.inbox.tags import service
from api.inbox.tags.schemas import NewTag, TagChange, TagOfContact, Tags, TagToDelete
from models import InboxTag
from switchroom.ids import dashed_id

router = inbox_router("inbox tags")


@router.post("/create-tag", response_model=Made, status_code=201, responses={409: {}})
def create_tag(body: NewTag, scope: ScopeDep) -> Shown:
    """Create a tag."""
    return {"id": dashed_id(service.create(scope, body).id)}


@router.post("/delete-tag", response_model=Nothing, status_code=202)
def delete_tag(body: TagToDelete, scope: ScopeDep) -> Shown:
    """Delete a tag, and take it from all contacts."""
    scope.session.delete(service.find(scope, body.organization_id, body.named))
    return {}


@router.post("/update-tag", response_model=Nothing, status_code=202, responses={409: {}})
def update_tag(body: TagChange, scope: ScopeDep) -> Shown:
    """Give a tag another name and colour."""
    service.update(scope, body)
    return {}


@router.post("/organization-tags", response_model=Tags)
@reads
def list_tags(body: OfOrganization, scope: ScopeDep) -> Shown:
    """List the tags of an organization."""
    team = organization(scope, body.organization_id)
    mine = select(InboxTag).where(col(InboxTag.team_id) == team)
    rows = scope.session.exec(mine.order_by(col(InboxTag.name), col(InboxTag.id)))
    return {
        "tags": [
            {
                "id": dashed_id(tag.id),
                "organization_id": dashed_id(tag.team_id),
                "name": tag.name,
                "color": tag.color,
            }
            for tag in rows
        ]
    }


@router.post("/add-tag", response_model=Nothing, status_code=202)
def add_tag(body: TagOfContact, scope: ScopeDep) -> Shown:
    """Put a tag on a contact."""
    tag = service.find(scope, body.organization_id, body.tag_id)
    service.put(scope, tag, find_contact(scope, tag.team_id, body.contact_id).id)
    return {}


@router.post("/remove-tag", response_model=Nothing, status_code=202)
def remove_tag(body: TagOfContact, scope: ScopeDep) -> Shown:
    """Take a tag from a contact."""
    tag = service.find(scope, body.organization_id, body.tag_id)
    service.take(scope, tag, find_contact(scope, tag.team_id, body.contact_id).id)
    return {}

"""What is done with tags."""

from sqlmodel import col

from api.conventions.names import is_taken
from api.core.errors import NotFound
from api.core.scope import Scope
from api.inbox.errors import NameTaken
from api.inbox.organization import organization
from api.inbox.tags.schemas import NewTag, TagChange
from models import InboxContactTag, InboxTag


def find(scope: Scope, team_id: str, id: str) -> InboxTag:
    """Return a tag of the organization. Raises NotFound."""
    team = organization(scope, team_id)
    tag = scope.get(InboxTag, id, "tag")
    if tag.team_id != team:
        raise NotFound("tag")
    return tag


def create(scope: Scope, body: NewTag) -> InboxTag:
    """Create a tag. Raises NotFound, NameTaken."""
    team = organization(scope, body.organization_id)
    _require_free(scope, team, body.name)
    tag = InboxTag(team_id=team, name=body.name, color=body.color.value)
    scope.session.add(tag)
    return tag


def update(scope: Scope, body: TagChange) -> None:
    """Give a tag another name and colour. Raises NotFound, NameTaken."""
    tag = find(scope, body.organization_id, body.id)
    _require_free(scope, tag.team_id, body.name, but=tag.id)
    tag.name, tag.color = body.name, body.color.value


def _require_free(scope: Scope, team: str, name: str, *, but: str = "") -> None:
    others = (col(InboxTag.team_id) == team, col(InboxTag.id) != but)
    if is_taken(scope.session, InboxTag.name, name, *others):
        raise NameTaken("tag")


def put(scope: Scope, tag: InboxTag, contact_id: str) -> None:
    """Put the tag on a contact, who may have it already."""
    if scope.session.get(InboxContactTag, (contact_id, tag.id)) is None:
        scope.session.add(InboxContactTag(contact_id=contact_id, tag_id=tag.id))


def take(scope: Scope, tag: InboxTag, contact_id: str) -> None:
    """Take the tag from a contact, who may not have it."""
    found = scope.session.get(InboxContactTag, (contact_id, tag.id))
    if found is not None:
        scope.session.delete(found)

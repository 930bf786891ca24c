"""What is done with saved replies."""

from sqlmodel import col, select

from api.conventions.names import is_taken
from api.conventions.resource import Shown
from api.core.errors import NotFound
from api.core.scope import Scope
from api.inbox.conversations.service import find as find_conversation
from api.inbox.errors import NameTaken
from api.inbox.organization import organization
from api.inbox.saved_replies.schemas import NewSavedReply, ReplyToFill, SavedReplyChange
from models import Contact, InboxSavedReply, Team
from models.inbox_saved_reply import fill_known, known_values
from models.inbox_template import variables_in
from switchroom.ids import dashed_id


def find(scope: Scope, team_id: str, id: str) -> InboxSavedReply:
    """Return a saved reply of the organization. Raises NotFound."""
    team = organization(scope, team_id)
    found = scope.get(InboxSavedReply, id, "saved reply")
    if found.team_id != team:
        raise NotFound("saved reply")
    return found


def create(scope: Scope, body: NewSavedReply) -> InboxSavedReply:
    """Create a saved reply. Raises NotFound, NameTaken."""
    team = organization(scope, body.organization_id)
    _require_free(scope, team, body.name)
    made = InboxSavedReply(team_id=team, name=body.name, text=body.text)
    scope.session.add(made)
    return made


def update(scope: Scope, body: SavedReplyChange) -> None:
    """Give a saved reply another name and text. Raises NotFound, NameTaken."""
    found = find(scope, body.organization_id, body.saved_reply_id)
    _require_free(scope, found.team_id, body.name, but=found.id)
    found.name, found.text = body.name, body.text


def _require_free(scope: Scope, team: str, name: str, *, but: str = "") -> None:
    others = (col(InboxSavedReply.team_id) == team, col(InboxSavedReply.id) != but)
    if is_taken(scope.session, InboxSavedReply.name, name, *others):
        raise NameTaken("saved reply")


def list_all(scope: Scope, team_id: str) -> list[Shown]:
    """Return the saved replies of the organization, by name. Raises NotFound."""
    team = organization(scope, team_id)
    mine = select(InboxSavedReply).where(col(InboxSavedReply.team_id) == team)
    rows = scope.session.exec(mine.order_by(col(InboxSavedReply.name), col(InboxSavedReply.id)))
    return [
        {
            "id": dashed_id(row.id),
            "organization_id": dashed_id(row.team_id),
            "name": row.name,
            "text": row.text,
            "placeholders": variables_in(row.text),
        }
        for row in rows
    ]


def fill(scope: Scope, body: ReplyToFill) -> Shown:
    """Return the text of a saved reply for a conversation, and what has no value. Raises NotFound."""
    conversation = find_conversation(scope, body.conversation_id)
    saved = find(scope, conversation.team_id, body.saved_reply_id)
    contact = scope.session.get_one(Contact, conversation.contact_id)
    team = scope.session.get_one(Team, conversation.team_id)
    agent = f"{scope.user.first_name} {scope.user.last_name}".strip()
    text, missing = fill_known(saved.text, known_values(contact, team.team_name, agent))
    return {"text": text, "missing": missing}

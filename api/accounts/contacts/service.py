"""What is done with contacts, and who may do it."""

from typing import Any

from sqlmodel import and_, col, or_, select

from api.accounts.contacts.schemas import ContactCreate, ContactUpdate
from api.conventions.body import apply
from api.conventions.national import with_country
from api.core.errors import Conflict, Forbidden, NotFound, ValidationFailed
from api.core.scope import TEAMS, USER, Scope
from models import Contact, Conversation, Team
from models.contact import NUMBERS
from models.integration import contact_changed, contact_deleted
from switchroom.ids import parse_id

_SAYS_WHO = ("first_name", "last_name", "email", "work_number", "home_number", "cell_number")


_OWN = and_(col(Contact.owner_id) == USER, col(Contact.team_id).is_(None))
VISIBLE = select(Contact).where(or_(_OWN, col(Contact.team_id).in_(TEAMS)))
"""The caller's personal contacts and those of their organizations."""


def get(scope: Scope, text: str) -> Contact:
    """Return a contact. Raises NotFound, also for one of another user."""
    found = parse_id(text)
    mine = VISIBLE.where(col(Contact.id) == found)
    contact = scope.session.exec(mine, params=scope.values).first() if found else None
    if contact is None:
        scope.require_not_suspended(Contact, found)
        raise NotFound("contact")
    return contact


def get_for_change(scope: Scope, text: str) -> Contact:
    """Return a contact to change. Raises NotFound, and Forbidden unless the caller made it or administers its team."""
    contact = get(scope, text)
    if contact.owner_id != scope.user_id and not scope.is_admin(contact.team_id or ""):
        raise Forbidden("Only the user who made the contact, or an admin of its team, may do this")
    return contact


def create(scope: Scope, body: ContactCreate) -> Contact:
    """Create a contact. Raises ValidationFailed."""
    values = {name: getattr(body, name) for name in ContactCreate.model_fields if name != "team"}
    team_id = _team(scope, body.team)
    contact = Contact(owner_id=scope.user_id, team_id=team_id, **_international(scope, team_id, values))
    _check(contact)
    scope.session.add(contact)
    contact_changed(scope.session, contact)
    return contact


def update(scope: Scope, contact: Contact, body: ContactUpdate) -> None:
    """Assign what was sent.

    Raises ValidationFailed, Forbidden for making another user's contact personal, and Conflict for giving one with
    conversations to another organization.
    """
    changes: dict[str, Any] = body.changes()
    if "team" in changes:
        team_id = changes.pop("team")
        if team_id is None and contact.owner_id != scope.user_id:
            raise Forbidden("Only who made the contact may make it personal")
        changes["team_id"] = contact.team_id if team_id == contact.team_id else _team(scope, team_id)
        if changes["team_id"] != contact.team_id:
            _require_no_conversation(scope, contact)
    team_of = changes.get("team_id", contact.team_id)
    _check(apply(contact, _international(scope, team_of, changes)))
    scope.session.add(contact)
    contact_changed(scope.session, contact)


def delete(scope: Scope, contact: Contact) -> None:
    """Delete the contact, at the provider too if an integration keeps it in step.

    Raises Conflict if the contact has conversations.
    """
    _require_no_conversation(scope, contact)
    contact_deleted(scope.session, contact)
    scope.session.delete(contact)


def _require_no_conversation(scope: Scope, contact: Contact) -> None:
    theirs = select(Conversation.id).where(col(Conversation.contact_id) == contact.id).limit(1)
    if scope.session.exec(theirs).first() is not None:
        raise Conflict("The contact has conversations in the organization's inbox, and stays with it")


def _team(scope: Scope, team_id: str | None) -> str | None:
    return None if team_id is None else scope.team_for(team_id)


def _international(scope: Scope, team_id: str | None, values: dict[str, Any]) -> dict[str, Any]:
    """Return the values with their numbers in E.164. A personal contact has no country."""
    country = "" if team_id is None else scope.session.get_one(Team, team_id).country
    return with_country(values, NUMBERS, country)


def _check(contact: Contact) -> None:
    if not any(getattr(contact, name) for name in _SAYS_WHO):
        raise ValidationFailed(
            dict.fromkeys(_SAYS_WHO, "A contact has a name, an e-mail address or a number")
        )

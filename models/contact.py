"""Contacts: people outside the team whom its users know."""

from typing import Any

from sqlalchemy import Index, or_, text
from sqlmodel import Field, Session, col, func, select

from models.base import ChangingRow, json_field
from models.outbox import emit_event
from models.shown import shown
from switchroom.messages.events import Audience
from switchroom.numbers import spellings

NUMBERS = ("work_number", "home_number", "cell_number")


class Contact(ChangingRow, table=True):
    """Personal to `owner_id`, unless `team_id` is set: then it belongs to that organization.

    Numbers are E.164. `attributes` (name -> text) is what the organization wants to know of the person; routes can
    read them.
    """

    __tablename__ = "contacts"
    __table_args__ = (
        *(Index(f"ix_contacts_team_id_{name}", "team_id", name) for name in NUMBERS),
        Index("ix_contacts_team_id_lower_email", "team_id", text("lower(email)")),
        Index("ix_contacts_team_id_first_name_last_name", "team_id", "first_name", "last_name"),
        Index("ix_contacts_team_id_id", "team_id", "id"),
    )

    owner_id: str | None = Field(
        default=None, foreign_key="users.id", index=True, max_length=32, ondelete="SET NULL"
    )
    team_id: str | None = Field(default=None, foreign_key="teams.id", max_length=32, ondelete="CASCADE")
    first_name: str = Field(default="", max_length=100)
    last_name: str = Field(default="", max_length=100)
    email: str | None = Field(default=None, max_length=254)
    work_number: str | None = Field(default=None, max_length=20)
    home_number: str | None = Field(default=None, max_length=20)
    cell_number: str | None = Field(default=None, max_length=20)
    attributes: dict[str, Any] = json_field(dict)
    avatar_url: str | None = Field(default=None, max_length=2000)
    """A picture of the person, where a source of the inbox has one."""


SHOWN = {
    "id": "id",
    "owner": "owner_id",
    "team": "team_id",
    **{name: name for name in ("first_name", "last_name", "email", *NUMBERS)},
    **{name: name for name in ("attributes", "created_at", "updated_at")},
}
"""Public name -> column."""


def tell_of_contact(session: Session, verb: str, contact: Contact) -> None:
    """Tell who sees the contact that it was created, updated or destroyed: its owner, or its organization."""
    users = [contact.owner_id] if contact.owner_id and contact.team_id is None else []
    audience = Audience(team=contact.team_id, members=contact.team_id is not None, users=users)
    emit_event(session, "contact", verb, contact.id, shown(contact, SHOWN), audience)


def contact_by_number(session: Session, team_id: str, number: str) -> Contact | None:
    """Find the organization's contact with this number, in any of its spellings; of several, the one changed last.

    A personal contact is never found.
    """
    having = or_(*(col(getattr(Contact, name)).in_(spellings(number)) for name in NUMBERS))
    ordered = (
        select(Contact)
        .where(col(Contact.team_id) == team_id, having)
        .order_by(col(Contact.updated_at).desc(), col(Contact.id))
    )
    return session.exec(ordered.limit(1)).first()


def contact_by_mail(session: Session, team_id: str, address: str) -> Contact | None:
    """Find the organization's contact with this e-mail address, in small letters; of several, the one changed last."""
    having = func.lower(col(Contact.email)) == address
    ordered = (
        select(Contact)
        .where(col(Contact.team_id) == team_id, having)
        .order_by(col(Contact.updated_at).desc(), col(Contact.id))
    )
    return session.exec(ordered.limit(1)).first()


def contact_attributes(contact: Contact) -> dict[str, str]:
    """Return what a route can know of a contact: its attributes, `id`, `name`, `first_name`, `last_name` and `email`.

    An attribute cannot replace one of these names. What is empty is left out.
    """
    name = f"{contact.first_name} {contact.last_name}".strip()
    own = {
        "id": contact.id,
        "name": name,
        "first_name": contact.first_name,
        "last_name": contact.last_name,
        "email": contact.email or "",
    }
    found = {str(key): str(value) for key, value in contact.attributes.items()} | own
    return {key: value for key, value in found.items() if value}

"""Contacts of the customer inbox: rows of `contacts` that belong to an organization, with what sources know them by."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from models.among import among
from models.base import Row
from models.contact import NUMBERS, Contact, contact_by_mail, contact_by_number, tell_of_contact
from models.inbox_channel import InboxChannel
from switchroom.ids import dashed_id
from switchroom.inbox import PHONES, Source
from switchroom.numbers import same_number, spellings
from switchroom.prepared import Prepared

TAG_COLORS = ("tag-red", "tag-blue", "tag-green", "tag-purple")


class InboxIdentity(Row, table=True):
    """What a source knows a contact by. `realm`: within what it is unique, `phone`, `mail` or a channel's id."""

    __tablename__ = "inbox_identities"
    __table_args__ = (UniqueConstraint("team_id", "realm", "external_id"),)

    team_id: str = Field(foreign_key="teams.id", max_length=32, ondelete="CASCADE")
    contact_id: str = Field(foreign_key="contacts.id", index=True, max_length=32, ondelete="CASCADE")
    realm: str = Field(max_length=40)
    external_id: str = Field(max_length=254)


class InboxTag(Row, table=True):
    """A label that members of an organization put on its contacts."""

    __tablename__ = "inbox_tags"

    team_id: str = Field(foreign_key="teams.id", index=True, max_length=32, ondelete="CASCADE")
    name: str = Field(max_length=100)
    color: str = Field(max_length=12)


class InboxContactTag(SQLModel, table=True):
    """A tag on a contact."""

    __tablename__ = "inbox_contact_tags"

    contact_id: str = Field(foreign_key="contacts.id", primary_key=True, max_length=32, ondelete="CASCADE")
    tag_id: str = Field(
        foreign_key="inbox_tags.id", primary_key=True, index=True, max_length=32, ondelete="CASCADE"
    )


def contact_of(session: Session, channel: InboxChannel, sender: str, name: str) -> Contact:
    """Return the organization's contact who wrote to the channel. It is made if nobody is known by `sender`.

    Somebody whose number or e-mail address a contact already has is that contact.
    """
    is_phone, is_mail = channel.source in PHONES, channel.source == Source.EMAIL.value
    realm = "phone" if is_phone else "mail" if is_mail else channel.id
    known = (
        select(Contact)
        .join(InboxIdentity, col(InboxIdentity.contact_id) == col(Contact.id))
        .where(
            col(InboxIdentity.team_id) == channel.team_id,
            col(InboxIdentity.realm) == realm,
            col(InboxIdentity.external_id) == sender,
        )
    )
    contact = session.exec(known).first()
    if contact is not None:
        return contact
    if is_phone:
        contact = contact_by_number(session, channel.team_id, sender)
    elif is_mail:
        contact = contact_by_mail(session, channel.team_id, sender)
    if contact is None:
        first, last = split_name(name)
        number = sender if is_phone and len(sender) <= 20 else None
        contact = Contact(
            team_id=channel.team_id,
            first_name=first,
            last_name=last,
            cell_number=number,
            email=sender if is_mail and "@" in sender else None,
        )
        session.add(contact)
        session.flush()
        tell_of_contact(session, "created", contact)
    session.add(
        InboxIdentity(team_id=channel.team_id, contact_id=contact.id, realm=realm, external_id=sender)
    )
    session.flush()
    return contact


def numbers_of(session: Session, contact: Contact) -> list[str]:
    """Return the telephone numbers of a contact, each once: its own, and those by which it wrote."""
    written = select(InboxIdentity.external_id).where(
        col(InboxIdentity.contact_id) == contact.id, col(InboxIdentity.realm) == "phone"
    )
    own = [number for name in NUMBERS if (number := getattr(contact, name))]
    numbers = [*own, *session.exec(written.order_by(col(InboxIdentity.id)))]
    return list({same_number(number): number for number in reversed(numbers)}.values())[::-1]


def person_by_number(session: Session, team_id: str, number: str) -> Contact | None:
    """Return the organization's contact with this number in any of its spellings, also if it only wrote by it."""
    contact = contact_by_number(session, team_id, number)
    if contact is not None:
        return contact
    known = (
        select(Contact)
        .join(InboxIdentity, col(InboxIdentity.contact_id) == col(Contact.id))
        .where(
            col(InboxIdentity.team_id) == team_id,
            col(InboxIdentity.realm) == "phone",
            col(InboxIdentity.external_id).in_(spellings(number)),
        )
    )
    return session.exec(known.order_by(col(InboxIdentity.id)).limit(1)).first()


def split_name(name: str) -> tuple[str, str]:
    """Return the first word as the first name, and the rest as the last name."""
    first, _, last = " ".join(name.split()).partition(" ")
    return first[:100], last[:100]


_TAGS = Prepared(
    select(InboxContactTag.contact_id, InboxTag.id, InboxTag.name, InboxTag.color)
    .join(InboxTag, col(InboxTag.id) == col(InboxContactTag.tag_id))
    .where(among(col(InboxContactTag.contact_id), "contacts"))
    .order_by(col(InboxTag.name), col(InboxTag.id)),
    named=True,
)


def tags_of(session: Session, contact_ids: list[str]) -> dict[str, list[Any]]:
    """Return the tags of these contacts, sorted by name: rows with `id`, `name` and `color`."""
    if not contact_ids:
        return {}
    found: dict[str, list[Any]] = {}
    for row in _TAGS.rows(session, {"contacts": contact_ids}):
        found.setdefault(row.contact_id, []).append(row)
    return found


def contact_sender(session: Session, contact: Any) -> dict[str, Any]:
    """Return the contact, or a row of its columns, as the sender of a message, with its tags."""
    return show_contact_sender(contact, tags_of(session, [contact.id]).get(contact.id, []))


def show_contact_sender(contact: Any, tags: Sequence[Any]) -> dict[str, Any]:
    """Return the contact, or a row of its columns, as the sender of a message."""
    return {
        "id": dashed_id(contact.id),
        "first_name": contact.first_name,
        "last_name": contact.last_name or None,
        "avatar_url": contact.avatar_url,
        "tags": [{"id": dashed_id(tag.id), "name": tag.name, "color": tag.color} for tag in tags],
    }

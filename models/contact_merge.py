"""Contacts that were found to be the same person: one stays, and has what the other had."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import update as sa_update
from sqlmodel import Field, Session, col, select

from models.base import Row, json_field
from models.contact import NUMBERS, Contact, tell_of_contact
from models.conversation import Conversation
from models.inbox_contact import InboxContactTag, InboxIdentity
from models.inbox_team import InboxTeam
from models.integration import contact_deleted
from models.outbox import emit_event
from switchroom.ids import dashed_id
from switchroom.messages.events import to_team
from switchroom.numbers import same_number

_KEPT = ("first_name", "last_name", "email", *NUMBERS, "attributes", "avatar_url")


class ContactMerge(Row, table=True):
    """A contact that is another one now. `id` is the id that it had, by which it can still be read."""

    __tablename__ = "contact_merges"

    team_id: str = Field(foreign_key="teams.id", index=True, max_length=32, ondelete="CASCADE")
    contact_id: str = Field(foreign_key="contacts.id", index=True, max_length=32, ondelete="CASCADE")
    """The contact that it is now."""
    user_id: str | None = Field(default=None, foreign_key="users.id", max_length=32, ondelete="SET NULL")
    """Who merged the two."""
    was: dict[str, Any] = json_field(dict)
    """The fields that it had, so that none is lost where the other contact has its own."""


def merged_ids(session: Session, team_id: str, ids: Iterable[str]) -> dict[str, str]:
    """Return what contacts these ids stand for now, of those that were merged into another."""
    wanted = list(ids)
    if not wanted:
        return {}
    rows = select(ContactMerge.id, ContactMerge.contact_id).where(
        col(ContactMerge.team_id) == team_id, col(ContactMerge.id).in_(wanted)
    )
    return dict(session.exec(rows).all())


def merge_contacts(session: Session, kept: Contact, other: Contact, user_id: str | None) -> None:
    """Give `kept` what `other` has, delete `other`, and tell clients. Both are contacts of one organization.

    Where both have a value, that of `kept` stays.
    """
    team_id = str(kept.team_id)
    was = {name: getattr(other, name) for name in _KEPT if getattr(other, name)}
    _move_numbers(session, team_id, kept, other)
    if not (kept.first_name or kept.last_name):
        # A name is taken whole, so that nobody gets one person's first and another's last name.
        kept.first_name, kept.last_name = other.first_name, other.last_name
    kept.email, kept.avatar_url = kept.email or other.email, kept.avatar_url or other.avatar_url
    kept.attributes = {**other.attributes, **kept.attributes}
    for table in (Conversation, InboxIdentity, ContactMerge):
        session.execute(sa_update(table).where(col(table.contact_id) == other.id).values(contact_id=kept.id))
    _move_tags(session, kept, other)
    _move_filters(session, team_id, kept, other)
    session.add(ContactMerge(id=other.id, team_id=team_id, contact_id=kept.id, user_id=user_id, was=was))
    contact_deleted(session, other)
    session.delete(other)
    session.flush()
    tell_of_contact(session, "updated", kept)
    told = {
        "organization_id": dashed_id(team_id),
        "contact_id": dashed_id(kept.id),
        "merged_contact_id": dashed_id(other.id),
    }
    emit_event(session, "inbox_contact", "merged", kept.id, told, to_team(team_id))


def _move_numbers(session: Session, team_id: str, kept: Contact, other: Contact) -> None:
    """Put the numbers of `other` where `kept` has none. What finds no place still finds the contact."""
    numbers = [number for name in NUMBERS if (number := getattr(other, name))]
    known = {same_number(number) for name in NUMBERS if (number := getattr(kept, name))}
    for number in numbers:
        if same_number(number) in known:
            continue
        known.add(same_number(number))
        free = [name for name in NUMBERS if not getattr(kept, name)]
        # First where it stood, else anywhere.
        stood = [name for name in free if getattr(other, name) == number]
        if free:
            setattr(kept, (stood or free)[0], number)
            continue
        identity = (
            col(InboxIdentity.team_id) == team_id,
            col(InboxIdentity.realm) == "phone",
            col(InboxIdentity.external_id) == number,
        )
        if session.exec(select(InboxIdentity.id).where(*identity)).first() is None:
            session.add(InboxIdentity(team_id=team_id, contact_id=kept.id, realm="phone", external_id=number))


def _move_tags(session: Session, kept: Contact, other: Contact) -> None:
    def tags(contact: Contact) -> set[str]:
        mine = select(InboxContactTag.tag_id).where(col(InboxContactTag.contact_id) == contact.id)
        return set(session.exec(mine))

    for tag in sorted(tags(other) - tags(kept)):
        session.add(InboxContactTag(contact_id=kept.id, tag_id=tag))


def _move_filters(session: Session, team_id: str, kept: Contact, other: Contact) -> None:
    """Let inbox teams that wait for `other` wait for `kept`."""
    for team in session.exec(select(InboxTeam).where(col(InboxTeam.team_id) == team_id)):
        ids = team.query.get("contact_ids") or []
        if other.id in ids:
            renamed = dict.fromkeys(kept.id if id == other.id else id for id in ids)
            team.query = {**team.query, "contact_ids": list(renamed)}

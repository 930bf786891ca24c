"""What is done with contacts of the inbox."""

from typing import Any

from sqlalchemy import ColumnElement, String, cast, func
from sqlalchemy import select as sa_select
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import col, select

from api.accounts.audit import actor_of, record
from api.accounts.contacts.schemas import MAX_ATTRIBUTES
from api.conventions.resource import Shown
from api.core.errors import Conflict, NotFound, ValidationFailed
from api.core.scope import Scope
from api.inbox.contacts.schemas import ContactsSought, InfoValue, Merge
from api.inbox.organization import organization
from api.inbox.pages import Order, read_page
from models import Contact, ContactMerge, InboxTag
from models.contact import tell_of_contact
from models.contact_merge import merge_contacts, merged_ids
from models.inbox_contact import numbers_of, split_name, tags_of
from models.privacy import is_being_erased
from switchroom.ids import dashed_id

_NEWEST = Order((col(Contact.id),), ("id",))


def list_contacts(scope: Scope, body: ContactsSought) -> Shown:
    """Return a page of the organization's contacts, the newest first. Raises NotFound."""
    team = organization(scope, body.organization_id)
    statement = sa_select(Contact).where(col(Contact.team_id) == team)
    count = sa_select(func.count()).select_from(Contact).where(col(Contact.team_id) == team)
    total, matching = int(scope.session.execute(count).scalar_one()), None
    sought = (body.filter and body.filter.info_values) or []
    if sought:
        has = [_has(scope, one) for one in sought]
        statement = statement.where(*has)
        matching = int(scope.session.execute(count.where(*has)).scalar_one())
    page = read_page(scope.session, statement, _NEWEST, body, lambda row: (row[0].id,))
    contacts = [row[0] for row in page.rows]
    tags = tags_of(scope.session, [contact.id for contact in contacts])
    return {
        "data": [_show(contact, tags.get(contact.id, [])) for contact in contacts],
        "response_metadata": page.metadata(total=total, filtered_total=matching),
    }


def _show(contact: Contact, tags: list[InboxTag]) -> Shown:
    return {
        "id": dashed_id(contact.id),
        "first_name": contact.first_name,
        "last_name": contact.last_name or None,
        "avatar_url": contact.avatar_url,
        "tags": [dashed_id(tag.id) for tag in tags],
        "info": info_of(contact),
    }


def show_details(scope: Scope, contact: Contact) -> Shown:
    """Return the contact with all that the organization knows it by."""
    merged = select(ContactMerge.id).where(col(ContactMerge.contact_id) == contact.id)
    return {
        **_show(contact, tags_of(scope.session, [contact.id]).get(contact.id, [])),
        "email": contact.email,
        "numbers": numbers_of(scope.session, contact),
        "merged_contact_ids": [
            dashed_id(id) for id in scope.session.exec(merged.order_by(col(ContactMerge.id)))
        ],
    }


def _has(scope: Scope, sought: InfoValue) -> ColumnElement[bool]:
    """Return the condition that a contact has this info."""
    if scope.session.connection().dialect.name == "postgresql":
        return cast(col(Contact.attributes), JSONB).contains({sought.key: sought.value})
    path = '$."' + sought.key.replace("\\", "\\\\").replace('"', '\\"') + '"'
    found: Any = func.json_extract(col(Contact.attributes), path, type_=String())
    return found == sought.value  # type: ignore[no-any-return]


def info_of(contact: Contact) -> dict[str, str]:
    """Return what the organization knows of the contact."""
    return {str(key): str(value) for key, value in contact.attributes.items()}


def find(scope: Scope, team_id: str, id: str) -> Contact:
    """Return a contact of the organization, also by the id of one that was merged into it. Raises NotFound."""
    team = organization(scope, team_id)
    try:
        contact = scope.get(Contact, id, "contact")
    except NotFound:
        merged = merged_ids(scope.session, team, [id])
        if id not in merged:
            raise
        contact = scope.get(Contact, merged[id], "contact")
    if contact.team_id != team:
        raise NotFound("contact")
    return contact


def find_for_change(scope: Scope, team_id: str, *ids: str) -> list[Contact]:
    """Return such contacts, locked until the transaction ends. Raises NotFound."""
    found = [find(scope, team_id, id) for id in ids]
    # Always in the same order, so that two requests do not wait for each other.
    for contact in sorted(found, key=lambda contact: contact.id):
        scope.session.refresh(contact, with_for_update=True)
    return found


def merge(scope: Scope, body: Merge, address: str) -> Contact:
    """Make two contacts one. Return the one that stays. Raises NotFound, ValidationFailed, Conflict."""
    kept, other = find_for_change(scope, body.organization_id, body.contact_id, body.merged_contact_id)
    if other.id == kept.id:
        raise ValidationFailed({"merged_contact_id": "Must be another contact"})
    if is_being_erased(scope.session, str(kept.team_id), [kept.id, other.id]):
        raise Conflict("The data of one of the contacts is being erased")
    if len({**other.attributes, **kept.attributes}) > MAX_ATTRIBUTES:
        raise ValidationFailed(
            {"merged_contact_id": f"Both have more than {MAX_ATTRIBUTES} pieces of info. Delete some first"}
        )
    merge_contacts(scope.session, kept, other, scope.user_id)
    record(
        scope.session, actor_of(scope, address), "contact merged", kept.id,
        team_id=kept.team_id, merged=dashed_id(other.id),
    )  # fmt: skip
    return kept


def rename(scope: Scope, contact: Contact, name: str) -> None:
    """Give the contact a name, and tell clients."""
    contact.first_name, contact.last_name = split_name(name)
    _changed(scope, contact)


def set_info(scope: Scope, contact: Contact, key: str, value: str, *, known: bool) -> None:
    """Set a piece of info, and tell clients. `known`: it must be there. Raises NotFound, ValidationFailed."""
    if known and key not in contact.attributes:
        raise NotFound("info")
    info = {**contact.attributes, key: value}
    if len(info) > MAX_ATTRIBUTES:
        raise ValidationFailed({"key": f"A contact has at most {MAX_ATTRIBUTES}"})
    contact.attributes = info
    _changed(scope, contact)


def remove_info(scope: Scope, contact: Contact, key: str) -> None:
    """Delete a piece of info, and tell clients. Raises NotFound."""
    if key not in contact.attributes:
        raise NotFound("info")
    contact.attributes = {name: value for name, value in contact.attributes.items() if name != key}
    _changed(scope, contact)


def _changed(scope: Scope, contact: Contact) -> None:
    scope.session.add(contact)
    scope.session.flush()
    tell_of_contact(scope.session, "updated", contact)

"""Contacts of an integration, both ways: what changed at the provider comes first, then what changed here goes there.

Each row at the provider has a revision. If it is another one than ours, the provider's row wins. A change of ours that
it replaces is dropped, and the user's clients are told.

Nothing is sent back that came from the provider: a contact was changed here if its `updated_at` is another one than
when both sides had the same. A field that was not changed here goes back as the provider wrote it, so a number that is
none, or a name that is too long for us, is not lost there.

A worker may be killed at any moment. So that a contact is not created twice, its link first says what is sent and
when. If the answer was lost, the provider's row is known by its fields. It may come minutes later (`GRACE`): Google's
lists lag behind.
"""

import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import cached_property
from typing import Any, Protocol, TypeVar

from sqlalchemy import ColumnElement
from sqlmodel import Session, and_, col, or_, select

from models import Contact, ContactLink, Integration, MemberStatus, Role, Team, TeamUser, utcnow
from models.contact import NUMBERS, tell_of_contact
from models.integration import note
from models.outbox import emit_event
from providers.integrations import base
from switchroom.database import session
from switchroom.ids import public_id
from switchroom.messages.events import to_user
from switchroom.numbers import country_code, parse
from switchroom.texts import clean
from workers.resources import Resources

logger = logging.getLogger(__name__)

BATCH = 200
GRACE = timedelta(minutes=15)
"""How long a row may take until the provider lists it."""
MOST_FAILURES = 5
"""Contacts that the provider did not take, after which the others are not tried."""
FIELDS = ("first_name", "last_name", "email", *NUMBERS)
_LONGEST_NAME = 100
_EMAIL = re.compile(r"[^\s@]{1,64}@[^\s@]{1,189}")

Fields = dict[str, str | None]
Item = TypeVar("Item")


class Running(Protocol):
    """What a synchronization has in hand."""

    resources: Resources
    integration: Integration
    provider: base.Integration

    def go_on(self) -> bool:
        """Hold on to the integration. Return False if the time is up."""


def batches(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """Yield the items in parts for one transaction each."""
    return (items[at : at + BATCH] for at in range(0, len(items), BATCH))


def theirs_of(row: base.ProviderContact) -> Fields:
    """Return the fields as the provider has them."""
    return {name: getattr(row, name) for name in FIELDS}


def ours(theirs: Mapping[str, Any], country: str) -> Fields:
    """Return the fields as we keep them. A number or an address that is none is left out. `country`: ISO 3166."""
    email = str(theirs.get("email") or "").strip().lower()
    found: Fields = {name: parse(str(theirs.get(name) or ""), country) or None for name in NUMBERS}
    for name in ("first_name", "last_name"):
        found[name] = clean(str(theirs.get(name) or ""))[:_LONGEST_NAME].strip()
    found["email"] = email if _EMAIL.fullmatch(email) else None
    return {name: found[name] for name in FIELDS}


def outgoing(contact: Contact, theirs: Mapping[str, Any] | None, country: str) -> Fields:
    """Return the fields to send. What was not changed here stays as the provider wrote it."""
    before = ours(theirs, country) if theirs else {}
    return {
        name: theirs[name]
        if theirs and before[name] == getattr(contact, name)
        else getattr(contact, name) or (None if name not in ("first_name", "last_name") else "")
        for name in FIELDS
    }


class ContactSync:
    """One synchronization."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self._engine = running.resources.engine
        self._integration, self._provider = running.integration, running.provider
        self._links = select(ContactLink).where(ContactLink.integration_id == self._integration.id)

    def run(self) -> bool:
        """Do it. Return False if the time was up. Raises ProviderError."""
        if not self._pull():
            return False
        conflicts, done = self._push()
        return (self._pull() and done) if conflicts else done

    @cached_property
    def _country(self) -> str:
        """The country of the user's national numbers: that of their first team that has one."""
        with session(self._engine, readonly=True) as db:
            found = db.exec(
                select(Team.country)
                .join(TeamUser, col(TeamUser.team_id) == col(Team.id))
                .where(
                    col(TeamUser.user_id) == self._integration.user_id,
                    col(TeamUser.status) == MemberStatus.ACTIVE.value,
                    col(TeamUser.role) != Role.GUEST.value,
                    col(Team.country) != "",
                )
                .order_by(col(TeamUser.created_at), col(TeamUser.id))
            ).first()
        return country_code(found) if found else ""

    # -- from the provider ---------------------------------------------------------------------------------------

    def _pull(self) -> bool:
        cursor = self._cursor()
        try:
            changes = self._provider.contacts(cursor)
        except base.CursorExpired:
            cursor = None
            changes = self._provider.contacts(None)
        waiting = self._unanswered()
        first = self._integration.synced_at is None
        for rows in batches(changes.rows):
            if not self._running.go_on():
                return False
            with session(self._engine) as db:
                self._take_all(db, rows, waiting, quiet=first)
        gone = changes.deleted if cursor is not None else self._missing({row.id for row in changes.rows})
        for ids in batches(gone):
            if not self._running.go_on():
                return False
            with session(self._engine) as db:
                self._delete_all(db, ids)
        with session(self._engine) as db:
            note(db, self._integration.id, sync_cursor=changes.cursor)
        return True

    def _cursor(self) -> str | None:
        """Return from where to read on. None, which reads all: a row that we wait for has not come."""
        overdue = self._links.where(col(ContactLink.conflict_at) < utcnow() - GRACE).limit(1)
        with session(self._engine, readonly=True) as db:
            if db.exec(overdue).first() is not None:
                return None
            row = db.get(Integration, self._integration.id)
            return row.sync_cursor if row else None

    def _unanswered(self) -> dict[tuple[Any, ...], list[str]]:
        """Return the links whose rows at the provider are not known, by what the rows have."""
        found: dict[tuple[Any, ...], list[str]] = {}
        pending = (
            select(ContactLink, Contact)
            .outerjoin(Contact, col(Contact.id) == col(ContactLink.contact_id))
            .where(
                ContactLink.integration_id == self._integration.id,
                col(ContactLink.provider_id).is_(None),
                col(ContactLink.detached).is_(False),
            )
        )
        with session(self._engine, readonly=True) as db:
            for link, contact in db.exec(pending):
                if link.sent_at is not None and link.theirs is not None:
                    fields = ours(link.theirs, self._country)
                elif contact is not None:
                    fields = {name: getattr(contact, name) for name in FIELDS}
                else:
                    continue
                found.setdefault(tuple(fields.values()), []).append(link.id)
        return found

    def _missing(self, there: set[str]) -> list[str]:
        """Return the provider's ids that we know and that a whole list does not have."""
        known = select(ContactLink.provider_id).where(
            ContactLink.integration_id == self._integration.id, col(ContactLink.provider_id).is_not(None)
        )
        with session(self._engine, readonly=True) as db:
            return [id for id in db.exec(known) if id is not None and id not in there]

    def _take_all(
        self,
        db: Session,
        rows: Sequence[base.ProviderContact],
        waiting: dict[tuple[Any, ...], list[str]],
        *,
        quiet: bool,
    ) -> None:
        """Take these rows. `quiet`: clients are not told of new contacts one by one, since they are thousands."""
        ids = [row.id for row in rows]
        links = {
            link.provider_id: link
            for link in db.exec(self._links.where(col(ContactLink.provider_id).in_(ids)))
        }
        contacts = _contacts(db, links.values())
        for row in rows:
            fields = ours(theirs_of(row), self._country)
            link = links.get(row.id)
            if link is None:
                alike = waiting.get(tuple(fields.values()))
                links[row.id] = (
                    self._adopt(db, alike.pop(), row) if alike else self._create(db, row, fields, quiet=quiet)
                )
            else:
                self._take(db, link, contacts.get(link.contact_id or ""), row, fields)

    def _adopt(self, db: Session, link_id: str, row: base.ProviderContact) -> ContactLink:
        """Note that the provider has the contact of this link."""
        link = db.get_one(ContactLink, link_id)
        contact = _contacts(db, [link]).get(link.contact_id or "")
        _same(link, row)
        fields = ours(theirs_of(row), self._country)
        if contact is not None and all(getattr(contact, name) == fields[name] for name in FIELDS):
            link.contact_changed_at = contact.updated_at
        db.flush()
        return link

    def _create(
        self, db: Session, row: base.ProviderContact, fields: Fields, *, quiet: bool = False
    ) -> ContactLink:
        """Create the contact of a row. A row that says nothing of whom it is gets none, but is known."""
        link = ContactLink(integration_id=self._integration.id)
        _same(link, row)
        if any(fields.values()):
            contact = _contact(self._integration.user_id, fields)
            db.add(contact)
            db.flush()
            if not quiet:
                tell_of_contact(db, "created", contact)
            link.contact_id, link.contact_changed_at = contact.id, contact.updated_at
        else:
            link.detached = True
        db.add(link)
        db.flush()
        return link

    def _take(
        self,
        db: Session,
        link: ContactLink,
        contact: Contact | None,
        row: base.ProviderContact,
        fields: Fields,
    ) -> None:
        """Bring our contact to the state of the provider's row, unless that is our own change."""
        if row.revision == link.revision and link.conflict_at is None:
            return
        if link.detached and link.contact_id is not None:
            _same(link, row)
            return
        if contact is None:
            # It was deleted here, or said nothing before. The provider's row is newer.
            deleted_here = not link.detached
            db.delete(link)
            db.flush()
            made = self._create(db, row, fields)
            if deleted_here:
                self._tell_dropped(db, made.contact_id, {"deleted": True})
            return
        dropped = self._changed_here(link, contact)
        _same(link, row)
        if any(fields.values()) and any(getattr(contact, name) != fields[name] for name in FIELDS):
            dropped = {name: value for name, value in dropped.items() if value != fields[name]}
            for name in FIELDS:
                setattr(contact, name, fields[name])
            db.flush()
            tell_of_contact(db, "updated", contact)
            if dropped:
                self._tell_dropped(db, contact.id, dropped)
        link.contact_changed_at = contact.updated_at
        db.flush()

    def _changed_here(self, link: ContactLink, contact: Contact) -> Fields:
        """Return the fields that were changed here and not sent, as they are here."""
        if contact.updated_at == link.contact_changed_at or link.theirs is None:
            return {}
        before = ours(link.theirs, self._country)
        return {name: getattr(contact, name) for name in FIELDS if getattr(contact, name) != before[name]}

    def _delete_all(self, db: Session, ids: Sequence[str]) -> None:
        """Delete the contacts whose rows the provider has no longer."""
        links = db.exec(self._links.where(col(ContactLink.provider_id).in_(ids))).all()
        contacts = _contacts(db, links)
        for link in links:
            contact = contacts.get(link.contact_id or "")
            dropped = self._changed_here(link, contact) if contact else {}
            db.delete(link)
            if contact is not None and not link.detached:
                tell_of_contact(db, "destroyed", contact)
                db.delete(contact)
                if dropped:
                    self._tell_dropped(db, contact.id, dropped)

    def _tell_dropped(self, db: Session, contact_id: str | None, dropped: Mapping[str, Any]) -> None:
        """Tell the user which change of theirs the provider's row replaced."""
        told = {
            "type": "conflict",
            "contact": public_id(contact_id) if contact_id else None,
            "dropped": dropped,
        }
        audience = to_user(self._integration.user_id)
        emit_event(db, "integration", "messaged", self._integration.id, told, audience)
        logger.info(
            "the provider's contact replaced a change of ours", extra={"integration": self._integration.id}
        )

    # -- to the provider -----------------------------------------------------------------------------------------

    def _push(self) -> tuple[bool, bool]:
        """Send what changed here. Return whether there were conflicts, and whether all was sent in time.

        A contact that the provider does not take stops no other, up to `MOST_FAILURES`. Raises the last error at the
        end, and at once if the provider asks us to wait.
        """
        conflicts, failed, last = False, set[str](), None
        for condition, send in self._steps():
            while links := self._next(condition, failed):
                for link in links:
                    if not self._running.go_on():
                        return conflicts, False
                    try:
                        send(link)
                    except base.Conflict:
                        conflicts = True
                        self._write(link, conflict_at=utcnow())
                    except base.GrantRefused:
                        raise
                    except base.ProviderError as error:
                        failed.add(link.id)
                        last = error
                        if error.retry_after is not None or len(failed) >= MOST_FAILURES:
                            raise
        if last is not None:
            raise last
        return conflicts, True

    def _steps(self) -> Iterator[tuple[ColumnElement[bool], Callable[[ContactLink], None]]]:
        known, linked = col(ContactLink.provider_id).is_not(None), col(ContactLink.contact_id).is_not(None)
        lost = or_(col(ContactLink.sent_at).is_(None), col(ContactLink.sent_at) < utcnow() - GRACE)
        changed = or_(
            col(ContactLink.contact_changed_at).is_(None),
            col(ContactLink.contact_changed_at) != col(Contact.updated_at),
        )
        yield and_(~linked, or_(known, lost)), self._send_deleted
        yield and_(linked, ~known, lost), self._send_new
        yield and_(linked, known, changed), self._send_changed

    def _next(self, condition: ColumnElement[bool], failed: set[str]) -> Sequence[ContactLink]:
        waiting = (
            self._links.outerjoin(Contact, col(Contact.id) == col(ContactLink.contact_id))
            .where(col(ContactLink.detached).is_(False), col(ContactLink.conflict_at).is_(None), condition)
            .where(col(ContactLink.id).not_in(failed))
            .order_by(col(ContactLink.id))
            .limit(BATCH)
        )
        with session(self._engine, readonly=True) as db:
            return db.exec(waiting).all()

    def _send_deleted(self, link: ContactLink) -> None:
        if link.provider_id is not None:
            self._provider.delete_contact(link.provider_id, link.revision)
        with session(self._engine) as db:
            row = db.get(ContactLink, link.id)
            if row is not None:
                db.delete(row)

    def _send_new(self, link: ContactLink) -> None:
        with session(self._engine) as db:
            row, contact = db.get(ContactLink, link.id), db.get(Contact, link.contact_id)
            if row is None or contact is None:
                return
            fields = outgoing(contact, None, self._country)
            row.theirs, row.sent_at = fields, utcnow()
        made = self._provider.create_contact(_row(fields))
        self._same(link, made, contact)

    def _send_changed(self, link: ContactLink) -> None:
        with session(self._engine, readonly=True) as db:
            contact = db.get(Contact, link.contact_id)
        if contact is None:
            return
        fields = outgoing(contact, link.theirs, self._country)
        if fields == link.theirs:
            self._write(link, contact_changed_at=contact.updated_at)
            return
        row = _row(fields, id=link.provider_id or "", revision=link.revision)
        self._same(link, self._provider.update_contact(row), contact)

    def _same(self, link: ContactLink, row: base.ProviderContact, contact: Contact) -> None:
        self._write(
            link,
            provider_id=row.id,
            revision=row.revision,
            theirs=theirs_of(row),
            contact_changed_at=contact.updated_at,
            sent_at=None,
        )

    def _write(self, link: ContactLink, **columns: Any) -> None:
        with session(self._engine) as db:
            row = db.get(ContactLink, link.id)
            if row is not None:
                for name, value in columns.items():
                    setattr(row, name, value)


def _contact(owner_id: str, fields: Mapping[str, Any]) -> Contact:
    return Contact(owner_id=owner_id, **fields)


def _row(fields: Mapping[str, Any], **named: str) -> base.ProviderContact:
    return base.ProviderContact(**named, **fields)


def _same(link: ContactLink, row: base.ProviderContact) -> None:
    """Note which row the provider has."""
    link.provider_id, link.revision, link.theirs = row.id, row.revision, theirs_of(row)
    link.sent_at, link.conflict_at = None, None


def _contacts(db: Session, links: Any) -> dict[str, Contact]:
    """Read and lock the contacts of these links."""
    ids = [link.contact_id for link in links if link.contact_id]
    rows = db.exec(select(Contact).where(col(Contact.id).in_(ids)).with_for_update()).all() if ids else ()
    return {contact.id: contact for contact in rows}

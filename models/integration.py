"""Integrations: a user's contacts or calendar at another service, which workers keep in step with ours.

A contact is in step with one integration at most: `ContactLink` says with which, and what the provider has of it.
"""

import hashlib
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Table, UniqueConstraint, bindparam, insert
from sqlalchemy import select as sa_select
from sqlalchemy import update as sa_update
from sqlmodel import Field, Session, col, or_, select

from models.base import ChangingRow, Json, Row, UTCDateTime, time_field, utcnow
from models.contact import Contact
from models.outbox import OutboxKind, emit, emit_event
from models.shown import shown
from switchroom.messages.events import to_user
from switchroom.messages.outbox import JobRequest

REVOKED_FOR = timedelta(days=7)
"""How long a worker tries to revoke a grant."""


class IntegrationType(StrEnum):
    CONTACTS = "contacts"
    EVENTS = "events"


class IntegrationProvider(StrEnum):
    """`microsoft` is an Exchange server of one's own."""

    GOOGLE = "google"
    OFFICE365 = "office365"
    MICROSOFT = "microsoft"


class IntegrationState(StrEnum):
    """`reconnect`: the provider refuses the grant, and the user must connect again. `error`: it is tried again."""

    CONNECTED = "connected"
    RECONNECT = "reconnect"
    ERROR = "error"


class Integration(ChangingRow, table=True):
    """One user's contacts or calendar at a provider.

    `updated_at` is the time of the last change that clients see. A synchronization does not change it.
    """

    __tablename__ = "integrations"
    __table_args__ = (UniqueConstraint("user_id", "provider", "type", "email"),)

    user_id: str = Field(foreign_key="users.id", max_length=32, ondelete="CASCADE")
    type: str = Field(max_length=10)
    provider: str = Field(max_length=20)
    client: str = Field(default="", max_length=100)
    """The name of the application that connected it."""
    email: str = Field(max_length=254)
    """The address of the user's account at the provider, in lower case."""
    domain: str | None = Field(default=None, max_length=254)
    """Exchange: the Windows domain."""
    sealed_grant: str
    """What lets us act for the user, encrypted (`providers.integrations.grants`). Nobody is shown it."""
    sync_cursor: str | None = None
    """Up to where the provider's changes are known. None: nothing is."""
    state: str = Field(default=IntegrationState.CONNECTED.value, max_length=10)
    problem: str | None = Field(default=None, max_length=500)
    """What to do about it, if all is not well."""
    synced_at: datetime | None = time_field()
    failures: int = 0
    """How often in a row the provider failed."""
    not_before: datetime | None = time_field()
    """The provider is not asked before this time, because it failed."""
    watch_id: str | None = Field(default=None, index=True, max_length=255)
    """The provider's name of its promise to call us on changes."""
    watch_hash: str | None = Field(default=None, max_length=64)
    """SHA-256 of the secret in its calls."""
    watch_resource: str = Field(default="", max_length=500)
    watch_ends_at: datetime | None = time_field()


class ContactLink(Row, table=True):
    """A contact of ours and the provider's row of the same person.

    `contact_id` None: it was deleted here. `provider_id` None: the provider does not have it yet, or has not said so.
    """

    __tablename__ = "contact_links"
    __table_args__ = (UniqueConstraint("integration_id", "provider_id"),)

    integration_id: str = Field(foreign_key="integrations.id", max_length=32, ondelete="CASCADE")
    contact_id: str | None = Field(
        default=None, foreign_key="contacts.id", unique=True, max_length=32, ondelete="SET NULL"
    )
    provider_id: str | None = Field(default=None, max_length=500)
    revision: str = Field(default="", max_length=500)
    theirs: dict[str, Any] | None = Field(default=None, sa_type=Json, nullable=True)
    """The fields as the provider has them, or as they were sent to it."""
    contact_changed_at: datetime | None = time_field()
    """`Contact.updated_at` when both sides had the same. The contact was changed here if it has another value."""
    sent_at: datetime | None = time_field()
    """When the provider was asked to create it. It may have done so without our hearing of it."""
    conflict_at: datetime | None = time_field()
    """When the provider refused our change, since its row is a newer one. Ours is not sent until that row came."""
    detached: bool = False
    """Whether the contact is an organization's now. Then neither side is changed."""


class Revocation(Row, table=True):
    """A grant that a worker revokes at its provider, because the user deleted the integration."""

    __tablename__ = "revocations"

    user_id: str = Field(max_length=32)
    provider: str = Field(max_length=20)
    email: str = Field(max_length=254)
    sealed_grant: str
    watch_id: str | None = Field(default=None, max_length=255)
    watch_resource: str = Field(default="", max_length=500)
    expires_at: datetime = Field(
        default_factory=lambda: utcnow() + REVOKED_FOR, sa_type=UTCDateTime, nullable=False
    )
    """From then on it is forgotten, also if the provider was never reached."""


SHOWN = {
    "id": "id",
    "user": "user_id",
    "type": "type",
    "provider": "provider",
    "client": "client",
    "email": "email",
    "domain": "domain",
    "state": "state",
    "problem": "problem",
    "last_synced": "synced_at",
    "created_at": "created_at",
    "updated_at": "updated_at",
}
"""Public name -> column."""

_TABLE: Table = Integration.__table__  # type: ignore[attr-defined]
_OLDEST = (
    select(Integration.id)
    .where(
        col(Integration.user_id) == bindparam("user"),
        col(Integration.type) == IntegrationType.CONTACTS.value,
    )
    .order_by(col(Integration.created_at), col(Integration.id))
    .limit(1)
)


def tell_of_integration(session: Session, verb: str, integration: Integration) -> None:
    """Tell the user's clients that the integration was created, updated or destroyed."""
    emit_event(
        session, "integration", verb, integration.id, shown(integration, SHOWN), to_user(integration.user_id)
    )


def hash_secret(secret: str) -> str:
    """Return what is stored of a watch's secret, which is long and random."""
    return hashlib.sha256(secret.encode()).hexdigest()


def request_sync(session: Session, integration_id: str) -> None:
    """Let a worker synchronize the integration after the commit."""
    emit(session, OutboxKind.JOB, JobRequest(name="sync_integration", args=[integration_id]).model_dump())


def note(session: Session, integration_id: str, **columns: Any) -> None:
    """Write columns that clients do not watch: `updated_at` stays, and no client is told."""
    session.flush()
    session.connection().execute(
        sa_update(_TABLE)
        .where(_TABLE.c.id == integration_id)
        .values(**columns, updated_at=_TABLE.c.updated_at)
    )


def renew_grant(session: Session, integration_id: str, before: str, now: str) -> None:
    """Write the grant that the provider gave for the sealed grant `before`, unless there is another one meanwhile.

    A user who connected the integration again is right.
    """
    session.flush()
    session.connection().execute(
        sa_update(_TABLE)
        .where(_TABLE.c.id == integration_id, _TABLE.c.sealed_grant == before)
        .values(sealed_grant=now, updated_at=_TABLE.c.updated_at)
    )


def link_all_contacts(session: Session, integration: Integration) -> None:
    """Put the user's personal contacts that are in step with no integration in step with this one."""
    linked = select(ContactLink.contact_id).where(col(ContactLink.contact_id) == col(Contact.id))
    free = sa_select(col(Contact.id)).where(
        col(Contact.owner_id) == integration.user_id,
        col(Contact.team_id).is_(None),
        ~linked.correlate(Contact).exists(),
    )
    links = [
        ContactLink(integration_id=integration.id, contact_id=id).model_dump()
        for (id,) in session.execute(free)
    ]
    if links:
        session.execute(insert(ContactLink), links)


def contact_changed(session: Session, contact: Contact) -> None:
    """Let the provider learn of a contact that was created or changed here."""
    session.flush()
    link = _link_of(session, contact)
    if link is not None:
        link.detached = contact.team_id is not None
        request_sync(session, link.integration_id)
    elif contact.team_id is None and contact.owner_id is not None:
        integration = session.exec(_OLDEST, params={"user": contact.owner_id}).first()
        if integration is not None:
            session.add(ContactLink(integration_id=integration, contact_id=contact.id))
            request_sync(session, integration)


def contact_deleted(session: Session, contact: Contact) -> None:
    """Let the provider learn of a contact that is deleted here. The link stays behind, without the contact."""
    link = _link_of(session, contact)
    if link is not None:
        request_sync(session, link.integration_id)


def _link_of(session: Session, contact: Contact) -> ContactLink | None:
    return session.exec(select(ContactLink).where(col(ContactLink.contact_id) == contact.id)).first()


def revoke(session: Session, integration: Integration) -> None:
    """Delete the integration with its links and events, and let a worker revoke its grant. The contacts stay."""
    dead = Revocation(
        user_id=integration.user_id,
        provider=integration.provider,
        email=integration.email,
        sealed_grant=integration.sealed_grant,
        watch_id=integration.watch_id,
        watch_resource=integration.watch_resource,
    )
    session.add(dead)
    session.delete(integration)
    session.flush()
    emit(session, OutboxKind.JOB, JobRequest(name="revoke_grant", args=[dead.id]).model_dump())


def due(session: Session) -> list[str]:
    """Return the ids of the integrations that are synchronized now."""
    now = utcnow()
    free = or_(col(Integration.not_before).is_(None), col(Integration.not_before) <= now)
    ready = select(Integration.id).where(col(Integration.state) != IntegrationState.RECONNECT.value, free)
    return list(session.exec(ready.order_by(Integration.id)))

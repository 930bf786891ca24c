"""What is done with integrations, and who may do it: each user connects their own."""

from typing import Any

from sqlmodel import Session, col, func, select

from api.conventions.resource import require_unchanged
from api.core.context import Context
from api.core.errors import Conflict, Forbidden, NotFound, ValidationFailed
from api.core.identities import Identity
from api.core.scope import SUSPENDED, USER, Scope
from api.integrations.connections.schemas import IntegrationCreate, IntegrationUpdate
from api.integrations.provider import authorize
from models import Integration, IntegrationType
from models.integration import (
    IntegrationState,
    link_all_contacts,
    request_sync,
    revoke,
    tell_of_integration,
)
from providers.integrations.base import Grant
from providers.integrations.grants import seal
from switchroom.ids import parse_id
from switchroom.settings import Settings

MOST = 20
"""Integrations of one user."""
OWN = select(Integration).where(col(Integration.user_id) == USER)
"""The caller's integrations. Nobody else sees them."""


def require_member(scope: Scope) -> None:
    """Raise Forbidden unless the caller is a member of some team. Guests are not."""
    if scope.is_shut_out:
        raise Forbidden(SUSPENDED)
    if not scope.memberships:
        raise Forbidden("Only members of a team connect integrations")


def get(scope: Scope, text: str) -> Integration:
    """Return an integration of the caller. Raises NotFound; Forbidden if all of the caller's teams are suspended."""
    found = parse_id(text)
    one = OWN.where(col(Integration.id) == found)
    integration = scope.session.exec(one, params=scope.values).first() if found else None
    if integration is None:
        raise NotFound("integration")
    require_member(scope)
    return integration


def create(context: Context, identity: Identity, body: IntegrationCreate) -> Integration:
    """Connect the caller's account. One that is connected already is connected again.

    Raises Forbidden, Conflict, RateLimited, ValidationFailed, Unavailable.
    """
    context.read(lambda session: require_member(Scope(session, identity)))
    context.limiter.hit("20 per minute", "integration", identity.user_id)
    grant = authorize(
        context,
        body.provider.value,
        body.code,
        email=body.email,
        domain=body.domain,
        redirect_uri=body.redirect_uri,
        verifier=body.code_verifier,
    )
    return context.write(lambda session: _store(Scope(session, identity), context.settings, body, grant))


def _store(scope: Scope, settings: Settings, body: IntegrationCreate, grant: Grant) -> Integration:
    email = grant.account.lower()
    same = (
        col(Integration.provider) == body.provider.value,
        col(Integration.type) == body.type.value,
        col(Integration.email) == email,
    )
    # Of two at the same time, the later one waits here and finds the row.
    scope.session.refresh(scope.user, with_for_update=True)
    found = scope.session.exec(OWN.where(*same), params=scope.values).first()
    if found is not None:
        found.client = body.client
        _connected(scope.session, settings, found, grant)
        return found
    count = select(func.count()).select_from(Integration).where(col(Integration.user_id) == USER)
    if scope.session.exec(count, params=scope.values).one() >= MOST:
        raise Conflict(f"A user has {MOST} integrations at most: delete one", limit=MOST)
    made = Integration(
        user_id=scope.user_id,
        type=body.type.value,
        provider=body.provider.value,
        client=body.client,
        email=email,
        domain=grant.domain,
        sealed_grant=seal(settings, grant),
    )
    scope.session.add(made)
    scope.session.flush()
    if made.type == IntegrationType.CONTACTS.value:
        link_all_contacts(scope.session, made)
    tell_of_integration(scope.session, "created", made)
    request_sync(scope.session, made.id)
    return made


def _connected(session: Session, settings: Settings, integration: Integration, grant: Grant) -> None:
    """Give the integration a new grant, and let it be synchronized at once."""
    integration.sealed_grant, integration.domain = seal(settings, grant), grant.domain
    integration.state, integration.problem = IntegrationState.CONNECTED.value, None
    integration.failures, integration.not_before = 0, None
    session.flush()
    tell_of_integration(session, "updated", integration)
    request_sync(session, integration.id)


def update(
    context: Context,
    identity: Identity,
    if_match: frozenset[str] | None,
    text: str,
    body: IntegrationUpdate,
) -> Integration:
    """Change the integration, or connect it again if a code was sent.

    Raises NotFound, Changed, RateLimited, ValidationFailed, Unavailable.
    """

    def find(session: Session) -> Integration:
        scope = Scope(session, identity, if_match)
        row = get(scope, text)
        require_unchanged(scope, row)
        return row

    sent, known = body.changes(), context.read(find)
    grant = _new_grant(context, identity, known, sent) if sent.get("code") else None

    def write(session: Session) -> Integration:
        row = find(session)
        row.client = sent.get("client", row.client)
        if grant is not None:
            _connected(session, context.settings, row, grant)
        elif session.is_modified(row):
            session.flush()
            tell_of_integration(session, "updated", row)
        return row

    return context.write(write)


def _new_grant(context: Context, identity: Identity, integration: Integration, sent: dict[str, Any]) -> Grant:
    context.limiter.hit("20 per minute", "integration", identity.user_id)
    grant = authorize(
        context,
        integration.provider,
        sent["code"],
        email=sent.get("email") or integration.email,
        domain=sent.get("domain", integration.domain),
        redirect_uri=sent.get("redirect_uri"),
        verifier=sent.get("code_verifier"),
    )
    if grant.account.lower() != integration.email:
        raise ValidationFailed({"code": "It is of another account. Connect that as another integration"})
    return grant


def delete(scope: Scope, text: str) -> Integration:
    """Delete the integration; a worker revokes its grant. Contacts and chats stay. Raises NotFound, Changed."""
    integration = get(scope, text)
    require_unchanged(scope, integration)
    tell_of_integration(scope.session, "destroyed", integration)
    revoke(scope.session, integration)
    return integration

"""What is done for the privacy of contacts. Admins alone may; each step stands in the audit log."""

from sqlalchemy import func
from sqlalchemy import select as sa_select
from sqlmodel import col

from api.accounts.audit import actor_of, record
from api.conventions.resource import Shown
from api.core.errors import NotFound
from api.core.media import presigned
from api.core.scope import Scope
from api.inbox.contacts.schemas import OfContact
from api.inbox.contacts.service import find_for_change
from api.inbox.organization import administered
from api.inbox.pages import Order, PagedOfOrganization, read_page
from api.inbox.privacy.schemas import OfRequest
from models import PrivacyKind, PrivacyRequest
from models.privacy import request_of, show_request
from switchroom.storage import Storage

_NEWEST = Order((col(PrivacyRequest.id),), ("id",))


def demand(scope: Scope, body: OfContact, kind: PrivacyKind, address: str) -> PrivacyRequest:
    """Let a worker meet what a contact demands. Raises NotFound, Forbidden."""
    team = administered(scope, body.organization_id)
    # Locked, so that it is not merged into another one at this moment.
    (contact,) = find_for_change(scope, team, body.contact_id)
    row = request_of(scope.session, kind, team_id=team, contact_id=contact.id, user_id=scope.user_id)
    record(
        scope.session, actor_of(scope, address), f"contact's {kind.value} asked for", contact.id, team_id=team
    )
    return row


def list_requests(scope: Scope, body: PagedOfOrganization) -> Shown:
    """Return a page of the organization's demands, the newest first. Raises NotFound, Forbidden."""
    team = administered(scope, body.organization_id)
    mine = col(PrivacyRequest.team_id) == team
    page = read_page(
        scope.session, sa_select(PrivacyRequest).where(mine), _NEWEST, body, lambda row: (row[0].id,)
    )
    counted = sa_select(func.count()).select_from(PrivacyRequest).where(mine)
    return {
        "data": [show_request(row[0]) for row in page.rows],
        "response_metadata": page.metadata(total=int(scope.session.execute(counted).scalar_one())),
    }


def show_file(scope: Scope, storage: Storage, body: OfRequest, address: str) -> Shown:
    """Return a demand, and where its file is. Who asks for that stands in the audit log.

    Raises NotFound, Forbidden, Unavailable.
    """
    team = administered(scope, body.organization_id)
    row = scope.get(PrivacyRequest, body.request_id, "privacy request")
    if row.team_id != team:
        raise NotFound("privacy request")
    url = None
    if row.s3_key is not None:
        url = presigned(storage, row.s3_key, f"contact-{row.contact_id}.zip")
        record(
            scope.session, actor_of(scope, address), "contact's export fetched", row.contact_id, team_id=team
        )
    return {**show_request(row), "url": url}

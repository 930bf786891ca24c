"""The end of an integration: its watch ends, and its grant becomes useless at the provider."""

import logging

from sqlmodel import col, select

from models import Integration, Revocation, utcnow
from providers.integrations import base, choose
from providers.integrations.grants import unseal
from switchroom.database import session
from workers.resources import Resources, get_resources

logger = logging.getLogger(__name__)


def revoke_grant(revocation_id: str) -> None:
    """Job: revoke this grant, then forget it. Raises `ProviderError`: it is tried again.

    A provider revokes all that the user granted to us. So while another integration uses the same account, the grant
    is only forgotten.
    """
    resources = get_resources()
    with session(resources.engine, readonly=True) as db:
        row = db.get(Revocation, revocation_id)
        if row is None:
            return
        same = (
            col(Integration.user_id) == row.user_id,
            col(Integration.provider) == row.provider,
            col(Integration.email) == row.email,
        )
        shared = db.exec(select(Integration.id).where(*same)).first() is not None
    try:
        _revoke(resources, row, shared=shared)
    except base.GrantRefused:
        logger.info("a grant was useless already", extra={"revocation": revocation_id})
    with session(resources.engine) as db:
        db.delete(db.get_one(Revocation, revocation_id))


def _revoke(resources: Resources, row: Revocation, *, shared: bool) -> None:
    def forget(_grant: base.Grant) -> None:
        """Keep no grant that was refreshed: it is revoked in a moment."""

    grant = unseal(resources.settings, row.sealed_grant)
    connection = choose.connect(resources.settings, row.provider, grant, forget)
    if row.watch_id is not None:
        watch = base.Watch(row.watch_id, "", utcnow(), row.watch_resource)
        connection.unwatch(watch)
    if not shared:
        connection.revoke()

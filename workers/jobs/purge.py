"""Purge: delete rows that are no longer needed. Most of them hold hashes of secrets, and mails a token."""

import logging
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Engine, and_, delete
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col

from models import (
    AuthSession,
    InboxDeleted,
    InboxDelivery,
    InboxFile,
    Invite,
    Outbox,
    PasswordReset,
    RefreshToken,
    Revocation,
    Voicemail,
    utcnow,
)
from models.inbox_deleted import KEPT as KNOWN_DELETED
from switchroom.database import session
from workers.resources import get_resources

logger = logging.getLogger(__name__)

DELETED_KEPT = timedelta(days=30)
"""How long the row of a deleted voicemail stays: until then the jobs of its node have removed the last file."""
KEPT = timedelta(days=1)
"""Longer than a mail's job tries (workers.enqueue): it reads the mail from its outbox row."""
DELIVERIES_KEPT = timedelta(days=30)
"""How long deliveries to webhooks of the inbox can be looked at, dead ones too."""


def purge_expired() -> None:
    """Job, hourly: see `purge`."""
    counts = purge(get_resources().engine, utcnow() - KEPT)
    logger.info("purged", extra={f"{table}_purged": count for table, count in counts.items()})


def purge(engine: Engine, before: datetime) -> dict[str, int]:
    """Delete outbox rows that were sent before this time, and sessions, refresh tokens, password resets, open
    invitations and grants to revoke that expired before it; and of voicemails that were deleted long before it.
    Returns how many, by table.

    An accepted invitation is deleted like any other: the membership holds all that it said. The tokens of a
    session are deleted with it. Deliveries to webhooks are deleted `DELIVERIES_KEPT` after they were made, and what is
    known of deleted messages `KNOWN_DELETED` after that. Of files of the inbox, those go that were uploaded before it
    and never sent. A table that cannot be purged stops no other: its error is raised at the end.
    """
    tables: list[tuple[Any, ColumnElement[bool]]] = [
        (Outbox, col(Outbox.delivered_at) < before),
        (RefreshToken, col(RefreshToken.expires_at) < before),
        (AuthSession, col(AuthSession.expires_at) < before),
        (PasswordReset, col(PasswordReset.expires_at) < before),
        (Invite, col(Invite.expires_at) < before),
        (Revocation, col(Revocation.expires_at) < before),
        (Voicemail, col(Voicemail.deleted_at) < before + KEPT - DELETED_KEPT),
        (InboxDelivery, col(InboxDelivery.created_at) < before + KEPT - DELIVERIES_KEPT),
        (InboxDeleted, col(InboxDeleted.deleted_at) < before + KEPT - KNOWN_DELETED),
        (InboxFile, and_(col(InboxFile.created_at) < before, col(InboxFile.message_id).is_(None))),
    ]
    counts, failed = {}, None
    for table, is_old in tables:
        name = str(table.__tablename__)
        # One transaction each, so that no writer waits long.
        try:
            with session(engine) as db:
                result: Any = db.execute(delete(table).where(is_old))
                counts[name] = int(result.rowcount)
        except SQLAlchemyError as error:
            logger.error("a table was not purged", extra={"table": name, "error": type(error).__name__})
            failed = error
    if failed is not None:
        raise failed
    return counts

"""Purge: delete rows that are no longer needed. Most of them hold hashes of secrets, and mails a token."""

import logging
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, delete
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col

from models import AuthSession, Invite, Outbox, PasswordReset, RefreshToken, Revocation, utcnow
from switchroom.database import session
from workers.resources import get_resources

logger = logging.getLogger(__name__)

KEPT = timedelta(days=1)
"""Longer than a mail's job tries (workers.enqueue): it reads the mail from its outbox row."""


def purge_expired() -> None:
    """Job, hourly: see `purge`."""
    counts = purge(get_resources().engine, utcnow() - KEPT)
    logger.info("purged", extra={f"{table}_purged": count for table, count in counts.items()})


def purge(engine: Engine, before: datetime) -> dict[str, int]:
    """Delete outbox rows that were sent before this time, and sessions, refresh tokens, password resets, open
    invitations and grants to revoke that expired before it. Returns how many, by table.

    An accepted invitation is deleted like any other: the membership holds all that it said. The tokens of a
    session are deleted with it. A table that cannot be purged stops no other: its error is raised at the end.
    """
    tables: list[tuple[str, Any, Any]] = [
        ("outbox", Outbox, Outbox.delivered_at),
        ("refresh_tokens", RefreshToken, RefreshToken.expires_at),
        ("auth_sessions", AuthSession, AuthSession.expires_at),
        ("password_resets", PasswordReset, PasswordReset.expires_at),
        ("invites", Invite, Invite.expires_at),
        ("revocations", Revocation, Revocation.expires_at),
    ]
    counts, failed = {}, None
    for name, table, time in tables:
        # One transaction each, so that no writer waits long.
        try:
            with session(engine) as db:
                result: Any = db.execute(delete(table).where(col(time) < before))
                counts[name] = int(result.rowcount)
        except SQLAlchemyError as error:
            logger.error("a table was not purged", extra={"table": name, "error": type(error).__name__})
            failed = error
    if failed is not None:
        raise failed
    return counts

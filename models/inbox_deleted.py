"""What is known of messages of contacts that were erased, or deleted by retention: nothing but that they were there.

A source may send a message again that it has sent before: Facebook does for a day and a half if our answer was lost,
and a mail server that numbers its mails anew has all of them again. What was deleted must not come back.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, Session, SQLModel, col, select

from models.base import time_field, utcnow

KEPT = timedelta(days=30)
"""How long a message is known that was deleted."""
_BATCH = 1000


class InboxDeleted(SQLModel, table=True):
    """A message that was deleted."""

    __tablename__ = "inbox_deleted"

    digest: str = Field(primary_key=True, max_length=32)
    """Of the channel's id and the source's id of the message."""
    deleted_at: datetime = time_field(nullable=False, index=True)


def was_deleted(session: Session, channel_id: str, provider_id: str) -> bool:
    """Return whether the channel had this message, and it was deleted."""
    known = select(InboxDeleted.digest).where(col(InboxDeleted.digest) == _digest(channel_id, provider_id))
    return session.exec(known).first() is not None


def remember_deleted(session: Session, messages: Iterable[tuple[str, str]]) -> None:
    """Note that these messages are deleted: pairs of a channel's id and the source's id."""
    now = utcnow()
    # In one order, so that two transactions that delete the same do not wait for each other.
    rows = [{"digest": digest, "deleted_at": now} for digest in sorted({_digest(*one) for one in messages})]
    is_sqlite = session.connection().dialect.name == "sqlite"
    insert: Any = (sqlite if is_sqlite else postgresql).insert(InboxDeleted)
    for first in range(0, len(rows), _BATCH):
        session.execute(insert.on_conflict_do_nothing(), rows[first : first + _BATCH])


def _digest(channel_id: str, provider_id: str) -> str:
    return hashlib.sha256(f"{channel_id}:{provider_id}".encode()).hexdigest()[:32]

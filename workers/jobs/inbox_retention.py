"""Retention of the inbox: messages and notes that are older than their channel keeps them, and exports that expired."""

import logging
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete
from sqlmodel import Session, col, select

from models import (
    AuditEntry,
    Conversation,
    InboxMessage,
    InboxNote,
    InboxSettings,
    PrivacyRequest,
    utcnow,
)
from models.inbox_message import remember_messages
from models.inbox_work import close_work_of
from switchroom.database import session
from switchroom.ids import dashed_id
from workers.jobs.contact_export import expire_export
from workers.resources import Resources, get_resources

logger = logging.getLogger(__name__)

BATCH = 500
"""Rows of one transaction, so that no writer waits long."""


def enforce_inbox_retention() -> None:
    """Job, hourly: delete what is too old. Raises `StorageError`: it is tried again."""
    resources, now = get_resources(), utcnow()
    with session(resources.engine, readonly=True) as db:
        kept = select(InboxSettings).where(col(InboxSettings.retention_days).is_not(None))
        channels = db.exec(kept).all()
    for settings in channels:
        enforce_channel(resources, settings, now)
    expire_exports(resources, now)


def enforce_channel(resources: Resources, settings: InboxSettings, now: datetime) -> dict[str, int]:
    """Delete a channel's messages and notes that are too old, and conversations that have no others. Return how many.

    The newest message of a conversation goes only with the conversation, so a list has something to show of each.
    """
    before = now - timedelta(days=settings.retention_days or 0)
    deleted = {
        "conversations": _in_batches(resources, Conversation, _silent(settings.channel_id, before)),
        "messages": _in_batches(resources, InboxMessage, _old_messages(settings.channel_id, before)),
        "notes": _in_batches(resources, InboxNote, _old_notes(settings.channel_id, before)),
    }
    if any(deleted.values()):
        with session(resources.engine) as db:
            _audit(db, settings, deleted)
        logger.info("retention of the inbox", extra={"channel": settings.channel_id, **deleted})
    return deleted


def _silent(channel_id: str, before: datetime) -> Any:
    return select(Conversation.id).where(
        col(Conversation.channel_id) == channel_id, col(Conversation.last_message_at) < before
    )


def _old_messages(channel_id: str, before: datetime) -> Any:
    newest = select(Conversation.id).where(col(Conversation.last_message_id) == col(InboxMessage.id))
    return select(InboxMessage.id).where(
        col(InboxMessage.channel_id) == channel_id,
        col(InboxMessage.created_at) < before,
        col(InboxMessage.due_at).is_(None),
        ~newest.where(col(Conversation.id) == col(InboxMessage.conversation_id)).exists(),
    )


def _old_notes(channel_id: str, before: datetime) -> Any:
    return (
        select(InboxNote.id)
        .join(Conversation, col(Conversation.id) == col(InboxNote.conversation_id))
        .where(col(Conversation.channel_id) == channel_id, col(InboxNote.created_at) < before)
    )


def _in_batches(resources: Resources, table: Any, ids: Any) -> int:
    """Delete the rows with these ids. Return how many."""
    deleted = 0
    while True:
        with session(resources.engine) as db:
            found = db.exec(ids.limit(BATCH)).all()
            if found:
                if table is Conversation:
                    close_work_of(db, found)
                    remember_messages(db, col(InboxMessage.conversation_id).in_(found))
                elif table is InboxMessage:
                    remember_messages(db, col(InboxMessage.id).in_(found))
                db.execute(delete(table).where(col(table.id).in_(found)))
        deleted += len(found)
        if len(found) < BATCH:
            return deleted


def _audit(db: Session, settings: InboxSettings, deleted: dict[str, int]) -> None:
    db.add(
        AuditEntry(
            actor="worker",
            action="retention of a channel",
            team_id=settings.team_id,
            object_id=settings.channel_id,
            details={"days": settings.retention_days, "deleted": deleted},
        )
    )


def expire_exports(resources: Resources, now: datetime) -> int:
    """Delete exported files that could be fetched long enough. Return how many. Raises `StorageError`."""
    with session(resources.engine, readonly=True) as db:
        due = select(PrivacyRequest).where(col(PrivacyRequest.expires_at) < now)
        rows = db.exec(due.order_by(col(PrivacyRequest.expires_at))).all()
    for row in rows:
        expire_export(resources, row)
        logger.info("an export expired", extra={"request": dashed_id(row.id)})
    return len(rows)

"""Snoozed conversations that come back to the members' attention."""

import logging

from sqlmodel import col, select

from models import Conversation, utcnow
from models.conversation import wake
from switchroom.database import session
from workers.resources import get_resources

logger = logging.getLogger(__name__)

BATCH = 200


def wake_conversations() -> int:
    """Job: wake the conversations whose time has come, each exactly once. Return how many.

    What is woken and what clients are told of it are one transaction. Another worker that runs at the same time leaves
    out the rows that this one holds.
    """
    resources, woken = get_resources(), 0
    while True:
        with session(resources.engine) as db:
            due = select(Conversation).where(col(Conversation.snoozed_until) <= utcnow())
            rows = db.exec(
                due.order_by(col(Conversation.snoozed_until)).limit(BATCH).with_for_update(skip_locked=True)
            ).all()
            for conversation in rows:
                wake(db, conversation)
        woken += len(rows)
        if len(rows) < BATCH:
            break
    if woken:
        logger.info("conversations woken", extra={"conversations": woken})
    return woken

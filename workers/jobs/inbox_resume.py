"""What is due in the inbox although its job is lost: Redis lost its data, or a worker died at the wrong moment."""

from datetime import timedelta
from typing import Any

from sqlalchemy import and_
from sqlmodel import col, select

from models import (
    ChannelState,
    InboxChannel,
    InboxDelivery,
    InboxFile,
    InboxMessage,
    PrivacyKind,
    PrivacyRequest,
    PrivacyState,
    utcnow,
)
from models.privacy import JOBS
from switchroom.database import session
from workers.enqueue import enqueue
from workers.resources import get_resources

LATE = timedelta(minutes=2)
"""A job that is not lost has begun by then."""
MOST = 5000
"""Of each kind, in one run."""


def resume_inbox() -> None:
    """Job, every minute: enqueue what is late. What is in the queue stays once."""
    resources = get_resources()
    late = utcnow() - LATE
    kinds: tuple[tuple[str, Any, Any, Any], ...] = (
        ("send_inbox_message", InboxMessage, InboxMessage.due_at, True),
        ("fetch_inbox_file", InboxFile, InboxFile.due_at, True),
        ("deliver_inbox_webhook", InboxDelivery, InboxDelivery.due_at, True),
        ("connect_inbox_channel", InboxChannel, InboxChannel.updated_at, _in(ChannelState.PENDING)),
        ("disconnect_inbox_channel", InboxChannel, InboxChannel.updated_at, _in(ChannelState.DISCONNECTING)),
        *((JOBS[kind], PrivacyRequest, PrivacyRequest.created_at, _demanded(kind)) for kind in PrivacyKind),
    )
    for job, table, time, condition in kinds:
        rows = select(table.id).where(col(time) < late)
        if condition is not True:
            rows = rows.where(condition)
        with session(resources.engine, readonly=True) as db:
            ids = db.exec(rows.order_by(col(time)).limit(MOST)).all()
        for id in ids:
            enqueue(resources.redis, job, id)


def _demanded(kind: PrivacyKind) -> Any:
    return and_(
        col(PrivacyRequest.kind) == kind.value, col(PrivacyRequest.state) == PrivacyState.PENDING.value
    )


def _in(state: ChannelState) -> Any:
    return col(InboxChannel.state) == state.value

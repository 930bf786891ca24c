"""The outbox: what must leave the process if, and only if, the transaction commits."""

import json
import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from redis import Redis
from sqlalchemy import Engine, Index, or_, text
from sqlmodel import Field, Session, col, select

from models.base import Row, json_field, time_field, utcnow
from switchroom import database
from switchroom.messages.commands import Command
from switchroom.redis_keys import Keys

log = logging.getLogger(__name__)

_RELAY_LOCK = 0x5C17C4B0
_LONGEST_BACKOFF = timedelta(minutes=10)


class OutboxKind(StrEnum):
    """What a row is for; `switchroom.messages.outbox` says what payload each kind has."""

    COMMAND = "command"
    JOB = "job"
    MAIL = "mail"
    EVENT = "event"
    NOTIFICATION = "notification"


class Outbox(Row, table=True):
    """`delivered_at` None: still to be sent, not before `available_at`. Ids rise in the order of writing."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_delivered_at_id", "delivered_at", "id"),)

    kind: str = Field(max_length=20)
    payload: dict[str, Any] = json_field(dict)
    attempts: int = 0
    error: str | None = None
    available_at: datetime = time_field(nullable=False)
    delivered_at: datetime | None = time_field()


Sender = Callable[[Outbox], None]
"""Hands one row over; raises if it could not."""


def emit(session: Session, kind: OutboxKind, payload: dict[str, Any]) -> Outbox:
    """Write a row in the session's transaction; `session.info["outbox"]` says that there is something to
    relay.
    """
    row = Outbox(kind=kind.value, payload=payload)
    session.add(row)
    session.info["outbox"] = True
    return row


def emit_command(session: Session, command: Command) -> None:
    """Send a message to the engine, after the commit."""
    emit(session, OutboxKind.COMMAND, command.model_dump())


def stream_sender(redis: Redis, stream: str) -> Sender:
    """Adds the payload to a Redis stream as the field `body`."""

    def send(row: Outbox) -> None:
        redis.xadd(stream, {"body": json.dumps(row.payload)})

    return send


def command_sender(redis: Redis, keys: Keys) -> Sender:
    """Delivers rows of the kind `command` to the engine's stream."""
    return stream_sender(redis, keys.commands)


def relay(engine: Engine, senders: Mapping[str, Sender], *, limit: int = 500) -> int:
    """Send what waits, oldest first, and mark it; returns how many were sent.

    One relay at a time over all processes, so that commands arrive in the order of their transactions. A row
    that fails keeps those of its kind behind it; all but commands then wait, ever longer, before the next
    try. A row may be sent twice (a crash between sending and marking), never lost.
    """
    with database.session(engine) as session:
        if engine.dialect.name == "postgresql":
            session.connection().execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _RELAY_LOCK})
        now = utcnow()
        due = or_(col(Outbox.kind) == OutboxKind.COMMAND.value, col(Outbox.available_at) <= now)
        waiting = select(Outbox).where(
            col(Outbox.delivered_at).is_(None), col(Outbox.kind).in_(list(senders)), due
        )
        failed: set[str] = set()
        sent = 0
        for row in session.exec(waiting.order_by(col(Outbox.id)).limit(limit)):
            if row.kind not in failed:
                if _send(row, senders[row.kind], now):
                    sent += 1
                else:
                    failed.add(row.kind)
    return sent


def _send(row: Outbox, sender: Sender, now: datetime) -> bool:
    try:
        sender(row)
    except Exception as error:  # whatever it was, the row waits for another try and says why
        row.attempts += 1
        row.error = f"{type(error).__name__}: {error}"[:500]
        row.available_at = now + min(timedelta(seconds=2 ** min(row.attempts, 20)), _LONGEST_BACKOFF)
        log.warning(
            "outbox row not delivered", extra={"outbox": row.id, "kind": row.kind, "error": row.error}
        )
        return False
    row.delivered_at = now
    row.error = None
    return True

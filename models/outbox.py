"""The outbox: what must leave the process if, and only if, the transaction commits."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field

from models.base import Row, json_field, time_field


class OutboxKind(StrEnum):
    COMMAND = "command"
    JOB = "job"
    MAIL = "mail"
    EVENT = "event"


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

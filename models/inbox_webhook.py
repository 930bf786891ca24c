"""Webhooks of the customer inbox: an organization's address, and what is delivered to it.

Deliveries of one conversation go out one after the other, in the order of their ids.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field, Session, col, select

from models.base import ChangingRow, Row, json_field, time_field, utcnow
from models.outbox import OutboxKind, emit
from models.shown import show_time
from switchroom.ids import dashed_id, new_id
from switchroom.messages.outbox import JobRequest


class WebhookState(StrEnum):
    """What became of a delivery. `dead`: it was tried for 24 hours, or the address will never take it."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"


class InboxWebhook(ChangingRow, table=True):
    """Where an organization hears of the messages of its inbox. It has one."""

    __tablename__ = "inbox_webhooks"

    team_id: str = Field(foreign_key="teams.id", unique=True, max_length=32, ondelete="CASCADE")
    url: str = Field(max_length=2000)
    sealed_headers: str | None = None
    """Further headers, which may be secret, as JSON, encrypted (`switchroom.encryption`)."""


class InboxDelivery(Row, table=True):
    """One delivery. `due_at` None: there is nothing more to do."""

    __tablename__ = "inbox_deliveries"
    __table_args__ = (
        Index("ix_inbox_deliveries_conversation_id_id", "conversation_id", "id"),
        Index("ix_inbox_deliveries_team_id_state_id", "team_id", "state", "id"),
        Index("ix_inbox_deliveries_due_at", "due_at"),
    )

    team_id: str = Field(foreign_key="teams.id", max_length=32, ondelete="CASCADE")
    conversation_id: str = Field(foreign_key="conversations.id", max_length=32, ondelete="CASCADE")
    event: str = Field(max_length=30)
    payload: dict[str, Any] = json_field(dict)
    state: str = Field(default=WebhookState.WAITING.value, max_length=10)
    attempts: int = 0
    problem: str | None = Field(default=None, max_length=300)
    due_at: datetime | None = time_field()
    delivered_at: datetime | None = time_field()
    replayed_at: datetime | None = time_field()
    """When somebody asked for it again: it is tried for 24 hours from then."""


def queue_delivery(
    session: Session,
    team_id: str,
    conversation_id: str,
    event: str,
    inbox_team_ids: list[str],
    told: dict[str, Any],
) -> None:
    """Let a worker tell the organization's webhook, if there is one, after the commit."""
    hook = session.exec(select(InboxWebhook.id).where(col(InboxWebhook.team_id) == team_id)).first()
    if hook is None:
        return
    id, now = new_id(), utcnow()
    payload = {
        "id": dashed_id(id),
        "event": event,
        "organization_id": dashed_id(team_id),
        "team_ids": [dashed_id(team) for team in inbox_team_ids],
        **told,
        "created_at": show_time(now),
    }
    session.add(
        InboxDelivery(
            id=id,
            team_id=team_id,
            conversation_id=conversation_id,
            event=event,
            payload=payload,
            created_at=now,
            due_at=now,
        )
    )
    session.flush()
    emit(session, OutboxKind.JOB, JobRequest(name="deliver_inbox_webhook", args=[id]).model_dump())

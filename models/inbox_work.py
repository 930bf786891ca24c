"""Conversations as work: which queue or agent has them. The engine decides, and these tables follow it."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field, Session, SQLModel, col, select

from models.agent import Agent
from models.base import Row, json_field, time_field, utcnow
from models.conversation import Conversation, tell_of_conversation
from models.outbox import emit_command
from switchroom.messages.commands import CloseWork, EnterWork


class WorkState(StrEnum):
    """Where a conversation is, as the engine told last."""

    WAITING = "waiting"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    CLOSED = "closed"


class InboxWork(Row, table=True):
    """A conversation that agents are to look after, from its entry into a queue to its end. `id` is the work item's.

    A conversation has one that is not closed, at most.
    """

    __tablename__ = "inbox_work"
    __table_args__ = (
        Index("ix_inbox_work_conversation_id_closed_at", "conversation_id", "closed_at"),
        Index("ix_inbox_work_closed_at_team_id", "closed_at", "team_id"),
    )

    team_id: str = Field(foreign_key="teams.id", max_length=32, ondelete="CASCADE")
    conversation_id: str = Field(foreign_key="conversations.id", max_length=32, ondelete="CASCADE")
    queue_id: str = Field(max_length=32)
    """The queue in which it waits, or from which an agent has it. That one may be gone."""
    agent_id: str | None = Field(default=None, max_length=32)
    """Who is offered it, or has accepted it."""
    state: str = Field(default=WorkState.WAITING.value, max_length=10)
    offered_until: datetime | None = time_field()
    queued_at: datetime = time_field(nullable=False)
    """When it entered that queue."""
    closed_at: datetime | None = time_field()
    decisions: list[Any] = json_field(list)
    """Why each offer went where it went: `routing.state.Decision`."""


class InboxWorkStay(SQLModel, table=True):
    """A conversation's stay in one queue, as `QueueStay` is a call's. It is kept when the conversation is erased.

    `talk`: how many seconds the agent who accepted it had it.
    """

    __tablename__ = "inbox_work_stays"
    __table_args__ = (
        Index("ix_inbox_work_stays_queue_id_joined_at", "queue_id", "joined_at"),
        Index("ix_inbox_work_stays_team_id_joined_at", "team_id", "joined_at"),
    )

    item_id: str = Field(primary_key=True, max_length=32)
    number: int = Field(primary_key=True)
    team_id: str = Field(foreign_key="teams.id", max_length=32, ondelete="CASCADE")
    queue_id: str = Field(max_length=32)
    agent_id: str | None = Field(default=None, max_length=32)
    joined_at: datetime = time_field(nullable=False)
    left_at: datetime | None = time_field()
    outcome: str = Field(max_length=20)
    """See `routing.figures.Outcome`."""
    wait: float = 0.0
    talk: float = 0.0
    exit: str = Field(default="", max_length=20)
    passed_to: str = Field(default="", max_length=20)


def open_work(session: Session, conversation_id: str) -> InboxWork | None:
    """Return the conversation's work that is not closed, locked until the transaction ends."""
    of_it = select(InboxWork).where(
        col(InboxWork.conversation_id) == conversation_id, col(InboxWork.closed_at).is_(None)
    )
    return session.exec(of_it.with_for_update()).first()


def enter_queue(session: Session, conversation: Conversation, queue_id: str) -> None:
    """Hand the conversation to the queue's agents, and tell the organization's clients that nobody looks after it.
    Whoever looked after it last is asked first."""
    before = conversation.assignee_id
    preferred = agent_of(session, conversation.team_id, before) if before else None
    conversation.assignee_id = None
    work = InboxWork(team_id=conversation.team_id, conversation_id=conversation.id, queue_id=queue_id)
    session.add(work)
    session.flush()
    entered = EnterWork(
        item=work.id,
        team=work.team_id,
        queue=queue_id,
        customer=conversation.contact_id,
        preferred=preferred.id if preferred else None,
    )
    emit_command(session, entered)
    if before is not None:
        tell_of_conversation(session, conversation)


def agent_of(session: Session, team_id: str, user_id: str) -> Agent | None:
    """Return the agent who a member is: the oldest, if they are several."""
    known = select(Agent).where(col(Agent.team_id) == team_id, col(Agent.user_id) == user_id)
    return session.exec(known.order_by(col(Agent.id))).first()


def close_work(session: Session, work: InboxWork) -> None:
    """End the work: no agent is to look after the conversation any more."""
    work.state, work.closed_at, work.offered_until = WorkState.CLOSED.value, utcnow(), None
    session.add(work)
    emit_command(session, CloseWork(item=work.id))


def close_all_work(session: Session, team_id: str) -> None:
    """End the work with all conversations of the team."""
    open_ = select(InboxWork).where(col(InboxWork.team_id) == team_id, col(InboxWork.closed_at).is_(None))
    for work in session.exec(open_.order_by(col(InboxWork.id)).with_for_update()).all():
        close_work(session, work)


def close_work_of(session: Session, conversation_ids: Sequence[str]) -> None:
    """Tell the engine that these conversations are gone. Call it before they are deleted, with their work."""
    of_them = select(InboxWork.id).where(
        col(InboxWork.conversation_id).in_(conversation_ids), col(InboxWork.closed_at).is_(None)
    )
    for item in session.exec(of_them).all():
        emit_command(session, CloseWork(item=item))

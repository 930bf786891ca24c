"""Conversations of the customer inbox, and what each member has read of them.

How many messages of the contact a member has not read is `Conversation.inbound_count - ConversationRead.seen`; without
a row, they have read none. So a new message changes one row, however many members there are.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Index, Table, UniqueConstraint, bindparam, func
from sqlalchemy import update as sa_update
from sqlmodel import Field, Session, SQLModel, col, select

from models.base import Row, UTCDateTime, json_field, time_field, utcnow
from models.outbox import emit_event
from models.shown import show_time
from switchroom.ids import dashed_id
from switchroom.messages.events import to_team
from switchroom.prepared import Prepared

BLOCKED_AFTER = timedelta(days=7)
"""Nobody may be written to whose last message is older than this."""


class ConversationState(StrEnum):
    OPEN = "OPEN"
    CLOSED = "CLOSED"


class Conversation(Row, table=True):
    """What a contact and an organization write each other over one channel."""

    __tablename__ = "conversations"
    __table_args__ = (
        UniqueConstraint("channel_id", "external_id"),
        Index("ix_conversations_team_id_last_message_at_id", "team_id", "last_message_at", "id"),
        Index(
            "ix_conversations_team_id_state_last_message_at_id", "team_id", "state", "last_message_at", "id"
        ),
        Index("ix_conversations_channel_id_last_message_at_id", "channel_id", "last_message_at", "id"),
        Index("ix_conversations_team_id_last_inbound_at", "team_id", "last_inbound_at"),
        Index("ix_conversations_team_id_created_day_channel_id", "team_id", "created_day", "channel_id"),
        Index(
            "ix_conversations_team_id_assignee_id_last_message_at_id",
            "team_id",
            "assignee_id",
            "last_message_at",
            "id",
        ),
        Index("ix_conversations_snoozed_until", "snoozed_until"),
    )

    team_id: str = Field(foreign_key="teams.id", max_length=32, ondelete="CASCADE")
    channel_id: str = Field(foreign_key="inbox_channels.id", max_length=32, ondelete="CASCADE")
    contact_id: str = Field(foreign_key="contacts.id", index=True, max_length=32)
    external_id: str = Field(max_length=254)
    """What the channel's source knows the contact by."""
    state: str = Field(default=ConversationState.OPEN.value, max_length=10)
    last_number: int = 0
    """The number of the newest message."""
    inbound_count: int = 0
    """How many messages the contact has sent."""
    last_message_id: str | None = Field(default=None, max_length=32)
    last_message_at: datetime = time_field(nullable=False)
    last_inbound_at: datetime | None = time_field()
    created_day: str = Field(max_length=10)
    """The day of `created_at` in the organization's time zone."""
    inbox_team_ids: list[str] = json_field(list)
    """The inbox teams that the newest message found."""
    assignee_id: str | None = Field(default=None, max_length=32)
    """The user who looks after it. They may have left the team since."""
    snoozed_until: datetime | None = time_field()
    """When it comes back to the members' attention. A message of the contact brings it back earlier."""
    auto_replied_until: datetime | None = time_field()
    """The end of the closed period in which the contact was answered automatically last."""


class ConversationRead(SQLModel, table=True):
    """What a member has read: the first `seen` messages of the contact."""

    __tablename__ = "conversation_reads"

    user_id: str = Field(foreign_key="users.id", primary_key=True, max_length=32, ondelete="CASCADE")
    conversation_id: str = Field(
        foreign_key="conversations.id", primary_key=True, index=True, max_length=32, ondelete="CASCADE"
    )
    seen: int = 0


class InboxReader(SQLModel, table=True):
    """Up to when a member has read everything. It only saves looking at older conversations."""

    __tablename__ = "inbox_readers"

    user_id: str = Field(foreign_key="users.id", primary_key=True, max_length=32, ondelete="CASCADE")
    team_id: str = Field(foreign_key="teams.id", primary_key=True, max_length=32, ondelete="CASCADE")
    read_until: datetime = Field(sa_type=UTCDateTime, nullable=False)


UNREAD: ColumnElement[int] = col(Conversation.inbound_count) - func.coalesce(col(ConversationRead.seen), 0)
"""How many messages a member has not read, for statements that join both tables."""

_TABLE: Table = Conversation.__table__  # type: ignore[attr-defined]


def _next(**more: Any) -> Prepared:
    """Return what counts one more message: parameters `conversation`, `message`, `now`."""
    return Prepared(
        sa_update(_TABLE)
        .where(_TABLE.c.id == bindparam("conversation"))
        .values(
            last_number=_TABLE.c.last_number + 1,
            last_message_id=bindparam("message"),
            last_message_at=bindparam("now"),
            **more,
        )
        .returning(_TABLE.c.last_number, _TABLE.c.inbound_count)
    )


_NEXT_INBOUND = _next(
    inbound_count=_TABLE.c.inbound_count + 1,
    last_inbound_at=bindparam("now"),
    state=ConversationState.OPEN.value,
    snoozed_until=None,
)
_NEXT_OUTBOUND = _next()


def count_message(
    session: Session, conversation: Conversation, message_id: str, now: datetime, *, inbound: bool
) -> int:
    """Count a new message, lock the conversation until the transaction ends, and return the message's number.

    A message of the contact opens the conversation, and ends its snooze. The object has the new values then.
    """
    statement = _NEXT_INBOUND if inbound else _NEXT_OUTBOUND
    values = {"conversation": conversation.id, "message": message_id, "now": now}
    number, inbound_count = statement.row(session, values)
    session.refresh(conversation)
    assert (conversation.last_number, conversation.inbound_count) == (number, inbound_count)  # noqa: S101
    return int(number)


def is_blocked(last_inbound_at: datetime | None, now: datetime) -> bool:
    """Return whether the contact may not be written to: their last message is too old."""
    return last_inbound_at is None or now - last_inbound_at > BLOCKED_AFTER


def see_conversation(session: Session, conversation: Conversation, user_id: str) -> None:
    """Note that the member has read the whole conversation, and tell the clients."""
    read = session.get(ConversationRead, (user_id, conversation.id))
    if read is None:
        read = ConversationRead(user_id=user_id, conversation_id=conversation.id)
        session.add(read)
    read.seen = max(read.seen, conversation.inbound_count)
    tell_of_unread(session, conversation)


def tell_of_conversation(session: Session, conversation: Conversation, verb: str = "updated") -> None:
    """Tell the organization's clients that the conversation was `updated`, or that it is back (`woken`)."""
    session.flush()
    snoozed = conversation.snoozed_until
    told = {
        "conversation_id": dashed_id(conversation.id),
        "state": conversation.state,
        "assignee_id": dashed_id(conversation.assignee_id) if conversation.assignee_id else None,
        "snoozed_until": show_time(snoozed) if snoozed else None,
    }
    emit_event(session, "inbox_conversation", verb, conversation.id, told, to_team(conversation.team_id))


def wake(session: Session, conversation: Conversation) -> None:
    """Bring a snoozed conversation back to the members' attention, and tell clients."""
    conversation.snoozed_until = None
    conversation.state = ConversationState.OPEN.value
    tell_of_conversation(session, conversation, "woken")


def tell_of_unread(session: Session, conversation: Conversation) -> None:
    """Tell the organization's clients how much of the conversation its members have not read.

    `seen`: user id -> how many messages of the contact they have read, of those who have read any.
    """
    session.flush()
    reads = select(ConversationRead.user_id, ConversationRead.seen).where(
        col(ConversationRead.conversation_id) == conversation.id
    )
    told = {
        "conversation_id": dashed_id(conversation.id),
        "inbound_count": conversation.inbound_count,
        "seen": {dashed_id(user): seen for user, seen in session.exec(reads)},
        "timestamp": show_time(utcnow()),
    }
    emit_event(session, "inbox_unread", "updated", conversation.id, told, to_team(conversation.team_id))

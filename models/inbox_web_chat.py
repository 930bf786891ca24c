"""Web chats of the customer inbox: which web pages may show one, and how it looks there."""

from sqlmodel import Field, Session, SQLModel, col, select

from models.base import json_field
from models.conversation import Conversation
from models.inbox_channel import ChannelState, InboxChannel
from models.inbox_message import InboxMessage, set_state
from models.outbox import emit_event
from switchroom.ids import dashed_id
from switchroom.inbox import DeliveryState, Source
from switchroom.messages.events import to_team


class InboxWebChat(SQLModel, table=True):
    """What a channel of web chat has beside its name."""

    __tablename__ = "inbox_web_chats"

    channel_id: str = Field(
        foreign_key="inbox_channels.id", primary_key=True, max_length=32, ondelete="CASCADE"
    )
    origins: list[str] = json_field(list)
    """Of the pages that may use it: `https://www.example.com`."""
    title: str = Field(max_length=100)
    color: str = Field(default="1f6feb", max_length=6)
    """Six hexadecimal digits."""
    greeting: str = Field(default="", max_length=1000)
    away: str = Field(default="", max_length=1000)
    """What is shown outside of the channel's hours."""


def open_chat(session: Session, channel_id: str) -> tuple[InboxChannel, InboxWebChat] | None:
    """Return a web chat that visitors may use."""
    found = session.exec(
        select(InboxChannel, InboxWebChat)
        .join(InboxWebChat, col(InboxWebChat.channel_id) == col(InboxChannel.id))
        .where(
            col(InboxChannel.id) == channel_id,
            col(InboxChannel.source) == Source.WEB_CHAT.value,
            col(InboxChannel.state) == ChannelState.CONNECTED.value,
        )
    ).first()
    return (found[0], found[1]) if found is not None else None


def conversation_of(session: Session, channel_id: str, visitor: str) -> Conversation | None:
    """Return what the visitor and the organization write each other; None: nothing yet."""
    mine = select(Conversation).where(
        col(Conversation.channel_id) == channel_id, col(Conversation.external_id) == visitor
    )
    return session.exec(mine).first()


def messages_after(session: Session, conversation_id: str, number: int, most: int) -> list[InboxMessage]:
    """Return the messages behind this number, in their order."""
    newer = select(InboxMessage).where(
        col(InboxMessage.conversation_id) == conversation_id, col(InboxMessage.number) > number
    )
    return list(session.exec(newer.order_by(col(InboxMessage.number)).limit(most)))


def shown_to_visitor(session: Session, conversation: Conversation, number: int) -> None:
    """Note that the visitor's page showed the messages up to this number, and tell clients."""
    pending = select(InboxMessage).where(
        col(InboxMessage.conversation_id) == conversation.id,
        col(InboxMessage.number) <= number,
        col(InboxMessage.inbound).is_(False),
        col(InboxMessage.state) == DeliveryState.PENDING.value,
    )
    for message in session.exec(pending.order_by(col(InboxMessage.number)).with_for_update()).all():
        set_state(session, message, DeliveryState.DELIVERED)


def tell_of_typing(session: Session, conversation: Conversation, user_id: str | None) -> None:
    """Tell clients that somebody types: a member, or, without one, the contact."""
    told = {
        "conversation_id": dashed_id(conversation.id),
        "channel_id": dashed_id(conversation.channel_id),
        "user_id": dashed_id(user_id) if user_id else None,
    }
    emit_event(session, "inbox_typing", "messaged", conversation.id, told, to_team(conversation.team_id))

"""What clients see of the messages' table."""

from typing import Annotated

from pydantic import Field

from api.conventions.answers import Answer, Column, PublicId, Time
from api.conventions.resource import Resource
from models import Chat, MarkType, Message, MessageMark, MessageType


class MessageSummary(Answer):
    """A message, as its table has it."""

    id: PublicId
    chat: PublicId
    number: int
    """The place of the message in its chat, from 1. Deleted messages leave a gap."""
    type: MessageType
    """`system`: the product wrote it."""
    body: str
    """As the sender wrote it. It is text, not HTML: make it safe before you show it as HTML."""
    sender: Annotated[PublicId | None, Column("from_id"), Field(alias="from")]
    """Null: the product wrote it, or its sender is gone."""
    language: Annotated[str | None, Field(examples=["en"])]
    thread: PublicId | None
    """The message that it answers."""
    file: PublicId | None
    call: PublicId | None
    links: list[str] | None
    """The addresses in the body; null if there are none."""
    user_mentions: list[PublicId]
    room_mentions: list[PublicId]
    created_at: Time
    updated_at: Time
    edited_at: Time | None


class UnreadSummary(MessageSummary):
    """An unread message, with its chat's team."""

    team: Annotated[PublicId, Column(Chat.team_id)]


class MarkAnswer(Answer):
    """A mark that the caller put on a message."""

    id: PublicId
    message: PublicId
    user: PublicId
    type: MarkType
    created_at: Time


MESSAGE = Resource("message", MessageSummary, Message, search=("body",), sort="number DESC")
UNREAD = Resource("message", UnreadSummary, Message, search=("body",), sort="id DESC")
MARK = Resource("mark", MarkAnswer, MessageMark)

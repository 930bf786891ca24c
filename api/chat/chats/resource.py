"""What clients see of the chats' table."""

from typing import Annotated

from pydantic import Field

from api.conventions.answers import Answer, Column, PublicId, Time
from api.conventions.resource import Resource
from models import Chat, ChatType, ChatUser
from models.chat_user import UNREAD


class ChatSummary(Answer):
    """A chat, as its member sees it."""

    id: PublicId
    team: PublicId
    type: ChatType
    name: str
    purpose: str | None
    url: Annotated[str | None, Field(examples=["chat-name-if-it's-a-group"])]
    """The name as a part of an address."""
    owner: PublicId | None
    color: str
    avatar: str | None
    locked: bool
    """Whether guests are kept out."""
    roomNumber: Annotated[int, Column("room_number"), Field(examples=[18348])]
    """Callers and guests name the chat by it."""
    conf_pin: Annotated[int, Field(examples=[94176])]
    """The PIN of the telephone conference."""
    pin: Annotated[PublicId | None, Column("pin_id")]
    """The id of the guests' PIN that is valid now; null in a private chat."""
    last_message_time: Annotated[Time | None, Column("last_message_at")]
    message_updated_time: Annotated[Time | None, Column("message_changed_at")]
    """When a message was edited or deleted last."""
    archived_at: Time | None
    """When the chat was archived. An archived chat is in no list and takes no message."""
    created_at: Time
    updated_at: Time
    """When the chat itself was changed last. A new message does not change it."""
    favorite: Annotated[bool | None, Column(ChatUser.favorite)]
    pinned: Annotated[bool | None, Column(ChatUser.pinned)]
    do_not_disturb: Annotated[bool | None, Column(ChatUser.do_not_disturb)]
    last_seen: Annotated[Time | None, Column(ChatUser.last_seen_at)]


CHAT = Resource(
    "chat", ChatSummary, Chat, search=("name", "purpose"), more={"unread": UNREAD.label("unread")}
)
"""A chat as the caller sees it. Statements join `ChatUser` (`api.core.scope.IN_CHAT`)."""

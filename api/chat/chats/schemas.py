"""What clients send about chats."""

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from api.chat.text import written
from api.conventions.body import Body, Patch
from api.conventions.fields import Color, Id, Line, Moment, OneOf, Url

MOST_USERS = 1000


class NewChatType(StrEnum):
    """Meetings are made with an event of a calendar."""

    PRIVATE = "private"
    ROOM = "room"


Purpose = Annotated[str, StringConstraints(max_length=1000), AfterValidator(written)]
Users = Annotated[list[Id], Field(max_length=MOST_USERS)]


class ChatFields(Body):
    """The fields of a chat that its members choose."""

    name: Line = ""
    purpose: Purpose | None = None
    color: Color | None = None
    avatar: Url | None = None


class ChatCreate(ChatFields):
    """A new chat. The caller is its owner and in it."""

    type: OneOf[NewChatType]
    """`private`: a direct message to one other user. `room`: a group."""
    team: Id | None = None
    """May be missing if the caller is in one team only."""
    users: Users = Field(default_factory=list)
    """The other members: ids of users or memberships."""


class ChatUpdate(Patch):
    """What changes in a chat."""

    name: Line
    purpose: Purpose | None
    color: Color
    avatar: Url | None
    locked: bool
    """Whether guests are kept out. Only the owner or an admin changes it."""


class ChatUserAdd(Body):
    """The user who is added to the chat."""

    user: Id
    """The id of a user or of a membership."""


class Preferences(Patch):
    """The caller's preferences for the chat."""

    favorite: bool | None
    do_not_disturb: bool | None
    pinned: bool | None
    last_seen: Moment
    """Messages up to this time are read."""


class Typing(Body):
    """Whether the caller is writing."""

    typing: bool

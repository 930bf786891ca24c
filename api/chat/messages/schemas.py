"""What clients send about messages."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from api.chat.text import MessageText
from api.conventions.body import Body, Patch
from api.conventions.fields import Id, OneOf
from api.core.errors import ValidationFailed
from models import MarkType
from switchroom.texts import is_visible

MOST_TARGETS = 50


class SentType(StrEnum):
    """What users send."""

    TEXT = "text"
    FILE = "file"
    CALL = "call"


class NewMessage(Body):
    """A message to send."""

    type: OneOf[SentType] = SentType.TEXT
    body: MessageText = ""
    file: Id | None = None
    """The file of a message of the type `file`."""
    call: Id | None = None
    """The call that a message of the type `call` is about."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.type is SentType.TEXT and not is_visible(self.body):
            raise ValidationFailed({"body": "Has nothing that can be seen"})
        if self.type is SentType.FILE and self.file is None:
            raise ValidationFailed({"file": "A message of the type file names its file"})
        return self


class MessageEdit(Patch):
    """What a message says from now on. Its type stays."""

    body: MessageText


class NewMark(Body):
    """How the caller marks a message."""

    type: OneOf[MarkType]


Targets = Annotated[list[Id], Field(max_length=MOST_TARGETS)]


class Forward(Body):
    """Where a message is sent again."""

    forward_chat: Targets = Field(default_factory=list)
    """Ids of chats."""
    users: Targets = Field(default_factory=list)
    """Ids of users or memberships. Each gets the message in their private chat with the caller."""

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if not self.forward_chat and not self.users:
            raise ValidationFailed(dict.fromkeys(("forward_chat", "users"), "Name a chat or a user"))
        return self

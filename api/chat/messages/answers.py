"""What clients get of messages."""

from typing import Annotated

from pydantic import Field

from api.chat.chats.answers import ChatAnswer
from api.chat.messages.resource import MessageSummary, UnreadSummary
from api.chat.people import PersonAnswer
from api.conventions.answers import Answer, PublicId


class MessageAnswer(MessageSummary):
    """A message."""

    sender: Annotated[PublicId | PersonAnswer | None, Field(alias="from")]  # type: ignore[assignment]
    """The id, or the object with `populate=from`. Null: the product wrote it, or its sender is gone."""


class UnreadAnswer(UnreadSummary):
    """A message that the caller has not read."""

    sender: Annotated[PublicId | PersonAnswer | None, Field(alias="from")]  # type: ignore[assignment]
    """The id, or the object with `populate=from`."""
    chat: PublicId | ChatAnswer  # type: ignore[assignment]
    """The id, or the object with `populate=chat`; with `chatusers` its members too."""


class TranslationAnswer(Answer):
    """A message in the reader's language."""

    message: PublicId
    source_language: str
    """The language of the sender's settings."""
    language: str
    """The language of the reader's settings."""
    body: str
    translated: bool
    """False: both languages are the same, and the body is the message's own."""

"""What clients get of messages."""

from typing import Annotated, Any, Literal

from pydantic import Field

from api.conventions.answers import Answer, Time
from api.inbox.fields import DashedId
from api.inbox.pages import Metadata
from switchroom.inbox import AttachmentType, DeliveryState


class TagOfSender(Answer):
    """A tag of the contact who sent a message."""

    id: DashedId
    name: str
    color: Annotated[str, Field(examples=["tag-red"])]


class Sender(Answer):
    """The contact or the member who sent a message."""

    id: DashedId
    """The contact's id, or the user's."""
    first_name: str
    last_name: str | None
    avatar_url: str | None
    tags: list[TagOfSender]
    """A contact's tags."""


class AttachmentAnswer(Answer):
    """What hangs on a message."""

    type: AttachmentType
    url: str | None
    title: str | None
    payload: dict[str, Any]
    """`url` of media, links and files; `title`, `subtitle`, `template_type` and `elements` of templates."""


class Preview(Answer):
    """What a list shows of a message."""

    display_text: str
    content_type: Annotated[str, Field(examples=["text/plain"])]


class InboxMessageAnswer(Answer):
    """A message of a conversation."""

    id: DashedId
    text: str
    metadata: str | None
    """What the client that sent it knows it by."""
    attachments: list[AttachmentAnswer]
    offset: int
    """The messages of a conversation are numbered from 1."""
    sender: Sender | None
    """Null: the member is gone."""
    alignment: Literal["LEFT", "RIGHT", "CENTER"]
    """`LEFT`: the contact sent it."""
    sent_at: Time
    state: DeliveryState
    """What became of it."""
    problem: str | None
    """Why it failed."""
    preview: Preview


class ListedMessage(InboxMessageAnswer):
    """A message of a conversation, with what only e-mail has."""

    subject: str | None
    """Of a contact's e-mail."""
    html: str | None
    """A contact's e-mail as HTML, if it has one: without scripts, styles, forms, frames and pictures."""
    automatic: bool
    """A machine wrote it, as an out-of-office note."""


class MessagePage(Answer):
    """A page of the messages of a conversation, newest first."""

    data: list[ListedMessage]
    response_metadata: Metadata


class Sent(Answer):
    """A message that is on its way. Its state arrives over the socket."""

    message_id: DashedId

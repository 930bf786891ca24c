"""What clients send about messages."""

from typing import Annotated, Any, Self

from pydantic import Field, StringConstraints, model_validator

from api.conventions.body import Body
from api.conventions.fields import OneOf, Url
from api.inbox.fields import InboxId
from api.inbox.pages import Paged
from switchroom.inbox import LONGEST_TEXT, MOST_ATTACHMENTS, AttachmentType
from switchroom.texts import is_visible

_HAS_URL = frozenset(AttachmentType) - {AttachmentType.FB_TEMPLATE}
_HAS_FILE = _HAS_URL - {AttachmentType.LINK}
_TEMPLATE = ("title", "subtitle", "template_type")

ShortText = Annotated[str, StringConstraints(min_length=1, max_length=300)]
MessageBody = Annotated[str, StringConstraints(max_length=LONGEST_TEXT)]
Correlation = Annotated[str, StringConstraints(max_length=1000)]


class MessagesSought(Paged):
    """Which messages the client wants."""

    conversation_id: InboxId


class Button(Body):
    """A button of a template."""

    type: ShortText
    title: ShortText | None = None
    url: Url | None = None


class Element(Body):
    """A part of a template."""

    title: ShortText | None = None
    subtitle: ShortText | None = None
    image_url: Url | None = None
    default_action_url: Url | None = None
    buttons: Annotated[list[Button], Field(max_length=10)] = Field(default_factory=list)


class Payload(Body):
    """What an attachment holds."""

    url: Url | None = None
    """Required, but of a template and beside `file_id`."""
    file_id: InboxId | None = None
    """In place of `url`: a file of `/upload-attachment`. Its content says then which type it has."""
    title: ShortText | None = None
    """Required of a link and of a template."""
    subtitle: ShortText | None = None
    """Required of a template."""
    template_type: ShortText | None = None
    """Required of a template."""
    elements: Annotated[list[Element], Field(max_length=10)] = Field(default_factory=list)


class Attachment(Body):
    """What hangs on a message."""

    type: OneOf[AttachmentType]
    payload: Payload

    @model_validator(mode="after")
    def _complete(self) -> Self:
        needed = ["url"] if self.type in _HAS_URL else list(_TEMPLATE)
        needed += ["title"] if self.type is AttachmentType.LINK else []
        if self.payload.file_id is not None and self.type in _HAS_FILE:
            needed = []
        missing = [name for name in needed if getattr(self.payload, name) is None]
        if missing:
            raise ValueError(f"The payload of {self.type.value} needs: {', '.join(missing)}")
        return self

    def stored(self) -> dict[str, Any]:
        """Return it as the database has it."""
        return {
            "type": self.type.value,
            "payload": self.payload.model_dump(exclude_none=True, exclude_defaults=True),
        }


class Content(Body):
    """What a message says."""

    text: MessageBody = ""
    attachments: Annotated[
        list[Attachment],
        Field(
            max_length=MOST_ATTACHMENTS,
            examples=[[{"type": "IMAGE", "payload": {"url": "https://www.example.com/a.png"}}]],
        ),
    ] = Field(default_factory=list)
    metadata: Correlation | None = None
    """What the client knows the message by."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.attachments and not is_visible(self.text):
            raise ValueError("Has neither a text that can be seen nor an attachment")
        return self


class MessageToSend(Body):
    """A message to a conversation's contact."""

    conversation_id: InboxId
    message: Annotated[Content, Field(examples=[{"text": "The answer is 42"}])]


Variables = Annotated[
    dict[
        Annotated[str, StringConstraints(max_length=40)], Annotated[str, StringConstraints(max_length=2000)]
    ],
    Field(max_length=100, examples=[{"var1": "value1"}]),
]


class TemplateToSend(Body):
    """A message that is made of a template."""

    conversation_id: InboxId
    template_id: InboxId
    variables: Variables = Field(default_factory=dict)
    """The values of the template's variables."""
    metadata: Correlation | None = None
    """What the client knows the message by."""

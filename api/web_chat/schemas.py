"""What the pages of visitors send, and what they get."""

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from api.conventions.answers import Answer, Time
from api.conventions.body import Body
from api.conventions.fields import Id, Line
from api.core.errors import ValidationFailed
from api.core.uploads.form import form_schema
from switchroom.inbox import AttachmentType
from switchroom.texts import is_visible

LONGEST_TEXT, MOST_FILES = 4000, 5


class SessionToOpen(Body):
    """A page that shows the chat."""

    token: Annotated[str, StringConstraints(max_length=2000)] | None = None
    """What the page kept of the last visit. A wrong one counts as none."""


class MessageOfVisitor(Body):
    """What a visitor says."""

    id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{8,64}$"), Field(examples=["0192f3c4-d5e6"])]
    """Made by the page. What is sent twice under one id is stored once."""
    text: Annotated[str, StringConstraints(max_length=LONGEST_TEXT)] = ""
    name: Annotated[Line, StringConstraints(max_length=100)] = ""
    """How the visitor wants to be called. It counts with their first message."""
    files: Annotated[list[Id], Field(max_length=MOST_FILES)] = Field(default_factory=list, examples=[[]])
    """Ids of `/files`."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.files and not is_visible(self.text):
            raise ValidationFailed({"text": "Must have something that can be seen, if no file is sent"})
        return self


class SeenUpTo(Body):
    """Up to which message the page has shown everything."""

    number: Annotated[int, Field(ge=1, le=10**9)]


class NoFields(Body):
    """A form that has nothing beside its file."""


FORM = form_schema(NoFields, {})


class VisitorFile(Answer):
    """A file of a message."""

    id: Annotated[str, Field(examples=["a0192f3c4d5e67890a1b2c3d4e5f60718"])]
    type: AttachmentType
    name: str
    url: str | None
    """Where it can be fetched for an hour."""


class VisitorMessage(Answer):
    """A message as the visitor sees it."""

    number: int
    mine: str | None
    """The page's id of it, if the visitor wrote it."""
    text: str
    sender: str | None
    """The first name of the member who wrote it."""
    sent_at: Time
    files: list[VisitorFile]


class VisitorMessages(Answer):
    """What is new."""

    messages: list[VisitorMessage]
    cursor: int
    """What `after` takes the next time."""
    typing: bool
    """A member types."""
    more: bool
    """There is more: ask at once."""


class WebChatSession(Answer):
    """How the chat looks, and who the visitor is."""

    token: str
    """To be kept by the page, and sent as `Authorization: Bearer`."""
    title: str
    color: str
    greeting: str
    away: str
    open: bool
    """Whether these are the hours."""
    megabytes: int
    """How large a file may be."""

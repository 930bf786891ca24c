"""What clients send about web chats, and what they get."""

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from api.conventions.answers import Answer
from api.conventions.fields import Color
from api.inbox.fields import DashedId, InboxId, Name, OfOrganization

Origin = Annotated[
    str,
    StringConstraints(
        pattern=r"^https?://[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::[1-9][0-9]{0,4})?$", max_length=300
    ),
    Field(examples=["https://www.example.com"]),
]
"""As a browser writes it: small letters, no path, no usual port."""
Paragraph = Annotated[str, StringConstraints(max_length=1000)]


class WebChatToSave(OfOrganization):
    """A web chat as it shall be from now on."""

    channel_id: InboxId | None = None
    """Null: a new one."""
    name: Name
    """What members see."""
    origins: Annotated[list[Origin], Field(min_length=1, max_length=50)]
    """Of the pages that may use it."""
    title: Name
    """What visitors see."""
    color: Color = "1f6feb"
    greeting: Paragraph = ""
    away: Paragraph = ""
    """What visitors see outside of the channel's hours."""

    @model_validator(mode="after")
    def _once(self) -> Self:
        if len(set(self.origins)) < len(self.origins):
            raise ValueError("An origin stands twice")
        return self


class WebChatAnswer(Answer):
    """A web chat."""

    id: DashedId
    """The channel's id."""
    organization_id: DashedId
    name: str
    state: Annotated[str, Field(examples=["connected"])]
    origins: list[str]
    title: str
    color: str
    greeting: str
    away: str
    snippet: str
    """What a page contains to show it."""


class WebChats(Answer):
    """The web chats of an organization."""

    web_chats: list[WebChatAnswer]

"""What bodies and answers of the inbox are made of."""

from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from api.conventions.answers import Answer
from api.conventions.body import Body
from api.conventions.fields import Id, Line
from switchroom.inbox import LONGEST_TEXT
from switchroom.texts import is_visible

ID_PATTERN = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
ID_EXAMPLE = "0192f3c4-d5e6-7890-a1b2-c3d4e5f60718"
MOST_NAMED = 100
"""Ids in one list of a body."""

DashedId = Annotated[str, Field(pattern=ID_PATTERN, examples=[ID_EXAMPLE])]
"""An id as clients of the inbox see it."""
InboxId = Annotated[Id, Field(examples=[ID_EXAMPLE])]
"""Any accepted spelling; becomes 32 hex digits."""
InboxIds = Annotated[list[InboxId], Field(max_length=MOST_NAMED)]
Name = Annotated[Line, StringConstraints(min_length=1, max_length=100)]
Names = Annotated[list[Name], Field(max_length=MOST_NAMED)]
ExternalIds = Annotated[
    list[Annotated[str, StringConstraints(min_length=1, max_length=254)]],
    Field(min_length=1, max_length=MOST_NAMED),
]
"""What a source knows its channels by."""


def visible(value: str) -> str:
    """Return the text. Raises ValueError if nothing of it can be seen."""
    if not is_visible(value):
        raise ValueError("Has nothing that can be seen")
    return value


VisibleText = Annotated[
    str, StringConstraints(min_length=1, max_length=LONGEST_TEXT), AfterValidator(visible)
]
"""A text that somebody reads."""


class Filter(Body):
    """Which rows are wanted. A field that does not exist is refused: without it, the answer would have too many."""

    model_config = ConfigDict(extra="forbid")


class OfOrganization(Body):
    """What names an organization."""

    organization_id: InboxId


class OfConversation(Body):
    """What names a conversation."""

    conversation_id: InboxId


class Made(Answer):
    """What was created."""

    id: DashedId

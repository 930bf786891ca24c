"""What clients see of the prompts' table."""

from typing import Annotated

from pydantic import Field

from api.conventions.answers import Answer, Column, PublicId, Time
from api.conventions.resource import Resource
from models import PromptKind, PromptState, UploadedPrompt


class PromptSummary(Answer):
    """An uploaded prompt, as its table has it."""

    id: PublicId
    """What routes and queues write where they take a sound or, for `music`, a class of music on hold."""
    kind: PromptKind
    name: Annotated[str, Field(examples=["Welcome"])]
    language: Annotated[str | None, Field(examples=["en"])]
    state: PromptState
    """It is `pending` until it is converted. Calls play it when it is `ready`."""
    error: str | None
    """Why it cannot be converted."""
    duration: Annotated[float | None, Column("seconds")]
    """Seconds. Null: not known yet, or music."""
    filename: str
    """The name that the upload had at the client."""
    type: Annotated[str, Field(examples=["audio/mpeg"])]
    """The media type of the upload."""
    size: int
    """Bytes of the upload."""
    shuffle: bool
    """Music: whether the tracks are played in random order."""
    team: PublicId
    user: PublicId | None
    """Who made it."""
    created_at: Time
    updated_at: Time


PROMPT = Resource("prompt", PromptSummary, UploadedPrompt, search=("name", "filename"), sort="id DESC")
"""Uploaded prompts as clients see them."""

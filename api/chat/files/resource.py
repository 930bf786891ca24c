"""What clients see of the files' table."""

from typing import Annotated

from pydantic import Field

from api.conventions.answers import Answer, Column, PublicId, Time
from api.conventions.resource import Resource
from models import File


class FileSummary(Answer):
    """A file, as its table has it."""

    id: PublicId
    name: Annotated[str, Field(examples=["Something.jpeg"])]
    filename: str
    """The name that it had at the client."""
    extension: Annotated[str, Field(examples=["jpeg"])]
    type: Annotated[str, Field(examples=["image/jpeg"])]
    """The media type of its content."""
    size: int
    """Bytes."""
    thumbWidth: Annotated[int | None, Column("thumb_width")]
    """Pixels. Null: there is no thumbnail, or none yet."""
    thumbHeight: Annotated[int | None, Column("thumb_height")]
    comment: str | None
    location: str | None
    category: str | None
    date: str | None
    """When it is from, as the client wrote it."""
    team: PublicId
    user: PublicId | None
    """Who uploaded it."""
    chat: PublicId | None
    """The chat into which it was uploaded."""
    created_at: Time
    updated_at: Time


FILE = Resource(
    "file", FileSummary, File, search=("name", "filename", "comment", "category", "location"), sort="id DESC"
)

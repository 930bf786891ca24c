"""What clients send about files of messages, and what they get."""

from typing import Annotated

from pydantic import Field, StringConstraints

from api.conventions.answers import Answer
from api.conventions.body import Body
from api.core.uploads.form import form_schema
from api.inbox.fields import DashedId, InboxId, OfOrganization
from switchroom.inbox import AttachmentType


class FileFields(OfOrganization):
    """What a form says of the file that it holds."""


FORM = form_schema(FileFields, {})
"""The form of an upload for the OpenAPI document."""


class FileSought(Body):
    """A file of a message that the caller may read, or one that the caller uploaded."""

    file_id: InboxId


class InboxFileAnswer(Answer):
    """A file."""

    file_id: DashedId
    """What an attachment names it by: `{"type": "FILE", "payload": {"file_id": ...}}`."""
    type: AttachmentType
    """By its content: `IMAGE`, `VIDEO`, `AUDIO` of what browsers show, else `FILE`."""
    name: Annotated[str, StringConstraints(max_length=255)]
    media_type: Annotated[str, Field(examples=["image/png"])]
    size: int
    """Bytes."""
    url: str | None
    """Where it can be fetched for an hour. Null: the storage has no key to sign with."""

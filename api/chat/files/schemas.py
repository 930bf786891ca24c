"""What clients send of files."""

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from api.chat.text import written
from api.conventions.body import Body, Patch
from api.conventions.fields import Id, Line
from api.core.uploads.form import form_schema
from switchroom.file_content import LONGEST_NAME, safe_name

Short = Annotated[Line, StringConstraints(max_length=255)]
Name = Annotated[
    str,
    StringConstraints(min_length=1, max_length=LONGEST_NAME),
    AfterValidator(safe_name),
    Field(examples=["Something.jpeg"]),
]
Comment = Annotated[str, StringConstraints(max_length=1000), AfterValidator(written)]
"""In a chat it is the body of the file's message."""


class FileFields(Body):
    """What a form says of the file that it holds."""

    name: Name | None = None
    """By default the name of the file itself."""
    comment: Comment | None = None
    location: Annotated[Short, Field(examples=["Bogota"])] | None = None
    """Where it is from."""
    category: Annotated[Short, Field(examples=["Speeding fine"])] | None = None
    date: (
        Annotated[
            Line,
            StringConstraints(max_length=100),
            Field(examples=["Sun Nov 26 2017 19:57:05 GMT-0500 (EST)"]),
        ]
        | None
    ) = None
    """When it is from, in any form."""
    team: Annotated[str, Field(max_length=100, examples=["debrief-staging"])] | None = None
    """The id or the slug of the team. By default the chat's, or the caller's only one."""
    chat: Id | None = None
    """The chat into which a message puts the file."""


class FileUpdate(Patch):
    """What may be changed of a file."""

    name: Name
    comment: Comment | None
    location: Short | None
    category: Short | None
    date: Annotated[Line, StringConstraints(max_length=100)] | None


FORM = form_schema(
    FileFields,
    {"extension": {"type": "string", "description": "Ignored: the content says what the file is."}},
)
"""The form of an upload for the OpenAPI document."""

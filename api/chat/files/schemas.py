"""What clients send of files."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints

from api.chat.files.content import LONGEST_NAME, safe_name
from api.conventions.body import Body, Patch
from api.conventions.fields import Id, Line

Short = Annotated[Line, StringConstraints(max_length=255)]
Name = Annotated[
    str,
    StringConstraints(min_length=1, max_length=LONGEST_NAME),
    AfterValidator(safe_name),
    Field(examples=["Something.jpeg"]),
]
Comment = Annotated[str, StringConstraints(max_length=1000)]


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


def form_schema() -> dict[str, Any]:
    """Return the form of an upload for the OpenAPI document."""
    fields = FileFields.model_json_schema()["properties"]
    text = {name: {**_text(schema), "title": schema.get("title", name)} for name, schema in fields.items()}
    extension = {"type": "string", "description": "Ignored: the content says what the file is."}
    file = {"type": "string", "format": "binary", "description": "The file. Its Content-Type is ignored."}
    form = {
        "type": "object",
        "properties": {**text, "extension": extension, "file": file},
        "required": ["file"],
    }
    return {"required": True, "content": {"multipart/form-data": {"schema": form}}}


def _text(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a field without null, which no form can hold."""
    found = next((part for part in schema.get("anyOf", ()) if part.get("type") != "null"), schema)
    told = {"description": schema["description"]} if "description" in schema else {}
    return {**found, **told}

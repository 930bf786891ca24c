"""What clients send about uploaded prompts."""

from typing import Annotated

from pydantic import Field, StringConstraints

from api.conventions.body import Body, Patch
from api.conventions.fields import Id, Line
from api.core.uploads.form import form_schema

Name = Annotated[Line, StringConstraints(min_length=1, max_length=100), Field(examples=["Welcome"])]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[a-z]{2,4})?$"), Field(examples=["en"])]
Tracks = Annotated[list[Id], Field(min_length=1, max_length=100)]


class PromptFields(Body):
    """What a form says of the sound that it holds."""

    name: Name | None = None
    """By default the file's name."""
    team: Annotated[str, Field(max_length=100)] | None = None
    """The id or the slug of the team. By default the caller's only one."""
    language: Language | None = None


FORM = form_schema(PromptFields, {})


class MusicCreate(Body):
    """New music on hold."""

    name: Name
    team: Id | None = None
    tracks: Tracks
    """Uploaded sounds of the team, in order."""
    shuffle: bool = False
    """Whether they are played in random order."""
    language: Language | None = None


class PromptUpdate(Patch):
    """What changes in a prompt."""

    name: Name
    language: Language | None
    tracks: Tracks
    """Music only: its sounds, in order."""
    shuffle: bool
    """Music only: whether they are played in random order."""

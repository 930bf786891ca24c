"""What clients get of sounds and music."""

from typing import Annotated

from pydantic import Field

from api.conventions.answers import Answer


class SoundAnswer(Answer):
    """A sound of the library."""

    name: Annotated[str, Field(examples=["vm-intro"])]
    """What routes and queues write."""
    languages: Annotated[list[str], Field(examples=[["en"]])]
    """The languages in which the sound is there; none: it belongs to no language."""


class MusicAnswer(Answer):
    """A class of music on hold."""

    name: Annotated[str, Field(examples=["default"])]
    """What routes and queues write."""

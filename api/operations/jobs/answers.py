"""What clients get of failed jobs."""

from typing import Annotated, Literal

from pydantic import Field

from api.conventions.answers import Answer, PublicId


class JobAnswer(Answer):
    """A background job."""

    id: Annotated[str, Field(examples=["store_recording-a0192f3c4d5e67890a1b2c3d4e5f60718"])]
    """The job's name and its object."""
    job: str
    state: Literal["failed", "pending"]
    team: PublicId | None
    call: PublicId
    object: PublicId
    """The recording or voicemail."""
    error: str | None
    attempts: int

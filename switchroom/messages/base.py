"""The base of every message."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Message(BaseModel):
    """A message is never changed. `model_dump_json()` is its text, `model_validate_json(text)` reads it."""

    model_config = ConfigDict(extra="ignore", frozen=True)


Id = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]

"""What clients get of the health of every part."""

from typing import Literal

from pydantic import ConfigDict

from api.conventions.answers import Answer
from api.conventions.schema import sometimes


class PartAnswer(Answer):
    """How one part does, with figures of its own."""

    model_config = ConfigDict(extra="allow")

    state: Literal["ok", "failing", "off"]
    """`off`: it is not configured. Whatever waits for it is counted in `waiting`."""
    reason: str = sometimes()
    """Why it fails."""


class HealthAnswer(Answer):
    """Whether calls can be served (`ok`, or `degraded` if a part is away that they can do without)."""

    status: Literal["ok", "degraded", "failing"]
    parts: dict[str, PartAnswer]
    reasons: dict[str, str]
    """Part -> why it fails."""

"""What clients get of live calls."""

from pydantic import Field

from api.conventions.answers import Answer, PublicId, Time


class Span(Answer):
    """Seconds: eight of ten callers wait between `low` and `high`."""

    low: float
    high: float


class Need(Answer):
    """A skill that a call needs."""

    skill: str
    level: int
    required: bool


class LiveCallAnswer(Answer):
    """A call that is going on. `position` and `estimate`: while it waits in a queue. `duration`: seconds."""

    id: PublicId
    team: PublicId | None
    did: str | None
    from_: str | None = Field(alias="from")
    direction: str
    callback_of: PublicId | None
    state: str
    queue: PublicId | None
    agent: PublicId | None
    needs: list[Need]
    position: int | None
    estimate: Span | None
    started_at: Time
    duration: float

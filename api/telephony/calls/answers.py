"""What clients get of live calls."""

from typing import Annotated

from pydantic import Field

from api.conventions.answers import Answer, PublicId, Seconds, Time


class Estimate(Answer):
    """Seconds still to wait."""

    low: Seconds
    high: Seconds


class SkillNeed(Answer):
    """A skill that a call needs, or with `required` false would like."""

    skill: str
    level: int
    required: bool


class LiveCallAnswer(Answer):
    """A call that runs now."""

    id: PublicId
    team: PublicId | None
    did: str
    caller: Annotated[str, Field(alias="from", examples=["+14165550199"])]
    direction: Annotated[str, Field(examples=["inbound"])]
    """`inbound`, or `callback`: we rang the customer."""
    callback_of: PublicId | None
    """The callback that the call attempts."""
    state: Annotated[str, Field(examples=["waiting"])]
    queue: PublicId | None
    agent: PublicId | None
    needs: list[SkillNeed]
    position: int | None
    """The call's place in its queue, from 1."""
    estimate: Estimate | None
    started_at: Time
    duration: Seconds
    """Seconds."""

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


class PartyAnswer(Answer):
    """A party of a call that is there, or rings."""

    kind: Annotated[str, Field(examples=["agent"])]
    """`caller` (a member whose phone called), `agent`, `member` (of an extension) or `number` (an outside line)."""
    agent: PublicId | None
    member: PublicId | None
    """The membership of the user whose phone it is."""
    number: str | None
    queue: PublicId | None
    """The queue for which an agent was rung."""
    talking: bool
    """Whether the party talks to the caller."""
    muted: bool
    """Whether the others do not hear the party."""


class PlacedAnswer(Answer):
    """A call that was placed."""

    id: PublicId
    """The call's id, in the live calls and in the log."""


class LiveCallAnswer(Answer):
    """A call that runs now."""

    id: PublicId
    team: PublicId | None
    did: str
    caller: Annotated[str, Field(alias="from", examples=["+14165550199"])]
    direction: Annotated[str, Field(examples=["inbound"])]
    """`inbound`, `callback` (we rang the customer), `internal`, `outgoing` or `emergency`."""
    callback_of: PublicId | None
    """The callback that the call attempts."""
    state: Annotated[str, Field(examples=["waiting"])]
    queue: PublicId | None
    agent: PublicId | None
    slot: Annotated[str | None, Field(examples=["701"])]
    """The extension at which a parked caller is fetched."""
    recording: Annotated[str | None, Field(examples=["on"])]
    """`on`, `paused` or `off` (it can begin); null: no one talks, or the talk must not be recorded."""
    recording_asked: bool
    """Someone asked for the recording that runs: `stop-recording` ends it."""
    on_hold: bool
    """Whether a side of the talk hears music: the call is held (`state` `held`), or a telephone holds it."""
    consult: PublicId | None
    """The live call in which a side of this held talk consults someone."""
    consult_of: PublicId | None
    """The held call of which this is a consultation."""
    supervises: PublicId | None
    """The call that a supervisor hears in this one, or is rung for."""
    supervision: Annotated[str | None, Field(examples=["whisper"])]
    """How they take part: `monitor`, `whisper` or `barge`."""
    parties: list[PartyAnswer]
    """Everyone but a caller from outside."""
    needs: list[SkillNeed]
    position: int | None
    """The call's place in its queue, from 1."""
    estimate: Estimate | None
    started_at: Time
    duration: Seconds
    """Seconds."""

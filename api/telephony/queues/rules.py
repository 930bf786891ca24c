"""The parts of a queue's settings that have a shape of their own."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints

from api.conventions.body import Body
from api.conventions.fields import Timezone
from routing.blocks.hours import check_half_days, check_holidays, check_weekly
from routing.expressions import values
from routing.expressions.prompts import upload_sound
from switchroom.ids import parse_id


def _sound(value: str) -> str:
    """Check a sound's name. An uploaded prompt's id becomes the name under which it is played."""
    if id := parse_id(value):
        return upload_sound(id)
    if problem := values.check_sound(value):
        raise ValueError(problem)
    return value


def _weekly(value: dict[str, Any]) -> dict[str, Any]:
    if problem := check_weekly(value):
        raise ValueError(problem)
    return value


def _holidays(value: list[str]) -> list[str]:
    if problem := check_holidays(value):
        raise ValueError(problem)
    return value


def _half_days(value: dict[str, Any]) -> dict[str, Any]:
    if problem := check_half_days(value):
        raise ValueError(problem)
    return value


def _shown_number(value: str) -> str:
    if value and (problem := values.check_caller_id(value)):
        raise ValueError(problem)
    return value


Sounds = Annotated[
    list[Annotated[str, AfterValidator(_sound)]], Field(max_length=20, examples=[["team/sales"]])
]
SkillName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,40}$"), Field(examples=["german"])]
Level = Annotated[int, Field(ge=1, le=100)]
ShownNumber = Annotated[str, AfterValidator(_shown_number), Field(examples=["+14165550100"])]
"""A caller id: digits, with or without a leading `+`; empty: the number that was dialled."""


class SkillNeeded(Body):
    """A skill that agents need for the queue's calls."""

    skill: SkillName
    level: Level = 1
    """The least level."""
    required: bool = True
    """If false, agents who have the skill go first and others follow."""


class Relaxed(Body):
    """From some seconds of waiting on, every required level counts less."""

    after: Annotated[float, Field(gt=0, le=86400, examples=[30])]
    """Seconds of waiting."""
    lower: Level
    """By how much every required level is lower then."""


class Opening(Body):
    """When a queue is open, in the time of `timezone`."""

    timezone: Timezone
    weekly: Annotated[
        dict[str, list[list[str]]], AfterValidator(_weekly), Field(examples=[{"mon": [["09:00", "17:00"]]}])
    ]
    """For each day (`mon` to `sun`), the spans in which the queue is open. A span whose end is not after its start
    goes over midnight and counts to the day on which it begins."""
    holidays: Annotated[list[str], AfterValidator(_holidays), Field(examples=[["2026-12-25", "01-01"]])] = (
        Field(default_factory=list)
    )
    """Days on which no span begins: dates, `YYYY-MM-DD`, or days of every year, `MM-DD`."""
    half_days: Annotated[
        dict[str, list[list[str]]],
        AfterValidator(_half_days),
        Field(examples=[{"12-24": [["09:00", "12:00"]]}]),
    ] = Field(default_factory=dict)
    """Half-day holidays, and the spans that begin on them instead of the weekly ones."""


class OverflowTo(Body):
    """A block that takes the callers who cannot be served: see docs/queues.md."""

    type: Annotated[str, StringConstraints(max_length=20), Field(examples=["voicemail"])]
    """The type of a block, or `block`: a block of the caller's own route."""
    settings: dict[str, Any] = Field(
        default_factory=dict,
        examples=[{"mailbox": {"kind": "team", "id": "a0192f3c4d5e67890a1b2c3d4e5f60718"}}],
    )
    """The settings of that block, or for `block` the block's id."""

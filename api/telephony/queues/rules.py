"""The parts of a queue's settings that have a shape of their own."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints

from api.conventions.body import Body
from api.conventions.fields import Timezone
from routing.blocks.hours import check_holidays, check_weekly
from routing.expressions import values


def _sound(value: str) -> str:
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


def _shown_number(value: str) -> str:
    if value and (problem := values.check_caller_id(value)):
        raise ValueError(problem)
    return value


Sounds = Annotated[list[Annotated[str, AfterValidator(_sound)]], Field(max_length=20)]
SkillName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
Level = Annotated[int, Field(ge=1, le=100)]
ShownNumber = Annotated[str, AfterValidator(_shown_number)]
"""A caller id: digits, with or without a leading `+`; empty: the number that was dialled."""


class SkillNeeded(Body):
    """`required` false: agents who have the skill go first, others follow."""

    skill: SkillName
    level: Level = 1
    required: bool = True


class Relaxed(Body):
    """From `after` seconds of waiting on every required level counts `lower` less."""

    after: Annotated[float, Field(gt=0, le=86400)]
    lower: Level


class Opening(Body):
    """`{"timezone": "Europe/Berlin", "weekly": {"mon": [["09:00", "17:00"]]}, "holidays": ["2026-12-25"]}`."""

    timezone: Timezone
    weekly: Annotated[dict[str, list[list[str]]], AfterValidator(_weekly)]
    holidays: Annotated[list[str], AfterValidator(_holidays)] = Field(default_factory=list)


class OverflowTo(Body):
    """A block's type and settings, or `{"type": "block", "settings": {"block": id}}`; see docs/queues.md."""

    type: Annotated[str, StringConstraints(max_length=20)]
    settings: dict[str, Any] = Field(default_factory=dict)

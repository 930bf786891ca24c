"""What clients get of a team's statistics. docs/statistics.md says what each figure means."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from api.conventions.answers import Answer, PublicId, Time
from api.telephony.queues.answers import IntervalFigures
from api.telephony.reports.intervals import Interval


class By(StrEnum):
    QUEUE = "queue"
    AGENT = "agent"
    NUMBER = "number"


class QueueRow(IntervalFigures):
    """A queue's figures of one interval, with the other definitions of the service level."""

    id: PublicId
    name: str
    abandoned_in_threshold: int
    """Callers who hung up within the threshold. Short abandons are not counted here."""
    abandoned_after_threshold: int
    service_level_offered: float | None
    service_level_answered: float | None
    service_level_handled: float | None
    service_level_patient: float | None


class HandledFigures(Answer):
    """Calls of an agent, or to a number, in one interval. Times are seconds."""

    start: Annotated[Time, Field(alias="from")]
    end: Annotated[Time, Field(alias="to")]
    calls: int
    answered: int
    talk: float
    wrap_up: float
    average_talk: float | None
    aht: float | None
    """The mean of talk and wrap-up of the answered calls."""
    longest_talk: float


class AgentRow(HandledFigures):
    """What an agent did in one interval: the queues' calls that they answered."""

    id: PublicId
    name: str


class NumberRow(HandledFigures):
    """Inbound calls to a number in one interval."""

    number: Annotated[str, Field(examples=["+14165550100"])]


class ReportAnswer(Answer):
    """A team's statistics."""

    team: PublicId
    timezone: str
    """Days, weeks and months are those of this zone."""
    by: By
    interval: Interval | None
    start: Annotated[Time, Field(alias="from")]
    end: Annotated[Time, Field(alias="to")]
    rows: list[QueueRow] | list[AgentRow] | list[NumberRow]
    """In the order of names, then of time. Agents and numbers have rows only for intervals with calls."""

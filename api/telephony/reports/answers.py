"""What clients get of a team's statistics. docs/statistics.md says what each figure means."""

from typing import Annotated

from pydantic import Field

from analysis.reports.intervals import Interval
from analysis.reports.report import By, Of
from api.conventions.answers import Answer, PublicId, Seconds, Time
from api.telephony.queues.answers import IntervalFigures


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
    first_contacts: int
    """Answered calls of callers of whom none was answered in the seven days before, and of which it is known whether
    they called again within seven days."""
    first_contacts_resolved: int
    first_contact_resolution: float | None
    """The share of those who did not call again."""


class ConversationQueueRow(Answer):
    """The conversations of a queue in one interval. `talk` is the time for which agents had them."""

    id: PublicId
    name: str
    start: Annotated[Time, Field(alias="from")]
    end: Annotated[Time, Field(alias="to")]
    offered: int
    waiting: int
    answered: int
    """Those that an agent of the queue accepted."""
    passed_on: int
    """Those that were transferred while they waited."""
    left: int
    """Those that were closed while they waited."""
    answered_in_threshold: int
    service_level: float | None
    asa: Seconds | None
    """The mean wait of those that were accepted."""
    average_wait: Seconds | None
    longest_wait: Seconds | None
    average_talk: Seconds | None
    service_level_answered: float | None


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
    """What an agent did in one interval: the queues' calls that they answered, and when they were at work."""

    id: PublicId
    name: str
    available: float
    """Seconds in which the agent was `Available`."""
    occupancy: float | None
    """The share of these in which they talked or did after-call work."""
    planned: float | None
    """Seconds in which their plan wants them to be `Available`; null: they have no plan."""
    adherence: float | None
    """The share of these in which they were."""


class ConversationAgentRow(Answer):
    """The queues' conversations that an agent accepted in one interval, and when they were at work. Times are
    seconds."""

    id: PublicId
    name: str
    start: Annotated[Time, Field(alias="from")]
    end: Annotated[Time, Field(alias="to")]
    answered: int
    talk: float
    """For how long the agent had them: the sum, also of those that they had at the same time."""
    average_talk: float | None
    longest_talk: float
    available: float
    """Seconds in which the agent was `Available`."""
    planned: float | None
    """Seconds in which their plan wants them to be `Available`; null: they have no plan."""
    adherence: float | None
    """The share of these in which they were."""


class NumberRow(HandledFigures):
    """Inbound calls to a number in one interval."""

    number: Annotated[str, Field(examples=["+14165550100"])]


class ReportAnswer(Answer):
    """A team's statistics."""

    team: PublicId
    timezone: str
    """Days, weeks and months are those of this zone."""
    of: Of
    by: By
    interval: Interval | None
    start: Annotated[Time, Field(alias="from")]
    end: Annotated[Time, Field(alias="to")]
    rows: (
        list[QueueRow]
        | list[AgentRow]
        | list[NumberRow]
        | list[ConversationQueueRow]
        | list[ConversationAgentRow]
    )
    """In the order of names, then of time. Agents and numbers have rows only for intervals with calls or conversations,
    and queues without a conversation in the whole time have none with `of=conversations`."""

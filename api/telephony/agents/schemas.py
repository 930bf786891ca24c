"""What clients send about agents."""

from typing import Annotated, Literal

from pydantic import AfterValidator, AliasChoices, Field

from api.conventions.body import Body, Patch
from api.conventions.fields import Id, Line, OneOf
from api.telephony.queues.schemas import Name
from routing.events import AgentStatus

Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", examples=["09:00"])]
Shift = Annotated[list[Clock], Field(min_length=2, max_length=2)]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def _apart(plan: dict[Day, list[list[str]]]) -> dict[Day, list[list[str]]]:
    """Check that the spans of a day do not overlap, and that only the last one goes over midnight."""
    for day, spans in plan.items():
        times = [time for span in sorted(spans) for time in span]
        if times[:-1] != sorted(set(times[:-1])) or (len(times) > 2 and times[-1] == times[-2]):
            raise ValueError(f"{day}: spans must not overlap, and only the last one may go over midnight")
    return plan


Plan = Annotated[
    dict[Day, Annotated[list[Shift], Field(max_length=10)]],
    AfterValidator(_apart),
    Field(examples=[{"mon": [["09:00", "12:00"], ["13:00", "17:00"]]}]),
]
"""Pairs of times by day. A span whose end is not after its start goes over midnight."""
Capacity = Annotated[int, Field(ge=1, le=20)]


class AgentCreate(Body):
    """A new agent."""

    user: Id
    """A user's or a membership's id."""
    name: Name
    team: Id | None = None
    """May be left out if the user is in one team only."""
    capacity: Capacity = 1
    """How many calls the agent takes at once."""
    schedule: Plan | None = None
    """When the agent should be `Available`, in the team's zone: for their adherence."""


class AgentUpdate(Patch):
    """What changes in an agent."""

    name: Name
    capacity: Capacity
    """How many calls the agent takes at once."""
    schedule: Plan | None
    """When the agent should be `Available`, in the team's zone: for their adherence. Null: there is no plan."""


class StatusSet(Body):
    """An agent's status."""

    status: OneOf[AgentStatus]
    queue: Id | None = Field(default=None, validation_alias=AliasChoices("queueId", "queue_id", "queue"))
    """The queue for which the status holds; null: all queues."""
    reason: Line = ""

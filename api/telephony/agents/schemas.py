"""What clients send about agents."""

from typing import Annotated

from pydantic import AliasChoices, Field

from api.conventions.body import Body, Patch
from api.conventions.fields import Id, Line, OneOf
from api.telephony.queues.schemas import Name
from routing.events import AgentStatus

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


class AgentUpdate(Patch):
    """What changes in an agent."""

    name: Name
    capacity: Capacity
    """How many calls the agent takes at once."""


class StatusSet(Body):
    """An agent's status."""

    status: OneOf[AgentStatus]
    queue: Id | None = Field(default=None, validation_alias=AliasChoices("queueId", "queue_id", "queue"))
    """The queue for which the status holds; null: all queues."""
    reason: Line = ""

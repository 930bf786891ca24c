"""What clients send about agents."""

from typing import Annotated

from pydantic import AliasChoices, Field

from api.conventions.body import Body, optional
from api.conventions.fields import Id, Line
from api.telephony.queues.schemas import Name
from routing.events import AgentStatus

Capacity = Annotated[int, Field(ge=1, le=20)]


class AgentCreate(Body):
    """`user` is a user's or a membership's id; `team` may be left out if the user is in one team only."""

    user: Id
    name: Name
    team: Id | None = None
    capacity: Capacity = 1


class AgentUpdate(Body):
    """Any subset; what isn't sent stays."""

    name: Name = optional()
    capacity: Capacity = optional()


class StatusSet(Body):
    """`queueId` left out or null: overall, in all queues."""

    status: AgentStatus
    queue: Id | None = Field(default=None, validation_alias=AliasChoices("queueId", "queue_id", "queue"))
    reason: Line = ""

"""What clients see of the agents' table."""

from api.conventions.answers import Answer, PublicId, Time
from api.conventions.resource import Resource
from models import Agent
from routing.events import AgentStatus


class AgentSummary(Answer):
    """An agent without their queues."""

    id: PublicId
    team: PublicId
    user: PublicId
    name: str
    status: AgentStatus
    """The status that was set last, in all queues."""
    reason: str
    capacity: int
    """How many calls the agent takes at once."""
    schedule: dict[str, list[list[str]]] | None
    """When the agent should be `Available`: pairs of times by day (`mon` ...), in the team's zone."""
    created_at: Time
    updated_at: Time


AGENT = Resource("agent", AgentSummary, Agent, search=("name",))

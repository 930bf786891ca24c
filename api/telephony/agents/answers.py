"""What clients get of agents."""

from api.accounts.users.resource import ProfileAnswer
from api.conventions.answers import Answer, PublicId, Time
from api.telephony.agents.resource import AgentSummary
from api.telephony.calls.answers import LiveCallAnswer
from api.telephony.queues.answers import StandingAnswer
from api.telephony.queues.resource import QueueSummary
from routing.events import AgentStatus


class QueueStatus(Answer):
    """An agent's own status in a queue."""

    status: AgentStatus
    reason: str


class AgentAnswer(Answer, of=AgentSummary):
    """An agent with their queues."""

    user: PublicId | ProfileAnswer
    """The id, or the object with `populate=user`."""
    queues: list[PublicId] | list[QueueSummary]
    """Ids, or objects with `populate=queues`."""
    queue_statuses: dict[PublicId, QueueStatus]
    """Queue -> the agent's status there, for queues in which they have one of their own."""


class LiveAgentState(Answer):
    """What an agent does now."""

    status: AgentStatus
    reason: str
    state: str
    """A status, or `Ringing`, `OnCall` or `WrapUp`."""
    since: Time | None
    registered: bool
    """Whether the agent's telephone can be reached."""
    call: PublicId | None


class AgentWithState(AgentAnswer):
    """An agent whose status was set."""

    live: LiveAgentState | None
    """What the engine knew just before the change; null: nothing."""


class QueueOfAgent(StandingAnswer):
    """How one of the agent's queues stands."""

    queue: PublicId
    name: str
    status: AgentStatus
    """The agent's status there."""


class AgentLiveAnswer(Answer):
    """What an agent's screen shows."""

    agent: PublicId
    team: PublicId
    name: str
    status: AgentStatus
    reason: str
    state: str | None
    """A status, or `Ringing`, `OnCall` or `WrapUp`; null: the engine does not know the agent."""
    since: Time | None
    registered: bool | None
    """Whether the agent's telephone can be reached; null: the engine does not know the agent."""
    call: LiveCallAnswer | None
    stale: bool
    """True: no engine is at work, and this is what was known last."""
    queues: list[QueueOfAgent]

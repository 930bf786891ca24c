"""What clients get of a team as it is now."""

from api.conventions.answers import Answer, PublicId, Time
from api.telephony.agents.answers import LiveAgentState
from api.telephony.calls.answers import LiveCallAnswer
from api.telephony.queues.answers import StandingAnswer


class AgentNow(Answer):
    """An agent and what they do."""

    agent: PublicId
    user: PublicId
    name: str
    queues: list[PublicId]
    live: LiveAgentState | None
    """Null: the engine does not know the agent."""


class QueueNow(Answer):
    """A queue and how it stands."""

    queue: PublicId
    name: str
    call_service_good: float
    """Seconds within which an answer is in time."""
    live: StandingAnswer


class TeamLiveAnswer(Answer):
    """What the caller may see of a team as it is now."""

    at: Time
    """The server's time: waits are counted from it."""
    stale: bool
    """True: no engine is at work, and this is what was known last."""
    agents: list[AgentNow]
    """By name."""
    queues: list[QueueNow]
    """By name."""
    calls: list[LiveCallAnswer]
    """Oldest first."""

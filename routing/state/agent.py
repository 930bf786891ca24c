"""What is known of one agent, and of their phone."""

from dataclasses import dataclass, field

from routing.config import AgentConfig
from routing.events import AgentStatus
from routing.ids import CallId, QueueId


@dataclass(slots=True)
class QueueStatus:
    status: AgentStatus
    reason: str = ""


@dataclass(slots=True)
class WrapUp:
    call: CallId
    started_at: float
    until: float


@dataclass(slots=True)
class Tally:
    """What an agent did for a queue: today's calls and talk seconds, and when their turn was last (`round-robin`)."""

    calls: int = 0
    talk: float = 0.0
    turn: int = 0
    until: float = 0.0
    """The local midnight at which calls and talk begin again."""


@dataclass(slots=True)
class Agent:
    config: AgentConfig
    status: AgentStatus = AgentStatus.OFFLINE
    reason: str = ""
    in_queue: dict[QueueId, QueueStatus] = field(default_factory=dict)
    """The agent's own status in some queues. The others follow the overall one alone."""
    calls: dict[CallId, bool] = field(default_factory=dict)
    """Calls that hold the agent's phone: False rings, True talks."""
    wrap_up: WrapUp | None = None
    tallies: dict[QueueId, Tally] = field(default_factory=dict)
    backoff_until: float = 0.0
    idle_since: float = 0.0
    missed: int = 0
    passed: CallId | None = None
    """The call that the agent was offered last and let pass."""
    there: bool = False
    """Whether the phone is registered, or the agent talks."""
    shown: str = "Offline"
    """The derived state that clients see."""
    since: float = 0.0
    removed: bool = False
    """The agent's configuration is gone. The agent only lives on until their phone is free."""


@dataclass(slots=True)
class Phone:
    registered: bool
    busy: bool = False

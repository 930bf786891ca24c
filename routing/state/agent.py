"""What is known of one agent, and of its phone."""

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
    """What an agent did for a queue: today's calls and talk seconds, and when its turn was last (`round-robin`)."""

    calls: int = 0
    talk: float = 0.0
    turn: int = 0
    until: float = 0.0
    """The local midnight at which calls and talk begin anew."""


@dataclass(slots=True)
class Agent:
    config: AgentConfig
    status: AgentStatus = AgentStatus.OFFLINE
    reason: str = ""
    in_queue: dict[QueueId, QueueStatus] = field(default_factory=dict)
    """A status of its own for some queues; the others follow the overall one alone."""
    calls: dict[CallId, bool] = field(default_factory=dict)
    """Calls that hold its phone: False rings, True talks."""
    wrap_up: WrapUp | None = None
    tallies: dict[QueueId, Tally] = field(default_factory=dict)
    backoff_until: float = 0.0
    idle_since: float = 0.0
    missed: int = 0
    passed: CallId | None = None
    """The call that it was offered last and let pass."""
    shown: str = "Offline"
    """The derived state that clients see."""
    since: float = 0.0
    removed: bool = False
    """Its configuration is gone; it only lives on until its phone is free."""


@dataclass(slots=True)
class Phone:
    registered: bool
    busy: bool = False

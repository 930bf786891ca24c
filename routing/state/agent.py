"""What is known of one agent, and of their phone."""

from dataclasses import dataclass, field
from enum import StrEnum

from routing.config import AgentConfig
from routing.enum_members import quick_members
from routing.events import AgentStatus, PhoneUse
from routing.ids import CallId, QueueId
from routing.state.call import Stay


@dataclass(slots=True)
class QueueStatus:
    status: AgentStatus
    reason: str = ""


@dataclass(slots=True)
class WrapUp:
    call: CallId
    started_at: float
    until: float
    stay: Stay | None = None
    """The stay that the agent had answered."""


@quick_members
class Attendance(StrEnum):
    """Whether an agent is at work in a queue."""

    ABSENT = "absent"
    ON_BREAK = "on-break"
    AT_WORK = "at-work"


@dataclass(slots=True)
class Tally:
    """What an agent did for a queue: today's calls and talk seconds, and when their turn was last (`round-robin`)."""

    calls: int = 0
    talk: float = 0.0
    turn: int = 0
    until: float = 0.0
    """The local midnight at which calls and talk begin again."""
    given_calls: int = 0
    given_talk: float = 0.0
    """What counts beside `calls` and `talk`, so that an agent who comes later starts level with the others."""
    attendance: Attendance = Attendance.ABSENT

    @property
    def counted_calls(self) -> int:
        return self.calls + self.given_calls

    @property
    def counted_talk(self) -> float:
        return self.talk + self.given_talk


@dataclass(slots=True)
class Agent:
    config: AgentConfig
    status: AgentStatus = AgentStatus.OFFLINE
    reason: str = ""
    status_since: float = 0.0
    """0: a release that did not keep it made the agent."""
    in_queue: dict[QueueId, QueueStatus] = field(default_factory=dict)
    """The agent's own status in some queues. The others follow the overall one alone."""
    calls: dict[CallId, bool] = field(default_factory=dict)
    """Calls that hold the agent's phone: False rings, True talks."""
    work: dict[CallId, bool] = field(default_factory=dict)
    """Conversations: False is offered, True is accepted."""
    wrap_up: WrapUp | None = None
    tallies: dict[QueueId, Tally] = field(default_factory=dict)
    backoff_until: float = 0.0
    idle_since: float = 0.0
    missed: int = 0
    passed: CallId | None = None
    """The call that the agent was offered last and let pass."""
    refused: list[CallId] = field(default_factory=list)
    """Calls that the agent's phone refused at once since their last talk, the newest last."""
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
    use: PhoneUse = PhoneUse.IDLE

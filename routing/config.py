"""What admins configured, as the core sees it: immutable values, replaced whole by `ConfigChanged`."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from routing.ids import AgentId, BlockId, NumberId, QueueId, RouteId, TeamId, UserId

NOTICE_SOUND = "switchroom/call-recorded"
"""'This call may be recorded.' Comes with Switchroom (asterisk-config/sounds)."""


class Strategy(StrEnum):
    """How a queue chooses among its free agents. `longest-idle` is the default."""

    RING_ALL = "ring-all"
    RING_PROGRESSIVELY = "ring-progressively"
    LONGEST_IDLE = "longest-idle"
    ROUND_ROBIN = "round-robin"
    FEWEST_CALLS = "fewest-calls"
    LEAST_TALK_TIME = "least-talk-time"
    RANDOM = "random"
    WEIGHTED_RANDOM = "weighted-random"
    LINEAR = "linear"


class RecordingPolicy(StrEnum):
    """Whether a call is recorded. `notice` records and says so to the caller first."""

    ALL = "all"
    NONE = "none"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class TeamConfig:
    id: TeamId
    name: str
    timezone: str = "UTC"
    recording: RecordingPolicy = RecordingPolicy.ALL
    notice_sound: str = NOTICE_SOUND
    """What a caller hears under the policy `notice`, once a call, before it is queued or connected."""


@dataclass(frozen=True, slots=True)
class QueueMember:
    """An agent's place in a queue."""

    agent: AgentId
    order: int = 0
    """Lower rings first under `linear`; ties break by agent id."""
    skills: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class QueueConfig:
    """Times are in seconds. `None` means no limit, or 'as the team says' for `recording`."""

    id: QueueId
    team: TeamId
    name: str
    strategy: Strategy = Strategy.LONGEST_IDLE
    members: tuple[QueueMember, ...] = ()
    priority: int = 0
    """Higher is served first, across all queues of an agent; age breaks ties."""
    ring_timeout: float = 20.0
    wrap_up: float = 0.0
    max_wait: float | None = None
    max_waiting: int | None = None
    join_when_empty: bool = True
    leave_when_empty: bool = False
    ring_limit: int = 20
    """The most phones that `ring-all` rings at once."""
    missed_limit: int | None = 3
    """Offers in a row that an agent may let pass before the engine sets it `Away`."""
    call_service_good: float = 20.0
    """The service-level threshold."""
    music: str = "default"
    recording: RecordingPolicy | None = None


@dataclass(frozen=True, slots=True)
class AgentConfig:
    id: AgentId
    team: TeamId
    name: str
    user: UserId
    phone: str
    """The SIP account (PJSIP endpoint name) of the agent: `[a-z0-9]{1,40}`."""
    extension: str = ""
    capacity: int = 1


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a route. `settings` are already validated for its `type` (see `routing.route`)."""

    id: BlockId
    type: str
    settings: dict[str, Any] = field(default_factory=dict)
    exits: dict[str, BlockId] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RouteConfig:
    id: RouteId
    team: TeamId
    name: str
    version: int
    entry: BlockId
    blocks: dict[BlockId, Block]


@dataclass(frozen=True, slots=True)
class NumberConfig:
    """A DID. Exactly one of `route`, `queue`, `user` is set, or none (then 'not in service')."""

    id: NumberId
    team: TeamId
    e164: str
    route: RouteId | None = None
    queue: QueueId | None = None
    user: UserId | None = None
    recording: RecordingPolicy | None = None


ConfigItem = TeamConfig | QueueConfig | AgentConfig | RouteConfig | NumberConfig

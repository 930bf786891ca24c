"""What admins configured, as the core sees it: immutable values, which `ConfigChanged` replaces as a whole."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from routing.enum_members import quick_members
from routing.ids import (
    AgentId,
    BlockId,
    DepartmentId,
    MailboxId,
    MemberId,
    NumberId,
    QueueId,
    RouteId,
    TeamId,
    UserId,
)
from routing.outbound.policy import CLOSED, OutboundPolicy

NOTICE_SOUND = "switchroom/call-recorded"
"""'This call may be recorded.' Comes with Switchroom (asterisk-config/sounds)."""


@quick_members
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


class RingType(StrEnum):
    """How a department rings its members' phones."""

    SIMULTANEOUS = "simultaneous"
    SEQUENTIAL = "sequential"
    PROGRESSIVE = "progressive"
    RANDOM = "random"


class RecordingPolicy(StrEnum):
    """Whether a call is recorded. `notice` records and says so to the caller first. `on-demand` records when someone
    asks for it in the talk; with `none` no one can."""

    ALL = "all"
    NONE = "none"
    NOTICE = "notice"
    ON_DEMAND = "on-demand"


@dataclass(frozen=True, slots=True)
class TrunkRule:
    """Over which trunks calls go out that show `number` and ring a number that begins with `prefix`; both E.164, and
    empty for any. Of a team's rules the first that fits counts."""

    trunks: tuple[str, ...]
    number: str = ""
    prefix: str = ""

    def fits(self, shown: str, number: str) -> bool:
        return self.number in ("", shown) and number.startswith(self.prefix)


@dataclass(frozen=True, slots=True)
class TeamConfig:
    id: TeamId
    name: str
    timezone: str = "UTC"
    recording: RecordingPolicy = RecordingPolicy.ALL
    notice_sound: str = NOTICE_SOUND
    """What a caller hears under the policy `notice`, once a call, before it is queued or connected."""
    language: str = "en"
    """Of texts that are spoken and of numbers that are read out, unless a call has its own."""
    priority_seconds: float = 300.0
    """A point of priority counts like this many seconds of waiting. So every call's turn comes."""
    outbound: OutboundPolicy = CLOSED
    """What the team's calls may dial in the telephone network."""
    trunks: tuple[TrunkRule, ...] = ()
    """Over which trunks they go, the most special rule first. None fits: over those of the installation."""
    main_number: str = ""
    """The number (E.164) that calls to the telephone network show, unless they have a better one."""
    country: str = ""
    """ISO 3166 alpha-2: by it, numbers that members dial are understood. Empty: not known."""
    hold_music: str = "default"
    """The class of music that held and parked callers hear, unless their queue has its own."""
    max_calls: int | None = None
    """Calls that the team may have at the same time; None: any number. More are refused."""
    suspended: bool = False
    """An operator suspended the team: its calls are hung up, and there are no new ones."""


@dataclass(frozen=True, slots=True)
class SkillNeed:
    """What a call needs of an agent, or would like: `skill` at `level` (1 to 100) or above."""

    skill: str
    level: int = 1
    required: bool = True
    """False: agents who have it go first, others follow."""


@dataclass(frozen=True, slots=True)
class Relaxation:
    """From `after` seconds of waiting on, every required level counts `lower` less; one that falls below 1 is no
    requirement any more. The last step that was reached counts alone."""

    after: float
    lower: int


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """A span is a pair of `HH:MM` in local time; one whose end is not after its start goes over midnight. A day is a
    date, `YYYY-MM-DD`, or a day of every year, `MM-DD`."""

    timezone: str
    weekly: dict[str, tuple[tuple[str, str], ...]]
    """`mon` to `sun` -> the spans that begin on that day."""
    holidays: tuple[str, ...] = ()
    """Days on which no span begins."""
    half_days: dict[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    """Half-day holiday -> the spans that begin on it, instead of the weekly ones."""


@dataclass(frozen=True, slots=True)
class Overflow:
    """Where a queue's callers go if no exit of their block leads on: to a block of that type with these settings, or
    `block` with `{"block": id}`, a block of the route that the call is in."""

    type: str
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class QueueMember:
    """An agent as a member of a queue."""

    agent: AgentId
    order: int = 0
    """Lower rings first under `linear`; ties break by agent id."""
    skills: tuple[tuple[str, int], ...] = ()
    weight: int = 1
    """Share of the calls under `weighted-random`, 1 to 1000."""


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
    """Offers in a row that an agent may let pass before the engine sets them `Away`."""
    call_service_good: float = 20.0
    """The service-level threshold."""
    short_abandon: float = 5.0
    """Callers who hang up earlier are counted apart, as short abandons."""
    music: str = "default"
    recording: RecordingPolicy | None = None
    ring_step: float = 10.0
    """`ring-progressively` rings the next phone after this many seconds, while the earlier ones ring on."""
    skills: tuple[SkillNeed, ...] = ()
    """What every call of this queue needs, beside what the call itself needs."""
    relaxation: tuple[Relaxation, ...] = ()
    sticky_wait: float | None = None
    """How long a caller waits for the agent of their last talk alone; None: not at all."""
    sticky_days: float = 30.0
    """How long ago that may have been."""
    max_calls: int | None = None
    """The most calls that wait and talk at once; more leave by `full`."""
    hours: OpeningHours | None = None
    """Outside of them callers leave by `closed`, and no callback is launched. None: always open."""
    overflow: Overflow | None = None
    announce_position: bool = False
    announce_wait: bool = False
    """Whether the estimated waiting time is told, as a span of minutes."""
    announce_first: float = 20.0
    """When the first announcement comes, after joining."""
    announce_every: float = 60.0
    """Between the beginnings of two announcements."""
    comfort_sounds: tuple[str, ...] = ()
    """One after the other, `comfort_every` seconds apart, in between."""
    comfort_every: float = 45.0
    agent_sounds: tuple[str, ...] = ()
    """What the agent hears before being connected: the queue's name, usually."""
    agent_wait: bool = False
    """Whether the agent hears how long the caller waited."""
    callback_attempts: int = 3
    callback_retry: float = 600.0
    """Until the next attempt if the customer did not answer."""
    callback_timeout: float = 30.0
    """How long the customer's phone rings."""
    callback_caller_id: str = ""
    """The number that the customer sees; empty: the number that they had dialled."""
    work_weight: float = 0.33
    """How much of an agent's capacity a conversation of this queue takes. A call takes 1."""


MAILBOX = "voicemail"
"""A member forwards to their own mailbox."""


@dataclass(frozen=True, slots=True)
class UserConfig:
    """A member of a team, as the blocks `user` and `department` see it. `id` is the membership's: a user may be in
    several teams and forward differently in each."""

    id: MemberId
    team: TeamId
    user: UserId
    name: str
    forward: str = ""
    """What is rung instead of the user's phones, whatever they do: an outside number (E.164), a colleague's extension,
    or `MAILBOX`; empty: none."""
    forward_busy: str = ""
    """The same for a call that finds the user busy: their phones refuse it, or they do not want to be disturbed."""
    forward_no_answer: str = ""
    forward_unregistered: str = ""
    """The same for a call that finds no phone of the user."""
    do_not_disturb: bool = False
    """Whether colleagues' calls and direct calls find the user busy. Queues go by the agent's status alone."""
    ring_seconds: float = 30.0
    """How long colleagues' calls ring the user's phones."""
    keypad: tuple[str, ...] = ()
    """The keys of the words of the user's name, by which callers find them; empty: they do not. The replay journal
    blanks the name, and keeps these."""
    voicemail: bool = True
    """Whether the caller may leave a message if the user does not answer."""
    suspended: bool = False
    """An operator suspended the user: calls that were forwarded to their number are hung up."""
    extension: str = ""
    """What colleagues dial; empty: none."""
    phone: str = ""
    """The user's SIP account. Several telephones may be registered with it."""
    caller_id: str = ""
    """The number (E.164) that the user's calls to the telephone network show, if it is the team's."""


@dataclass(frozen=True, slots=True)
class DepartmentConfig:
    id: DepartmentId
    team: TeamId
    name: str
    ring_type: RingType = RingType.SIMULTANEOUS
    users: tuple[UserId, ...] = ()
    """In the order in which `sequential` and `progressive` ring them."""
    callcenter_ring: int | None = None
    """Seconds that a phone, or all of them, ring; None: as the block says."""
    callcenter_max_time: int | None = None
    """Seconds that a caller waits at most, while the phones are rung again and again; None: they are rung once."""
    callcenter_hold_music: str | None = None
    """None: as the block says."""
    callcenter_transfer_to: str | None = None
    """Where a caller goes whom nobody answered: the id of a user, a queue or another department, an extension, or an
    outside number. None: they may leave a message for the department, if they waited."""


@dataclass(frozen=True, slots=True)
class MailboxConfig:
    """A mailbox whose settings are not all the defaults. `kind` and `owner` say whose it is, as a block names it."""

    id: MailboxId
    team: TeamId
    kind: str
    """`user`, `department`, `queue` or `team`."""
    owner: str
    number: str = ""
    """By which phones reach it with `*98`; empty: by no number but a user's extension."""
    greetings: dict[str, Any] = field(default_factory=dict)
    """`unavailable`, `busy` and `temporary`, each with sounds or a text, as a setting of a block has them."""
    announce_time: bool = True
    """Whether who hears a message by phone is told when it came."""
    protected: bool = False
    """Whether it has a PIN. Without one it is reached from the owner's own phone only."""


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
    """One block of a route. `settings` are already validated for its `type` (see `routing.routes.document`)."""

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


ConfigItem = (
    TeamConfig
    | QueueConfig
    | AgentConfig
    | UserConfig
    | DepartmentConfig
    | MailboxConfig
    | RouteConfig
    | NumberConfig
)

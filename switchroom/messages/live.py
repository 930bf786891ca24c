"""What the engine shows the api: live views, and its heartbeat.

A change reaches the hash within 100 ms, and before the event that tells of it reaches the stream `events`. A view is
removed when its object is gone, a call's when the call ends.
"""

from pydantic import Field

from switchroom.messages.base import Message

Span = tuple[float, float]
"""Seconds still to wait, from and to."""


class OwnStatus(Message):
    """The status that an agent set for one queue."""

    status: str
    reason: str


class LiveAgent(Message):
    """An agent, in the hash `live:agent`.

    `status` is what was set (`switchroom.messages.commands.AgentStatus`). `state` is what the agent does: a status, or
    `Ringing`, `OnCall`, `WrapUp`; it began at `since`. `call` is the agent's call. `registered`: the phone can be
    reached. `queues` has the queues for which the agent set a status of its own.
    """

    agent: str
    team: str
    status: str
    reason: str
    since: float
    state: str
    call: str | None
    registered: bool
    queues: dict[str, OwnStatus]


class WaitingCall(Message):
    """A call's place in a queue; `position` counts from 1.

    `callback`: the customer is not on the line, and `call` is the callback's id. `estimate` None: there is no figure.
    """

    call: str
    caller: str
    position: int
    entered_at: float
    priority: int
    callback: bool = False
    estimate: Span | None = None


class LaterCallback(Message):
    """A callback that has no position until `due_at`. `attempts`: how often the customer did not answer."""

    callback: str
    number: str
    entered_at: float
    due_at: float
    attempts: int


class QueueToday(Message):
    """A queue's figures of the calls that entered it since the team's local midnight.

    `routing.figures.Figures` says what each means. They hold until `until` (POSIX seconds), since no view is written at
    midnight. None: an earlier release wrote it.
    """

    offered: int = 0
    waiting: int = 0
    answered: int = 0
    abandoned: int = 0
    short_abandons: int = 0
    timed_out: int = 0
    passed_on: int = 0
    left: int = 0
    unreached: int = 0
    turned_away: int = 0
    callbacks: int = 0
    callbacks_answered: int = 0
    answered_in_threshold: int = 0
    service_level: float | None = None
    abandonment: float | None = None
    asa: float | None = None
    average_wait: float | None = None
    longest_wait: float | None = None
    average_abandon_wait: float | None = None
    average_talk: float | None = None
    aht: float | None = None
    until: float | None = None


class LiveWork(Message):
    """A queue's conversations: how many wait, since when the first of them, how many agents have, and the figures of
    those that entered today."""

    waiting: int = 0
    oldest_at: float | None = None
    accepted: int = 0
    today: QueueToday = Field(default_factory=QueueToday)


class LiveQueue(Message):
    """A queue, in the hash `live:queue`.

    `at` is when the view was written: the estimates are those of that moment. `waiting` is in the order of service,
    `later` has the next callback first. `estimate` is that of a caller who came at that moment. `agents` counts the
    members by state. `work` None: no conversation ever entered the queue.
    """

    queue: str
    team: str
    at: float | None = None
    waiting: list[WaitingCall]
    later: list[LaterCallback] = Field(default_factory=list)
    estimate: Span | None = None
    agents: dict[str, int]
    today: QueueToday
    work: LiveWork | None = None


class NeededSkill(Message):
    """A skill that a call needs, or with `required` false would like."""

    skill: str
    level: int
    required: bool


class LiveParty(Message):
    """A party of a call that is there, or rings. `kind` is a `routing.state.call.Role`. `queue`: for which it was rung.
    `member` is the membership of the user whose phone it is. `talking`: with the caller. `muted`: no one hears it."""

    kind: str
    agent: str | None = None
    member: str | None = None
    number: str | None = None
    queue: str | None = None
    talking: bool = False
    muted: bool = False


class LiveCall(Message):
    """A call, in the hash `live:call`.

    `direction`: `inbound`, `callback` (we rang the customer, for the callback `callback_of`) or `internal` (a
    member called the extension `did`). `state` is a `routing.state.phases.CallPhase`. `queue` is where the call
    waits, or the queue whose callback rings the customer. `slot`: where the caller is parked, and `parked_by` the
    members who did. `talked`: the agents who talk or have talked. `recording`: `on`, `paused` or `off` of the talk;
    empty: it must not be recorded. `recording_asked`: someone asked for the one that runs. `on_hold`: a side of the
    talk hears music. `consult` is the call in which a side of the held talk consults someone, and `consult_of` the
    held call of such a one. `supervises` is the call that a supervisor hears, in the way `supervision` (`monitor`,
    `whisper`, `barge`). `parties` has everyone but a caller from outside. The position and the estimate change with
    the calls before it, so they stand in the queue's view alone.
    """

    call: str
    team: str | None
    did: str
    caller: str
    direction: str = "inbound"
    callback_of: str | None = None
    state: str
    queue: str | None
    agent: str | None
    slot: str = ""
    parked_by: list[str] = Field(default_factory=list)
    talked: list[str] = Field(default_factory=list)
    recording: str = ""
    recording_asked: bool = False
    on_hold: bool = False
    parties: list[LiveParty] = Field(default_factory=list)
    consult: str | None = None
    consult_of: str | None = None
    supervises: str | None = None
    supervision: str = ""
    needs: list[NeededSkill] = Field(default_factory=list)
    started_at: float
    node: str | None = None


class LiveMember(Message):
    """A member as colleagues see them, in the hash `live:member`, by membership. `state` is `available`, `ringing`,
    `on-call`, `dnd`, `away` or `offline`, since `since`."""

    member: str
    team: str
    user: str
    state: str
    since: float


class LiveParticipant(Message):
    """A caller in a conference. `caller` is their number, empty if it is withheld; `name` is empty if it is not known.

    `user`: the member, or the guest who was invited.
    """

    call: str
    user: str | None = None
    name: str = ""
    caller: str = ""
    moderator: bool = False
    muted: bool = False
    talking: bool = False
    joined_at: float


class LiveConference(Message):
    """The conference of a chat, in the hash `live:conference` by the chat's id, while somebody is in it.

    `number` is the chat's room number. `participants` are in the order in which they joined.
    """

    conference: str
    team: str
    number: str
    locked: bool = False
    recording: bool = False
    started_at: float
    participants: list[LiveParticipant] = Field(default_factory=list)


class LiveOutbound(Message):
    """What a team dialled in the telephone network on its local day `day` (`YYYY-MM-DD`), in the hash `live:outbound`.

    `members` counts by membership, `numbers` by the team's number that the caller had dialled, `destinations` by the
    number that was rung, `denied` by reason. `minutes` and `money` are those of the calls that are over.
    """

    outbound: str
    day: str
    calls: int
    members: dict[str, int] = Field(default_factory=dict)
    numbers: dict[str, int] = Field(default_factory=dict)
    destinations: dict[str, int] = Field(default_factory=dict)
    denied: dict[str, int] = Field(default_factory=dict)
    minutes: float = 0.0
    money: float = 0.0
    member_minutes: dict[str, float] = Field(default_factory=dict)
    member_money: dict[str, float] = Field(default_factory=dict)


class Heartbeat(Message):
    """The engine lives; the key expires when it does not. `nodes`: the state of each Asterisk node by its name.

    `connection` names the engine's connections to Redis. The machine closes them as soon as the process ends, also
    when it was killed. Empty: the engine is of a release that gave them no name.
    """

    at: float
    engine: str
    nodes: dict[str, str]
    calls: int
    connection: str = ""


def connection_of(engine: str) -> str:
    """Return the name of this engine's connections to Redis."""
    return f"switchroom-engine-{engine}"


class DiskUse(Message):
    """How full a disk is, in bytes. The worker of an Asterisk node writes it for the node's spool, every 30 seconds."""

    at: float
    used: int
    size: int

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return self.used / self.size if self.size else 0.0

"""What is known of one call, and of a customer who waits for one of ours."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from routing import frozen
from routing.config import Block, SkillNeed
from routing.enum_members import quick_members
from routing.events import Side
from routing.figures import Outcome
from routing.ids import AgentId, BlockId, CallId, ChatId, MemberId, NumberId, QueueId, RoomId, RouteId, TeamId
from routing.records import PathStep
from routing.rooms import RoomEntry
from routing.state.phases import CallPhase


@quick_members
class Role(StrEnum):
    """What a party is to its call."""

    CALLER = "caller"
    """A member whose phone called. (Other callers have no leg: the call itself tells of them.)"""
    AGENT = "agent"
    """An agent who was offered the call."""
    MEMBER = "member"
    """A member whose extension was called."""
    NUMBER = "number"
    """An outside line."""
    ROOM = "room"
    """The conference that the caller is in: no channel of its own, but they talk there from its answer to its end."""


@dataclass(slots=True)
class Leg:
    """One party of a call, from the moment in which it is rung, or calls. It becomes a `LegRecord`."""

    kind: Role
    offered_at: float
    agent: AgentId | None = None
    """The agent whose phone the leg holds until it ends."""
    number: str | None = None
    """The outside number, or the extension."""
    shown: str = ""
    """The number of ours that an outside line was shown."""
    own: bool = False
    """The outside number is one of ours: no trunk carries the call."""
    member: MemberId | None = None
    """The member whose phone it is, or who forwards to the number."""
    queue: QueueId | None = None
    rang_at: float | None = None
    answered_at: float | None = None
    ended_at: float | None = None
    outcome: str = ""
    recording: str | None = None
    """The file base of this talk's recording."""
    asked: list[tuple[float, float | None]] = field(default_factory=list)
    """When a recording ran that someone asked for: from, and to; None: it still runs. Empty: the policy's runs, or
    none."""
    pauses: list[tuple[float, float | None]] = field(default_factory=list)
    """When the recording was silent: from, and to; None: it still is."""
    more_recordings: list[str] = field(default_factory=list)
    """Those of the same talk at other telephones of the party, which took it over."""
    muted: bool = False
    """The others do not hear the party."""


@dataclass(slots=True)
class Stay:
    """A caller's stay in one queue: from entering it to leaving it. It becomes a `StayRecord`.

    The stay of a caller who asks for a callback goes on until the callback is over.
    """

    call: CallId
    """The call in which it began."""
    number: int
    """It is the call's first stay, or the second ..."""
    queue: QueueId
    joined_at: float
    last_call: CallId
    """The call in which it ended: the same, or the attempt of the callback."""
    outcome: Outcome = Outcome.WAITING
    left_at: float | None = None
    wait: float = 0.0
    """Seconds on the line in this queue, before and after the callback; in tenths."""
    exit: str = ""
    """The exit by which the caller left or was turned away."""
    passed_to: str = ""
    """The type of the block to which the call was passed on."""
    agent: AgentId | None = None
    talk: float = 0.0
    callback: CallId | None = None
    """The callback that the caller asked for."""
    of_work: bool = False
    """It is that of a conversation, and counts among the queue's `work`."""


@dataclass(slots=True)
class Visit:
    """One block that a call went through. It becomes a `PathStep`."""

    block: BlockId
    type: str
    at: float
    exit: str | None = None
    reason: str = ""
    """Why the block did not do what it is for."""

    def record(self) -> PathStep:
        step = PathStep(block=self.block, type=self.type, at=self.at, exit=self.exit)
        if self.reason:
            step["reason"] = self.reason
        return step


@frozen.dataclass(frozen=True, slots=True)
class Decision:
    """Why an offer went to these agents. `waiting` callers and `free` agents are the queue's at that moment."""

    at: float
    queue: QueueId
    strategy: str
    agents: tuple[AgentId, ...]
    wait: float
    waiting: int
    free: int
    position: int = 1
    """The call's place among those waiting, from 1."""
    next: tuple[AgentId, ...] = ()
    """The agents who would have been next, in order; ten at most."""
    passed: dict[str, int] = field(default_factory=dict)
    """How many members were passed over for each reason: status, phone, skill, wrap-up, capacity, pause (the
    phone failed a moment ago), missed (they let this call pass), sticky (the call waits for another agent)."""
    overtook: tuple[tuple[CallId, str], ...] = ()
    """Calls that came before this one in order or came earlier, and were left waiting, with the reason: skill (no free
    agent has what the call needs), sticky (the call waits for one agent), priority; ten at most."""
    overtaken: dict[str, int] = field(default_factory=dict)
    """How many such calls there were for each reason."""


@frozen.dataclass(frozen=True, slots=True)
class QueuePlace:
    """A place in a queue that a caller has left. They, or their callback, may take it again."""

    queue: QueueId
    joined_at: float
    sequence: int
    priority: int
    needs: tuple[SkillNeed, ...]


@dataclass(slots=True)
class Call:
    id: CallId
    did: str
    caller: str
    caller_name: str
    started_at: float
    phase: CallPhase = CallPhase.ROUTING
    phase_since: float = 0.0
    team: TeamId | None = None
    number: NumberId | None = None
    route: RouteId | None = None
    route_version: int | None = None
    block: BlockId | None = None
    memory: dict[str, Any] = field(default_factory=dict)
    """What the current block remembers; JSON-able."""
    answered: bool = False
    """Whether the caller's channel was answered (by `Answer` or by an agent)."""
    noticed: bool | None = None
    """Whether the caller heard that the call is recorded; None: not yet told, False: it could not be played."""
    token: int = 0
    """The last token that was given to a `Play` or `RecordMessage`."""
    awaiting: int | None = None
    """The token whose end the call waits for."""
    closing: int | None = None
    """A last sound is playing; then hang up with this cause."""
    on_return: str | None = None
    """The exit to leave by once the channel is back; None: the call is over."""
    slot: str = ""
    """Where the caller is parked."""
    fetched: bool = False
    """The talk began when a phone fetched the caller, who is under our control again if that phone was gone."""
    stranded: bool = False
    """The telephone of the other side is lost. The talk waits for another one of theirs."""
    consult: CallId | None = None
    """The call in which the other side of the held talk calls someone else."""
    consults: int = 0
    """How many consultations the call had."""
    consult_of: CallId | None = None
    """The held call of which this is a consultation."""
    consult_to: Block | None = None
    """Where the consultation that begins goes."""
    errand: str = ""
    """What a member's phone is rung for that is to do something with the call `errand_for`: an `Errand`."""
    errand_for: CallId | None = None
    bound_for: Block | None = None
    """Where the call goes once the channel is back: it was sent there."""
    way_back: tuple[Block, ...] = ()
    """Where a call that was sent on goes if that fails, one after the other."""
    phone: str = ""
    """The SIP account of a member who calls. Asterisk ends such a call by itself when a colleague's talk is over, and
    when a colleague does not answer, unless it `comes_back`."""
    comes_back: bool = False
    """A member's call goes on somewhere else if the colleague who is rung does not answer."""
    forwarded: list[MemberId] = field(default_factory=list)
    """The members who forwarded the call on, in this order."""
    customer: str = ""
    """By which the caller is recognized: the same for all spellings of their number. Empty: their number."""
    direction: str = "inbound"
    rounds: int = 0
    """How often the call went out to the telephone network and came back before."""
    shown: str = ""
    """The number of ours that the customer of a callback was shown."""
    callback: CallId | None = None
    """The callback that was asked for in this call."""
    callback_of: CallId | None = None
    variables: dict[str, str] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    language: str = ""
    """Empty: the team's."""
    routes: int = 0
    """How often the call went on to another route."""
    detour: Block | None = None
    """A block that is in no route: a queue's overflow."""
    priority: int = 0
    needs: tuple[SkillNeed, ...] = ()
    """Skills that blocks asked for; the queue's own come beside them."""
    preferred: AgentId | None = None
    """The agent who gets the call first, if they serve the queue."""
    queue: QueueId | None = None
    """The queue in which the call waits."""
    relaxed: int = 0
    """How much every required level is lowered by now."""
    waits_for_preferred: bool = False
    """The call is offered to no other agent than `preferred` yet."""
    announcing: int | None = None
    """The token of an announcement that plays while the caller waits."""
    announcements: int = 0
    comforts: int = 0
    left_place: QueuePlace | None = None
    """Where the caller stood in the queue that they left last."""
    earlier_places: tuple[QueuePlace, ...] = ()
    """Where the caller stood in the queues that they left before that one."""
    holds: tuple[CallId, ...] = ()
    """Callbacks for this caller, which wait until this call is over (`Callback.on_line`)."""
    more: int = 0
    """How many phones may still be added to the offer that rings."""
    open_offer: bool = False
    """The offer that rings goes on when its phones have failed, until it is withdrawn (`ring-progressively`)."""
    last_queue: QueueId | None = None
    sequence: int = 0
    joined_at: float = 0.0
    queued_at: float | None = None
    stay_since: float = 0.0
    """When the caller joined the present queue; `joined_at` may be earlier, if they have been there before."""
    waited: float = 0.0
    """Seconds queued before the present queue."""
    ringing: dict[AgentId, int] = field(default_factory=dict)
    """Agents whose phones are rung, each with the index of its leg."""
    agent: AgentId | None = None
    """The agent to whom the caller talks."""
    talk: int | None = None
    """Index of the leg that is in the bridge with the caller: who the caller hears."""
    third: int | None = None
    """Index of a second leg in the bridge: three talk."""
    third_wrap_up: float = 0.0
    held_by: tuple[Side, ...] = ()
    """The sides of the talk whose telephones hold it. The other side hears music. What a telephone did while no engine
    ran is not known."""
    wrap_up: float = 0.0
    talks: int = 0
    served_by: AgentId | None = None
    answered_at: float | None = None
    overflowed: bool = False
    outcome: str | None = None
    """A disposition that is already certain."""
    hangup_cause: int = 16
    ended_by: str | None = None
    """`caller`, `agent`, `system`, or `media`: the caller's audio was lost, and Asterisk hung up."""
    gone_at: float | None = None
    retries: int = 0
    """How often the hang-up was sent again."""
    adopted: bool = False
    """A resync found the call ringing or talking: its route was never entered."""
    path: list[Visit] = field(default_factory=list)
    legs: list[Leg] = field(default_factory=list)
    stays: list[Stay] = field(default_factory=list)
    """In the order in which they began. The stay of a callback stands in its `Callback` until the customer is on the
    line for it."""
    stays_begun: int = 0
    recordings: list[str] = field(default_factory=list)
    recording: str | None = None
    entry: RoomEntry | None = None
    """What opens the room to which the caller goes, or in which they are."""
    room: RoomId | None = None
    """The room in which the caller is."""
    conference: ChatId | None = None
    """The chat in whose conference the caller was last."""
    messages: int = 0
    decisions: list[Decision] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.customer = self.customer or self.caller

    @property
    def phase_shown(self) -> CallPhase:
        """The phase for clients: a call whose other side is lost is stranded, also while its channel comes back."""
        lost = self.phase is CallPhase.RETURNING and self.stranded and self.bound_for is None
        return CallPhase.STRANDED if lost else self.phase

    @property
    def only_two(self) -> bool:
        """Whether nobody is consulted, and no third party talks."""
        return self.consult is None and self.third is None

    @property
    def caller_going(self) -> bool:
        """Whether the caller has hung up. The legs and the channel may not be gone yet."""
        return self.ended_by in ("caller", "media")

    def leg_of(self, agent: AgentId) -> Leg | None:
        """Return the agent's leg that has not ended: the one in which they talk, if they have several."""
        mine = [leg for leg in self.legs if leg.agent == agent and leg.ended_at is None]
        return max(mine, key=lambda leg: leg.answered_at is not None, default=None)

    def waits_since(self) -> float:
        """Return since when the call has waited on the line in its queue. The place may be older: that of a customer
        who is called back, or of a caller who comes back to the queue."""
        return max(self.joined_at, self.queued_at or 0.0, self.stay_since)

    def keep_place(self, place: QueuePlace) -> None:
        """Remember where the caller stood in the queue that they leave."""
        if self.left_place is not None:
            places = (*self.earlier_places, self.left_place)
            self.earlier_places = tuple(known for known in places if known.queue != place.queue)
        self.left_place = place

    def place_in(self, queue: QueueId) -> QueuePlace | None:
        """Return where the caller stood in that queue, if they have left it."""
        if self.left_place is None:
            return None
        places = (self.left_place, *self.earlier_places)
        return next((place for place in places if place.queue == queue), None)

    def rung(self) -> tuple[AgentId, ...]:
        """Return the agents of `ringing` in the order in which they were rung."""
        return tuple(sorted(self.ringing, key=lambda id: self.ringing[id]))


@dataclass(slots=True)
class Callback:
    """A customer who waits without a call. A callback stands in its queue like a call, with the fields of one."""

    id: CallId
    """Of its own; each attempt to ring is a call with another id."""
    asked_in: CallId
    team: TeamId
    queue: QueueId
    number: str
    did: str
    joined_at: float
    sequence: int
    customer: str = ""
    """By which the customer is recognized, as in `Call`."""
    priority: int = 0
    needs: tuple[SkillNeed, ...] = ()
    relaxed: int = 0
    preferred: AgentId | None = None
    waits_for_preferred: bool = False
    attempts: int = 0
    attempt: CallId | None = None
    """The call that rings the customer now."""
    agent: AgentId | None = None
    """The agent whom that attempt holds free for the customer."""
    ready: bool = False
    """The call in which it was asked for is over: the customer's line is free."""
    retry_at: float = 0.0
    stay: Stay | None = None
    """The customer's stay in the queue. None: a release that kept no stays made the callback."""
    on_line: CallId | None = None
    """The call in which the customer waits on the line for the same agents. Meanwhile the callback has no place."""
    language: str = ""
    tags: list[str] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.customer = self.customer or self.number

"""What is known of one queue: who waits, who is free, and its figures."""

from dataclasses import dataclass, field

from routing.config import QueueConfig, QueueMember
from routing.figures import Figures, Stays, Sums, sums
from routing.ids import AgentId, CallId
from routing.state.groups import Group, Lines, Needs, Skills
from routing.state.index import Index


@dataclass(slots=True)
class Counters:
    """The team's local day, and what the agents of a queue did for it today.

    `working` agents have not gone home; `working_calls` and `working_talk` (s) are the sums of what is counted for
    these. Their mean is where an agent starts who comes now.
    """

    since: float = 0.0
    """The local midnight at which they began."""
    until: float = 0.0
    """The local midnight at which they begin again."""
    working: int = 0
    working_calls: int = 0
    working_talk: float = 0.0


@dataclass(slots=True)
class Day:
    """The stays that began today. The figures of today are computed from them alone."""

    alike: dict[tuple[str, float, bool], tuple[int, float, float]] = field(default_factory=dict)
    """Outcome, wait and callback of stays that are alike -> how many they are, their talk and their wrap-up (s)."""
    sums: Sums = field(default_factory=lambda: Sums(0.0, 0.0))
    """The sums over all of them, for the thresholds that the queue had last."""
    complete: bool = False
    """Whether the stays from before the engine's start are among them."""

    def add(self, stays: Stays) -> None:
        """Add the stays. A negative number of `calls` takes them out again."""
        key = (stays.outcome, stays.wait, stays.callback)
        calls, talk, wrap_up = self.alike.get(key, (0, 0.0, 0.0))
        if calls + stays.calls:
            self.alike[key] = (calls + stays.calls, talk + stays.talk, wrap_up + stays.wrap_up)
        else:
            self.alike.pop(key, None)
        self.sums.add(stays)

    def stays(self) -> list[Stays]:
        """Return all stays, in groups of those that are alike."""
        return [Stays(*key, *amounts) for key, amounts in self.alike.items()]

    def figures(self, config: QueueConfig) -> Figures:
        """Return the figures by the queue's present thresholds."""
        good, short = config.call_service_good, config.short_abandon
        if (self.sums.good, self.sums.short) != (good, short):
            self.sums = sums(self.stays(), good=good, short=short)
        return self.sums.figures()


@dataclass(slots=True)
class Pace:
    """How fast a queue's callers are served: the last gaps (s) between two answers while others waited."""

    answered_at: float = 0.0
    gaps: list[float] = field(default_factory=list)
    """The newest last; 50 at most."""
    talks: int = 0
    """Calls of this queue that talk now."""


@dataclass(slots=True)
class LastTalk:
    agent: AgentId
    at: float


@dataclass(slots=True)
class Queue:
    config: QueueConfig
    counters: Counters = field(default_factory=Counters)
    day: Day = field(default_factory=Day)
    pace: Pace = field(default_factory=Pace)
    last_talks: dict[str, LastTalk] = field(default_factory=dict)
    """Caller's number -> the last talk, the newest last (sticky agents)."""
    members: dict[AgentId, QueueMember] = field(default_factory=dict)
    calls: Index[CallId] = field(default_factory=Index)
    """All who wait here, also while an offer rings, with their ranks."""
    callbacks: dict[str, CallId] = field(default_factory=dict)
    """Every callback of the queue by the customer's number, also one that waits for its next attempt."""
    promised: int = 0
    """How many of `calls` are callbacks."""
    offered: dict[CallId, None] = field(default_factory=dict)
    """Those of `calls` for whom agents' phones ring."""
    waiting: dict[CallId, Group] = field(default_factory=dict)
    """Those of `calls` that can be offered now, each with its group."""
    free: Index[AgentId] = field(default_factory=Index)
    """Members that can be offered a call now, in the strategy's order."""
    groups: dict[Needs, Group] = field(default_factory=dict)
    """By what their waiters need; the one without needs is always there, and its free agents are `free`."""
    reserved: dict[AgentId, Group] = field(default_factory=dict)
    """Groups of those who wait for one agent; none is empty."""
    sticky: Lines = field(default_factory=Lines)
    """All who wait in `reserved`."""
    fits: dict[Skills, list[tuple[Group, int]]] = field(default_factory=dict)
    """Skills of members -> the groups with needs that they can serve, with how many preferred needs they meet.
    A cache: what is missing is computed."""
    rekey_at: float = 0.0
    """When the order of `free` has to be computed again, because a day ends."""
    reasons: dict[AgentId, str] = field(default_factory=dict)
    """Why each member cannot be offered a call now."""
    passed: dict[str, int] = field(default_factory=dict)
    """How many members cannot for each reason: the counts of `reasons`."""
    staffed: dict[AgentId, None] = field(default_factory=dict)
    """Members that serve this queue: `Available` with a phone, whether free or not. `Group.staffed` counts them."""
    states: dict[AgentId, str] = field(default_factory=dict)
    """What each member does, as seen from this queue."""
    counts: dict[str, int] = field(default_factory=dict)
    """How many members do what: the counts of `states`."""
    work: "Queue | None" = None
    """The conversations of this queue: its waiters, free agents and figures of today. None: there were none yet."""
    of_work: bool = False
    """Whether this is the `work` of another queue. Then `states` is empty."""
    accepted: int = 0
    """Of `work`: how many conversations agents have, of those that waited here last."""

    @property
    def callers(self) -> int:
        """How many callers are on the line here, also those for whom phones ring. Callbacks take up no line."""
        return len(self.calls) - self.promised

    @property
    def callers_waiting(self) -> int:
        """How many callers are on the line and wait for an agent."""
        return self.callers - len(self.offered)

    def __post_init__(self) -> None:
        self.groups[()] = Group(self.config.id, free=self.free)

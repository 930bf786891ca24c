"""What is simulated."""

import math
from dataclasses import dataclass, field

from routing.config import QueueConfig, SkillNeed
from routing.ids import QueueId, TeamId
from routing.simulation.arrivals import Arrivals, Listed
from routing.simulation.distributions import Constant, Draw
from routing.simulation.shifts import Shift, overlapping

TEAM = TeamId("team")
QUEUE = QueueId("queue")
MONDAY = 4 * 86_400.0
"""1970-01-05 00:00 UTC: the start of the virtual clock by default. A small number keeps the resolution of the clock
fine."""


def plain_queue() -> QueueConfig:
    """Return a queue with the default settings. All callers who hang up count as abandoned, however early."""
    return QueueConfig(QUEUE, TEAM, "Simulated", short_abandon=0.0)


@dataclass(frozen=True, slots=True)
class Scenario:
    """One queue, its callers and its agents.

    Every call draws its talk and its patience when it enters. So two strategies, or two staffs, with the same seed meet
    the same callers.
    """

    arrivals: Arrivals
    talk: Draw
    """Seconds of talk. The wrap-up (`queue.wrap_up`) comes after it."""
    shifts: tuple[Shift, ...]
    patience: Draw | None = None
    """How long a caller waits for an answer. None: for ever."""
    answer: Draw = field(default_factory=lambda: Constant(0.0))
    """How long an agent lets the phone ring. An offer that lasts longer than `queue.ring_timeout` is missed."""
    queue: QueueConfig = field(default_factory=plain_queue)
    """Its strategy, wrap-up, limits and thresholds (`call_service_good`, `short_abandon`)."""
    calls: int | None = None
    """How many calls are measured. None: all that `arrivals` has."""
    warm_up: int = 0
    """How many calls come before them and are not measured."""
    start: float = MONDAY
    """POSIX seconds of the start."""
    until: float = math.inf
    """No calls come from this time on (s since the start)."""
    skills: tuple[tuple[tuple[str, int], ...], ...] | None = None
    """The skills of each agent, by the agent's number. Agents beyond have none. None: no call needs any skill."""
    needs: tuple[tuple[SkillNeed, ...], ...] = ((),)
    """What the n-th call needs, beside what the queue asks for. After the last entry the first one comes again."""

    def __post_init__(self) -> None:
        if not self.shifts:
            raise ValueError("no agent works: there is no shift")
        if (wrong := overlapping(self.shifts)) is not None:
            raise ValueError(f"agent {wrong.agent} has shifts that overlap at {wrong.start} s")
        if self.warm_up < 0 or (self.calls is not None and self.calls < 1):
            raise ValueError("calls must be 1 or more, warm_up 0 or more")
        if self.calls is None and self.until == math.inf and not isinstance(self.arrivals, Listed):
            raise ValueError("calls would come for ever: set `calls` or `until`")

"""Groups: waiters whom the same agents can serve, side by side with those of these agents who are free.

A queue without skills has one group. Skills add one group for each distinct set of needs. A preferred agent adds one
group, for those who wait for that agent alone.
"""

import heapq
from collections.abc import Iterator
from typing import Any

from routing.ids import AgentId, CallId, QueueId
from routing.state.index import Index

Need = tuple[str, int, bool]
"""Skill, level, whether the skill is required."""
Needs = tuple[Need, ...]
"""By skill, each once: equal needs are equal values."""
Skills = tuple[tuple[str, int], ...]
"""An agent's skills in a queue: (skill, level)."""
Rank = tuple[float, int]
"""A waiter's place: when they joined (s, earlier by their priority), then their sequence. The lowest is first."""


class Lines:
    """Waiters by rank, with a line of their own for each priority: so those whom priority overtook can be counted."""

    __slots__ = ("_lines", "size")

    def __init__(self) -> None:
        self._lines: dict[int, Index[CallId]] = {}
        self.size = 0

    def add(self, waiter: CallId, priority: int, rank: Rank) -> None:
        line = self._lines.get(priority)
        if line is None:
            line = self._lines[priority] = Index()
        self.size += waiter not in line
        line.add(waiter, rank)

    def discard(self, waiter: CallId, priority: int) -> None:
        line = self._lines.get(priority)
        if line is not None and line.discard(waiter):
            self.size -= 1

    @property
    def mixed(self) -> bool:
        """Whether waiters of different priority may stand here."""
        return len(self._lines) > 1

    def has(self, priority: int) -> bool:
        """Return whether all who stand here may have this priority."""
        return priority in self._lines

    def first(self) -> tuple[Any, CallId] | None:
        """Return the lowest rank and who has it."""
        if len(self._lines) == 1:
            (line,) = self._lines.values()
            return line.first()
        return min(filter(None, (line.first() for line in self._lines.values())), default=None)

    def entries(self) -> Iterator[tuple[Any, CallId]]:
        """Return all ranks, each with who has it, in order."""
        return heapq.merge(*(line.order for line in self._lines.values()))

    def before(self, rank: Rank) -> int:
        """Return how many have a lower rank."""
        if len(self._lines) == 1:
            (line,) = self._lines.values()
            return line.below(rank)
        return sum(line.below(rank) for line in self._lines.values())

    def lines(self) -> list[tuple[int, Index[CallId]]]:
        """Return the lines in which somebody stands, by priority."""
        return [(priority, line) for priority, line in self._lines.items() if len(line)]


class Group:
    """Its `free` are the free agents that meet `needs`, or only `reserved`, in the strategy's order."""

    __slots__ = ("free", "needs", "queue", "reserved", "staffed", "waiting", "wanted")

    def __init__(
        self,
        queue: QueueId,
        needs: Needs = (),
        *,
        free: Index[AgentId] | None = None,
        reserved: AgentId | None = None,
    ) -> None:
        self.queue = queue
        self.needs = needs
        self.reserved = reserved
        """The one agent that its waiters wait for; None: any that meets their needs."""
        self.wanted = any(not required for _, _, required in needs)
        """Whether some needs are only preferred: then those who meet more of them come first in `free`."""
        self.staffed = 0
        """How many agents who serve the queue meet `needs`, whether free or not. Not counted if `reserved`."""
        self.waiting = Lines()
        self.free: Index[AgentId] = Index() if free is None else free

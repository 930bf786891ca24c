"""Agents' time: how many seconds they were at work, and how many of those busy."""

from routing.ids import AgentId


class Ledger:
    """Adds up agent seconds between `begin` and `close`. Times are those of one clock and never fall.

    An agent whose shift ended in the midst of a talk is at work until that talk, and its wrap-up, are over.
    """

    def __init__(self) -> None:
        self.busy_seconds = 0.0
        self.staffed_seconds = 0.0
        self._at = 0.0
        self._on_shift: set[AgentId] = set()
        self._busy: set[AgentId] = set()
        self._staffed = 0
        self._closed = False

    def begin(self, now: float) -> None:
        """What was before does not count."""
        self._at = now
        self.busy_seconds = self.staffed_seconds = 0.0

    def close(self, now: float) -> None:
        """What comes after does not count."""
        if not self._closed:
            self._tick(now)
            self._closed = True

    def comes(self, agent: AgentId, now: float) -> None:
        self._tick(now)
        self._staffed += agent not in self._busy
        self._on_shift.add(agent)

    def goes(self, agent: AgentId, now: float) -> None:
        self._tick(now)
        self._on_shift.discard(agent)
        self._staffed -= agent not in self._busy

    def works(self, agent: AgentId, now: float) -> None:
        """A talk begins."""
        self._tick(now)
        self._busy.add(agent)
        self._staffed += agent not in self._on_shift

    def rests(self, agent: AgentId, now: float) -> None:
        """Talk and wrap-up are over."""
        if agent in self._busy:
            self._tick(now)
            self._busy.discard(agent)
            self._staffed -= agent not in self._on_shift

    def _tick(self, now: float) -> None:
        if not self._closed:
            passed, self._at = now - self._at, now
            self.busy_seconds += passed * len(self._busy)
            self.staffed_seconds += passed * self._staffed

"""Agents' time: how many seconds they were at work, and for how many of these they were busy."""

from routing.ids import AgentId


class Occupancy:
    """Sums up agent seconds between `begin` and `close`. Each time that it is told is at least the one before.

    An agent whose shift ended during a talk is at work until that talk, and its wrap-up, are over.
    """

    def __init__(self) -> None:
        self.busy_seconds = 0.0
        self.staffed_seconds = 0.0
        self._began = 0.0
        self._on_shift: set[AgentId] = set()
        self._at_work: dict[AgentId, float] = {}
        """Since when the agents who are at work have been so."""
        self._busy: dict[AgentId, float] = {}
        self._closed = False

    def begin(self, now: float) -> None:
        """Count from here on."""
        self._began = now
        self.busy_seconds = self.staffed_seconds = 0.0

    def close(self, now: float) -> None:
        """Count no longer."""
        if not self._closed:
            self._closed = True
            self.busy_seconds += self._sum(self._busy, now)
            self.staffed_seconds += self._sum(self._at_work, now)

    def comes(self, agent: AgentId, now: float) -> None:
        self._on_shift.add(agent)
        self._at_work.setdefault(agent, now)

    def goes(self, agent: AgentId, now: float) -> None:
        self._on_shift.discard(agent)
        if agent not in self._busy:
            self._goes_home(agent, now)

    def works(self, agent: AgentId, now: float) -> None:
        """Note that a talk begins."""
        self._busy[agent] = now
        if agent not in self._at_work:
            self._at_work[agent] = now

    def rests(self, agent: AgentId, now: float) -> None:
        """Note that talk and wrap-up are over."""
        since = self._busy.pop(agent, None)
        if since is not None:
            if not self._closed:
                self.busy_seconds += now - max(since, self._began)
            if agent not in self._on_shift:
                self._goes_home(agent, now)

    def _goes_home(self, agent: AgentId, now: float) -> None:
        since = self._at_work.pop(agent, None)
        if since is not None and not self._closed:
            self.staffed_seconds += now - max(since, self._began)

    def _sum(self, since: dict[AgentId, float], now: float) -> float:
        return sum(now - max(began, self._began) for began in since.values())

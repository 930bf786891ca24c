"""What happens in a call center while it is measured. The numbers stay the same: after a round as many callers wait,
and as many agents are free, as before."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from itertools import cycle
from typing import ClassVar

from bench.core.call_center import DID, CallCenter
from routing.config import QueueMember, Relaxation, Strategy

SKILLS = tuple(f"skill{n}" for n in range(8))
CLASSES = 16


class Workload(ABC):
    name: ClassVar[str]
    center: CallCenter

    def become(self, strategy: Strategy) -> None:
        """Change the strategy of the queue."""
        self.center.configure(replace(self.center.queue, strategy=strategy))

    @abstractmethod
    def round(self, turns: int) -> None: ...


class Busy(Workload):
    """All agents talk, and as many callers wait. In a round talks end, and for each of them a caller enters."""

    name = "all agents talk, as many callers wait"

    def __init__(self, size: int) -> None:
        self.center = CallCenter(size, wrap_up=5.0, announce_position=True, announce_every=30.0)
        self.waiting = [self.center.enters() for _ in range(2 * size)][size:]
        self._told = 0

    def round(self, turns: int) -> None:
        center = self.center
        for turn in range(turns):
            agent = center.lines[center.talking[0]].agent
            center.talk_ends()
            center.timer(str(agent), "wrap-up")
            caller = center.enters()
            if turn % 4 == 0:
                center.timer(caller, "announce")


class Idle(Workload):
    """All agents are free. In a round callers enter, are answered at once, and talks end."""

    name = "all agents free, no caller waits"

    def __init__(self, size: int) -> None:
        members = None
        self.center = CallCenter(size, members=members, ring_limit=20)
        agents = self.center.agents
        members = tuple(QueueMember(a.id, n % 3, weight=1 + n % 10) for n, a in enumerate(agents))
        self.center.configure(replace(self.center.queue, members=members))

    def round(self, turns: int) -> None:
        for _ in range(turns):
            self.center.enters()
            self.center.talk_ends()


class Skilled(Workload):
    """Agents have two of eight skills. Callers have 16 kinds of needs, and levels are relaxed as they wait. All agents
    are free, and as many callers wait for a skill that no agent has."""

    name = "skills: all agents free, as many callers wait for a skill that none has"

    def __init__(self, size: int) -> None:
        self.center = CallCenter(size, ring_limit=20, relaxation=(Relaxation(1e6, 1),))
        agents = self.center.agents
        self.members = tuple(
            QueueMember(
                agent.id,
                n % 3,
                ((SKILLS[n % 8], 1 + n % 5), (SKILLS[(n // 8 + n + 1) % 8], 5)),
                weight=1 + n % 10,
            )
            for n, agent in enumerate(agents)
        )
        self.center.configure(replace(self.center.queue, members=self.members))
        for kind in range(CLASSES):
            needs = [{"skill": SKILLS[kind % 8], "level": 1}]
            if kind >= 8:
                needs.append({"skill": SKILLS[(kind + 1) % 8], "level": 2, "required": False})
            self.center.route(f"+1416555{kind:04d}", 1 + kind, {"skills": needs})
        self.center.route("+14165559999", 99, {"skills": [{"skill": "rare", "level": 3}]})
        for _ in range(size):
            self.center.enters("+14165559999")
        self._dids = cycle(f"+1416555{kind:04d}" for kind in range(CLASSES))

    def round(self, turns: int) -> None:
        for _ in range(turns):
            self.center.enters(next(self._dids))
            if self.center.talking:
                self.center.talk_ends()


class Sticky(Workload):
    """All agents talk, and as many callers wait, each for one preferred agent. In a round such an agent becomes free
    and gets that caller. Another caller who waits for the same agent enters."""

    name = "sticky: all agents talk, and one caller waits for each"

    def __init__(self, size: int) -> None:
        self.center = CallCenter(size, sticky_wait=1e6)
        for number, agent in enumerate(self.center.agents):
            self.center.route(f"+1437{number:07d}", 1000 + number, {"preferred_agent": agent.id})
        for _ in range(size):
            self.center.enters(DID)
        self._numbers = {agent.id: f"+1437{n:07d}" for n, agent in enumerate(self.center.agents)}
        for number in range(size):
            self.center.enters(f"+1437{number:07d}")

    def round(self, turns: int) -> None:
        center = self.center
        for _ in range(turns):
            agent = center.lines[center.talking[0]].agent
            assert agent is not None
            center.talk_ends()
            center.enters(self._numbers[agent])


WORKLOADS: dict[str, Callable[[int], Workload]] = {
    "busy": Busy,
    "idle": Idle,
    "skilled": Skilled,
    "sticky": Sticky,
}

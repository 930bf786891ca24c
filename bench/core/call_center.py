"""A big call center around one engine: agents, phones and callers who do at once what a command asks for.

Only the time inside `Engine.handle` is measured. What the call center itself costs is not counted.
"""

import random
from collections import deque
from dataclasses import dataclass, field
from time import thread_time
from typing import Any

from routing import commands as c
from routing import events as e
from routing.config import (
    AgentConfig,
    Block,
    NumberConfig,
    QueueConfig,
    QueueMember,
    RecordingPolicy,
    RouteConfig,
    TeamConfig,
)
from routing.engine import Engine
from routing.events import AgentStatus, LegFailure
from routing.ids import AgentId, BlockId, CallId, NumberId, QueueId, RouteId, TeamId, TimerId, UserId

MORNING = 1_767_600_000.0
"""2026-01-05 08:00 UTC."""
TEAM, QUEUE = TeamId("team".rjust(32, "0")), QueueId("queue".rjust(32, "0"))
DID = "+14165550100"
STEP = 0.05
"""Virtual seconds between two events."""


def number_id(kind: int, number: int) -> str:
    return f"{kind:08x}{number:024x}"


@dataclass(slots=True)
class Meter:
    """CPU seconds in `Engine.handle`, with the events and commands in them."""

    seconds: float = 0.0
    events: int = 0
    commands: int = 0

    @property
    def per_command(self) -> float:
        """Return the microseconds for each command."""
        return self.seconds / max(1, self.commands) * 1e6

    @property
    def per_event(self) -> float:
        return self.seconds / max(1, self.events) * 1e6


@dataclass(slots=True)
class Line:
    """A caller's channel."""

    id: CallId
    rung: dict[AgentId, None] = field(default_factory=dict)
    agent: AgentId | None = None


class CallCenter:
    """One queue with `size` agents. All of them are `Available`."""

    def __init__(self, size: int, **queue: Any) -> None:
        self.size = size
        self.engine = Engine(random.Random(1))
        self.now = MORNING
        self.meter = Meter()
        self.lines: dict[CallId, Line] = {}
        self.talking: deque[CallId] = deque()
        self._inbox: deque[e.Event] = deque()
        self._calls = 0
        self.agents = [
            AgentConfig(AgentId(number_id(2, n)), TEAM, f"Agent {n}", UserId(number_id(3, n)), f"phone{n}")
            for n in range(size)
        ]
        members = queue.pop("members", None) or tuple(QueueMember(agent.id) for agent in self.agents)
        self.queue = QueueConfig(QUEUE, TEAM, "Queue", members=members, missed_limit=None, **queue)
        team = TeamConfig(TEAM, "Team", recording=RecordingPolicy.NONE)
        number = NumberConfig(NumberId(number_id(5, 0)), TEAM, DID, queue=QUEUE)
        self.happens(e.ConfigChanged((team, self.queue, number, *self.agents)))
        for agent in self.agents:
            self.happens(e.PhoneStateChanged(agent.phone, True))
            self.happens(e.AgentStatusSet(agent.id, AgentStatus.AVAILABLE))

    def configure(self, queue: QueueConfig) -> None:
        self.queue = queue
        self.happens(e.ConfigChanged((queue,)))

    def route(self, did: str, number: int, settings: dict[str, Any]) -> None:
        """Add a number whose callers pass a block `set` on their way to the queue."""
        blocks = {
            BlockId("set"): Block(BlockId("set"), "set", settings, {"next": BlockId("queue")}),
            BlockId("queue"): Block(BlockId("queue"), "queue", {"queue": QUEUE}),
        }
        route = RouteConfig(RouteId(number_id(6, number)), TEAM, "Route", 1, BlockId("set"), blocks)
        self.happens(
            e.ConfigChanged((route, NumberConfig(NumberId(number_id(5, number)), TEAM, did, route=route.id)))
        )

    # -- people --------------------------------------------------------------------------------------------

    def enters(self, did: str = DID) -> CallId:
        self._calls += 1
        id = CallId(number_id(7, self._calls))
        self.lines[id] = Line(id)
        self.happens(e.CallEntered(id, did, f"+1647{self._calls % 10_000_000:07d}"))
        return id

    def talk_ends(self) -> None:
        """End the talk that began first. By turns the caller or the agent hangs up."""
        line = self.lines[self.talking.popleft()]
        assert line.agent is not None
        agent, line.agent = line.agent, None
        if self._calls % 2:
            del self.lines[line.id]
            self.happens(e.CallHungUp(line.id), e.AgentLegEnded(line.id, agent))
        else:
            self.happens(e.AgentLegEnded(line.id, agent), e.CallReturned(line.id))

    def timer(self, owner: str, purpose: str) -> None:
        """Let a timer fire before its time, if it runs."""
        timer = TimerId(f"{owner}:{purpose}")
        if timer in self.engine.timers:
            self.happens(e.TimerFired(timer))

    # -- the engine and what its commands bring about ------------------------------------------------------

    def happens(self, *events: e.Event) -> None:
        inbox, handle, meter = self._inbox, self.engine.handle, self.meter
        inbox.extend(events)
        while inbox:
            event = inbox.popleft()
            self.now += STEP
            began = thread_time()
            commands = handle(event, self.now)
            meter.seconds += thread_time() - began
            meter.events += 1
            meter.commands += len(commands)
            for command in commands:
                self._react(command)
            if isinstance(event, e.TimerFired) and event.timer.endswith(":ring-next"):
                self._answers(self.lines[CallId(event.timer.partition(":")[0])])

    def _react(self, command: c.Command) -> None:
        match command:
            case c.OfferCall():
                line = self.lines[command.call]
                line.rung = dict.fromkeys(command.agents)
                if command.more:
                    self._inbox.append(e.TimerFired(TimerId(f"{command.call}:ring-next")))
                else:
                    self._answers(line)
            case c.AddToOffer():
                self.lines[command.call].rung[command.agent] = None
            case c.HangUp():
                del self.lines[command.call]
                self._inbox.append(e.CallHungUp(command.call, command.cause))
            case c.Play():
                self._inbox.append(e.PlaybackFinished(command.call, command.token))

    def _answers(self, line: Line) -> None:
        """Answer the phone that was rung first. The others stop ringing. An offer that grows has grown once."""
        first = next(iter(line.rung))
        line.agent = first
        self.talking.append(line.id)
        self._inbox.append(e.PhoneRang(line.id, first))
        self._inbox.append(e.AgentAnswered(line.id, first))
        for other in line.rung:
            if other != first:
                self._inbox.append(e.OfferFailed(line.id, other, LegFailure.WITHDRAWN))
        line.rung = {}

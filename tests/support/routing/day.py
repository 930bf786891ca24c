"""A day of a contact center, made from a seed: callers, agents, customers and an Asterisk that is sometimes late or
says things twice. A listener gets every event with the engine's commands."""

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from routing import commands as c
from routing import events as e
from routing.config import (
    AgentConfig,
    ConfigItem,
    DepartmentConfig,
    NumberConfig,
    RingType,
    Strategy,
    TeamConfig,
)
from routing.engine import Engine
from routing.events import AgentStatus, LegFailure
from routing.ids import AgentId, CallId, DepartmentId, NumberId, TimerId, UserId
from tests.support.routing.day_team import queue_config, route
from tests.support.routing.outbound import OPEN
from tests.support.routing.story import TEAM, hex_id

MIDNIGHT = 1_767_571_200.0
"""2026-01-05 00:00 UTC, a Monday."""
HOUR, DAY = 3600.0, 86_400.0
SHARES = [1, 1, 1, 1, 1, 2, 4, 10, 25, 40, 45, 45, 35, 40, 45, 45, 40, 30, 15, 8, 5, 3, 2, 1]
"""The share of the calls in each hour."""
RECENT = 50

Plan = tuple[float, int, Callable[..., None], tuple[Any, ...]]


Listener = Callable[[e.Event, float, list[c.Command]], None]


@dataclass(slots=True)
class Line:
    """The channel of a caller, or of a customer whom we ring."""

    id: CallId
    rung: dict[AgentId, None] = field(default_factory=dict)
    open: bool = False
    offer: int = 0
    agent: AgentId | None = None
    outside: bool = False


class Center:
    """`run` makes a day with about `calls` calls. `listener` gets each event, its time and the engine's commands."""

    def __init__(
        self, seed: int, calls: int, listener: Listener, *, agents: int = 0, queues: int = 18
    ) -> None:
        self.draw = random.Random(seed)
        self.engine = Engine(random.Random(seed))
        self.now = MIDNIGHT
        self.listener = listener
        self.lines: dict[CallId, Line] = {}
        self.calls = 0
        self._rate = calls / sum(SHARES) / HOUR
        self._agenda: list[Plan] = []
        self._numbers = count()
        self._recent: list[e.Event] = []
        size = agents or max(12, round(calls / 450))
        self.agents = [AgentId(hex_id(2, n)) for n in range(1, size + 1)]
        self._dids: list[str] = []
        self._configure(queues)

    # -- the team ------------------------------------------------------------------------------------------

    def _configure(self, queues: int) -> None:
        draw = self.draw
        self.queues = [
            queue_config(n, draw.sample(self.agents, max(4, len(self.agents) // 3)), draw)
            for n in range(1, queues + 1)
        ]
        agents = [
            AgentConfig(
                id, TEAM, "a", UserId(hex_id(3, n)), f"phone{n}", capacity=2 if draw.random() < 0.05 else 1
            )
            for n, id in enumerate(self.agents)
        ]
        ids = [queue.id for queue in self.queues]
        routes = [route(n, ids, draw) for n in range(1, 5)]
        users = tuple(agent.user for agent in agents[:6])
        items: list[ConfigItem] = [
            TeamConfig(TEAM, "t", timezone="Europe/Berlin", outbound=OPEN),
            *agents,
            *self.queues,
            *routes,
        ]
        items.append(DepartmentConfig(DepartmentId(hex_id(8, 1)), TEAM, "d", RingType.PROGRESSIVE, users))
        for n, target in enumerate([*ids, *(it.id for it in routes), *(it.id for it in routes)]):
            did = f"+1416555{n:04d}"
            self._dids.append(did)
            kind: dict[str, Any] = {"route": target} if target not in ids else {"queue": target}
            items.append(NumberConfig(NumberId(hex_id(5, n)), TEAM, did, **kind))
        self.tell(e.ConfigChanged(tuple(items)))
        for n, agent in enumerate(self.agents):
            self.tell(e.PhoneStateChanged(f"phone{n}", True))
            begin = MIDNIGHT + draw.choice([0, 6, 7, 8, 8, 9, 9, 10]) * HOUR + draw.random() * 600
            self.plan(begin, self.status, agent, AgentStatus.AVAILABLE)
            self.plan(begin + 3.5 * HOUR, self.status, agent, AgentStatus.BREAK)
            self.plan(begin + 4.2 * HOUR, self.status, agent, AgentStatus.AVAILABLE)
            self.plan(begin + 9 * HOUR, self.status, agent, AgentStatus.OFFLINE)
        for hour in range(1, 24):
            self.plan(MIDNIGHT + hour * HOUR, self.change_a_queue)
            self.plan(MIDNIGHT + hour * HOUR + 1200, self.lose_a_phone)

    def status(self, agent: AgentId, status: AgentStatus) -> None:
        self.tell(e.AgentStatusSet(agent, status))

    def change_a_queue(self) -> None:
        number = self.draw.randrange(len(self.queues))
        strategy = self.draw.choice(list(Strategy))
        self.queues[number] = replace(self.queues[number], strategy=strategy)
        self.tell(e.ConfigChanged((self.queues[number],)))

    def lose_a_phone(self) -> None:
        phone = f"phone{self.draw.randrange(len(self.agents))}"
        self.tell(e.PhoneStateChanged(phone, False))
        self.plan(self.now + 300, self.tell, e.PhoneStateChanged(phone, True))

    # -- the clock -----------------------------------------------------------------------------------------

    def plan(self, at: float, action: Callable[..., None], *what: Any) -> None:
        heapq.heappush(self._agenda, (at, next(self._numbers), action, what))

    def after(self, seconds: float, action: Callable[..., None], *what: Any) -> None:
        self.plan(self.now + seconds, action, *what)

    def run(self) -> None:
        """Run the day, and go on until the last call has ended."""
        self.arrive(first=True)
        while self._agenda:
            self.now, _, action, what = heapq.heappop(self._agenda)
            action(*what)
        assert not self.engine.call_ids()

    def tell(self, event: e.Event) -> None:
        said = self.engine.handle(event, self.now)
        self.listener(event, self.now, said)
        for command in said:
            react = REACTIONS.get(type(command))
            if react is not None:
                react(self, command)

    def happens(self, event: e.Event) -> None:
        """Tell the event. Now and then tell it twice, or tell an old event again."""
        self.tell(event)
        if self.draw.random() < 0.02:
            self._recent.append(event)
            self.tell(event if self.draw.random() < 0.5 else self.draw.choice(self._recent))
            del self._recent[:-RECENT]

    # -- callers -------------------------------------------------------------------------------------------

    def arrive(self, *, first: bool = False) -> None:
        hour = int((self.now - MIDNIGHT) // HOUR)
        if hour >= 24:
            return
        if not first:
            self.calls += 1
            line = self.lines[CallId(hex_id(7, self.calls))] = Line(CallId(hex_id(7, self.calls)))
            caller = f"+1647{2_220_000 + self.draw.randrange(20_000)}" if self.draw.random() < 0.95 else ""
            self.plan(self.now + self.draw.expovariate(1 / 240), self.give_up, line)
            self.tell(e.CallEntered(line.id, self.draw.choice(self._dids), caller))
        rate = SHARES[hour] * self._rate
        self.plan(self.now + self.draw.expovariate(rate), self.arrive)

    def give_up(self, line: Line) -> None:
        if line.agent is None and not line.outside:
            self.gone(line)

    def gone(self, line: Line, cause: int = 16) -> None:
        """End the channel and all its legs."""
        if self.lines.pop(line.id, None) is None:
            return
        rung, line.rung, agent, line.agent = line.rung, {}, line.agent, None
        events: list[e.Event] = [e.CallerHangingUp(line.id)]
        events += [e.OfferFailed(line.id, each, LegFailure.CALLER_GONE) for each in rung]
        events += [e.AgentLegEnded(line.id, agent)] if agent is not None else []
        events.append(e.CallHungUp(line.id, cause))
        if self.draw.random() < 0.1:
            self.draw.shuffle(events)
        for event in events:
            self.happens(event)

    def press(self, id: CallId) -> None:
        if id in self.lines:
            self.happens(e.DigitPressed(id, self.draw.choice("1122399#")))

    # -- what the engine says ------------------------------------------------------------------------------

    def timer(self, command: c.StartTimer) -> None:
        self.plan(max(self.now, command.at), self.fire, command.timer, command.at)

    def fire(self, timer: TimerId, at: float) -> None:
        if self.engine.timers.get(timer) == at:
            self.tell(e.TimerFired(timer))

    def play(self, command: c.Play) -> None:
        self.after(self.draw.uniform(1, 6), self.played, command.call, command.token)
        if self.draw.random() < 0.4:
            self.after(self.draw.uniform(0.5, 8), self.press, command.call)

    def played(self, id: CallId, token: int) -> None:
        if id in self.lines:
            self.happens(e.PlaybackFinished(id, token))

    def answer_later(self, id: CallId, event: e.Event) -> None:
        if id in self.lines:
            self.happens(event)

    def fetch(self, command: c.FetchUrl) -> None:
        reply = e.UrlFetched(command.call, command.token, self.draw.random() < 0.8, 200, {"x": "1"})
        self.after(self.draw.uniform(0.1, 2), self.answer_later, command.call, reply)

    def find(self, command: c.FindContact) -> None:
        found = {"vip": "yes"} if self.draw.random() < 0.2 else None
        reply = e.ContactFound(command.call, command.token, found)
        self.after(0.1, self.answer_later, command.call, reply)

    def record(self, command: c.RecordMessage) -> None:
        reply = e.MessageRecorded(command.call, command.token, command.file, 7.0)
        self.after(7.0, self.answer_later, command.call, reply)

    def hang_up(self, command: c.HangUp) -> None:
        line = self.lines.get(command.call)
        if line is not None:
            self.after(0.02, self.gone, line, command.cause)
        else:
            self.after(0.02, self.tell, e.CallHungUp(command.call, command.cause))

    def launch(self, command: c.LaunchCallback) -> None:
        line = self.lines[command.call] = Line(command.call)
        self.after(self.draw.uniform(2, 20), self.customer, line)

    def customer(self, line: Line) -> None:
        if line.id not in self.lines:
            return
        if self.draw.random() < 0.6:
            self.happens(e.CallbackAnswered(line.id))
            self.after(self.draw.expovariate(1 / 240), self.give_up, line)
        else:
            del self.lines[line.id]
            self.happens(e.CallbackFailed(line.id, self.draw.choice([LegFailure.BUSY, LegFailure.NO_ANSWER])))

    def offer(self, command: c.OfferCall) -> None:
        line = self.lines.get(command.call)
        if line is None:
            return
        line.offer += 1
        line.rung, line.open = dict.fromkeys(command.agents), command.more > 0
        for agent in command.agents:
            self.ring(line, agent)
        self.after(command.timeout, self.offer_over, line, line.offer)

    def add(self, command: c.AddToOffer) -> None:
        line = self.lines.get(command.call)
        if line is not None and line.agent is None:
            line.rung[command.agent] = None
            self.ring(line, command.agent)

    def ring(self, line: Line, agent: AgentId) -> None:
        self.after(0.3, self.rings, line, agent, line.offer)
        luck = self.draw.random()
        if luck < 0.8:
            self.after(self.draw.uniform(0.4, 8), self.answers, line, agent, line.offer)
        elif luck < 0.9:
            reason = self.draw.choice([LegFailure.REJECTED, LegFailure.BUSY, LegFailure.UNREACHABLE])
            self.after(self.draw.uniform(0.1, 3), self.fails, line, agent, line.offer, reason)

    def rings(self, line: Line, agent: AgentId, offer: int) -> None:
        if line.offer == offer and agent in line.rung:
            self.happens(e.PhoneRang(line.id, agent))

    def answers(self, line: Line, agent: AgentId, offer: int) -> None:
        if line.offer != offer or agent not in line.rung or line.id not in self.lines:
            return
        others, line.rung, line.agent = [id for id in line.rung if id != agent], {}, agent
        self.happens(e.AgentAnswered(line.id, agent))
        for other in others:
            self.happens(e.OfferFailed(line.id, other, LegFailure.WITHDRAWN))
        self.after(self.draw.lognormvariate(4.3, 0.7), self.talked, line, agent)

    def talked(self, line: Line, agent: AgentId) -> None:
        if line.id not in self.lines or line.agent != agent:
            return
        if self.draw.random() < 0.5:
            self.gone(line)
        else:
            line.agent = None
            self.happens(e.AgentLegEnded(line.id, agent))
            self.after(0.02, self.returns, line)

    def returns(self, line: Line) -> None:
        if line.id in self.lines:
            self.happens(e.CallReturned(line.id))

    def fails(self, line: Line, agent: AgentId, offer: int, reason: LegFailure) -> None:
        """Let one phone stop ringing. After the last one the caller returns, unless more phones may be added."""
        if line.offer != offer or agent not in line.rung:
            return
        del line.rung[agent]
        self.happens(e.OfferFailed(line.id, agent, reason))
        if not line.rung and not line.open:
            self.returns(line)

    def offer_over(self, line: Line, offer: int) -> None:
        if line.offer == offer and line.agent is None and (line.rung or line.open):
            self.end_offer(line, tuple(line.rung), LegFailure.NO_ANSWER)

    def end_offer(self, line: Line, agents: tuple[AgentId, ...], reason: LegFailure) -> None:
        line.open = False
        for agent in agents:
            self.fails(line, agent, line.offer, reason)
        if not agents:
            self.returns(line)

    def withdraw(self, command: c.WithdrawOffer) -> None:
        line = self.lines.get(command.call)
        if line is None or line.agent is not None:
            return
        if not command.agents:
            self.after(0.05, self.withdrawn, line, line.offer)
        for agent in command.agents:
            self.after(0.05, self.fails, line, agent, line.offer, LegFailure.WITHDRAWN)

    def withdrawn(self, line: Line, offer: int) -> None:
        if line.offer == offer and line.agent is None:
            self.end_offer(line, tuple(line.rung), LegFailure.WITHDRAWN)


REACTIONS: dict[type, Callable[[Center, Any], None]] = {
    c.StartTimer: Center.timer,
    c.Play: Center.play,
    c.FetchUrl: Center.fetch,
    c.FindContact: Center.find,
    c.RecordMessage: Center.record,
    c.HangUp: Center.hang_up,
    c.LaunchCallback: Center.launch,
    c.OfferCall: Center.offer,
    c.AddToOffer: Center.add,
    c.WithdrawOffer: Center.withdraw,
}

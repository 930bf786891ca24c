"""`longest-idle` for one queue with as little code as possible: dicts and two heaps, no classes, no checks.

It does what the core does for the same events, if they come in order and nothing fails. Callers wait in a heap by the
time when they came, free agents in a heap by the time since when they are idle. The first caller gets the first agent.
It keeps each call's legs and times and writes the same record at the end. It keeps each agent's state, call and
wrap-up, the queue's figures of today, and a dict of timers with the same guards. It gives the same commands, as tuples,
with one notice for each thing that changed. It has no routes, skills, priorities, statuses, late events or decision
records.
"""

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any

from routing import events as e

Command = tuple[Any, ...]


class Bare:
    def __init__(self, team: str, queue: str, wrap_up: float, ring_timeout: float, threshold: float) -> None:
        self.team, self.queue = team, queue
        self.wrap_up, self.ring_timeout, self.threshold = wrap_up, ring_timeout, threshold
        self.calls: dict[str, dict[str, Any]] = {}
        self.agents: dict[str, dict[str, Any]] = {}
        self.phones: dict[str, str] = {}
        self.timers: dict[str, float] = {}
        self.idle: list[tuple[float, str]] = []
        self.waiting: list[tuple[float, int, str]] = []
        self.figures = {"offered": 0, "answered": 0, "abandoned": 0, "in_threshold": 0, "wait": 0.0}
        self.sequence = 0
        self.now = 0.0
        self.out: list[Command] = []
        self.changed: dict[tuple[str, str, str], None] = {}
        self.handlers: dict[type, Callable[[Any], None]] = {
            e.CallEntered: self.entered,
            e.CallHungUp: self.hung_up,
            e.CallReturned: self.returned,
            e.PhoneRang: self.rang,
            e.AgentAnswered: self.answered,
            e.AgentLegEnded: self.leg_ended,
            e.TimerFired: self.timer_fired,
        }

    def handle(self, event: Any, now: float) -> list[Command]:
        self.now = now
        self.handlers[type(event)](event)
        while self.idle and self.waiting:
            self.offer(heappop(self.waiting)[2], heappop(self.idle)[1])
        out = self.out
        for kind, id, verb in self.changed:
            out.append(("publish", self.team, kind, id, verb))
        self.out, self.changed = [], {}
        return out

    def start_timer(self, timer: str, at: float) -> None:
        self.timers[timer] = at
        self.out.append(("start-timer", timer, at))

    def cancel_timer(self, timer: str) -> None:
        if self.timers.pop(timer, None) is not None:
            self.out.append(("cancel-timer", timer))

    def agent_free(self, agent: str, since: float) -> None:
        heappush(self.idle, (since, agent))

    def add_agent(self, agent: str, phone: str, since: float) -> None:
        self.phones[agent] = phone
        self.agents[agent] = {"state": "Available", "call": None, "since": since, "calls": 0, "talk": 0.0}
        self.agent_free(agent, since)

    def entered(self, event: e.CallEntered) -> None:
        self.sequence += 1
        self.calls[event.call] = {
            "id": event.call,
            "did": event.did,
            "caller": event.caller,
            "started": self.now,
            "joined": self.now,
            "state": "queued",
            "agent": None,
            "answered": None,
            "ended_by": None,
            "cause": 16,
            "legs": [],
            "path": [("queue", self.now)],
        }
        heappush(self.waiting, (self.now, self.sequence, event.call))
        self.figures["offered"] += 1
        self.out.append(("answer", event.call))
        if not self.idle:
            self.out.append(("music", event.call, "default"))
        self.changed["call", event.call, "created"] = None
        self.changed["queue", self.queue, "updated"] = None

    def offer(self, id: str, agent: str) -> None:
        call, known = self.calls[id], self.agents[agent]
        call["state"], call["agent"] = "offering", agent
        call["legs"].append({"agent": agent, "offered": self.now, "answered": None, "ended": None})
        known["state"], known["call"], known["since"] = "Ringing", id, self.now
        self.out.append(("offer", id, (agent,), (self.phones[agent],), self.ring_timeout, "default"))
        self.start_timer(id + ":guard", self.now + self.ring_timeout + 15.0)
        self.changed["queue", self.queue, "updated"] = None
        self.changed["agent", agent, "updated"] = None
        self.changed["call", id, "updated"] = None

    def rang(self, event: e.PhoneRang) -> None:
        self.calls[event.call]["legs"][-1]["rang"] = self.now
        self.changed["call", event.call, "updated"] = None

    def answered(self, event: e.AgentAnswered) -> None:
        call, agent = self.calls[event.call], self.agents[event.agent]
        wait = self.now - call["joined"]
        self.figures["answered"] += 1
        self.figures["wait"] += wait
        self.figures["in_threshold"] += wait <= self.threshold
        call["state"], call["answered"], call["wait"] = "talking", self.now, wait
        call["legs"][-1]["answered"] = self.now
        agent["state"], agent["since"] = "OnCall", self.now
        agent["calls"] += 1
        self.cancel_timer(event.call + ":guard")
        self.changed["queue", self.queue, "updated"] = None
        self.changed["call", event.call, "updated"] = None
        self.changed["agent", event.agent, "updated"] = None

    def leg_ended(self, event: e.AgentLegEnded) -> None:
        call, agent = self.calls[event.call], self.agents[event.agent]
        leg = call["legs"][-1]
        leg["ended"] = self.now
        agent["talk"] += self.now - leg["answered"]
        agent["state"], agent["call"], agent["since"] = "WrapUp", None, self.now
        agent["last"] = event.call
        call["agent"] = None
        self.start_timer(event.agent + ":wrap-up", self.now + self.wrap_up)
        if call["state"] == "gone":
            self.log(call)
        else:
            call["state"], call["ended_by"] = "returning", "agent"
            self.start_timer(event.call + ":guard", self.now + 15.0)
            self.changed["call", event.call, "updated"] = None
        self.changed["queue", self.queue, "updated"] = None
        self.changed["agent", event.agent, "updated"] = None

    def returned(self, event: e.CallReturned) -> None:
        self.calls[event.call]["state"] = "ending"
        self.out.append(("hang-up", event.call, 16))
        self.start_timer(event.call + ":guard", self.now + 15.0)
        self.changed["call", event.call, "updated"] = None

    def hung_up(self, event: e.CallHungUp) -> None:
        call = self.calls[event.call]
        call["state"], call["ended"], call["cause"] = "gone", self.now, event.cause
        call["ended_by"] = call["ended_by"] or "caller"
        if call["agent"] is None:
            self.log(call)
        else:
            self.start_timer(event.call + ":guard", self.now + 15.0)
            self.changed["call", event.call, "updated"] = None

    def log(self, call: dict[str, Any]) -> None:
        id = call["id"]
        self.cancel_timer(id + ":guard")
        del self.calls[id]
        record = {
            **{
                name: call[name] for name in ("id", "did", "caller", "started", "joined", "answered", "ended")
            },
            **{name: call[name] for name in ("ended_by", "cause", "wait")},
            "team": self.team,
            "direction": "inbound",
            "queue": self.queue,
            "agent": call["legs"][-1]["agent"],
            "disposition": "answered",
            "talk": sum(leg["ended"] - leg["answered"] for leg in call["legs"]),
            "legs": [dict(leg) for leg in call["legs"]],
            "path": [{"block": block, "at": at} for block, at in call["path"]],
        }
        self.out.append(("log-call", record))
        self.changed["call", id, "destroyed"] = None

    def timer_fired(self, event: e.TimerFired) -> None:
        id = event.timer.partition(":")[0]
        del self.timers[event.timer]
        agent = self.agents[id]
        self.out.append(
            ("log-wrap-up", {"call": agent["last"], "agent": id, "seconds": self.now - agent["since"]})
        )
        agent["state"], agent["since"] = "Available", self.now
        self.agent_free(id, self.now)
        self.changed["queue", self.queue, "updated"] = None
        self.changed["agent", id, "updated"] = None

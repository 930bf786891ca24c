"""Live views: what the api's `/live` operations serve, in the hashes `live:agent`, `live:queue`, `live:call`.

Each field is an id, its value JSON. Times are POSIX seconds, ids 32 hex digits; every key is always there.

- agent: `{agent, team, status, reason, since, state, call, registered, queues: {queue id: {status, reason}}}`.
  `status` is what was set (`routing.events.AgentStatus`), `state` what the agent does: a status, or `Ringing`,
  `OnCall`, `WrapUp`; `since` is when that began; `call` its call's id or None; `registered` whether its phone
  can be reached; `queues` only has the queues for which it set a status of its own.
- queue: `{queue, team, at, waiting: [{call, caller, position, entered_at, priority, callback, estimate}],
  later: [{callback, number, entered_at, due_at, attempts}], estimate, agents: {state: count},
  today: {offered, answered, abandoned, service_level, asa}}`. `at` is when the view was written: estimates are those
  of that moment, `[low, high]` seconds still to wait, or None without a figure. `waiting` is in the order of service,
  position from 1; with `callback` true the customer is not on the line and `call` is the callback's id. `later` are
  callbacks that stand at no position until `due_at`. The queue's own `estimate` is that of a caller who came then.
  `service_level`: the share (0 to 1) of today's answered and abandoned calls that were answered in
  time; `asa`: mean seconds to answer; both None before the first call. Today is the team's local day.
- call: `{call, team, did, caller, direction, callback_of, state, queue, agent, needs: [{skill, level, required}],
  started_at, node}`. `state` is a `CallPhase`; the view is removed when the call ends. `queue` is
  where it waits, or for a callback's attempt that rings the queue that calls back. Its position and estimate change
  with
  those before it, and so stand in the queue's view alone.

A change reaches the hash within 100 ms, and before the event that tells of it reaches the stream `events`.
"""

import asyncio
from collections.abc import Callable
from time import time
from typing import Any

from pbx.persistence.writer import dumps
from pbx.ports import LiveCore, Output
from routing.commands import Publish
from routing.ids import AgentId, CallId, QueueId
from routing.views import AgentView, CallView, QueueView

INTERVAL_SECONDS = 0.1


def agent_body(view: AgentView) -> dict[str, Any]:
    return {
        "agent": view.agent,
        "team": view.team,
        "status": view.status,
        "reason": view.reason,
        "since": view.since,
        "state": view.state,
        "call": view.call,
        "registered": view.registered,
        "queues": {id: {"status": own.status, "reason": own.reason} for id, own in view.queues.items()},
    }


def queue_body(view: QueueView, at: float) -> dict[str, Any]:
    today = view.today
    return {
        "queue": view.queue,
        "team": view.team,
        "at": at,
        "waiting": [
            {
                "call": call.call,
                "caller": call.caller,
                "position": call.position,
                "entered_at": call.entered_at,
                "priority": call.priority,
                "callback": call.callback,
                "estimate": call.estimate,
            }
            for call in view.waiting
        ],
        "later": [
            {
                "callback": later.callback,
                "number": later.number,
                "entered_at": later.joined_at,
                "due_at": later.due_at,
                "attempts": later.attempts,
            }
            for later in view.later_callbacks
        ],
        "estimate": view.estimate,
        "agents": view.agents,
        "today": {
            "offered": today.offered,
            "answered": today.answered,
            "abandoned": today.abandoned,
            "service_level": today.service_level,
            "asa": today.asa,
        },
    }


def call_body(view: CallView, node: str | None) -> dict[str, Any]:
    return {
        "call": view.call,
        "team": view.team,
        "did": view.did,
        "caller": view.caller,
        "direction": view.direction,
        "callback_of": view.callback_of,
        "state": view.state,
        "queue": view.queue,
        "agent": view.agent,
        "needs": [{"skill": n.skill, "level": n.level, "required": n.required} for n in view.needs],
        "started_at": view.started_at,
        "node": node,
    }


class Publisher:
    """Gathers what changed and writes it at most every `interval` seconds; a first change goes out at once."""

    def __init__(
        self,
        core: LiveCore,
        output: Output,
        node_of: Callable[[CallId], str | None],
        *,
        interval: float = INTERVAL_SECONDS,
        clock: Callable[[], float] = time,
    ) -> None:
        self._core = core
        self._output = output
        self._node_of = node_of
        self._interval = interval
        self._clock = clock
        self._dirty: dict[tuple[str, str], None] = {}
        self._events: list[Publish] = []
        self._handle: asyncio.TimerHandle | None = None
        self._flushed = 0.0

    def changed(self, change: Publish) -> None:
        self._dirty[change.kind, change.id] = None
        self._events.append(change)
        if self._handle is None:
            loop = asyncio.get_running_loop()
            self._handle = loop.call_at(max(loop.time(), self._flushed + self._interval), self.flush)

    def publish_all(self) -> None:
        """Write every view anew, after a start or when Redis came back: nothing stale stays."""
        core = self._core
        everything = (("agent", core.agent_ids()), ("queue", core.queue_ids()), ("call", core.call_ids()))
        for kind, ids in everything:
            self._output.add(("W", kind))
            self._dirty.update(dict.fromkeys((kind, str(id)) for id in ids))
        self.flush()

    def flush(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
        self._flushed = asyncio.get_running_loop().time()
        dirty, self._dirty = self._dirty, {}
        events, self._events = self._events, []
        for kind, id in dirty:
            self._output.add(("L", kind, id, self._view(kind, id)))
        for event in events:
            self._output.add(("E", dumps(_body(event))))

    def _view(self, kind: str, id: str) -> str:
        """The JSON, or "" for what is gone."""
        body = self._read(kind, id)
        return "" if body is None else dumps(body)

    def _read(self, kind: str, id: str) -> dict[str, Any] | None:
        match kind:
            case "agent":
                agent = self._core.agent(AgentId(id))
                return None if agent is None else agent_body(agent)
            case "queue":
                now = self._clock()
                queue = self._core.queue(QueueId(id), now)
                return None if queue is None else queue_body(queue, now)
            case "call":
                call = self._core.call(CallId(id))
                return None if call is None else call_body(call, self._node_of(CallId(id)))
            case _:
                raise ValueError(f"no live view of {kind}")


def _body(event: Publish) -> dict[str, str]:
    return {"type": "publish", "team": event.team, "kind": event.kind, "id": event.id, "verb": event.verb}

"""Live views: what the api's `/live` operations serve, as the hashes `live:agent`, `live:queue`, `live:call` (id -> JSON).

Times are POSIX seconds, ids 32 hex digits; every key is always there.

- agent: `{agent, team, status, reason, since, state, call, queues: {queue id: {status, reason}}}`. `status` is what was set
  (`routing.events.AgentStatus`), `state` what the agent does: a status, or `Ringing`, `OnCall`, `WrapUp`; `since` is when
  that began; `call` its call's id or None; `queues` holds only the queues for which it set a status of its own.
- queue: `{queue, team, waiting: [{call, caller, position, entered_at, priority}], agents: {state: count},
  today: {offered, answered, abandoned, service_level, asa}}`. `waiting` is in the order of service, position from 1, at
  most `routing.views`' limit of them. `service_level`: the share (0 to 1) of today's answered and abandoned calls answered
  in time; `asa`: mean seconds to answer; both None before the first call. Today is the team's local day.
- call: `{call, team, did, caller, state, queue, agent, started_at, node}`. `state` is a `routing.phases.CallPhase`; the
  view is removed when the call ends.

A change reaches the hash within 100 ms, and before the event that tells of it reaches the stream `events`.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from pbx.ports import Output
from pbx.writer import dumps
from routing.commands import Publish
from routing.ids import CallId

INTERVAL_SECONDS = 0.1

KINDS = ("agent", "queue", "call")


class LiveCore(Protocol):
    """The views of `routing.engine.Engine`."""

    def live(self, kind: str, id: str) -> dict[str, Any] | None: ...

    def live_ids(self, kind: str) -> list[str]: ...


class Publisher:
    """Gathers what changed and writes it at most every `interval` seconds; the first change goes out at once."""

    def __init__(
        self,
        core: LiveCore,
        output: Output,
        node_of: Callable[[CallId], str | None],
        *,
        interval: float = INTERVAL_SECONDS,
    ) -> None:
        self._core = core
        self._output = output
        self._node_of = node_of
        self._interval = interval
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
        for kind in KINDS:
            self._output.add(("W", kind))
            self._dirty.update(dict.fromkeys((kind, id) for id in self._core.live_ids(kind)))
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
        view = self._core.live(kind, id)
        if view is None:
            return ""
        return dumps({**view, "node": self._node_of(CallId(id))} if kind == "call" else view)


def _body(event: Publish) -> dict[str, str]:
    return {"type": "publish", "team": event.team, "kind": event.kind, "id": event.id, "verb": event.verb}

"""The one task that owns the core. Every event of every source goes through here, in the order of its entry."""

import asyncio
import logging
from collections.abc import Callable
from time import perf_counter, time
from typing import Any

from pbx.configuration.known_ids import Configured
from pbx.loop.dispatcher import Dispatcher
from pbx.loop.input_queue import InputQueue
from pbx.loop.offer_latency import OfferLatency
from pbx.loop.steady_clock import reading
from pbx.loop.timers import Timers
from pbx.metrics import Metrics
from pbx.persistence.alarms import Alarms
from pbx.persistence.live_views import Publisher
from pbx.persistence.records import Records
from pbx.persistence.replay_journal import Note, ReplayJournal
from pbx.ports import Core, Input, NodesAndServices, Output
from routing.commands import Command, LogCall
from routing.errors import HandlerFailed, RoutingError
from routing.events import CallHungUp, ConfigChanged, DigitPressed, Event, TimerFired
from routing.ids import CallId, TimerId
from routing.persistence.codec import encode_event
from switchroom.logs import set_call

log = logging.getLogger(__name__)

SNAPSHOT_EVENTS = 5_000
SNAPSHOT_SECONDS = 10.0
SEGMENT_SNAPSHOTS = 10
"""Each tenth snapshot stands in the journal as well, and opens a segment that can be replayed."""
TURN = 64
"""Events that are handled before the event loop reads the sockets again."""


class Runner:
    """Handles the events of the inbox, one after the other. `run` is one task. Everything else is plain calls on the
    same event loop, so there are no locks.

    An event that the core refuses, or that fails, is logged and counted. The next one follows.
    """

    def __init__(
        self,
        core: Core,
        inbox: InputQueue,
        nodes: NodesAndServices,
        output: Output,
        publisher: Publisher,
        metrics: Metrics,
        *,
        command_id: str = "0-0",
        configured: Configured | None = None,
        replay: ReplayJournal | None = None,
        alarm_webhook: str = "",
        clock: Callable[[], float] = time,
    ) -> None:
        self.core = core
        self.command_id = command_id
        """The newest entry of the `commands` stream that the core has seen."""
        self.configured = configured or Configured()
        self.timers = Timers(self._timer_due, clock=clock)
        self._nodes = nodes
        self._output = output
        records = Records(output, nodes.node_of)
        alarms = Alarms(metrics, records.notify, alarm_webhook)
        self._dispatcher = Dispatcher(self.timers, records, publisher, nodes, alarms)
        self._metrics = metrics
        self._clock = clock
        self._replay = replay
        self._latency = OfferLatency(metrics.offer_latency)
        self._inbox = inbox
        self._since_snapshot = 0
        self._snapshots = 0
        self._snapshot_seconds = 0.0

    async def run(self) -> None:
        """Handle events for ever."""
        while True:
            self.handle(await self._inbox.get())
            for _ in range(min(TURN, len(self._inbox))):
                self.handle(self._inbox.get_nowait())
            await asyncio.sleep(0)

    async def snapshots(self) -> None:
        """Take snapshots for ever. A large state takes longer, so its snapshots are taken less often."""
        waited = 0.0
        while True:
            await asyncio.sleep(1.0)
            waited += 1.0
            due = self._since_snapshot >= SNAPSHOT_EVENTS or waited >= SNAPSHOT_SECONDS
            if due and self._since_snapshot and waited >= 100 * self._snapshot_seconds:
                self.take_snapshot()
                waited = 0.0

    def handle(self, item: Input) -> None:
        """Handle one event: decide, send the commands, then note it in the journal. Raises nothing."""
        event = item.event
        if isinstance(event, TimerFired) and not self.timers.take(event.timer):
            return
        began = perf_counter()
        set_call(getattr(event, "call", None))
        self._metrics.events.labels(type(event).__name__).inc()
        self._latency.saw(event, self._clock())
        self._nodes.saw(event, item.node)
        if isinstance(event, ConfigChanged):
            self.configured.update(event)
        block = self._block(event)
        commands, error = self._decide(event, item.at)
        for command in commands:
            self._carry_out(command, item.at)
        for command in commands:
            if isinstance(command, LogCall):
                self._nodes.forget(CallId(command.record["id"]))
        if isinstance(event, CallHungUp) and self.core.call(event.call) is None:
            self._nodes.forget(event.call)  # a call that the core never had gives no record
        encoded = encode_event(event)
        self._note(item, encoded)
        if self._replay is not None:
            self._replay.note(Note(item.at, encoded, commands, error, block))
        set_call(None)
        self._metrics.handling.observe(perf_counter() - began)

    def take_snapshot(self, *, opens_segment: bool = False) -> None:
        """Write the core's state as it is now; see `pbx.failover.recovery` for the shape."""
        began = perf_counter()
        opens_segment = opens_segment or self._snapshots % SEGMENT_SNAPSHOTS == 0
        snapshot = self.snapshot()
        self._output.add_snapshot(snapshot, opens_segment=opens_segment)
        if self._replay is not None:
            self._replay.snapshot(snapshot["core"])
        self._since_snapshot = 0
        self._snapshots += 1
        self._snapshot_seconds = perf_counter() - began

    def snapshot(self) -> dict[str, Any]:
        return {
            "at": self._clock(),
            "clock": reading(self._clock),
            "core": self.core.snapshot(),
            "journal": self._output.journal_id,
            "command": self.command_id,
            "calls": self._nodes.calls(),
            "configured": self.configured.snapshot(),
        }

    def _block(self, event: Event) -> tuple[str, str] | None:
        """Return id and type of the block in which a digit finds its call: the replay journal blanks some digits."""
        if self._replay is None or not isinstance(event, DigitPressed):
            return None
        call = self.core.call(event.call)
        return (call.path[-1]["block"], call.path[-1]["type"]) if call is not None and call.path else None

    def _decide(self, event: Event, now: float) -> tuple[list[Command], str | None]:
        """Return the commands, and the name of what the core raised."""
        try:
            return self.core.handle(event, now), None
        except HandlerFailed as error:
            self._metrics.errors.labels("core").inc()
            log.exception("the core failed on an event", extra={"event": type(event).__name__})
            return error.commands, type(error).__name__
        except RoutingError as error:
            self._metrics.rejected.inc()
            log.warning("event refused", extra={"event": type(event).__name__, "why": str(error)})
            return [], type(error).__name__
        except Exception as error:
            self._metrics.errors.labels("core").inc()
            log.exception("unexpected error on an event", extra={"event": type(event).__name__})
            return [], type(error).__name__

    def _carry_out(self, command: Command, at: float) -> None:
        self._metrics.commands.labels(type(command).__name__).inc()
        self._latency.commanded(command, at)
        try:
            self._dispatcher.dispatch(command, at)
        except Exception:
            self._metrics.errors.labels("command").inc()
            log.exception("a command failed", extra={"command": type(command).__name__})

    def _note(self, item: Input, encoded: dict[str, Any]) -> None:
        entry: dict[str, Any] = {"type": "event", "at": item.at, "event": encoded}
        if item.node is not None:
            entry["node"] = item.node
        if item.command is not None:
            entry["command"] = self.command_id = item.command
        self._output.add_journal(entry)
        self._since_snapshot += 1

    def _timer_due(self, timer: TimerId) -> None:
        self._inbox.put(TimerFired(timer))

"""Puts the core and the parts around it together, for the shard of teams that this engine owns."""

import asyncio
import logging
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from pbx.ami import Timing
from pbx.configuration.loader import Database, Loaded, Reloader
from pbx.effects import Effects
from pbx.effects.lights import Lights
from pbx.effects.mailboxes import Mailboxes
from pbx.effects.messages import Messages
from pbx.failover.fence import Fence
from pbx.failover.lease import Lease
from pbx.failover.recovery import Recovered
from pbx.loop.api_commands import ApiCommands
from pbx.loop.input_queue import InputQueue
from pbx.loop.runner import Runner
from pbx.loop.steady_clock import SteadyClock, follow, resumed
from pbx.metrics import Metrics
from pbx.nodes.fleet import Fleet
from pbx.persistence.live_views import Publisher
from pbx.persistence.outage_spool import Spool
from pbx.persistence.records import Records
from pbx.persistence.replay_journal import ReplayJournal
from pbx.persistence.replay_segments import Segments
from pbx.persistence.store import Store
from pbx.persistence.writer import Writer
from pbx.process.heartbeats import beat, lag
from pbx.tasks import end
from routing.config import MailboxConfig, RouteConfig
from routing.events import ConfigChanged, Event
from routing.ids import CallId
from switchroom.messages.commands import ConfigKind
from switchroom.settings import Settings

log = logging.getLogger(__name__)

DRAIN_SECONDS = 5.0
SETTLE_SECONDS = 3.0


class Shard:
    """Made when the lease is held. Call `start`, then `serve`; at the end `hand_over`, also after an error."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        spool: Spool,
        lease: Lease,
        database: Database,
        metrics: Metrics,
        recovered: Recovered,
        *,
        timing: Timing | None = None,
    ) -> None:
        core = recovered.core
        self.core = core
        self._clock = SteadyClock(start=resumed(recovered.clock, core.now))
        self.inbox = InputQueue(self._clock)
        self.writer = Writer(
            store,
            spool,
            lease.fence,
            metrics,
            confirm=lease.renew,
            recovered=self._redis_is_back,
            journal=settings.journal,
        )
        self._fence = Fence(lease.fence)
        self.fleet = Fleet(
            settings,
            self.inbox,
            metrics,
            core.agents_by_phone,
            core.dids,
            core.country_of,
            recovered.calls,
            self._fence,
            heard=lambda node, said: self.effects.heard(node, said),
            registered=lambda phone: self.lights.registered(phone),
            lamps=core.lamps,
            timing=timing,
        )
        self.lights = Lights(database, self.fleet.show_messages)
        self.effects = Effects(
            settings,
            self.fleet,
            self.inbox,
            metrics,
            team_of=self._team_of,
            find_contact=lambda team, number: database.find_contact(team, number),
            find_room=lambda command: database.find_room(command),
            read_uploads=lambda: database.uploads(),
            mailboxes=Mailboxes(database, Records(self.writer, self.fleet.node_of).keep_mailbox),
            messages=Messages(settings, metrics, database.place_of),
        )
        self.publisher = Publisher(core, self.writer, self.fleet.node_of, clock=self._clock)
        self.replay = replay_journal(settings, metrics, lease.fence) if settings.replay_journal else None
        self.runner = Runner(
            core,
            self.inbox,
            self.effects,
            self.writer,
            self.publisher,
            metrics,
            command_id=recovered.command,
            configured=recovered.configured,
            replay=self.replay,
            alarm_webhook=settings.alarm_webhook,
            clock=self._clock,
        )
        self.reloader = Reloader(database, self._configured, self._replaced)
        self._commands = ApiCommands(
            store,
            self.inbox,
            self._reload,
            self.fleet.forget_phone,
            self.lights.counted,
            metrics,
            last=recovered.command,
        )
        self._store = store
        self._engine = lease.engine
        lease.forgotten = self._redis_is_back
        self._metrics = metrics
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, loaded: Loaded | None) -> None:
        """Start every part. `loaded` is the configuration of a cold start. None: the core has one already, which the
        database's replaces when it can be read."""
        self._metrics.watch(self.core)
        self.runner.take_snapshot(opens_segment=True)
        self.publisher.publish_all()
        if loaded is not None:
            self.inbox.put(self.runner.configured.replaced_by(loaded.items))
            known: list[Event] = [*loaded.statuses, *loaded.stays, *loaded.work]
            for event in known:
                self.inbox.put(event)
        fleet = self.fleet
        self._spawn("writer", self.writer.run())
        self._spawn("runner", self.runner.run())
        if self.replay is not None:
            self._spawn("replay-journal", self.replay.run())
        self._spawn("snapshots", self.runner.snapshots())
        self._spawn("lag", lag(self._metrics))
        self._spawn("clock", follow(self._clock, self._idle, self._metrics))
        self._spawn("beat", beat(self._store, self._engine, fleet.states, lambda: len(self.core.call_ids())))
        self._spawn("fence", self._fence.broken())
        self._spawn("uploads", self.effects.uploads.run())
        self._spawn("lights", self.lights.run())
        await fleet.start()
        self._spawn("others", self._let_others_in(reload=loaded is None))

    async def _let_others_in(self, *, reload: bool) -> None:
        """Start the timers and read the api's commands, when the nodes have told what lives there.

        Otherwise a ring that ended while no engine was there would look like one that timed out, and a call could be
        offered to phones of a node that is not connected yet."""
        await self.fleet.settled(SETTLE_SECONDS)
        self.runner.timers.replace(self.core.timers)
        self._spawn("commands", self._commands.run())
        self._spawn("reloader", self.reloader.run(everything=reload))

    async def serve(self) -> None:
        """Wait until a task fails, and raise what it raised."""
        while True:
            done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
                self._tasks.remove(task)

    async def hand_over(self) -> None:
        """Stop sending commands, then write what is known to Redis or, if it is away, to the spool."""
        self.effects.close()
        await self.fleet.close()
        self.runner.timers.stop()
        writing = [task for task in self._tasks if task.get_name() == "writer"]
        others = [task for task in self._tasks if task.get_name() == "others"]
        await end(others)
        await end(task for task in self._tasks if task not in writing)
        if writing and not writing[0].done():
            self.publisher.flush()
            self.runner.take_snapshot()
            drained = asyncio.create_task(self.writer.drained())
            await asyncio.wait(
                [drained, *writing], timeout=DRAIN_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
            await end([drained, *writing])
        if self.replay is not None:
            await _close(self.replay)

    def _replaced(self, loaded: Loaded) -> None:
        self.inbox.put(self.runner.configured.replaced_by(loaded.items))
        for stays in loaded.stays:
            self.inbox.put(stays)

    def _idle(self) -> bool:
        """Return whether the core measures no length of time."""
        return not self.core.timers and not self.core.call_ids()

    def _team_of(self, call: CallId) -> str:
        view = self.core.call(call)
        return "" if view is None or view.team is None else view.team

    def _reload(self, kind: ConfigKind, id: str) -> None:
        """Load a changed object. What teams upload concerns the nodes' disks, not the core."""
        if kind == "prompt":
            self.effects.uploads.changed()
        else:
            self.reloader.reload(kind, id)

    def _configured(self, change: ConfigChanged) -> None:
        self.inbox.put(change)
        for item in change.items:
            if isinstance(item, RouteConfig | MailboxConfig) and (texts := self.core.constant_prompts(item)):
                self.effects.speak_ahead(texts)

    def _redis_is_back(self) -> None:
        self.publisher.publish_all()
        self.runner.take_snapshot()

    def _spawn(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.append(asyncio.create_task(work, name=name))


async def _close(replay: ReplayJournal) -> None:
    """Close the replay journal, but no longer than DRAIN_SECONDS: the next engine waits."""
    try:
        async with asyncio.timeout(DRAIN_SECONDS):
            await replay.close()
    except TimeoutError:
        log.error("the replay journal could not be closed in time")


def replay_journal(settings: Settings, metrics: Metrics, run: int) -> ReplayJournal:
    """Make the replay journal of this run of the engine. `run`: its fencing number."""
    segments = Segments(
        Path(settings.var_dir) / "engine" / "journal",
        settings.shard,
        run,
        most_bytes=settings.replay_journal_bytes,
        most_segments=settings.replay_journal_segments,
    )
    return ReplayJournal(segments, metrics, settings.shard, run)

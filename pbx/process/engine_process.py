"""The engine process: it waits for the lease, recovers the state, serves the shard and hands it over."""

import asyncio
import logging
import random
from pathlib import Path
from secrets import randbits
from typing import Any

from pbx.ami import Timing
from pbx.configuration.known_ids import Configured
from pbx.configuration.loader import Database, Loaded, Reloader
from pbx.failover.lease import Lease, LeaseLost
from pbx.failover.recovery import Recovered, recover
from pbx.metrics import Metrics
from pbx.persistence.outage_spool import Spool
from pbx.persistence.store import UNAVAILABLE, Fenced, Store, connect
from pbx.persistence.writer import deliver, deliver_records
from pbx.process.health import serve
from pbx.process.shard import Shard
from pbx.tasks import end
from routing.engine import Engine
from switchroom.messages.live import connection_of
from switchroom.redis_keys import Keys
from switchroom.settings import Settings

log = logging.getLogger(__name__)

RETRY_SECONDS = 0.5


class EngineProcess:
    """One engine, from its start to its end."""

    def __init__(self, settings: Settings, database: Database, *, timing: Timing | None = None) -> None:
        self.metrics = Metrics()
        self.spool = Spool.claim(Path(settings.var_dir) / "engine", most_bytes=settings.spool_bytes)
        redis = connect(settings.redis_url, name=connection_of(self.spool.engine))
        self.store = Store(redis, Keys(settings.shard))
        self.lease = Lease(self.store, self.spool.engine, seconds=settings.lease_seconds)
        self.shard: Shard | None = None
        self._settings = settings
        self._database = database
        self._timing = timing
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Hand the shard over and end. Calls stay in Asterisk for the next engine."""
        self._stopping.set()

    async def run(self) -> None:
        """Run until `stop`. Raises `LeaseLost` when another engine has the shard."""
        health = asyncio.create_task(self._serve_health())
        owning = asyncio.create_task(self._own())
        stopping = asyncio.create_task(self._stopping.wait())
        tasks: list[asyncio.Task[Any]] = [health, owning, stopping]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if stopping not in done:
                await next(iter(done))
                raise RuntimeError("the engine ended by itself")
        finally:
            owning.cancel()
            await asyncio.gather(owning, return_exceptions=True)
            await end([stopping, health])
            await self.store.redis.aclose()
            self.spool.close()

    async def _serve_health(self) -> None:
        settings = self._settings
        await serve(self.health, self.metrics, settings.engine_port, host=settings.private_host)

    async def health(self) -> dict[str, Any]:
        """Return `{ok, engine, role, fence, nodes, redis, database, queue, calls, spool}`; `ok`: every part works."""
        redis, database = await asyncio.gather(self._redis_up(), self._database_up())
        nodes = self.shard.fleet.states() if self.shard else {}
        up = redis and database and all(state == "ready" for state in nodes.values())
        return {
            "ok": up,
            "engine": self.spool.engine,
            "role": "active" if self.shard else "standby",
            "fence": self.lease.fence,
            "nodes": nodes,
            "redis": redis,
            "database": database,
            "queue": len(self.shard.inbox) if self.shard else 0,
            "calls": len(self.shard.core.call_ids()) if self.shard else 0,
            "spool": self.spool.size,
        }

    async def _own(self) -> None:
        """Wait for the shard, then serve it until cancelled or until a task of it fails."""
        await self._deliver_left()
        await self.lease.acquire()
        keeping = asyncio.create_task(self.lease.keep())
        serving = asyncio.create_task(self._serve())
        try:
            done, _ = await asyncio.wait({keeping, serving}, return_when=asyncio.FIRST_COMPLETED)
            await next(iter(done))
        except Fenced as error:
            raise LeaseLost(str(error)) from error
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)
            await end([keeping])
            await self.lease.release()

    async def _serve(self) -> None:
        recovered, loaded = await self._recover()
        shard = Shard(
            self._settings,
            self.store,
            self.spool,
            self.lease,
            self._database,
            self.metrics,
            recovered,
            timing=self._timing,
        )
        try:
            await shard.start(loaded)
            self.shard = shard
            await shard.serve()
        finally:
            self.shard = None
            await shard.hand_over()

    async def _deliver_left(self) -> None:
        """Deliver what this engine's predecessor spooled. If another engine has had the shard since, only the records:
        the other engine's journal counts."""
        while True:
            try:
                try:
                    await deliver(self.spool, self.store)
                except Fenced:
                    await deliver_records(self.spool, self.store)
            except UNAVAILABLE as error:
                log.warning("waiting for Redis", extra={"why": repr(error)})
                await asyncio.sleep(RETRY_SECONDS)
            else:
                return

    async def _recover(self) -> tuple[Recovered, Loaded | None]:
        """Return the last engine's state; if there is none, an empty core and the configuration from the database."""
        while True:
            try:
                recovered = await recover(self.store)
                if recovered is not None:
                    return recovered, None
                command = await self.store.last_command()
                break
            except UNAVAILABLE as error:
                log.warning("waiting for Redis", extra={"why": repr(error)})
                await asyncio.sleep(RETRY_SECONDS)
        loaded = await Reloader(self._database, lambda _: None, lambda _: None).load_all()
        core = Engine(random.Random(randbits(64)))  # noqa: S311 - chooses agents, guards nothing
        return Recovered(core, command, {}, Configured()), loaded

    async def _redis_up(self) -> bool:
        """Return whether Redis takes what we write. One whose memory is full answers, but takes nothing."""
        if self.shard is not None and not self.shard.writer.available:
            return False
        try:
            async with asyncio.timeout(1.0):
                await self.store.ping()
        except UNAVAILABLE:
            return False
        return True

    async def _database_up(self) -> bool:
        try:
            async with asyncio.timeout(2.0):
                await asyncio.to_thread(self._database.ping)
        except Exception as error:
            log.warning("the database does not answer", extra={"why": type(error).__name__})
            return False
        return True

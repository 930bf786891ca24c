"""What one api process holds: settings, database, Redis, threads, rate limits, known identities, the outbox's relay."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

from redis import Redis
from sqlalchemy import Engine
from sqlmodel import Session

from api.core.identities import Identities
from api.core.pools import Pools, make_pools
from api.core.rate_limits import RateLimiter
from api.core.relay import Relay
from switchroom import database
from switchroom.redis_keys import Keys
from switchroom.settings import Settings
from switchroom.storage import Storage
from workers import outbox

Result = TypeVar("Result")

REDIS_SECONDS = 1.0
"""How long anything waits for a silent Redis."""


@dataclass(slots=True)
class Stored:
    """Makes the process's storage when it is first asked for: it takes a tenth of a second."""

    settings: Settings
    _storage: Storage | None = None

    @property
    def storage(self) -> Storage:
        if self._storage is None:
            self._storage = Storage(self.settings)
        return self._storage


@dataclass(frozen=True, slots=True)
class Context:
    """`reading`: the database for transactions that change nothing."""

    settings: Settings
    engine: Engine
    reading: Engine
    redis: Redis
    limiter: RateLimiter
    pools: Pools
    identities: Identities
    relay: Relay
    stored: Stored
    checks_answers: bool = False
    """Tests only: hold each answer against its operation's model."""

    @property
    def keys(self) -> Keys:
        """Names in Redis."""
        return Keys(self.settings.shard)

    def read(self, work: Callable[[Session], Result]) -> Result:
        """Do `work` in one read-only transaction, on the calling thread."""
        return self.transact(self.reading, work)

    def write(self, work: Callable[[Session], Result], tries: int = database.TRIES) -> Result:
        """Do `work` in one transaction, in its turn among the writers; the calling thread waits.

        Not for handlers that already run as one transaction: a writer that waits for a writer never ends.
        """
        return self.pools.writes.submit(self.transact, self.engine, work, tries).result()

    def transact(
        self, engine: Engine, work: Callable[[Session], Result], tries: int = database.TRIES
    ) -> Result:
        """Do `work` in one transaction on this thread, and wake the relay if it left something to send.

        What another transaction made meanwhile can stand in the way. Then `work` runs again, and finds it.
        """

        def once() -> tuple[Result, Session]:
            with database.session(engine) as session:
                return work(session), session

        result, session = database.again_if_lost(once, tries)
        if session.info.get("outbox") or self.identities.unsaid:
            self.relay.wake()
        return result

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Hear other processes; at the end send what is left and close everything."""
        hearing = asyncio.create_task(self.identities.hear())
        try:
            yield
        finally:
            self.identities.deaf = True
            while not hearing.done():
                # More than once: the Redis client may take a cancellation for a time-out of its own.
                hearing.cancel()
                await asyncio.wait({hearing}, timeout=0.2)
            self.relay.close()
            self.pools.close()
            self.engine.dispose()
            self.redis.close()


async def run_on(pool: Executor, work: Callable[[], Result]) -> Result:
    """Run `work` on a thread of the pool. This is the one hop of a request."""
    return await asyncio.get_running_loop().run_in_executor(pool, work)


def make_context(settings: Settings, *, checks_answers: bool = False) -> Context:
    """Make a context. Connections open when they are first used, so an api starts while its servers are away."""
    redis: Redis = Redis.from_url(
        settings.redis_url, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS
    )
    engine = database.engine_of(settings)
    keys = Keys(settings.shard)
    identities = Identities(settings.redis_url, keys.identities)
    pools = make_pools(engine)

    def send() -> None:
        outbox.relay(engine, redis, keys, lambda work: pools.writes.submit(work).result())

    return Context(
        settings=settings,
        engine=engine,
        reading=database.for_reading(engine),
        redis=redis,
        limiter=RateLimiter(settings.redis_url, f"switchroom:{settings.shard}:rate"),
        pools=pools,
        identities=identities,
        relay=Relay(send, redis, identities),
        stored=Stored(settings),
        checks_answers=checks_answers,
    )

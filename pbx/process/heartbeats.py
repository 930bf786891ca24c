"""What the engine does at fixed intervals: its heartbeat in Redis, and the measure of the event loop's lag."""

import asyncio
import logging
from collections.abc import Callable
from time import time

from pbx.metrics import Metrics
from pbx.persistence.store import UNAVAILABLE, Store
from switchroom.messages.live import Heartbeat, connection_of

log = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 2.0
HEARTBEAT_EXPIRY_MS = 10_000
LAG_SECONDS = 0.5


async def beat(
    store: Store, engine: str, states: Callable[[], dict[str, str]], calls: Callable[[], int]
) -> None:
    """Write this engine's heartbeat to Redis, for ever."""
    while True:
        beat = Heartbeat(
            at=time(), engine=engine, nodes=states(), calls=calls(), connection=connection_of(engine)
        )
        try:
            await store.redis.set(store.keys.heartbeat, beat.model_dump_json(), px=HEARTBEAT_EXPIRY_MS)
        except UNAVAILABLE as error:
            log.debug("heartbeat not written", extra={"why": repr(error)})
        await asyncio.sleep(HEARTBEAT_SECONDS)


async def lag(metrics: Metrics) -> None:
    """Measure for ever how late the event loop is."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + LAG_SECONDS
        await asyncio.sleep(LAG_SECONDS)
        metrics.loop_lag.observe(max(0.0, loop.time() - due))

import asyncio

import pytest

from pbx.failover.lease import Lease, LeaseLost
from pbx.persistence.store import Store
from tests.support.pbx.waiting import until
from tests.support.servers import RedisServer

pytestmark = pytest.mark.service


def lease(store: Store, engine: str, seconds: float = 0.4) -> Lease:
    return Lease(store, engine, seconds=seconds)


async def test_the_first_engine_takes_the_shard_at_once_and_each_new_owner_raises_the_fence(
    store: Store,
) -> None:
    first = lease(store, "one")
    fence = await first.acquire()
    await first.release()
    assert await lease(store, "two").acquire() > fence


async def test_the_fence_rises_though_redis_has_lost_everything_and_its_clock_goes_back(store: Store) -> None:
    first = lease(store, "one")
    before = await first.acquire()
    await store.redis.delete(store.keys.lease, store.keys.fence)
    after = await lease(store, "one").acquire()
    assert after > before
    await store.redis.set(store.keys.fence, after + 3_600_000)
    assert await lease(store, "one").acquire() == after + 3_600_001


async def test_a_restarted_engine_takes_its_own_lease_without_waiting(store: Store) -> None:
    fence = await lease(store, "one", seconds=60).acquire()
    async with asyncio.timeout(1):
        assert await lease(store, "one", seconds=60).acquire() > fence


async def test_a_standby_takes_over_when_the_owner_stops_renewing(store: Store) -> None:
    owner = lease(store, "one")
    fence = await owner.acquire()
    keeping = asyncio.create_task(owner.keep())
    standby = asyncio.create_task(lease(store, "two").acquire())
    done, _ = await asyncio.wait({standby}, timeout=1.2)
    assert not done, "a standby took a lease that its owner renews"
    keeping.cancel()
    assert await asyncio.wait_for(standby, 5) > fence
    with pytest.raises(LeaseLost):
        await owner.renew()


async def test_an_owner_that_finds_another_holder_learns_it_while_keeping(store: Store) -> None:
    owner = lease(store, "one")
    await owner.acquire()
    await store.redis.set(store.keys.lease, "two")
    with pytest.raises(LeaseLost):
        await asyncio.wait_for(owner.keep(), 5)
    assert not owner.held


async def test_the_owner_notices_that_redis_has_lost_its_data(store: Store) -> None:
    """Redis may be back, and empty, between two writes: then no write failed."""
    owner = lease(store, "one")
    told: list[str] = []
    owner.forgotten = lambda: told.append("forgotten")
    fence = await owner.acquire()
    await owner.renew()
    assert told == []
    await store.redis.flushdb()
    await owner.renew()
    await owner.renew()
    assert told == ["forgotten"]
    assert await store.redis.get(store.keys.fence) == str(fence)


async def test_the_owner_keeps_its_lease_through_an_absence_of_redis(
    store: Store, own_redis: RedisServer
) -> None:
    owner = lease(store, "one", seconds=1.0)
    await owner.acquire()
    keeping = asyncio.create_task(owner.keep())
    standby = asyncio.create_task(lease(store, "two", seconds=1.0).acquire())
    own_redis.stop(kill=True)
    await asyncio.wait({keeping, standby}, timeout=1.5)
    await asyncio.to_thread(own_redis.start)

    async def renewed() -> bool:
        return bool(await store.redis.get(store.keys.lease) == "one")

    await until(renewed, "the owner's renewal")
    assert not standby.done()
    assert not keeping.done()
    for task in (keeping, standby):
        task.cancel()

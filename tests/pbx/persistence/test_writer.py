import asyncio
import json
from pathlib import Path

import pytest

from pbx.metrics import Metrics
from pbx.persistence.outage_spool import Spool
from pbx.persistence.store import Batch, Fenced, Store
from pbx.persistence.writer import Writer, deliver
from switchroom.messages.base import Message
from tests.support.pbx.waiting import until
from tests.support.servers import RedisServer

pytestmark = pytest.mark.service


class Numbered(Message):
    n: int


async def confirmed() -> None:
    pass


def writer(store: Store, spool: Spool, recovered: list[bool], *, journal: bool = True) -> Writer:
    return Writer(
        store,
        spool,
        1,
        Metrics(),
        confirm=confirmed,
        recovered=lambda: recovered.append(True),
        journal=journal,
    )


async def numbers(store: Store, stream: str) -> list[int]:
    return [json.loads(fields["body"])["n"] for _, fields in await store.redis.xrange(stream)]


async def test_journal_and_records_arrive_in_order(store: Store, spools: Path) -> None:
    out = writer(store, Spool.claim(spools), [])
    task = asyncio.create_task(out.run())
    for number in range(5000):
        out.add_journal({"n": number})
        out.add_record(Numbered(n=number))
    await out.drained()
    assert await numbers(store, store.keys.journal) == list(range(5000))
    assert await numbers(store, store.keys.records) == list(range(5000))
    task.cancel()


async def test_records_and_the_journal_entry_of_their_event_stand_in_one_batch(
    store: Store, spools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches: list[Batch] = []

    async def write(batch: Batch) -> None:
        batches.append(batch)

    monkeypatch.setattr(store, "write", write)
    out = writer(store, Spool.claim(spools), [])
    for number in range(1999):
        out.add_journal({"n": number})
    out.add_record(Numbered(n=1))
    out.add_record(Numbered(n=2))
    out.add_journal({"n": 1999})
    out.add_journal({"n": 2000})
    task = asyncio.create_task(out.run())
    await out.drained()
    task.cancel()
    assert [len(batch.ops) for batch in batches] == [2002, 1]
    assert [op[0] for op in batches[0].ops[-4:]] == ["J", "R", "R", "J"]


async def test_nothing_is_lost_doubled_or_reordered_while_redis_is_away(
    store: Store, own_redis: RedisServer, spools: Path
) -> None:
    recovered: list[bool] = []
    out = writer(store, Spool.claim(spools), recovered)
    task = asyncio.create_task(out.run())

    async def add(begin: int, end: int) -> None:
        for number in range(begin, end):
            out.add_journal({"n": number})
            out.add_record(Numbered(n=number))
            await asyncio.sleep(0.0005)

    await add(0, 200)
    adding = asyncio.create_task(add(200, 1500))
    await asyncio.to_thread(own_redis.stop, kill=True)
    await until(lambda: not out.available, "the outage's being noticed")
    await asyncio.to_thread(own_redis.start)
    await adding
    await until(lambda: bool(recovered), "the return")
    await out.drained()
    assert await numbers(store, store.keys.records) == list(range(1500))
    assert await numbers(store, store.keys.journal) == list(range(1500))
    task.cancel()


async def test_clients_are_told_of_what_changed_while_redis_was_away(
    store: Store, own_redis: RedisServer, spools: Path
) -> None:
    """Once of each change, and behind the views that are written again."""
    out = Writer(
        store,
        Spool.claim(spools),
        1,
        Metrics(),
        confirm=confirmed,
        recovered=lambda: out.add(("L", "call", "1", "the newest view")),
    )
    task = asyncio.create_task(out.run())
    await asyncio.to_thread(own_redis.stop, kill=True)
    for number in (1, 2, 1):
        out.add(("L", "call", "1", "an old view"))
        out.add(("E", json.dumps({"n": number})))
    await until(lambda: not out.available, "the outage's being noticed")
    out.add(("E", json.dumps({"n": 3})))
    await asyncio.to_thread(own_redis.start)
    await until(lambda: out.available, "the return")
    await out.drained()
    assert await numbers(store, store.keys.events) == [2, 1, 3]
    assert await store.redis.hget(store.keys.live("call"), "1") == "the newest view"
    task.cancel()


async def test_a_redis_whose_memory_is_full_is_as_one_that_is_away(store: Store, spools: Path) -> None:
    recovered: list[bool] = []
    spool = Spool.claim(spools)
    out = writer(store, spool, recovered)
    task = asyncio.create_task(out.run())

    def add(begin: int, end: int) -> None:
        for number in range(begin, end):
            out.add_journal({"n": number})
            out.add_record(Numbered(n=number))

    add(0, 200)
    await out.drained()
    await store.redis.config_set("maxmemory", 1)
    try:
        add(200, 400)
        await until(lambda: not out.available, "the lack of memory being noticed")
        await out.drained()
        assert spool.size > 0
        add(400, 600)
        await out.drained()
        assert await numbers(store, store.keys.records) == list(range(200))
    finally:
        await store.redis.config_set("maxmemory", 0)
    await until(lambda: bool(recovered), "the return")
    await out.drained()
    assert await numbers(store, store.keys.records) == list(range(600))
    assert await numbers(store, store.keys.journal) == list(range(600))
    assert spool.size == 0
    task.cancel()


async def test_an_engine_that_dies_while_redis_is_away_leaves_a_spool_to_deliver(
    store: Store, own_redis: RedisServer, spools: Path
) -> None:
    spool = Spool.claim(spools)
    out = writer(store, spool, [])
    task = asyncio.create_task(out.run())
    await asyncio.to_thread(own_redis.stop, kill=True)
    out.add_record(Numbered(n=1))
    out.add_record(Numbered(n=2))
    await until(lambda: spool.size > 0, "the spooling")
    await out.drained()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    spool.close()
    await asyncio.to_thread(own_redis.start)
    again = Spool.claim(spools)
    await deliver(again, store)
    assert await numbers(store, store.keys.records) == [1, 2]
    assert again.size == 0


async def test_a_writer_stops_when_a_newer_engine_rules(store: Store, spools: Path) -> None:
    await store.redis.set(store.keys.fence, 9)
    out = writer(store, Spool.claim(spools), [])
    out.add_record(Numbered(n=1))
    with pytest.raises(Fenced):
        await asyncio.wait_for(out.run(), 5)
    assert await numbers(store, store.keys.records) == []


async def test_with_the_journal_off_records_and_snapshots_are_written_all_the_same(
    store: Store, spools: Path
) -> None:
    out = writer(store, Spool.claim(spools), [], journal=False)
    task = asyncio.create_task(out.run())
    out.add_journal({"n": 1})
    out.add_record(Numbered(n=2))
    out.add_snapshot({"journal": out.journal_id, "n": 3}, opens_segment=True)
    await out.drained()
    assert await numbers(store, store.keys.journal) == []
    assert await numbers(store, store.keys.records) == [2]
    snapshot = await store.snapshot()
    assert snapshot is not None
    assert snapshot["n"] == 3
    task.cancel()


async def test_a_full_spool_is_told_once_and_counted(
    store: Store, own_redis: RedisServer, spools: Path, caplog: pytest.LogCaptureFixture
) -> None:
    out = writer(store, Spool.claim(spools, most_bytes=300), [])
    task = asyncio.create_task(out.run())
    await asyncio.to_thread(own_redis.stop, kill=True)
    for number in range(40):
        out.add_record(Numbered(n=number))
        await out.drained()
    full = [record for record in caplog.records if "spool is full" in record.message]
    assert [record.__dict__["what"] for record in full] == ["records"]
    lost = out._metrics.spool_lost.labels("records")._value.get()
    await asyncio.to_thread(own_redis.start)
    await until(lambda: out.available, "the return")
    assert await numbers(store, store.keys.records) == list(range(40 - int(lost)))
    task.cancel()

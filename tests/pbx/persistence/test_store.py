import json

import pytest

from pbx.persistence.store import LIVE, Batch, Fenced, Store

pytestmark = pytest.mark.service


def record(number: int) -> tuple[str, str]:
    return ("R", json.dumps({"n": number}))


async def records(store: Store) -> list[int]:
    entries = await store.redis.xrange(store.keys.records)
    return [json.loads(fields["body"])["n"] for _, fields in entries]


async def test_a_batch_that_is_sent_twice_is_written_once(store: Store) -> None:
    batch = Batch(1, 1, (("J", "1-1", "{}"), record(1)))
    await store.write(batch)
    await store.write(batch)
    await store.write(Batch(1, 2, (("J", "1-2", "{}"), record(2))))
    assert await records(store) == [1, 2]
    assert [key for key, _ in await store.journal_after("0-0")] == ["1-1", "1-2"]


async def test_an_old_engine_writes_nothing_once_a_newer_one_rules(store: Store) -> None:
    await store.redis.set(store.keys.fence, 2)
    with pytest.raises(Fenced):
        await store.write(Batch(1, 7, (record(1),)))
    await store.write(Batch(2, 1, (record(2),)))
    assert await records(store) == [2]


async def test_live_views_come_change_and_go(store: Store) -> None:
    await store.write(
        Batch(1, 1, (("L", "call", "x", "1"), ("L", "call", "y", "2"), ("L", "agent", "z", "3")))
    )
    await store.write(Batch(1, 2, (("L", "call", "x", ""), ("W", "agent"))))
    assert await store.redis.hgetall(store.keys.live("call")) == {"y": "2"}
    assert await store.redis.hgetall(store.keys.live("agent")) == {}


async def test_snapshot_and_the_journal_after_it(store: Store) -> None:
    await store.write(
        Batch(1, 1, (("J", "1-1", '{"n":1}'), ("S", '{"journal":"1-1"}'), ("J", "1-2", '{"n":2}')))
    )
    snapshot = await store.snapshot()
    assert snapshot == {"journal": "1-1"}
    assert await store.journal_after(snapshot["journal"], page=1) == [("1-2", {"n": 2})]


async def test_the_script_is_loaded_again_after_redis_forgot_it(store: Store) -> None:
    await store.write(Batch(1, 1, (record(1),)))
    await store.redis.script_flush()
    await store.write(Batch(1, 2, (record(2),)))
    assert await records(store) == [1, 2]


async def test_commands_are_read_from_where_the_last_engine_stopped(store: Store) -> None:
    assert await store.last_command() == "0-0"
    await store.redis.xadd(store.keys.commands, {"body": "a"}, id="5-1")
    await store.redis.xadd(store.keys.commands, {"body": "b"}, id="5-2")
    assert await store.commands_after("5-1", wait=0.05) == [("5-2", {"body": "b"})]
    assert await store.commands_after("5-2", wait=0.05) == []
    assert await store.last_command() == "5-2"


@pytest.mark.parametrize("kind", LIVE)
async def test_each_kind_of_live_view_has_its_hash(store: Store, kind: str) -> None:
    await store.write(Batch(1, 1, (("W", kind), ("L", kind, "x", "1"))))
    assert await store.redis.hgetall(store.keys.live(kind)) == {"x": "1"}

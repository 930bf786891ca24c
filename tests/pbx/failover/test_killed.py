"""Real engine processes are killed with SIGKILL or stopped with SIGTERM. A standby takes over."""

import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pbx.persistence.store import Store
from switchroom.redis_keys import Keys
from tests.support.pbx.fake_asterisk import Channel, FakeAsterisk, id_of
from tests.support.pbx.rows import Ids, migrated, seed
from tests.support.pbx.waiting import until
from tests.support.servers import RedisServer, free_port

pytestmark = pytest.mark.service

START_SECONDS = 60.0
"""A machine that is busy with other tests loads a process slowly."""
START = "from pbx.main import main; main()"


@dataclass
class Site:
    """One shard on one database and one Asterisk, and the engines that serve it."""

    store: Store
    asterisk: FakeAsterisk
    ids: Ids
    start: Callable[[str], subprocess.Popen[bytes]]
    log: Path
    """Where the engine `one` writes."""

    async def live(self, kind: str) -> dict[str, Any]:
        return {
            k: json.loads(v) for k, v in (await self.store.redis.hgetall(self.store.keys.live(kind))).items()
        }

    async def waiting(self) -> list[tuple[str, float]]:
        queue = (await self.live("queue")).get(self.ids.queue, {})
        return [(call["call"], call["entered_at"]) for call in queue.get("waiting", [])]

    async def states(self) -> dict[str, str]:
        return {id: view["state"] for id, view in (await self.live("agent")).items()}

    async def active(self) -> str:
        """The engine that says it is at work with its node ready, or empty."""
        body = json.loads(await self.store.redis.get(self.store.keys.heartbeat) or "{}")
        return str(body.get("engine", "")) if body.get("nodes") == {"a": "ready"} else ""

    async def at_work(self, process: subprocess.Popen[bytes]) -> None:
        """Wait until an engine is at work; fail at once if this process ended instead."""

        async def working() -> bool:
            assert process.poll() is None, self.log.read_text()[-2000:]
            return bool(await self.active())

        await until(working, "the engine's being at work", START_SECONDS)

    async def talk(self) -> tuple[Channel, Channel]:
        """A caller who talks to an agent: both channels."""
        caller = self.asterisk.enters()
        await until(lambda: self.asterisk.ringing(caller), "the ringing")
        leg = self.asterisk.ringing(caller)[0]
        self.asterisk.answers_phone(leg)

        async def talking() -> bool:
            return (await self.live("call")).get(id_of(caller), {}).get("state") == "talking"

        await until(talking, "the talk")
        return caller, leg


@pytest.fixture
async def site(own_redis: RedisServer, store: Store, tmp_path: Path) -> AsyncIterator[Site]:
    url, engine = migrated(tmp_path)
    ids = seed(engine, agents=2, wrap_up=600.0)
    processes: list[subprocess.Popen[bytes]] = []
    shard = secrets.token_hex(6)
    async with FakeAsterisk("a") as asterisk, AsyncExitStack() as stack:
        asterisk.register("phone0", "phone1")
        node = {"name": "a", "ami_port": asterisk.node.ami_port, "ami_secret": asterisk.secret}
        environment = {
            **os.environ,
            "SWITCHROOM_DATABASE_URL": url,
            "SWITCHROOM_REDIS_URL": own_redis.url,
            "SWITCHROOM_SHARD": shard,
            "SWITCHROOM_NODES": json.dumps([node]),
            "SWITCHROOM_LEASE_SECONDS": "1.0",
        }

        def start(name: str) -> subprocess.Popen[bytes]:
            own = {"SWITCHROOM_VAR_DIR": str(tmp_path / name), "SWITCHROOM_ENGINE_PORT": str(free_port())}
            with (tmp_path / f"{name}.log").open("ab") as log:
                process = subprocess.Popen(
                    [sys.executable, "-c", START], env={**environment, **own}, stderr=log
                )
            processes.append(process)
            stack.callback(process.wait, 10)
            stack.callback(process.kill)
            return process

        yield Site(Store(store.redis, Keys(shard)), asterisk, ids, start, tmp_path / "one.log")


async def test_a_killed_engine_comes_back_with_queue_clocks_statuses_and_wrap_up_as_before(
    site: Site,
) -> None:
    first = site.start("one")
    await site.at_work(first)
    talking, _ = await site.talk()
    finished, leg = await site.talk()
    site.asterisk.hangs_up(leg)

    async def wrapping_up() -> bool:
        return sorted((await site.states()).values()) == ["OnCall", "WrapUp"]

    await until(wrapping_up, "the wrap-up")
    waiting = [site.asterisk.enters(number=f"+1416555020{n}") for n in range(5)]

    async def all_wait() -> bool:
        return [call for call, _ in await site.waiting()] == [id_of(caller) for caller in waiting]

    await until(all_wait, "five callers' waiting")
    before = (await site.waiting(), await site.states(), await site.live("agent"))
    first.send_signal(signal.SIGKILL)
    first.wait(10)
    await site.store.redis.delete(site.store.keys.heartbeat)
    site.asterisk.hangs_up(waiting.pop(1))
    await site.at_work(site.start("one"))

    async def all_but_one() -> bool:
        return [call for call, _ in await site.waiting()] == [id_of(caller) for caller in waiting]

    await until(all_but_one, "the queue without the caller who left meanwhile")
    assert await site.waiting() == [entry for number, entry in enumerate(before[0]) if number != 1]
    assert await site.states() == before[1]
    assert await site.live("agent") == before[2]
    assert talking.name in site.asterisk.channels

    async def records() -> list[str]:
        entries = await site.store.redis.xrange(site.store.keys.records)
        bodies = [json.loads(fields["body"]) for _, fields in entries]
        return [body["record"]["disposition"] for body in bodies if body["type"] == "call"]

    async def both_logged() -> bool:
        return len(await records()) == 2

    await until(both_logged, "the records")
    assert sorted(await records()) == ["abandoned", "answered"]
    assert finished.name not in site.asterisk.channels


async def test_a_standby_takes_over_from_a_killed_engine_within_seconds(site: Site) -> None:
    first = site.start("one")
    await site.at_work(first)
    talking, _ = await site.talk()
    owner = await site.active()
    second = site.start("two")
    first.send_signal(signal.SIGKILL)
    first.wait(10)

    async def taken_over() -> bool:
        return await site.active() not in ("", owner)

    await until(taken_over, "the takeover", START_SECONDS)
    assert (await site.live("call"))[id_of(talking)]["state"] == "talking"
    assert second.poll() is None


async def test_a_terminated_engine_hands_over_and_ends_well(site: Site) -> None:
    first = site.start("one")
    await site.at_work(first)
    caller, _ = await site.talk()
    first.send_signal(signal.SIGTERM)
    assert first.wait(10) == 0
    assert await site.store.redis.get(site.store.keys.lease) == ""
    assert caller.name in site.asterisk.channels
    snapshot = await site.store.snapshot()
    assert snapshot is not None
    assert snapshot["calls"] == {id_of(caller): "a"}
    lines = [json.loads(line) for line in site.log.read_text().splitlines()]
    assert {"at", "level", "process", "logger", "message"} <= lines[-1].keys()
    assert not [line for line in lines if line["level"] in ("ERROR", "CRITICAL")]
    assert "+1416555" not in site.log.read_text()


@pytest.mark.parametrize("moment", ["ringing", "talking", "over"])
async def test_a_call_between_members_outlives_the_engine(site: Site, moment: str) -> None:
    """The engine dies while it rings, or in the talk; or the call ends while no engine runs."""
    first = site.start("one")
    await site.at_work(first)
    caller = site.asterisk.dials("phone0", "101")
    await until(lambda: site.asterisk.ringing(caller), "the ringing")
    leg = site.asterisk.ringing(caller)[0]
    ann, bob = site.ids.agents

    async def bobs_state(state: str) -> bool:
        return await site.states() == {ann: "OnCall", bob: state}

    await until(lambda: bobs_state("Ringing"), "the ringing is seen")
    if moment != "ringing":
        site.asterisk.answers_phone(leg)
        await until(lambda: bobs_state("OnCall"), "the talk is seen")
    first.send_signal(signal.SIGKILL)
    first.wait(10)
    await site.store.redis.delete(site.store.keys.heartbeat)
    if moment == "ringing":
        site.asterisk.answers_phone(leg)
    if moment == "over":
        site.asterisk.hangs_up(caller)
    await site.at_work(site.start("one"))
    if moment != "over":
        await until(lambda: bobs_state("OnCall"), "the next engine has the talk")
        site.asterisk.hangs_up(caller)

    async def logged() -> list[Any]:
        entries = await site.store.redis.xrange(site.store.keys.records)
        bodies = [json.loads(fields["body"]) for _, fields in entries]
        return [body["record"] for body in bodies if body["type"] == "call"]

    await until(logged, "the call's log")
    (record,) = await logged()
    assert (record["direction"], record["disposition"]) == ("internal", "answered")

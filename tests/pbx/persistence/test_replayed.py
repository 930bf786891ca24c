"""The recording of a whole engine replays to the same commands, even after a crash and a restart."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from analysis.replay.command import replay
from tests.support.pbx.engine import FakeDatabase, RunningEngine, Team
from tests.support.pbx.fake_asterisk import FakeAsterisk
from tests.support.pbx.waiting import until
from tests.support.servers import RedisServer

pytestmark = pytest.mark.service


@pytest.fixture
async def asterisk() -> AsyncIterator[FakeAsterisk]:
    async with FakeAsterisk("a") as server:
        server.register("phone0", "phone1")
        yield server


class Site:
    """Engines of one shard, one after the other, and their journal."""

    def __init__(
        self, redis: RedisServer, folder: Path, asterisk: FakeAsterisk, database: FakeDatabase
    ) -> None:
        self.asterisk = asterisk
        self._parts = (redis.url, secrets.token_hex(6), folder, database, [asterisk])
        self._folder = folder

    async def start(self, **changes: object) -> RunningEngine:
        engine = RunningEngine(*self._parts)
        engine.process._settings = engine.settings.model_copy(update=changes)
        self._engine = await engine.start()
        return engine

    def _states(self) -> list[str]:
        core = self._engine.shard.core
        return [view.state for id in core.agent_ids() if (view := core.agent(id)) is not None]

    def segments(self) -> list[Path]:
        return sorted((self._folder / "engine" / "journal").glob("*.gz"))

    async def call(self) -> None:
        """One call, answered and ended by the agent."""
        caller = self.asterisk.enters()
        await until(lambda: self.asterisk.ringing(caller), "the ringing")
        leg = self.asterisk.ringing(caller)[0]
        self.asterisk.answers_phone(leg)
        await until(lambda: "OnCall" in self._states(), "the talk")
        self.asterisk.hangs_up(leg)
        await until(lambda: caller.name not in self.asterisk.channels, "the call's end")

    async def phone_call(self) -> None:
        """A member's phone calls a colleague, who answers and hangs up."""
        caller = self.asterisk.dials("phone0", "101")
        await until(lambda: self.asterisk.ringing(caller), "the ringing")
        self.asterisk.answers_phone(self.asterisk.ringing(caller)[0])
        await until(lambda: self._states().count("OnCall") == 2, "the talk")
        self.asterisk.hangs_up(caller)
        await until(lambda: "OnCall" not in self._states(), "the call's end")


def replayed(paths: list[Path]) -> tuple[int, str]:
    console = Console(width=200, record=True, file=StringIO())
    return replay(console, paths), console.export_text()


async def test_a_run_replays_byte_for_byte(
    own_redis: RedisServer, tmp_path: Path, asterisk: FakeAsterisk
) -> None:
    site = Site(own_redis, tmp_path, asterisk, Team(2, wrap_up=0.2).database())
    engine = await site.start()
    await site.phone_call()
    for _ in range(2):
        await site.call()
    await engine.finish()
    status, text = await asyncio.to_thread(replayed, site.segments())
    assert status == 0, text
    assert "3 calls" in text
    assert "has no end" not in text


async def test_the_segments_of_a_killed_engine_and_of_the_next_replay_after_each_other(
    own_redis: RedisServer, tmp_path: Path, asterisk: FakeAsterisk
) -> None:
    site = Site(own_redis, tmp_path, asterisk, Team(2).database())
    engine = await site.start()
    await site.call()
    waiting = asterisk.enters()
    await until(lambda: asterisk.ringing(waiting), "the ringing")
    assert engine.shard.replay is not None
    await engine.shard.replay.flush()
    (killed,) = site.segments()  # what a kill would leave is put back after the stop
    left = killed.read_bytes()
    await engine.finish()
    killed.write_bytes(left)
    engine = await site.start()
    await site.call()
    await engine.finish()
    assert len(site.segments()) == 2
    status, text = await asyncio.to_thread(replayed, site.segments())
    assert status == 0, text
    assert "has no end" in text
    assert "another run of the engine" in text


async def test_a_journal_that_is_switched_off_leaves_no_file(
    own_redis: RedisServer, tmp_path: Path, asterisk: FakeAsterisk
) -> None:
    site = Site(own_redis, tmp_path, asterisk, Team(2).database())
    engine = await site.start(replay_journal=False)
    await site.call()
    await engine.finish()
    assert not (tmp_path / "engine" / "journal").exists()


async def test_calls_go_on_when_the_journal_cannot_be_written(
    own_redis: RedisServer, tmp_path: Path, asterisk: FakeAsterisk
) -> None:
    (tmp_path / "engine").mkdir()
    (tmp_path / "engine" / "journal").write_text("in the way")
    site = Site(own_redis, tmp_path, asterisk, Team(2).database())
    engine = await site.start()
    await site.call()
    await site.call()
    assert engine.shard.replay is not None
    await engine.shard.replay.flush()
    assert engine.process.metrics.replay_lost._value.get() > 0

    async def both_kept() -> bool:
        return len(await engine.records()) == 2

    await until(both_kept, "the records of both calls")
    await engine.finish()

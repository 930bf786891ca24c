"""Calls through a whole engine with a fake Asterisk and a real Redis."""

import asyncio
import json
import logging
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import time
from typing import Any

import httpx
import pytest

from pbx.failover.lease import LeaseLost
from pbx.loop import steady_clock
from pbx.loop.steady_clock import SteadyClock
from pbx.nodes.node import CACHES
from pbx.process import shard
from routing.events import AgentStatus
from switchroom.ids import new_id
from tests.support.pbx.engine import FakeDatabase, RunningEngine, Team
from tests.support.pbx.fake_ami import Session
from tests.support.pbx.fake_asterisk import FakeAsterisk, id_of
from tests.support.pbx.waiting import until
from tests.support.servers import RedisServer

pytestmark = pytest.mark.service

Make = Callable[..., RunningEngine]


@pytest.fixture
async def asterisk() -> AsyncIterator[FakeAsterisk]:
    async with FakeAsterisk("a") as server:
        server.register("phone0", "phone1", "phone2")
        yield server


@pytest.fixture
async def make(own_redis: RedisServer, tmp_path: Path, asterisk: FakeAsterisk) -> AsyncIterator[Make]:
    """Makes engines on one shard; those still alive are stopped at the end."""
    shard = secrets.token_hex(6)
    async with AsyncExitStack() as stack:

        def made(database: FakeDatabase, nodes: list[FakeAsterisk] | None = None) -> RunningEngine:
            engine = RunningEngine(own_redis.url, shard, tmp_path, database, nodes or [asterisk])
            stack.push_async_callback(engine.finish)
            return engine

        yield made


async def test_a_caller_reaches_an_agent_and_the_call_is_logged_with_its_node(
    make: Make, asterisk: FakeAsterisk
) -> None:
    team = Team(1)
    engine = await make(team.database()).start()
    caller = asterisk.enters()
    await until(lambda: asterisk.ringing(caller), "the agent's phone's ringing")
    assert engine.state(team.agents[0]) == "Ringing"
    leg = asterisk.ringing(caller)[0]
    asterisk.answers_phone(leg)
    await until(lambda: engine.state(team.agents[0]) == "OnCall", "the talk")
    asterisk.hangs_up(leg)
    await until(lambda: caller.name not in asterisk.channels, "the caller's being let go")

    async def logged() -> bool:
        return len(await engine.records()) == 1

    await until(logged, "the call record")
    body = (await engine.records())[0]
    assert body["node"] == "a"
    assert body["record"]["id"] == id_of(caller)
    assert body["record"]["disposition"] == "answered"
    assert body["record"]["agent"] == team.agents[0]


async def test_live_views_follow_within_a_moment_and_go_with_the_call(
    make: Make, asterisk: FakeAsterisk
) -> None:
    team = Team(1)
    engine = await make(team.database(AgentStatus.AWAY)).start()
    caller = asterisk.enters()

    async def shown() -> bool:
        queue = (await engine.live("queue")).get(team.queue, {})
        return [call["call"] for call in queue.get("waiting", [])] == [id_of(caller)]

    await until(shown, "the waiting call's view")
    call = (await engine.live("call"))[id_of(caller)]
    assert call["state"] == "queued"
    assert call["node"] == "a"
    assert call["queue"] == team.queue
    agent = (await engine.live("agent"))[team.agents[0]]
    assert (agent["status"], agent["state"], agent["registered"]) == ("Away", "Away", True)
    asterisk.hangs_up(caller)

    async def gone() -> bool:
        return await engine.live("call") == {}

    await until(gone, "the view's removal")
    store = engine.process.store
    events = [json.loads(fields["body"]) for _, fields in await store.redis.xrange(store.keys.events)]
    verbs = [event["verb"] for event in events if event["id"] == id_of(caller)]
    assert verbs[0] == "created"
    assert verbs[-1] == "destroyed"


async def test_api_commands_are_applied_and_malformed_ones_passed_over(
    make: Make, asterisk: FakeAsterisk
) -> None:
    team = Team(1)
    engine = await make(team.database(AgentStatus.OFFLINE)).start()
    caller = asterisk.enters()
    store = engine.process.store
    for body in (
        "no json",
        "{}",
        '{"type":"dance"}',
        '{"type":"agent-status","agent":"x","status":"Available"}',
        "[1]",
    ):
        await store.redis.xadd(store.keys.commands, {"body": body})
    await store.redis.xadd(store.keys.commands, {"other": "field"})
    await engine.command(
        type="agent-status", agent=team.agents[0], status="Available", queue=None, reason="", by=None
    )
    await until(lambda: asterisk.ringing(caller), "the ringing after the agent's status was set")
    assert engine.process.metrics.errors.labels("api-command")._value.get() == 6
    await engine.command(type="hang-up", call=id_of(caller), by=new_id())
    await until(lambda: caller.name not in asterisk.channels, "the hang-up")


async def test_a_changed_object_is_read_anew_also_after_an_absence_of_the_database(make: Make) -> None:
    team = Team(1)
    database = team.database()
    engine = await make(database).start()
    await until(lambda: engine.state(team.agents[0]) == "Available", "the configuration")
    database.away = True
    database.items = [item for item in database.items if item.id != team.agents[0]]
    await engine.command(type="config", kind="agent", id=team.agents[0])
    await until(lambda: not engine.shard.reloader.available, "the database's absence being noticed")
    database.away = False
    await until(lambda: engine.shard.core.agent(team.agents[0]) is None, "the agent's removal")


@pytest.mark.parametrize("full", [False, True], ids=["killed", "its memory is full"])
async def test_calls_go_on_and_no_record_is_lost_while_redis_is_away(
    make: Make, asterisk: FakeAsterisk, own_redis: RedisServer, full: bool
) -> None:
    team = Team(2)
    engine = await make(team.database()).start()
    if full:
        await engine.process.store.redis.config_set("maxmemory", 1)
    else:
        await asyncio.to_thread(own_redis.stop, kill=True)
    ended = []
    for _ in range(12):
        caller = asterisk.enters()
        await until(lambda caller=caller: asterisk.ringing(caller), "ringing without Redis")
        leg = asterisk.ringing(caller)[0]
        asterisk.answers_phone(leg)
        agent = team.agents[int(leg.name.removeprefix("PJSIP/phone")[0])]
        await until(lambda agent=agent: engine.state(agent) == "OnCall", "the talk without Redis")
        asterisk.hangs_up(leg)
        await until(lambda caller=caller: caller.name not in asterisk.channels, "the end of the call")
        ended.append(id_of(caller))
    assert not (await engine.process.health())["redis"]
    if full:
        await engine.process.store.redis.config_set("maxmemory", 0)
    else:
        await asyncio.to_thread(own_redis.start)
    await until(lambda: engine.shard.writer.available, "Redis's return being noticed")

    async def delivered() -> bool:
        return len(await engine.records()) >= len(ended)

    await until(delivered, "the records")
    assert [body["record"]["id"] for body in await engine.records()] == ended
    assert engine.process.lease.held


async def test_a_dropped_connection_ends_no_call_and_a_restarted_asterisk_ends_its_own(
    make: Make, asterisk: FakeAsterisk
) -> None:
    async with FakeAsterisk("b") as other:
        team = Team(1)
        engine = await make(team.database(AgentStatus.AWAY), [asterisk, other]).start()
        here, there = asterisk.enters(), other.enters()
        await until(lambda: len(engine.waiting(team.queue)) == 2, "both callers' waiting")
        before = engine.waiting(team.queue)
        asterisk.sessions[-1].drop()
        await until(lambda: not engine.ready(), "the loss of the connection")
        await until(engine.ready, "the reconnection")
        assert engine.waiting(team.queue) == before
        other.restart()
        await until(
            lambda: [id for id, _ in engine.waiting(team.queue)] == [id_of(here)], "the end of b's call"
        )

        async def logged() -> bool:
            return [body["record"]["id"] for body in await engine.records()] == [id_of(there)]

        await until(logged, "the lost call's record")
        assert (await engine.records())[0]["node"] == "b"


async def test_an_api_command_is_applied_once_across_a_restart(make: Make, asterisk: FakeAsterisk) -> None:
    team = Team(1)
    first = await make(team.database(AgentStatus.OFFLINE)).start()
    await first.command(type="agent-status", agent=team.agents[0], status="Break", reason="lunch")
    await until(lambda: first.state(team.agents[0]) == "Break", "the break")
    since = first.shard.core.agent(team.agents[0])
    await first.stop()
    second = make(team.database(AgentStatus.OFFLINE))
    await second.command(type="agent-status", agent=team.agents[0], status="Away", reason="meeting")
    await second.start()
    await until(lambda: second.state(team.agents[0]) == "Away", "the command sent meanwhile")
    store = second.process.store

    async def applied() -> list[str]:
        return [
            entry["event"]["reason"]
            for _, fields in await store.redis.xrange(store.keys.journal)
            if (entry := json.loads(fields["body"])).get("command")
        ]

    async def written() -> bool:
        """The core knows a status before it stands in Redis."""
        return "meeting" in await applied()

    await until(written, "the second command's being journaled")
    assert since is not None
    assert await applied() == ["lunch", "meeting"]


async def test_a_cold_start_takes_each_agents_status_from_its_row(make: Make) -> None:
    team = Team(1)
    engine = await make(team.database(AgentStatus.BREAK)).start()
    await until(lambda: engine.state(team.agents[0]) == "Break", "the row's status")


async def test_a_start_without_a_database_goes_on_with_the_snapshots_configuration(
    make: Make, asterisk: FakeAsterisk
) -> None:
    team = Team(1)
    first = await make(team.database()).start()
    await until(lambda: first.state(team.agents[0]) == "Available", "the configuration")
    await first.stop()
    away = team.database()
    away.away = True
    await make(away).start()
    caller = asterisk.enters()
    await until(lambda: asterisk.ringing(caller), "the ringing without a database")


async def test_a_standby_takes_over_when_the_active_engine_stops(make: Make, asterisk: FakeAsterisk) -> None:
    team = Team(1)
    active = await make(team.database(AgentStatus.AWAY)).start()
    asterisk.enters()
    await until(lambda: len(active.waiting(team.queue)) == 1, "the caller's waiting")
    before = active.waiting(team.queue)
    standby = make(team.database(AgentStatus.AWAY))
    standby.begin()
    assert (await standby.process.health())["role"] == "standby"
    await active.stop()
    await until(standby.ready, "the takeover")
    assert standby.waiting(team.queue) == before
    assert standby.process.lease.fence > active.process.lease.fence
    assert asterisk.variable("SR_FENCE") == str(standby.process.lease.fence)


async def test_an_engine_that_lost_its_lease_stops_commanding(make: Make, asterisk: FakeAsterisk) -> None:
    team = Team(1)
    engine = await make(team.database()).start()
    store = engine.process.store
    await store.redis.incr(store.keys.fence)
    await store.redis.set(store.keys.lease, "another")
    assert engine.task is not None
    with pytest.raises(LeaseLost):
        await engine.task
    assert await store.redis.get(store.keys.lease) == "another"


async def test_an_engine_stops_commanding_when_a_node_obeys_a_newer_one(
    make: Make, asterisk: FakeAsterisk
) -> None:
    """Its lease in Redis is still its own, so it learns of the other engine only from Asterisk."""
    async with FakeAsterisk("b") as other:
        engine = await make(Team(1).database(), [asterisk, other]).start()
        fence = engine.process.lease.fence
        await until(lambda: {n.variable("SR_FENCE") for n in (asterisk, other)} == {str(fence)}, "the fence")
        other.set_variable("SR_FENCE", str(fence + 1))
        assert engine.task is not None
        with pytest.raises(LeaseLost, match="node b obeys a newer engine"):
            await asyncio.wait_for(engine.task, 10)
        sent = len(asterisk.actions)
        caller = asterisk.enters()
        assert (len(asterisk.actions), asterisk.ringing(caller)) == (sent, [])
        assert other.variable("SR_FENCE") == str(fence + 1)


async def test_a_newer_engine_takes_a_node_from_an_older_one_and_a_restarted_asterisk_gets_its_fence_anew(
    make: Make, asterisk: FakeAsterisk
) -> None:
    asterisk.set_variable("SR_FENCE", "7")
    engine = await make(Team(1).database()).start()
    mine = str(engine.process.lease.fence)
    assert asterisk.variable("SR_FENCE") == mine
    asterisk.restart()
    await until(lambda: asterisk.variable("SR_FENCE") == mine, "the fence after Asterisk's restart")
    await until(engine.ready, "the reconnection")


async def test_a_changed_sip_account_is_forgotten_by_every_node_quietly(
    make: Make, asterisk: FakeAsterisk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with FakeAsterisk("b") as other:
        engine = await make(Team(1).database(), [asterisk, other]).start()
        await engine.command(type="config", kind="phone", id="e101t0123456789ab")
        wanted = [(f"res_pjsip/{kind}", "e101t0123456789ab") for kind in CACHES]

        def expired(node: FakeAsterisk) -> list[tuple[str, str]]:
            named = node.named("SorceryMemoryCacheExpireObject")
            return [(action["Cache"], action["Object"]) for action in named]

        await until(lambda: expired(asterisk) == expired(other) == wanted, "the caches' expiry")
        await engine.command(type="config", kind="phone", id="../e101")
        await engine.command(type="agent-status", agent=new_id(), status="Away")
        await until(lambda: "malformed api command" in caplog.text, "the malformed command's being noticed")
        assert expired(asterisk) == wanted
        assert "AMI action refused" not in caplog.text


async def test_the_phone_of_a_suspended_account_is_hung_up_at_every_node(
    make: Make, asterisk: FakeAsterisk
) -> None:
    async with FakeAsterisk("b") as other:
        engine = await make(Team(1).database(), [asterisk, other]).start()
        await engine.command(type="config", kind="phone", id="e101t0123456789ab", hang_up=True)

        def hung_up(node: FakeAsterisk) -> list[str]:
            return [action["Channel"] for action in node.named("Hangup")]

        wanted = ["/^PJSIP/e101t0123456789ab-[0-9a-f]+$/"]
        await until(lambda: hung_up(asterisk) == hung_up(other) == wanted, "the hang-ups")


async def test_whoever_is_signed_out_is_rung_no_more(make: Make, asterisk: FakeAsterisk) -> None:
    """A phone that registered with the password of before would else be rung until it expires: up to an hour."""
    asterisk.phones.update({"e101t0123456789ab", "e102t0123456789ab"})
    engine = await make(Team(1).database()).start()
    await engine.command(type="config", kind="phone", id="e101t0123456789ab", sign_out=True)

    def removed() -> list[tuple[str, str]]:
        return [(action["Family"], action["Key"]) for action in asterisk.named("DBDel")]

    wanted = [("registrar/contact", f"e101t0123456789ab;@{'0' * 32}")]
    await until(lambda: removed() == wanted, "the removal")


async def test_an_asterisk_that_boots_is_no_error(
    make: Make, asterisk: FakeAsterisk, caplog: pytest.LogCaptureFixture
) -> None:
    """It listens late, and drops an early connection in the middle of the resync."""
    caplog.set_level(logging.INFO)
    await asterisk.stop_listening()
    engine = make(Team(1).database())
    engine.begin()
    await until(lambda: "AMI does not answer yet" in caplog.text, "the first attempt")
    listed = asterisk.answers["PJSIPShowContacts"]

    def dropped(session: Session, action: dict[str, str]) -> None:
        asterisk.answers["PJSIPShowContacts"] = listed
        session.drop()

    asterisk.answers["PJSIPShowContacts"] = dropped
    await asterisk.listen()
    await until(engine.ready, "the engine's being ready")
    assert "resync cut short" in caplog.text
    assert [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING] == []


async def test_health_and_metrics_tell_of_every_part(make: Make, asterisk: FakeAsterisk) -> None:
    team = Team(1)
    database = team.database()
    engine = await make(database).start()
    base = f"http://127.0.0.1:{engine.settings.engine_port}"
    caller = asterisk.enters()
    await until(lambda: asterisk.ringing(caller), "the ringing")
    async with httpx.AsyncClient() as client:
        health = await client.get(f"{base}/health")
        body: dict[str, Any] = health.json()
        assert health.status_code == 200
        assert body["nodes"] == {"a": "ready"}
        assert (body["role"], body["redis"], body["database"], body["calls"]) == ("active", True, True, 1)
        text = (await client.get(f"{base}/metrics")).text
        assert 'switchroom_calls{state="offering"} 1.0' in text
        assert 'switchroom_agents{status="Ringing"} 1.0' in text
        assert "switchroom_offer_latency_seconds_count 1.0" in text
        assert f'switchroom_queue_waiting{{queue="{team.queue}"}} 1.0' in text
        database.away = True
        assert (await client.get(f"{base}/health")).status_code == 503


@pytest.mark.parametrize("skew", [3600.0, -3600.0, 15.0])
async def test_the_heartbeat_is_in_the_time_of_the_dialplan(
    make: Make, asterisk: FakeAsterisk, skew: float
) -> None:
    """The dialplan compares it with Asterisk's own clock, which may differ from the engine's, or be set."""
    await make(Team(1).database()).start()

    def late() -> float:
        return time() + asterisk.skew - int(asterisk.variable("SR_HEARTBEAT") or 0)

    await until(lambda: -1 < late() < 5, "the heartbeat")
    asterisk.skew = skew
    await until(lambda: -1 < late() < 5, "a heartbeat of the clock that was set")


@pytest.mark.parametrize("step", [3600.0, -3600.0])
async def test_a_step_of_the_clock_leaves_waits_their_length_and_new_calls_their_queue(
    make: Make, asterisk: FakeAsterisk, monkeypatch: pytest.MonkeyPatch, step: float
) -> None:
    """Engine and Asterisk run on the machine whose clock is set. The engine is started again after that too."""
    set_by = 0.0
    monkeypatch.setattr(shard, "SteadyClock", partial(SteadyClock, lambda: time() + set_by))
    monkeypatch.setattr(steady_clock, "time", lambda: time() + set_by)
    team, loop = Team(1), asyncio.get_running_loop()
    database = team.database(AgentStatus.AWAY)
    database.items[1] = replace(team.queue_config, max_wait=6.0)
    engine = await make(database).start()
    early, began = asterisk.enters(), loop.time()
    await until(lambda: len(engine.waiting(team.queue)) == 1, "the caller's waiting")
    asterisk.skew = set_by = step
    metrics = engine.process.metrics.registry
    await until(
        lambda: metrics.get_sample_value("switchroom_engine_clock_steps_total") == 1,
        "the step's being counted",
    )
    asterisk.enters()
    await until(lambda: len(engine.waiting(team.queue)) == 2, "the new caller's waiting")
    await engine.stop()
    engine = await make(database).start()
    assert engine.waiting(team.queue)[0][0] == id_of(early)
    await until(lambda: len(engine.waiting(team.queue)) == 1, "the end of the first wait")
    assert loop.time() - began == pytest.approx(6, abs=0.7)
    await until(lambda: not engine.waiting(team.queue), "the end of the second wait")
    if step > 0:

        def behind() -> float:
            return time() + set_by - float(engine.shard.runner.snapshot()["at"])

        await until(lambda: abs(behind()) < 0.5, "the engine's following the clock when it is idle")


async def test_the_heartbeat_reaches_the_dialplan_and_redis(make: Make, asterisk: FakeAsterisk) -> None:
    engine = await make(Team(1).database()).start()
    await until(
        lambda: [a for a in asterisk.named("Setvar") if a["Variable"] == "SR_HEARTBEAT"], "the heartbeat"
    )
    store = engine.process.store

    async def beating() -> bool:
        body = json.loads(await store.redis.get(store.keys.heartbeat) or "{}")
        return bool(body.get("nodes") == {"a": "ready"} and body["engine"] == engine.process.spool.engine)

    await until(beating, "the heartbeat in Redis")
    beat = json.loads(await store.redis.get(store.keys.heartbeat) or "{}")
    assert beat["connection"] in [client["name"] for client in await store.redis.client_list()]

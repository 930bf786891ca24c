"""A talk is held and taken back on a private Asterisk: what both sides hear, and what the core hears."""

import asyncio
from pathlib import Path

import pytest

from pbx.asterisk.protocol import actions
from pbx.asterisk.protocol.messages import channel_of
from routing.commands import (
    HandOver,
    HangUp,
    HoldCall,
    JoinAgain,
    PickUp,
    RingExtension,
    StartMusic,
    TakeBack,
)
from routing.events import LiveCall, LivePhase, PhoneHeld, Side
from tests.support.asterisk.live import Live
from tests.support.asterisk.story import AGENTS, PHONES, lines, offer
from tests.support.sip.asterisk import AsteriskServer
from tests.support.sip.audio import hears_tone
from tests.support.sip.softphone import Softphone

pytestmark = pytest.mark.pbx


async def contexts(live: Live) -> list[str]:
    """Return where in the dialplan the channels of the call are."""
    listed, own = await live.client.send(actions.list_channels()), live.calls.calls[live.call].unique_id
    rows = [row for row in listed.events if "Uniqueid" in row]
    return sorted(row["Context"] for row in rows if channel_of(row).call == own)


async def stand(live: Live, *wanted: str) -> None:
    """Wait until the channels of the call are there in the dialplan, and nowhere else."""
    await live.settles(0.5)
    for _ in range(100):
        if await contexts(live) == list(wanted):
            return
        await live.settles(0.1)
    assert await contexts(live) == list(wanted)


async def restarts(live: Live) -> LiveCall:
    """Return how a restarted engine finds the call."""
    return next(seen for seen in (await live.restarts()).calls if seen.call == live.call)


async def ends(live: Live) -> None:
    await live.does(HangUp(live.call))
    await live.hears("CallHungUp")


async def talks(live: Live) -> None:
    await live.hears("CallEntered")
    await live.does(offer(live.call, 0))
    await live.hears("AgentAnswered")
    await live.settles(0.5)


async def test_both_hear_music_and_talk_again(
    asterisk: AsteriskServer, ann: Softphone, tmp_path: Path
) -> None:
    async with Live(asterisk, tmp_path) as live:
        live.caller()
        await talks(live)
        await live.does(HoldCall(live.call, "default", 60))
        await stand(live, "held", "held")
        await live.does(JoinAgain(live.call))
        await stand(live, "held", "talk")
        ann.hang_up()
        await live.hears("CallReturned")
        await ends(live)
        assert lines(live.events)[-3:] == ["AgentLegEnded ann", "CallReturned", "CallHungUp 16"]


@pytest.mark.parametrize("who", ["caller", "agent"])
async def test_someone_hangs_up_on_hold(
    asterisk: AsteriskServer, ann: Softphone, tmp_path: Path, who: str
) -> None:
    async with Live(asterisk, tmp_path) as live:
        live.caller(hang_up=3 if who == "caller" else None)
        await talks(live)
        await live.does(HoldCall(live.call, "default", 60))
        await live.settles(0.3)
        if who == "agent":
            ann.hang_up()
            await live.hears("AgentLegEnded")
            await live.does(HangUp(live.call))
        await live.hears("CallHungUp")
        await asyncio.to_thread(ann.wait_for, "CALL_CLOSED")
        assert lines(live.events)[-2] == "AgentLegEnded ann"


@pytest.mark.parametrize("joined", [False, True], ids=["held", "joined"])
async def test_a_restart_finds_the_held_call(
    asterisk: AsteriskServer, ann: Softphone, tmp_path: Path, joined: bool
) -> None:
    async with Live(asterisk, tmp_path) as live:
        live.caller()
        await talks(live)
        await live.does(HoldCall(live.call, "default", 60))
        await live.settles(0.3)
        if joined:
            await live.does(JoinAgain(live.call))
            await live.settles(0.3)
        seen = await restarts(live)
        assert (seen.call, seen.agent) == (live.call, AGENTS[0])
        assert seen.phase is (LivePhase.TALKING if joined else LivePhase.HELD)
        if not joined:
            await live.does(JoinAgain(live.call))
            await live.settles(0.3)
        live.forget()
        ann.hang_up()
        await live.hears("CallReturned")
        assert lines(live.events[live._forgotten :]) == ["AgentLegEnded ann", "CallReturned"]
        await ends(live)


async def test_without_an_engine_the_two_are_joined_in_the_end(
    asterisk: AsteriskServer, ann: Softphone, tmp_path: Path
) -> None:
    async with Live(asterisk, tmp_path) as live:
        live.caller()
        await talks(live)
        await live.does(HoldCall(live.call, "default", 2))
        await live.settles(3)
        assert await contexts(live) == ["held", "talk"]
        seen = await restarts(live)
        assert (seen.phase, seen.agent) == (LivePhase.TALKING, AGENTS[0])
        assert ann.seen("CALL_CLOSED") == []
        await ends(live)


async def test_an_internal_call_is_held(asterisk: AsteriskServer, ann: Softphone, tmp_path: Path) -> None:
    async with Live(asterisk, tmp_path) as live:
        bob = live.agent(1)
        ann.dial("102")
        event = await live.hears("PhoneCallEntered")
        live.call = event.call  # type: ignore[union-attr]
        await live.does(RingExtension(live.call, (PHONES[1],), 20))
        await live.hears("PartyAnswered")
        await live.does(HoldCall(live.call, "default", 60))
        await stand(live, "held", "held")
        seen = await restarts(live)
        assert (seen.phase, seen.phone) == (LivePhase.HELD, PHONES[0])
        await live.does(JoinAgain(live.call))
        await live.settles(0.3)
        ann.hang_up()
        await live.hears("CallHungUp")
        assert lines(live.events)[-2:] == ["PartyLegEnded", "CallHungUp 16"]
        assert await asyncio.to_thread(bob.wait_for, "ended")


async def test_a_telephone_holds_the_talk(asterisk: AsteriskServer, ann: Softphone, tmp_path: Path) -> None:
    async with Live(asterisk, tmp_path) as live:
        live.caller()
        await talks(live)
        ann.command("hold")
        await live.hears("PhoneHeld")
        seen = await restarts(live)
        assert seen.phase is LivePhase.TALKING
        ann.command("resume")
        await live.until(lambda: PhoneHeld(live.call, Side.PARTY, False) in live.events)
        await ends(live)


@pytest.mark.parametrize("held", [False, True], ids=["talking", "held"])
async def test_the_caller_is_taken_back(
    asterisk: AsteriskServer, ann: Softphone, tmp_path: Path, held: bool
) -> None:
    async with Live(asterisk, tmp_path) as live:
        bob = live.agent(1)
        live.caller()
        await talks(live)
        if held:
            await live.does(HoldCall(live.call, "default", 60))
            await live.settles(0.3)
        await live.does(TakeBack(live.call, "default"))
        await live.hears("CallReturned")
        await asyncio.to_thread(ann.wait_for, "CALL_CLOSED")
        live.forget()
        await live.does(offer(live.call, 1))
        await live.hears("AgentAnswered")
        await ends(live)
        assert await asyncio.to_thread(bob.wait_for, "ended")
        told = lines(live.events)
        assert told[told.index("AgentLegEnded ann") : told.index("PhoneRang bob")] == [
            "AgentLegEnded ann", "CallReturned",
        ]  # fmt: skip


@pytest.mark.parametrize("held", [False, True], ids=["talking", "held"])
async def test_the_called_member_becomes_the_call_itself(
    asterisk: AsteriskServer, ann: Softphone, tmp_path: Path, held: bool
) -> None:
    async with Live(asterisk, tmp_path) as live:
        bob = live.agent(1)
        ann.dial("102")
        event = await live.hears("PhoneCallEntered")
        live.call = event.call  # type: ignore[union-attr]
        await live.does(RingExtension(live.call, (PHONES[1],), 20))
        await live.hears("PartyAnswered")
        await live.settles(0.3)
        if held:
            await live.does(HoldCall(live.call, "default", 60))
            await live.settles(0.3)
        await live.does(HandOver(live.call, "default"))
        await live.hears("CallReturned")
        await asyncio.to_thread(ann.wait_for, "CALL_CLOSED")
        seen = await restarts(live)
        assert (seen.phase, seen.phone) == (LivePhase.CONTROLLED, "")
        live.forget()
        await live.does(offer(live.call, 0))
        await live.hears("AgentAnswered")
        ann.hang_up()
        await live.hears("CallReturned")
        await ends(live)
        assert await asyncio.to_thread(bob.wait_for, "ended")


async def test_after_the_music_both_hear_each_other(
    asterisk: AsteriskServer, ann: Softphone, tmp_path: Path
) -> None:
    with Softphone(tmp_path / "customer", asterisk, voice=1000) as customer:
        async with Live(asterisk, tmp_path) as live:
            customer.dial("+14165550100")
            await talks(live)
            await live.does(HoldCall(live.call, "default", 60))
            await live.settles(1)
            await live.does(JoinAgain(live.call))
            await live.settles(2.5)
            await ends(live)
        await asyncio.to_thread(customer.wait_for, "CALL_CLOSED")
        await asyncio.to_thread(ann.wait_for, "CALL_CLOSED")
    for phone, tone in ((customer, 440), (ann, 1000)):
        heard = hears_tone(phone.heard()[-1], tone)
        assert sum(heard[-len(heard) // 4 :]) > len(heard) / 8, "in the last quarter"


@pytest.mark.parametrize("who", ["caller", "agent"])
async def test_a_parked_caller_is_fetched(
    asterisk: AsteriskServer, ann: Softphone, tmp_path: Path, who: str
) -> None:
    async with Live(asterisk, tmp_path) as live:
        live.caller(hang_up=6 if who == "caller" else None)
        await talks(live)
        parked = live.call
        await live.does(TakeBack(parked, "default"))
        await live.hears("CallReturned")
        await live.does(StartMusic(parked, "default"))
        await asyncio.to_thread(ann.dial, "701")  # the phone waits for the engine for two seconds only
        visit = await live.hears("PhoneCallEntered")
        live.forget()
        await live.does(PickUp(parked, visit.call, AGENTS[0], "recordings/fetched-1"))  # type: ignore[union-attr]
        await asyncio.to_thread(ann.wait_for, "CALL_ESTABLISHED", 2)
        await live.settles(1)
        seen = await restarts(live)
        assert (seen.phase, seen.agent) == (LivePhase.TALKING, AGENTS[0])
        if who == "agent":
            ann.hang_up()
            await live.hears("CallReturned")
            await ends(live)
        await live.hears("CallHungUp")
        told = [it for it in lines(live.events[live._forgotten :]) if it != "CallReturned"]
        assert told == ["AgentLegEnded ann", "CallHungUp 16"]
        await asyncio.to_thread(ann.wait_for, "CALL_CLOSED", 2)
    assert (asterisk.spool / "recordings/fetched-1.agent.wav").stat().st_size > 4000

"""Another telephone takes a talk over, answers a ringing call, or hears a talk, on a private Asterisk."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from routing.commands import (
    HangUp,
    HoldCall,
    MuteParty,
    PickUp,
    RingExtension,
    RingMember,
    SendDigits,
    Supervise,
)
from routing.events import LivePhase
from routing.ids import CallId
from tests.pbx.asterisk.calls.test_live_consults import share, softphone
from tests.pbx.asterisk.calls.test_live_moves import ends, restarts
from tests.support.asterisk.live import Live
from tests.support.asterisk.story import AGENTS, PHONES, lines, offer
from tests.support.sip.asterisk import AsteriskServer
from tests.support.sip.audio import hears_tone
from tests.support.sip.plugin import ACCOUNTS
from tests.support.sip.softphone import Softphone

pytestmark = pytest.mark.pbx
CUSTOMER, ANN, BOB, SECOND = 700, 440, 1000, 1500
MIXED = 0.2
"""The share of a tone's power, if another one is heard beside it."""
RING = CallId("0f" * 16)
SHOWN = "+14165550123"


@pytest.fixture
def ann(asterisk: AsteriskServer, tmp_path: Path) -> Iterator[Softphone]:
    with softphone(asterisk, tmp_path / "ann", 0, ANN) as phone:
        phone.registered()
        yield phone


@pytest.fixture
def bob(asterisk: AsteriskServer, tmp_path: Path) -> Iterator[Softphone]:
    with softphone(asterisk, tmp_path / "bob", 1, BOB) as phone:
        phone.registered()
        yield phone


@pytest.fixture
def customer(asterisk: AsteriskServer, tmp_path: Path) -> Iterator[Softphone]:
    with Softphone(tmp_path / "customer", asterisk, voice=CUSTOMER) as phone:
        yield phone


async def talks(live: Live, customer: Softphone, *, recording: str | None = None) -> None:
    await asyncio.to_thread(customer.dial, "+14165550100")
    await live.hears("CallEntered")
    await live.does(offer(live.call, 0, recording=recording))
    await live.hears("AgentAnswered ann")
    await live.settles(0.5)


async def rings(live: Live, which: int, near: CallId | None = None) -> None:
    """Ring a member's telephones. Return when one has answered."""
    await live.does(RingMember(RING, PHONES[which], SHOWN, 20, answers=True, near=near))
    await live.hears("CallbackAnswered")


@pytest.mark.parametrize("held", [False, True], ids=["talking", "held"])
async def test_a_talk_goes_on_at_another_telephone(
    asterisk: AsteriskServer, ann: Softphone, customer: Softphone, tmp_path: Path, held: bool
) -> None:
    """The one that talks is not rung, although it has the same account."""
    async with Live(asterisk, tmp_path) as live:
        await talks(live, customer, recording="recordings/pulled-1")
        if held:
            await live.does(HoldCall(live.call, "default", 60))
            await live.settles(0.3)
        with softphone(asterisk, tmp_path / "second", 0, SECOND) as second:
            await asyncio.to_thread(second.registered)
            await rings(live, 0, near=live.call)
            live.forget()
            await live.does(PickUp(live.call, RING, AGENTS[0], "recordings/pulled-2"))
            await asyncio.to_thread(ann.wait_for, "CALL_CLOSED")
            assert len(ann.seen("CALL_ESTABLISHED")) == 1
            await live.settles(3)
            seen = await restarts(live)
            assert (seen.phase, seen.agent) == (LivePhase.TALKING, AGENTS[0])
            assert [
                it for it in lines(live.events[live._forgotten :]) if "Ended" in it or "Returned" in it
            ] == []
            second.hang_up()
            await live.hears("CallReturned")
            await ends(live)
            await asyncio.to_thread(customer.wait_for, "CALL_CLOSED")
            assert share(second.heard()[-1], CUSTOMER) > 0.5
    assert lines(live.events[live._forgotten :]) == ["AgentLegEnded ann", "CallReturned", "CallHungUp 16"]
    assert share(customer.heard()[-1], SECOND) > 0.5
    assert share(asterisk.spool / "recordings/pulled-2.agent.wav", SECOND) > 0.5


@pytest.mark.parametrize("who", ["second", "bob"])
async def test_who_called_goes_on_at_another_telephone(
    asterisk: AsteriskServer, ann: Softphone, bob: Softphone, tmp_path: Path, who: str
) -> None:
    async with Live(asterisk, tmp_path) as live:
        await asyncio.to_thread(ann.dial, "102")
        event = await live.hears("PhoneCallEntered")
        live.call = event.call  # type: ignore[union-attr]
        await live.does(RingExtension(live.call, (PHONES[1],), 20, comes_back=True))
        await live.hears("PartyAnswered")
        await live.settles(0.5)
        with softphone(asterisk, tmp_path / "second", 0, SECOND) as second:
            await asyncio.to_thread(second.registered)
            await rings(live, 0, near=live.call)
            live.forget()
            await live.does(PickUp(live.call, RING, None, own=True))
            await asyncio.to_thread(ann.wait_for, "CALL_CLOSED")
            await live.settles(0.5)
            seen = await restarts(live)
            assert (seen.phase, seen.phone) == (LivePhase.TALKING, PHONES[0])
            (second if who == "second" else bob).hang_up()
            await live.hears("CallHungUp")
            await asyncio.to_thread(bob.wait_for, "CALL_CLOSED")
            await asyncio.to_thread(second.wait_for, "CALL_CLOSED")
        told = [it for it in lines(live.events[live._forgotten :]) if it != "CallerHangingUp"]
        assert told == ["PartyLegEnded", "CallHungUp 16"]


async def test_the_only_telephone_cannot_take_its_own_talk_over(
    asterisk: AsteriskServer, ann: Softphone, customer: Softphone, tmp_path: Path
) -> None:
    async with Live(asterisk, tmp_path) as live:
        await talks(live, customer)
        await live.does(RingMember(RING, PHONES[0], SHOWN, 20, answers=True, near=live.call))
        await live.hears("CallbackFailed")
        await ends(live)
        await asyncio.to_thread(ann.wait_for, "CALL_CLOSED")
        assert len(ann.seen("CALL_ESTABLISHED")) == 1


async def test_a_colleague_answers_a_ringing_call(
    asterisk: AsteriskServer, bob: Softphone, customer: Softphone, tmp_path: Path
) -> None:
    with Softphone(tmp_path / "ann", asterisk, ACCOUNTS[0], voice=ANN) as ann:
        ann.registered()
        async with Live(asterisk, tmp_path) as live:
            await asyncio.to_thread(customer.dial, "+14165550100")
            await live.hears("CallEntered")
            await live.does(offer(live.call, 0))
            await asyncio.to_thread(ann.wait_for, "CALL_INCOMING")
            await asyncio.to_thread(bob.dial, "*8101")
            visit = await live.hears("PhoneCallEntered")
            live.forget()
            await live.does(PickUp(live.call, visit.call, AGENTS[1]))  # type: ignore[union-attr]
            await asyncio.to_thread(ann.wait_for, "CALL_CLOSED")
            await asyncio.to_thread(customer.wait_for, "CALL_ESTABLISHED")
            await live.settles(2)
            seen = await restarts(live)
            assert (seen.phase, seen.agent) == (LivePhase.TALKING, AGENTS[1])
            bob.hang_up()
            await live.hears("CallReturned")
            await ends(live)
        told = [it for it in lines(live.events[live._forgotten :]) if "ann" not in it]
        assert told == ["AgentLegEnded bob", "CallReturned", "CallHungUp 16"]
    await asyncio.to_thread(customer.wait_for, "CALL_CLOSED")
    assert share(customer.heard()[-1], BOB) > 0.5


async def test_a_colleague_answers_an_internal_call(
    asterisk: AsteriskServer, ann: Softphone, customer: Softphone, tmp_path: Path
) -> None:
    """Bob's telephone rings for Ann, and Bob answers at another one, which is rung for it."""
    with Softphone(tmp_path / "bob", asterisk, ACCOUNTS[1], voice=BOB) as bob:
        bob.registered()
        async with Live(asterisk, tmp_path) as live:
            await asyncio.to_thread(ann.dial, "102")
            event = await live.hears("PhoneCallEntered")
            live.call = event.call  # type: ignore[union-attr]
            await live.does(RingExtension(live.call, (PHONES[1],), 20))
            await asyncio.to_thread(bob.wait_for, "CALL_INCOMING")
            with softphone(asterisk, tmp_path / "second", 1, SECOND) as second:
                await asyncio.to_thread(second.registered)
                await rings(live, 1)
                await live.does(PickUp(live.call, RING, None))
                await asyncio.to_thread(bob.wait_for, "CALL_CLOSED")
                await asyncio.to_thread(ann.wait_for, "CALL_ESTABLISHED")
                await live.settles(0.5)
                seen = await restarts(live)
                assert (seen.phase, seen.phone) == (LivePhase.TALKING, PHONES[0])
                second.hang_up()
                await live.hears("CallHungUp")
                await asyncio.to_thread(ann.wait_for, "CALL_CLOSED")


async def test_a_supervisor_hears_whispers_and_joins(
    asterisk: AsteriskServer, ann: Softphone, bob: Softphone, customer: Softphone, tmp_path: Path
) -> None:
    async with Live(asterisk, tmp_path) as live:
        await talks(live, customer)
        await rings(live, 1)
        await live.does(Supervise(RING, live.call, "monitor"))
        await live.settles(2)
        found = {it.call: it for it in (await live.restarts()).calls}
        assert found[RING].phase is LivePhase.SUPERVISING
        assert (found[live.call].phase, found[live.call].agent) == (LivePhase.TALKING, AGENTS[0])
        await live.does(Supervise(RING, live.call, "whisper"))
        await live.settles(3)
        live.forget()
        ann.hang_up()
        await live.until(lambda: lines(live.events[live._forgotten :]).count("CallReturned") == 2)
        await live.does(HangUp(RING))
        await ends(live)
    for phone in (customer, bob):
        await asyncio.to_thread(phone.wait_for, "CALL_CLOSED")
    assert share(bob.heard()[-1], CUSTOMER, least=MIXED) > 0.5
    assert share(bob.heard()[-1], ANN, least=MIXED) > 0.5
    assert share(ann.heard()[-1], BOB, least=MIXED) > 0.5
    assert share(customer.heard()[-1], BOB, least=MIXED) == 0


async def test_a_supervisor_joins_and_leaves(
    asterisk: AsteriskServer, ann: Softphone, bob: Softphone, customer: Softphone, tmp_path: Path
) -> None:
    async with Live(asterisk, tmp_path) as live:
        await talks(live, customer)
        await rings(live, 1)
        await live.does(Supervise(RING, live.call, "barge"))
        await live.settles(3)
        bob.hang_up()
        await live.until(lambda: RING not in live.calls.calls)
        seen = await restarts(live)
        assert (seen.phase, seen.agent) == (LivePhase.TALKING, AGENTS[0])
        await ends(live)
    await asyncio.to_thread(customer.wait_for, "CALL_CLOSED")
    assert share(customer.heard()[-1], BOB, least=MIXED) > 0.5


async def test_a_side_is_muted(
    asterisk: AsteriskServer, ann: Softphone, customer: Softphone, tmp_path: Path
) -> None:
    async with Live(asterisk, tmp_path) as live:
        await talks(live, customer)
        await live.does(MuteParty(live.call, False, True))
        await live.settles(3)
        await ends(live)
    await asyncio.to_thread(customer.wait_for, "CALL_CLOSED")
    await asyncio.to_thread(ann.wait_for, "CALL_CLOSED")
    hears, heard = hears_tone(customer.heard()[-1], ANN), hears_tone(ann.heard()[-1], CUSTOMER)
    assert sum(hears) < sum(heard) / 2, "the caller hears nothing for most of the talk"


async def test_the_other_side_hears_digits(
    asterisk: AsteriskServer, ann: Softphone, customer: Softphone, tmp_path: Path
) -> None:
    async with Live(asterisk, tmp_path) as live:
        await talks(live, customer)
        await live.does(SendDigits(live.call, False, "12#"))
        await live.settles(3)
        heard = [
            (await asyncio.to_thread(customer.wait_for, "CALL_DTMF_START", number))["param"]
            for number in (1, 2, 3)
        ]
        assert heard == ["1", "2", "#"]
        await ends(live)

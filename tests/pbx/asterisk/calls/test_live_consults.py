"""One side of a talk calls someone else on a private Asterisk: who hears whom, and what the core hears."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from routing.commands import (
    CompleteConsult,
    Consult,
    HangUp,
    OfferCall,
    RingExtension,
)
from routing.events import LivePhase
from routing.ids import CallId
from tests.pbx.asterisk.calls.test_live_moves import contexts, ends, stand, talks
from tests.support.asterisk.live import Live
from tests.support.asterisk.story import AGENTS, PHONES, lines, offer
from tests.support.sip.asterisk import AsteriskServer
from tests.support.sip.audio import hears_tone
from tests.support.sip.plugin import ACCOUNTS
from tests.support.sip.softphone import Softphone

pytestmark = pytest.mark.pbx


def softphone(asterisk: AsteriskServer, folder: Path, which: int, voice: int) -> Softphone:
    return Softphone(folder, asterisk, ACCOUNTS[which], voice=voice, parameters=("answermode=auto",))


@pytest.fixture
def ann(asterisk: AsteriskServer, tmp_path: Path) -> Iterator[Softphone]:
    with softphone(asterisk, tmp_path / "ann", 0, 440) as phone:
        phone.registered()
        yield phone


@pytest.fixture
def bob(asterisk: AsteriskServer, tmp_path: Path) -> Iterator[Softphone]:
    with softphone(asterisk, tmp_path / "bob", 1, 1000) as phone:
        phone.registered()
        yield phone


async def consults(live: Live, number: int = 1) -> CallId:
    """Let Ann, who talks, consult. Return the call in which she does."""
    await live.does(Consult(live.call, number, AGENTS[0], PHONES[0], "default", 60))
    began = await live.hears("ConsultBegan")
    return began.call  # type: ignore[union-attr, return-value]


async def asks_bob(live: Live, consult: CallId, *, recording: str | None = None) -> None:
    await live.does(OfferCall(consult, (AGENTS[1],), (PHONES[1],), 20, "default", recording))
    await live.hears("AgentAnswered bob")
    await live.settles(0.5)


def share(sound: Path, tone: int, *, least: float = 0.5) -> float:
    """Return how much of the last third of the sound has the tone. `least`: as in `hears_tone`."""
    heard = hears_tone(sound, tone, least=least)
    last = heard[-len(heard) // 3 :]
    return sum(last) / len(last)


async def test_the_caller_is_handed_over(
    asterisk: AsteriskServer, ann: Softphone, bob: Softphone, tmp_path: Path
) -> None:
    with Softphone(tmp_path / "customer", asterisk, voice=700) as customer:
        async with Live(asterisk, tmp_path) as live:
            await asyncio.to_thread(customer.dial, "+14165550100")
            await live.hears("CallEntered")
            await live.does(offer(live.call, 0, recording="recordings/asked-1"))
            await live.hears("AgentAnswered ann")
            await live.settles(0.5)
            consult = await consults(live)
            await asks_bob(live, consult, recording="recordings/consult-1")
            seen = {it.call: it for it in (await live.restarts()).calls}
            assert (seen[live.call].phase, seen[live.call].agent) == (LivePhase.HELD, AGENTS[0])
            assert (seen[consult].phase, seen[consult].agent) == (LivePhase.TALKING, AGENTS[1])
            assert (seen[consult].consult_of, seen[live.call].consult_of) == (live.call, None)
            live.forget()
            await live.does(CompleteConsult(live.call, consult, "recordings/asked-2"))
            await asyncio.to_thread(ann.wait_for, "CALL_CLOSED")
            await live.settles(3)
            seen = {it.call: it for it in (await live.restarts()).calls}
            assert [(it.phase, it.agent) for it in seen.values()] == [(LivePhase.TALKING, AGENTS[1])]
            bob.hang_up()
            await live.hears("CallReturned")
            await ends(live)
        await asyncio.to_thread(customer.wait_for, "CALL_CLOSED")
    assert lines(live.events[live._forgotten :]) == ["AgentLegEnded bob", "CallReturned", "CallHungUp 16"]
    assert share(customer.heard()[-1], 1000) > 0.5
    assert share(bob.heard()[-1], 700) > 0.5
    assert share(asterisk.spool / "recordings/asked-2.agent.wav", 1000) > 0.5
    assert share(asterisk.spool / "recordings/asked-2.caller.wav", 700) > 0.5


@pytest.mark.parametrize("how", ["bob", "engine", "before"])
async def test_the_two_talk_again(
    asterisk: AsteriskServer, ann: Softphone, bob: Softphone, tmp_path: Path, how: str
) -> None:
    async with Live(asterisk, tmp_path) as live:
        live.caller()
        await talks(live)
        consult = await consults(live)
        if how != "before":
            await asks_bob(live, consult)
        if how == "bob":
            bob.hang_up()
            await live.hears("CallReturned")
        await live.does(HangUp(consult))
        await live.hears("CallHungUp")
        await stand(live, "consult", "held")
        seen = [(it.call, it.phase, it.agent) for it in (await live.restarts()).calls]
        assert seen == [(live.call, LivePhase.TALKING, AGENTS[0])]
        live.forget()
        second = await consults(live, 2)
        assert second != consult
        await live.does(HangUp(second))
        await live.settles(0.5)
        ann.hang_up()
        await live.hears("CallReturned")
        await ends(live)
        assert [it for it in lines(live.events) if "ann" in it][-1] == "AgentLegEnded ann"


@pytest.mark.parametrize("when", ["before", "talking"])
async def test_without_an_engine_the_two_talk_again(
    asterisk: AsteriskServer, ann: Softphone, bob: Softphone, tmp_path: Path, when: str
) -> None:
    async with Live(asterisk, tmp_path) as live:
        live.caller()
        await talks(live)
        consult = await consults(live)
        if when == "talking":
            await asks_bob(live, consult)
        live._held = []  # no engine hears anything from now on
        if when == "talking":
            bob.hang_up()
        await live.settles(7)
        seen = [(it.call, it.phase, it.agent) for it in (await live.restarts((consult,))).calls]
        assert seen == [(live.call, LivePhase.TALKING, AGENTS[0])]
        assert ann.seen("CALL_CLOSED") == []
        await ends(live)


async def test_who_consults_hangs_up(
    asterisk: AsteriskServer, ann: Softphone, bob: Softphone, tmp_path: Path
) -> None:
    async with Live(asterisk, tmp_path) as live:
        live.caller()
        await talks(live)
        consult = await consults(live)
        await asks_bob(live, consult)
        live.forget()
        ann.hang_up()
        await live.hears("CallHungUp")
        told = set(lines(live.events[live._forgotten :]))
        assert {"AgentLegEnded ann", "AgentLegEnded bob", "CallHungUp 16"} <= told
        assert await contexts(live) == ["held"]
        await ends(live)


async def test_the_caller_hangs_up_meanwhile(
    asterisk: AsteriskServer, ann: Softphone, bob: Softphone, tmp_path: Path
) -> None:
    async with Live(asterisk, tmp_path) as live:
        live.caller(hang_up=4)
        await talks(live)
        consult = await consults(live)
        await asks_bob(live, consult)
        await live.until(lambda: live.call not in live.calls.calls)
        assert ann.seen("CALL_CLOSED") == bob.seen("CALL_CLOSED") == []
        await live.does(HangUp(consult))
        await asyncio.to_thread(ann.wait_for, "CALL_CLOSED")
        await asyncio.to_thread(bob.wait_for, "CALL_CLOSED")


async def test_who_called_a_colleague_consults(
    asterisk: AsteriskServer, ann: Softphone, bob: Softphone, tmp_path: Path
) -> None:
    """The colleague becomes the call's own channel. Here it is Ann, who is called."""
    cid = None
    async with Live(asterisk, tmp_path) as live:
        cid = live.agent(2)
        await asyncio.to_thread(bob.dial, "101")
        event = await live.hears("PhoneCallEntered")
        live.call = event.call  # type: ignore[union-attr]
        await live.does(RingExtension(live.call, (PHONES[0],), 20))
        await live.hears("PartyAnswered")
        await live.settles(0.5)
        await live.does(Consult(live.call, 1, None, PHONES[1], "default", 60, hands_over=True))
        began = await live.hears("ConsultBegan")
        consult = began.call  # type: ignore[union-attr]
        await live.does(RingExtension(consult, (ACCOUNTS[2].phone,), 20, comes_back=True))
        await live.until(lambda: lines(live.events).count("PartyAnswered") == 2)
        await live.settles(0.5)
        live.forget()
        await live.does(CompleteConsult(live.call, consult))
        await asyncio.to_thread(bob.wait_for, "CALL_CLOSED")
        await live.settles(0.5)
        assert ann.seen("CALL_CLOSED") == []
        ann.hang_up()
        await live.hears("CallHungUp")
        assert lines(live.events[live._forgotten :])[-2:] == ["PartyLegEnded", "CallHungUp 16"]
        assert await asyncio.to_thread(cid.wait_for, "ended")


async def fails(asterisk: AsteriskServer, folder: Path) -> None:
    async with Live(asterisk, folder) as live:
        live.caller()
        await talks(live)
        await consults(live)
        raise AssertionError("on purpose")


async def test_a_test_that_fails_leaves_no_call(
    asterisk: AsteriskServer, ann: Softphone, tmp_path: Path
) -> None:
    with pytest.raises(AssertionError, match="on purpose"):
        await fails(asterisk, tmp_path / "fails")
    await asyncio.to_thread(ann.wait_for, "CALL_CLOSED")
    async with Live(asterisk, tmp_path / "next") as live:
        assert await live.channels() == []

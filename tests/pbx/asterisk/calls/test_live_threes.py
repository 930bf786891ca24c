"""Three talk on a private Asterisk: who hears whom, who may leave, and what a restart finds."""

import asyncio
from pathlib import Path

import pytest

from routing.commands import JoinConsult, LetGo
from routing.events import LiveCall, LivePhase
from tests.pbx.asterisk.calls.test_live_consults import ann, asks_bob, bob, consults, share
from tests.pbx.asterisk.calls.test_live_moves import ends
from tests.support.asterisk.live import Live
from tests.support.asterisk.story import AGENTS, PHONES, lines, offer
from tests.support.sip.asterisk import AsteriskServer
from tests.support.sip.audio import hears_tone
from tests.support.sip.softphone import Softphone

__all__ = ["ann", "bob"]

pytestmark = pytest.mark.pbx
CUSTOMER, ANN, BOB = 700, 440, 1000
MIXED = 0.2
"""The share of a tone's power, if another one is heard beside it."""


async def three(live: Live, customer: Softphone) -> None:
    """Let the customer, Ann and Bob talk together. Return when they have done so for a while."""
    await asyncio.to_thread(customer.dial, "+14165550100")
    await live.hears("CallEntered")
    await live.does(offer(live.call, 0, recording="recordings/three-1"))
    await live.hears("AgentAnswered ann")
    await live.settles(0.5)
    consult = await consults(live)
    await asks_bob(live, consult)
    live.forget()
    await live.does(JoinConsult(live.call, consult, "recordings/three-2"))
    await live.settles(3)


def seconds(sound: Path, tone: int) -> float:
    """Return for how long the tone was heard, alone or beside another one."""
    step = 0.2
    return step * sum(hears_tone(sound, tone, step=step, least=MIXED))


async def found(live: Live) -> LiveCall:
    """Restart, and return the only call that is found."""
    (seen,) = (await live.restarts()).calls
    return seen


@pytest.mark.parametrize("leaves", ["ann", "bob"])
async def test_one_leaves_and_the_others_talk_on(
    asterisk: AsteriskServer, ann: Softphone, bob: Softphone, tmp_path: Path, leaves: str
) -> None:
    with Softphone(tmp_path / "customer", asterisk, voice=CUSTOMER) as customer:
        async with Live(asterisk, tmp_path) as live:
            await three(live, customer)
            seen = await found(live)
            assert (seen.phase, seen.agent) == (LivePhase.TALKING, AGENTS[0])
            assert (seen.talks_with, seen.third) == (PHONES[0], PHONES[1])
            await live.does(LetGo(live.call, third=leaves == "bob"))
            first, last = (ann, bob) if leaves == "ann" else (bob, ann)
            await asyncio.to_thread(first.wait_for, "CALL_CLOSED")
            await live.hears("ThirdLeft" if leaves == "bob" else "AgentLegEnded ann")
            await live.settles(3)
            seen = await found(live)
            left = 0 if leaves == "bob" else 1
            assert (seen.phase, seen.agent, seen.third) == (LivePhase.TALKING, AGENTS[left], None)
            assert last.seen("CALL_CLOSED") == customer.seen("CALL_CLOSED") == []
            last.hang_up()
            await live.hears("CallReturned")
            await ends(live)
            told = lines(live.events[live._forgotten :])
        await asyncio.to_thread(customer.wait_for, "CALL_CLOSED")
    ended = (
        ["ThirdLeft", "AgentLegEnded ann"] if leaves == "bob" else ["AgentLegEnded ann", "AgentLegEnded bob"]
    )
    assert told == [*ended, "CallReturned", "CallHungUp 16"]
    for phone, others in ((customer, (ANN, BOB)), (ann, (CUSTOMER, BOB)), (bob, (CUSTOMER, ANN))):
        for tone in others:
            assert seconds(phone.heard()[-1], tone) > 1, (phone.folder.name, tone)
    assert share(asterisk.spool / "recordings/three-2.agent.wav", BOB) > 0.5


async def test_the_caller_leaves_and_the_call_is_over(
    asterisk: AsteriskServer, ann: Softphone, bob: Softphone, tmp_path: Path
) -> None:
    with Softphone(tmp_path / "customer", asterisk, voice=CUSTOMER) as customer:
        async with Live(asterisk, tmp_path) as live:
            await three(live, customer)
            customer.hang_up()
            for phone in (ann, bob):
                await asyncio.to_thread(phone.wait_for, "CALL_CLOSED")
            await live.hears("CallHungUp")
            told = lines(live.events[live._forgotten :])
    assert [it for it in told if it != "CallerHangingUp"] == [
        "ThirdLeft",
        "AgentLegEnded ann",
        "CallHungUp 16",
    ]


async def test_without_an_engine_who_consulted_leaves(
    asterisk: AsteriskServer, ann: Softphone, bob: Softphone, tmp_path: Path
) -> None:
    with Softphone(tmp_path / "customer", asterisk, voice=CUSTOMER) as customer:
        async with Live(asterisk, tmp_path) as live:
            await three(live, customer)
            live._held = []  # no engine hears anything from now on
            ann.hang_up()
            await live.settles(2)
            seen = await found(live)
            assert (seen.phase, seen.agent, seen.talks_with) == (LivePhase.TALKING, AGENTS[1], PHONES[1])
            await ends(live)
        await asyncio.to_thread(bob.wait_for, "CALL_CLOSED")

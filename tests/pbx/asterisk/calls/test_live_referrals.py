"""A telephone sends the other side of its talk on (SIP REFER) on a private Asterisk. baresip is the telephone."""

import asyncio
from pathlib import Path

import pytest

from routing.commands import HangUp, RingExtension
from routing.events import CallReferred, LivePhase
from tests.pbx.asterisk.calls.test_live_consults import ann, bob
from tests.pbx.asterisk.calls.test_live_moves import ends, restarts, talks
from tests.support.asterisk.live import Live
from tests.support.asterisk.story import PHONES, lines, offer
from tests.support.sip.asterisk import AsteriskServer
from tests.support.sip.softphone import Softphone

__all__ = ["ann", "bob"]

pytestmark = pytest.mark.pbx


async def refers(phone: Softphone, asterisk: AsteriskServer, number: str) -> None:
    server = f"{asterisk.instance.sip_bind}:{asterisk.sip_port}"
    await asyncio.to_thread(phone.command, "transfer", f"sip:{number}@{server}")


@pytest.mark.parametrize("number", ["102", "+14165550177"])
async def test_an_agents_telephone_sends_the_caller_on(
    asterisk: AsteriskServer, ann: Softphone, bob: Softphone, tmp_path: Path, number: str
) -> None:
    async with Live(asterisk, tmp_path) as live:
        live.caller()
        await talks(live)
        await refers(ann, asterisk, number)
        told = await live.hears("CallReferred")
        assert isinstance(told, CallReferred)
        outside = number if number.startswith("+") else ""
        assert (told.call, told.dialled, told.number, told.handed_over) == (live.call, number, outside, False)
        seen = await restarts(live)
        assert (seen.phase, seen.phone) == (LivePhase.CONTROLLED, "")
        live.forget()
        await live.does(offer(live.call, 1))
        await live.hears("AgentAnswered bob")
        bob.hang_up()
        await live.hears("CallReturned")
        await ends(live)
    assert "AgentLegEnded ann" in lines(live.events)


async def test_who_called_sends_on_whom_they_called(
    asterisk: AsteriskServer, ann: Softphone, bob: Softphone, tmp_path: Path
) -> None:
    async with Live(asterisk, tmp_path) as live:
        await asyncio.to_thread(ann.dial, "102")
        event = await live.hears("PhoneCallEntered")
        live.call = event.call  # type: ignore[union-attr]
        await live.does(RingExtension(live.call, (PHONES[1],), 20))
        await live.hears("PartyAnswered")
        await live.settles(0.5)
        live.forget()
        await refers(ann, asterisk, "103")
        told = await live.hears("CallReferred")
        assert isinstance(told, CallReferred)
        assert (told.dialled, told.handed_over) == ("103", True)
        assert bob.seen("CALL_CLOSED") == []
        await live.does(HangUp(live.call))
        await live.hears("CallHungUp")
        await asyncio.to_thread(bob.wait_for, "CALL_CLOSED")
        ended = [it for it in lines(live.events[live._forgotten :]) if it.startswith("Call")]
        assert ended == ["CallReferred", "CallHungUp 16"]


async def test_a_target_that_cannot_be_dialled_is_refused(
    asterisk: AsteriskServer, ann: Softphone, tmp_path: Path
) -> None:
    async with Live(asterisk, tmp_path) as live:
        live.caller()
        await talks(live)
        await refers(ann, asterisk, "somebody")
        await live.settles(1)
        await ends(live)
    assert [it for it in live.events if isinstance(it, CallReferred)] == []

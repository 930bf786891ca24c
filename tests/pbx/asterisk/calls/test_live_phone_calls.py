"""A member's phone calls a colleague on a private Asterisk: what the core hears, and what the phone is told."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from routing.commands import Answer, HangUp, Play, RingExtension
from routing.events import Event, LivePhase, PhoneCallEntered, PhoneStateChanged
from tests.support.asterisk.live import Live
from tests.support.asterisk.story import PHONES, lines
from tests.support.sip.asterisk import AsteriskServer
from tests.support.sip.plugin import ACCOUNTS
from tests.support.sip.softphone import Softphone

pytestmark = pytest.mark.pbx

RINGS = ["PhoneCallEntered", "PartyRang"]
TALKS = [*RINGS, "PartyAnswered"]
OVER = "CallHungUp"


@pytest.fixture
def ann(asterisk: AsteriskServer, tmp_path: Path) -> Iterator[Softphone]:
    """The phone of extension 101."""
    with Softphone(tmp_path / "ann", asterisk, ACCOUNTS[0], voice=440) as phone:
        phone.registered()
        yield phone


def ring(live: Live, **more: Any) -> RingExtension:
    return RingExtension(live.call, (PHONES[1],), 20, **more)


async def entered(live: Live) -> PhoneCallEntered:
    event = await live.hears("PhoneCallEntered")
    assert isinstance(event, PhoneCallEntered)
    live.call = event.call
    return event


async def test_a_colleague_answers_and_the_caller_hangs_up(
    asterisk: AsteriskServer, ann: Softphone, tmp_path: Path
) -> None:
    async with Live(asterisk, tmp_path) as live:
        bob = live.agent(1)
        ann.dial("102")
        event = await entered(live)
        assert (event.phone, event.dialled, event.rings) == (PHONES[0], "102", False)
        await live.does(ring(live, recording="recordings/internal-1"))
        await live.hears("PartyAnswered")
        await asyncio.to_thread(ann.wait_for, "CALL_ESTABLISHED")
        await live.settles(1.0)
        ann.hang_up()
        await live.hears(OVER)
        assert lines(live.events) == [*TALKS, "PartyLegEnded", f"{OVER} 16"]
        assert await _ended(bob)
    assert (asterisk.spool / "recordings/internal-1.agent.wav").stat().st_size > 4000
    assert not any(busy(event) for event in live.events), "the phones are ours"


def busy(event: Event) -> bool:
    return isinstance(event, PhoneStateChanged) and event.busy


async def _ended(phones: Any) -> bool:
    return bool(phones.wait_for("ended"))


async def test_the_colleague_hangs_up(asterisk: AsteriskServer, ann: Softphone, tmp_path: Path) -> None:
    async with Live(asterisk, tmp_path) as live:
        live.agent(1, talk=0.5)
        ann.dial("102")
        await entered(live)
        await live.does(ring(live))
        await live.hears(OVER)
        assert sorted(lines(live.events)) == sorted([*TALKS, "PartyLegEnded", f"{OVER} 16"])
        await asyncio.to_thread(ann.wait_for, "CALL_CLOSED")


@pytest.mark.parametrize(
    ("status", "reason", "told"),
    [
        (486, "busy", "486"),
        (603, "rejected", "603"),
        (480, "no-answer", "480"),
        (404, "unreachable", "404"),
        (503, "unreachable", "503"),
    ],
)
async def test_the_phones_refusal_passes_unchanged(
    asterisk: AsteriskServer, ann: Softphone, tmp_path: Path, status: int, reason: str, told: str
) -> None:
    async with Live(asterisk, tmp_path) as live:
        live.agent(1, reject=status)
        ann.dial("102")
        await entered(live)
        await live.does(ring(live))
        await live.hears(OVER)
        assert (await asyncio.to_thread(ann.wait_for, "CALL_CLOSED"))["param"].startswith(told)
        failed = next(event for event in live.events if type(event).__name__ == "PartyFailed")
        assert failed.reason == reason  # type: ignore[attr-defined]


async def test_nobody_answers(asterisk: AsteriskServer, ann: Softphone, tmp_path: Path) -> None:
    async with Live(asterisk, tmp_path) as live:
        live.agent(1, never_answer=True)
        ann.dial("102")
        await entered(live)
        await live.does(RingExtension(live.call, (PHONES[1],), 1))
        await live.hears(OVER)
        assert lines(live.events) == [*RINGS, "PartyFailed", f"{OVER} 19"]
        assert (await asyncio.to_thread(ann.wait_for, "CALL_CLOSED"))["param"].startswith("480")


async def test_the_caller_gives_up(asterisk: AsteriskServer, ann: Softphone, tmp_path: Path) -> None:
    async with Live(asterisk, tmp_path) as live:
        bob = live.agent(1, never_answer=True)
        ann.dial("102")
        await entered(live)
        await live.does(ring(live))
        await live.hears("PartyRang")
        ann.hang_up()
        await live.hears(OVER)
        assert lines(live.events)[:3] == [*RINGS, "PartyFailed"]
        assert await asyncio.to_thread(bob.wait_for, "cancelled")


@pytest.mark.parametrize(("cause", "told"), [(1, "404"), (17, "486"), (20, "480"), (21, "403"), (42, "503")])
async def test_the_core_refuses(
    asterisk: AsteriskServer, ann: Softphone, tmp_path: Path, cause: int, told: str
) -> None:
    async with Live(asterisk, tmp_path) as live:
        ann.dial("102")
        await entered(live)
        await live.does(HangUp(live.call, cause))
        await live.hears(OVER)
        assert (await asyncio.to_thread(ann.wait_for, "CALL_CLOSED"))["param"].startswith(told)


async def test_without_a_command_in_time_the_dialplan_rings(
    asterisk: AsteriskServer, ann: Softphone, tmp_path: Path
) -> None:
    async with Live(asterisk, tmp_path) as live:
        live.agent(1)
        ann.dial("102")
        await entered(live)
        await live.hears("PartyAnswered")
        await live.does(ring(live))  # too late: nothing rings twice
        ann.hang_up()
        await live.hears(OVER)
        assert lines(live.events) == [*TALKS, "PartyLegEnded", f"{OVER} 16"]


async def test_a_call_that_found_no_heartbeat_is_told_when_it_rings(
    asterisk: AsteriskServer, ann: Softphone, tmp_path: Path
) -> None:
    async with Live(asterisk, tmp_path) as live:
        bob = live.agent(1)
        with asterisk.ami() as ami:
            ami.action("Setvar", Variable="SR_HEARTBEAT", Value="1")
        ann.dial("102")
        event = await entered(live)
        assert (event.phone, event.dialled, event.rings) == (PHONES[0], "102", True)
        await live.hears("PartyAnswered")
        ann.hang_up()
        await live.hears(OVER)
        assert lines(live.events) == [*TALKS, "PartyLegEnded", f"{OVER} 16"]
        await asyncio.to_thread(bob.wait_for, "ended")


@pytest.mark.parametrize("answers", [False, True], ids=["ringing", "talking"])
async def test_a_restart_finds_the_call(
    asterisk: AsteriskServer, ann: Softphone, tmp_path: Path, answers: bool
) -> None:
    async with Live(asterisk, tmp_path) as live:
        live.agent(1, never_answer=not answers)
        ann.dial("102")
        await entered(live)
        await live.does(ring(live))
        await live.hears("PartyAnswered" if answers else "PartyRang")
        found = await live.restarts()
        [seen] = found.calls
        phase = LivePhase.TALKING if answers else LivePhase.DIALING
        assert (seen.call, seen.phase, seen.phone, seen.did) == (live.call, phase, PHONES[0], "102")
        assert not any(state.busy for state in found.phones)
        live.forget()
        ann.hang_up()
        await live.hears(OVER)
        end = "PartyLegEnded" if answers else "PartyFailed"
        assert lines(live.events[live._forgotten :]) == [end, f"{OVER} 16"] or not answers
        assert live.calls.calls == {}


# -- calls that go on somewhere else -------------------------------------------------------------------------------


async def test_a_refused_call_comes_back_and_stays(
    asterisk: AsteriskServer, ann: Softphone, tmp_path: Path
) -> None:
    """The core has another step for it. What it hears then lasts longer than the moment that the dialplan gives."""
    async with Live(asterisk, tmp_path) as live:
        live.agent(1, reject=486)
        ann.dial("102")
        await entered(live)
        await live.does(ring(live, comes_back=True))
        await live.hears("CallReturned")
        assert lines(live.events)[-2:] == ["PartyFailed", "CallReturned"]
        await live.does(Answer(live.call))
        await live.does(Play(live.call, 1, ("vm-intro",)))
        await asyncio.to_thread(ann.wait_for, "CALL_ESTABLISHED")
        await live.hears("PlaybackFinished", 20)
        assert ann.seen("CALL_CLOSED") == []
        await live.does(HangUp(live.call))
        await live.hears(OVER)


@pytest.mark.parametrize(("status", "told"), [(486, "486"), (603, "403"), (404, "404")])
async def test_a_refused_call_for_which_no_engine_has_a_step_is_told_the_cause(
    asterisk: AsteriskServer, ann: Softphone, tmp_path: Path, status: int, told: str
) -> None:
    async with Live(asterisk, tmp_path) as live:
        live.agent(1, reject=status)
        ann.dial("102")
        await entered(live)
        await live.does(ring(live, comes_back=True))
        await live.hears("CallReturned")
        await live.hears(OVER)
        assert (await asyncio.to_thread(ann.wait_for, "CALL_CLOSED"))["param"].startswith(told)


async def test_a_call_rings_one_after_the_other(
    asterisk: AsteriskServer, ann: Softphone, tmp_path: Path
) -> None:
    async with Live(asterisk, tmp_path) as live:
        bob = live.agent(1, never_answer=True)
        ann.dial("102")
        await entered(live)
        await live.does(RingExtension(live.call, (PHONES[1],), 1, comes_back=True))
        await live.hears("CallReturned")
        await asyncio.to_thread(bob.wait_for, "cancelled")
        live.forget()
        await live.does(ring(live))
        await live.hears("PartyRang")
        ann.hang_up()
        await live.hears(OVER)


async def test_a_feature_code_waits_for_the_engine(
    asterisk: AsteriskServer, ann: Softphone, tmp_path: Path
) -> None:
    async with Live(asterisk, tmp_path) as live:
        ann.dial("*72102")
        event = await entered(live)
        assert (event.phone, event.dialled, event.rings) == (PHONES[0], "*72102", False)
        await live.settles(2.5)
        assert ann.seen("CALL_CLOSED") == []
        await live.does(Answer(live.call))
        await live.does(Play(live.call, 1, ("activated",)))
        await live.hears("PlaybackFinished")
        await live.does(HangUp(live.call))
        await live.hears(OVER)


async def test_a_feature_code_without_an_engine_does_nothing(
    asterisk: AsteriskServer, ann: Softphone, tmp_path: Path
) -> None:
    with asterisk.ami() as ami:
        ami.action("Setvar", Variable="SR_HEARTBEAT", Value="")
    ann.dial("*78")
    assert (await asyncio.to_thread(ann.wait_for, "CALL_CLOSED"))["param"].startswith("503")

"""A member's phone calls a telephone number on a private Asterisk: what the provider gets, and what the phone hears."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from cli.run.asterisk_config import Trunk
from pbx.asterisk.protocol import actions
from routing.commands import DialOut, HangUp, LaunchCallback, RingMember
from routing.events import CallbackFailed, CallEntered, LivePhase, PartyFailed, PhoneCallEntered
from routing.ids import CallId
from tests.support.asterisk.live import Live
from tests.support.asterisk.story import PHONES, lines
from tests.support.sip.asterisk import AsteriskServer, new_asterisk
from tests.support.sip.phones import OutsideLine
from tests.support.sip.plugin import ACCOUNTS
from tests.support.sip.ports import free_port
from tests.support.sip.realtime import RealtimeServer
from tests.support.sip.softphone import Softphone

pytestmark = pytest.mark.pbx

FIRST, SECOND = "127.0.0.4", "127.0.0.5"
NUMBER, MAIN = "+14165550177", "+14165550101"
OVER = "CallHungUp"
TALKS = ["PhoneCallEntered", "PartyAnswered"]


class Providers:
    """An Asterisk with the trunks `one` and `two`, and what their far ends do."""

    def __init__(self, folder: Path, realtime: RealtimeServer) -> None:
        self.ports = (free_port(), free_port())
        self.folder = folder
        self.asterisk: AsteriskServer = new_asterisk(
            folder,
            api_url=realtime.url,
            node_secret=realtime.password,
            trunks=(
                Trunk("one", (FIRST,), f"{FIRST}:{self.ports[0]}"),
                Trunk("two", (SECOND,), f"{SECOND}:{self.ports[1]}"),
            ),
        )
        self.lines: list[OutsideLine] = []

    def line(self, which: int, **options: object) -> OutsideLine:
        """Let the far end of a trunk take calls, or refuse them."""
        address = (FIRST, SECOND)[which]
        folder = self.folder / f"line-{len(self.lines)}-{free_port()}"
        made = OutsideLine(folder, self.asterisk, address, self.ports[which], **options)  # type: ignore[arg-type]
        made.start()
        self.lines.append(made)
        self.asterisk.wait_for_contact(("one", "two")[which])
        return made


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, realtime: RealtimeServer) -> Iterator[Providers]:
    made = Providers(tmp_path_factory.mktemp("asterisk"), realtime)
    made.asterisk.start()
    yield made
    made.asterisk.stop()
    print(made.asterisk.log())


@pytest.fixture
def providers(server: Providers) -> Iterator[Providers]:
    yield server
    for line in server.lines:
        line.stop()
    server.lines.clear()


@pytest.fixture
def ann(providers: Providers, tmp_path: Path) -> Iterator[Softphone]:
    with Softphone(tmp_path / "ann", providers.asterisk, ACCOUNTS[0], voice=440) as phone:
        phone.registered()
        yield phone


@pytest.fixture
async def live(providers: Providers, tmp_path: Path) -> AsyncIterator[Live]:
    async with Live(providers.asterisk, tmp_path, trunks=("one", "two")) as live:
        yield live


async def dialled(live: Live, ann: Softphone, digits: str = "4165550177") -> PhoneCallEntered:
    await live.client.send(actions.set_heartbeat(int(time.time())))
    ann.dial(digits)
    event = await live.hears("PhoneCallEntered")
    assert isinstance(event, PhoneCallEntered)
    live.call = event.call
    return event


def out(live: Live, **more: object) -> DialOut:
    return DialOut(live.call, NUMBER, MAIN, 20, **more)  # type: ignore[arg-type]


async def test_the_provider_gets_the_number_and_ours(
    live: Live, providers: Providers, ann: Softphone
) -> None:
    line = providers.line(0)
    event = await dialled(live, ann)
    assert (event.phone, event.number) == (PHONES[0], NUMBER)
    await live.does(out(live, recording="recordings/outgoing-1"))
    await live.hears("PartyAnswered")
    await asyncio.to_thread(ann.wait_for, "CALL_ESTABLISHED")
    await live.settles(1.0)
    ann.hang_up()
    await live.hears(OVER)
    assert lines(live.events) == [*TALKS, "PartyLegEnded", f"{OVER} 16"]
    assert [event[0] for event in line.events("invite")] == [NUMBER]
    shown = [" ".join(words) for words in (*line.events("from"), *line.events("asserted"))]
    assert len(shown) == 2
    assert all(f"sip:{MAIN}@" in header and "sip:101@" not in header for header in shown)
    recorded = providers.asterisk.spool / "recordings"
    assert (recorded / "outgoing-1.agent.wav").stat().st_size > 4000


async def test_the_far_end_hangs_up(live: Live, providers: Providers, ann: Softphone) -> None:
    providers.line(0, talk=0.5)
    await dialled(live, ann)
    await live.does(out(live))
    await live.hears(OVER)
    assert sorted(lines(live.events)) == sorted([*TALKS, "PartyLegEnded", f"{OVER} 16"])
    await asyncio.to_thread(ann.wait_for, "CALL_CLOSED")


@pytest.mark.parametrize("status", [403, 408, 500, 503])
async def test_the_next_trunk_takes_the_call(
    live: Live, providers: Providers, ann: Softphone, status: int
) -> None:
    first, second = providers.line(0, reject=status), providers.line(1)
    await dialled(live, ann)
    await live.does(out(live))
    await live.hears("PartyAnswered")
    assert (len(first.events("invite")), len(second.events("invite"))) == (1, 1)
    ann.hang_up()
    await live.hears(OVER)
    assert lines(live.events) == [*TALKS, "PartyLegEnded", f"{OVER} 16"]


async def test_a_trunk_that_is_gone_is_passed_over(live: Live, providers: Providers, ann: Softphone) -> None:
    providers.asterisk.wait_for_contact("one", "Unavail", 40)
    second = providers.line(1)
    await dialled(live, ann)
    await live.does(out(live))
    await live.hears("PartyAnswered")
    assert len(second.events("invite")) == 1
    ann.hang_up()
    await live.hears(OVER)


@pytest.mark.parametrize(
    ("status", "reason", "told"),
    [(486, "busy", "486"), (603, "rejected", "603"), (404, "unreachable", "404"), (480, "no-answer", "480")],
)
async def test_a_refusal_of_the_number_passes_unchanged(
    live: Live, providers: Providers, ann: Softphone, status: int, reason: str, told: str
) -> None:
    providers.line(0, reject=status)
    second = providers.line(1)
    await dialled(live, ann)
    await live.does(out(live))
    await live.hears(OVER)
    assert (await asyncio.to_thread(ann.wait_for, "CALL_CLOSED"))["param"].startswith(told)
    failed = next(event for event in live.events if isinstance(event, PartyFailed))
    assert (failed.reason, second.events("invite")) == (reason, [])
    assert not any("CallerHangingUp" in type(event).__name__ for event in live.events)


async def test_when_every_trunk_fails_the_phone_hears_it(
    live: Live, providers: Providers, ann: Softphone
) -> None:
    lines_ = providers.line(0, reject=503), providers.line(1, reject=500)
    await dialled(live, ann)
    await live.does(out(live))
    await live.hears("PartyFailed")
    await asyncio.to_thread(ann.wait_for, "CALL_PROGRESS")
    await live.hears(OVER)
    assert (await asyncio.to_thread(ann.wait_for, "CALL_CLOSED"))["param"].startswith("503")
    assert [len(line.events("invite")) for line in lines_] == [1, 1]
    assert lines(live.events) == ["PhoneCallEntered", "PartyFailed", f"{OVER} 34"]


async def test_the_core_refuses_and_the_phone_hears_why(
    live: Live, providers: Providers, ann: Softphone
) -> None:
    line = providers.line(0)
    await dialled(live, ann)
    await live.does(HangUp(live.call, 21, ("switchroom/outside-not-allowed",)))
    await asyncio.to_thread(ann.wait_for, "CALL_PROGRESS")
    await live.hears(OVER)
    assert (await asyncio.to_thread(ann.wait_for, "CALL_CLOSED"))["param"].startswith("403")
    assert lines(live.events) == ["PhoneCallEntered", f"{OVER} 21"]
    assert line.events("invite") == []
    assert ann.heard()[0].stat().st_size > 8000


@pytest.mark.parametrize("heartbeat", [True, False], ids=["silent engine", "no engine"])
async def test_without_an_engine_the_number_is_not_dialled(
    live: Live, providers: Providers, ann: Softphone, heartbeat: bool
) -> None:
    line = providers.line(0)
    if not heartbeat:
        with providers.asterisk.ami() as ami:
            ami.action("Setvar", Variable="SR_HEARTBEAT", Value="1")
    ann.dial("4165550177")
    await asyncio.to_thread(ann.wait_for, "CALL_PROGRESS")
    assert (await asyncio.to_thread(ann.wait_for, "CALL_CLOSED"))["param"].startswith("503")
    assert line.events("invite") == []


@pytest.mark.parametrize("answers", [False, True], ids=["ringing", "talking"])
async def test_a_restart_finds_the_call(
    live: Live, providers: Providers, ann: Softphone, answers: bool
) -> None:
    providers.line(0, reject=503)
    providers.line(1, never_answer=not answers)
    await dialled(live, ann)
    await live.does(out(live))
    if answers:
        await live.hears("PartyAnswered")
    else:
        await asyncio.to_thread(ann.wait_for, "CALL_RINGING")
    found = await live.restarts()
    [seen] = found.calls
    phase = LivePhase.TALKING if answers else LivePhase.DIALING
    assert (seen.call, seen.phase, seen.phone, seen.number) == (live.call, phase, PHONES[0], NUMBER)
    assert not any(state.busy for state in found.phones)
    live.forget()
    ann.hang_up()
    await live.hears(OVER)
    assert lines(live.events[live._forgotten :])[0] == ("PartyLegEnded" if answers else "PartyFailed")
    await live.until(lambda: live.calls.calls == {})


async def test_the_answer_comes_after_a_restart(live: Live, providers: Providers, ann: Softphone) -> None:
    providers.line(0, ring=3)
    await dialled(live, ann)
    await live.does(out(live))
    await asyncio.to_thread(ann.wait_for, "CALL_RINGING")
    await live.restarts()
    live.forget()
    await live.hears("PartyAnswered")
    ann.hang_up()
    await live.hears(OVER)
    assert lines(live.events[live._forgotten :]) == ["PartyAnswered", "PartyLegEnded", f"{OVER} 16"]


async def test_an_emergency_call_goes_out_and_is_told(
    live: Live, providers: Providers, ann: Softphone
) -> None:
    """Over the next trunk, although the first one says that the number is busy."""
    providers.line(0, reject=486)
    second = providers.line(1)
    event = await dialled(live, ann, "911")
    assert (event.phone, event.dialled, event.emergency, event.rings) == (PHONES[0], "911", True, True)
    await live.hears("PartyAnswered")
    found = await live.restarts()
    assert [(seen.emergency, seen.phase) for seen in found.calls] == [(True, LivePhase.TALKING)]
    ann.hang_up()
    await live.hears(OVER)
    assert lines(live.events) == [*TALKS, "PartyLegEnded", f"{OVER} 16"]
    assert [invite[0] for invite in second.events("invite")] == ["911"]


async def test_an_emergency_call_that_no_trunk_takes_is_told(
    live: Live, providers: Providers, ann: Softphone
) -> None:
    for trunk in ("one", "two"):
        providers.asterisk.wait_for_contact(trunk, "Unavail", 40)
    ann.dial("911")
    await live.hears(OVER, 30)
    assert lines(live.events)[:2] == ["PhoneCallEntered", "PartyFailed"]
    await asyncio.to_thread(ann.wait_for, "CALL_CLOSED")


PLACED = CallId("0f" * 16)


def placed(number: str = NUMBER) -> RingMember:
    return RingMember(PLACED, PHONES[0], number, 10)


async def test_a_member_who_asked_for_a_call_is_rung_first(
    live: Live, providers: Providers, ann: Softphone
) -> None:
    line = providers.line(0)
    live.call = PLACED
    await live.does(placed(), placed())
    shown = await asyncio.to_thread(ann.wait_for, "CALL_INCOMING")
    assert NUMBER in shown["peeruri"]
    assert line.events("invite") == []
    (seen,) = (await live.restarts()).calls
    assert (seen.call, seen.phase, seen.phone) == (PLACED, LivePhase.CALLING, PHONES[0])
    ann.command("accept")
    await live.hears("CallbackAnswered")
    await live.does(out(live, recording="recordings/placed-1"))
    await live.hears("PartyAnswered")
    (seen,) = (await live.restarts()).calls
    assert (seen.phase, seen.phone, seen.number) == (LivePhase.TALKING, PHONES[0], NUMBER)
    live.forget()
    ann.hang_up()
    await live.hears(OVER)
    assert lines(live.events[live._forgotten :]) == ["PartyLegEnded", f"{OVER} 16"]
    assert [invite[0] for invite in line.events("invite")] == [NUMBER]
    (shown_outside,) = (" ".join(words) for words in line.events("from"))
    assert f"sip:{MAIN}@" in shown_outside


async def test_a_member_who_does_not_answer_what_they_asked_for(live: Live, ann: Softphone) -> None:
    live.call = PLACED
    await live.does(placed())
    await asyncio.to_thread(ann.wait_for, "CALL_INCOMING")
    ann.hang_up()
    assert isinstance(await live.hears("CallbackFailed"), CallbackFailed)
    await live.until(lambda: live.calls.calls == {})
    assert not live.calls.phones.state(PHONES[0]).busy


async def test_the_far_end_of_a_placed_call_hangs_up(
    live: Live, providers: Providers, ann: Softphone
) -> None:
    providers.line(0, talk=0.5)
    live.call = PLACED
    await live.does(placed())
    await asyncio.to_thread(ann.wait_for, "CALL_INCOMING")
    ann.command("accept")
    await live.hears("CallbackAnswered")
    await live.does(out(live))
    await live.hears(OVER)
    await asyncio.to_thread(ann.wait_for, "CALL_CLOSED")
    assert sorted(lines(live.events)) == sorted(
        ["CallbackAnswered", "PartyAnswered", "PartyLegEnded", f"{OVER} 16"]
    )


async def test_a_customer_is_called_back_over_the_next_trunk(live: Live, providers: Providers) -> None:
    first, second = providers.line(0, reject=503), providers.line(1)
    live.call = PLACED
    await live.does(LaunchCallback(PLACED, NUMBER, MAIN, 20))
    await live.hears("CallbackAnswered")
    assert (len(first.events("invite")), len(second.events("invite"))) == (1, 1)
    await live.does(HangUp(PLACED))
    await live.hears(OVER)
    assert lines(live.events) == ["CallbackAnswered", f"{OVER} 16"]


async def test_a_number_of_ours_enters_as_a_new_call(
    live: Live, providers: Providers, ann: Softphone
) -> None:
    line = providers.line(0)
    ours = (await dialled(live, ann, "+14165550100")).call
    await live.does(DialOut(live.call, "+14165550100", MAIN, 20, own=True))
    arrived = await live.hears("CallEntered")
    assert isinstance(arrived, CallEntered)
    assert (arrived.did, arrived.caller) == ("+14165550100", MAIN)
    assert arrived.call != ours
    await live.does(HangUp(arrived.call, 17))
    await live.hears("PartyFailed")
    assert (await asyncio.to_thread(ann.wait_for, "CALL_CLOSED"))["param"].startswith("486")
    assert line.events("invite") == []
    await live.until(lambda: live.calls.calls == {})

"""Customers whom we ring over a trunk, on a private Asterisk."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pbx.asterisk import NodeCalls, Phones
from pbx.asterisk.protocol import actions
from routing.commands import HangUp, LaunchCallback, StartMusic
from routing.events import LivePhase
from routing.ids import CallId
from tests.pbx.asterisk.conftest import PROVIDER
from tests.support.asterisk.live import Live
from tests.support.asterisk.story import in_stable_order, lines, offer
from tests.support.servers import wait_until
from tests.support.sip.asterisk import AsteriskServer
from tests.support.sip.phones import OutsideLine

pytestmark = pytest.mark.pbx

NUMBER = "+14165557000"
SHOWN = "+14165550999"
CALLS = iter(f"{n:032x}" for n in range(1, 1000))


class Customers:
    """The far end of the trunk: `customers(reject=486)` starts it."""

    def __init__(self, asterisk: AsteriskServer, folder: Path, port: int) -> None:
        self._asterisk = asterisk
        self._folder = folder
        self._port = port
        self.lines: list[OutsideLine] = []

    def __call__(self, **options: Any) -> OutsideLine:
        line = OutsideLine(self._folder / "line", self._asterisk, PROVIDER, self._port, **options)
        self.lines.append(line)
        line.start()
        self._asterisk.wait_for_contact("provider", seconds=40)
        return line


@pytest.fixture
def customers(asterisk: AsteriskServer, tmp_path: Path, provider_port: int) -> Iterator[Customers]:
    made = Customers(asterisk, tmp_path, provider_port)
    yield made
    for line in made.lines:
        line.stop()


@pytest.fixture
def call() -> CallId:
    return CallId(next(CALLS))


def launch(call: CallId, timeout: float = 20, caller_id: str = SHOWN) -> LaunchCallback:
    return LaunchCallback(call, NUMBER, caller_id, timeout)


async def test_a_customer_answers_and_is_connected(
    asterisk: AsteriskServer, customers: Customers, tmp_path: Path, call: CallId
) -> None:
    line = customers(ring=0.5)
    async with Live(asterisk, tmp_path) as live:
        live.agent(0, ring=0.2, talk=0.8)
        await live.does(launch(call))
        await live.hears("CallbackAnswered")
        assert line.events("invite")[0][0] == NUMBER
        assert call in live.calls.calls
        await live.does(StartMusic(call, "default"), offer(call, 0))
        await live.hears("CallReturned")
        await live.does(HangUp(call))
        await live.hears("CallHungUp")
        talk = ["PhoneRang ann", "AgentAnswered ann", "AgentLegEnded ann"]
        assert in_stable_order(lines(live.events)) == [
            "CallbackAnswered",
            *talk,
            "CallReturned",
            "CallHungUp 16",
        ]
        assert {event.call for event in live.events if hasattr(event, "call")} == {call}
        assert live.calls.calls == {}
    line.wait_for("ended")


@pytest.mark.parametrize(
    ("options", "seconds", "reason"),
    [
        ({"reject": 486}, 20, "busy"),
        ({"reject": 603}, 20, "rejected"),
        ({"reject": 404}, 20, "unreachable"),
        ({"reject": 480, "ring": 0.5}, 20, "no-answer"),
        ({"never_answer": True}, 2, "no-answer"),
    ],
)
async def test_a_customer_does_not_answer(
    asterisk: AsteriskServer,
    customers: Customers,
    tmp_path: Path,
    call: CallId,
    options: dict[str, Any],
    seconds: float,
    reason: str,
) -> None:
    customers(**options)
    async with Live(asterisk, tmp_path) as live:
        await live.does(launch(call, seconds))
        await live.hears("CallbackFailed")
        assert lines(live.events) == [f"CallbackFailed {reason}"]
        assert live.calls.calls == {}


async def test_hanging_up_a_customer_who_rings_cancels(
    asterisk: AsteriskServer, customers: Customers, tmp_path: Path, call: CallId
) -> None:
    line = customers(never_answer=True)
    async with Live(asterisk, tmp_path) as live:
        await live.does(launch(call))
        await live.until(lambda: (rung := live.calls.calls[call].rung) is not None and rung.rang)
        await live.does(HangUp(call))
        await live.hears("CallbackFailed")
        assert lines(live.events) == ["CallbackFailed withdrawn"]
    line.wait_for("cancelled")


async def test_hanging_up_at_once_rings_nobody_for_long(
    asterisk: AsteriskServer, customers: Customers, tmp_path: Path, call: CallId
) -> None:
    line = customers(never_answer=True)
    async with Live(asterisk, tmp_path) as live:
        await live.does(launch(call), HangUp(call))
        await live.hears("CallbackFailed")
        assert lines(live.events) == ["CallbackFailed withdrawn"]
    assert len(line.wait_for("cancelled")) == len(line.events("invite"))


async def test_a_callback_is_never_doubled(
    asterisk: AsteriskServer, customers: Customers, tmp_path: Path, call: CallId
) -> None:
    """Neither a second command, nor a restart, nor an engine that knows nothing of the call rings twice."""
    line = customers(ring=3, talk=1)
    async with Live(asterisk, tmp_path) as live:
        await live.does(launch(call), launch(call))
        await live.until(lambda: (rung := live.calls.calls[call].rung) is not None and rung.rang)
        (listed,) = (await live.restarts()).calls
        assert (listed.call, listed.phase) == (call, LivePhase.CALLING)
        await live.does(launch(call))
        ignorant = NodeCalls("a", Phones(), spool="/mnt/spool", trunks=("provider",))
        live.client.post(*ignorant.translate(launch(call)).actions)
        await live.hears("CallbackAnswered")
        (listed,) = (await live.restarts()).calls
        assert (listed.call, listed.phase) == (call, LivePhase.CONTROLLED)
        await live.hears("CallHungUp")
    assert len(line.events("invite")) == 1


async def test_a_customer_whose_provider_is_gone_is_unreachable(
    asterisk: AsteriskServer, tmp_path: Path, call: CallId
) -> None:
    asterisk.wait_for_contact("provider", "Unavail", 40)
    async with Live(asterisk, tmp_path) as live:
        await live.does(launch(call, 5))
        await live.hears("CallbackFailed", 40)
        assert lines(live.events) == ["CallbackFailed unreachable"]
        assert live.calls.calls == {}


async def test_a_trunk_that_asterisk_does_not_know(
    asterisk: AsteriskServer, tmp_path: Path, call: CallId
) -> None:
    async with Live(asterisk, tmp_path) as live:
        live.calls = NodeCalls("a", Phones(), spool="/mnt/spool", trunks=("nowhere",))
        await live.does(launch(call, 5))
        await live.hears("CallbackFailed")
        assert lines(live.events) == ["CallbackFailed unreachable"]


async def test_a_customer_who_answers_when_the_engine_is_gone_gets_the_fallback(
    asterisk: AsteriskServer, customers: Customers, tmp_path: Path, call: CallId
) -> None:
    customers(ring=1, talk=25)
    async with Live(asterisk, tmp_path) as live:
        await live.does(launch(call))
        await live.until(lambda: (rung := live.calls.calls[call].rung) is not None and rung.rang)
        live.client.post(actions.set_heartbeat(1))
        left = asterisk.spool / f"fallback/callback-{call}_{SHOWN[1:]}_{NUMBER[1:]}.wav"
        wait_until(left.exists, "a message of the customer", 20)
        assert (await live.restarts()).calls == (), "whom the fallback serves is left to it"
        with asterisk.ami() as ami:
            rows = asterisk.cli("core show channels concise").splitlines()
            ami.action("Hangup", Channel=next(row for row in rows if "!fallback!" in row).split("!")[0])

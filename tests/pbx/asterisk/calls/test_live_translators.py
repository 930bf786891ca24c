"""Who goes from one talk into another hears and is heard there on a private Asterisk, also if codecs are translated.

One telephone speaks A-law and another one mu-law. Asterisk keeps a channel's translator from one talk to the next one,
and that leaves out packets whose RTP numbers are lower than the last one's. The telephones begin with random numbers,
so a fault of this kind fails these tests in half of the runs.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from routing.commands import CompleteConsult, PickUp, RingExtension
from tests.pbx.asterisk.calls.test_live_consults import asks_bob, consults, share
from tests.pbx.asterisk.calls.test_live_moves import ends, talks
from tests.support.asterisk.live import Live
from tests.support.asterisk.story import AGENTS, PHONES, offer
from tests.support.servers import wait_until
from tests.support.sip.asterisk import AsteriskServer
from tests.support.sip.linphone import Linphone
from tests.support.sip.plugin import ACCOUNTS
from tests.support.sip.softphone import Softphone

pytestmark = pytest.mark.pbx

PCMA, PCMU = "audio_codecs=PCMA/8000/1", "audio_codecs=PCMU/8000/1"


@pytest.fixture
def customer(asterisk: AsteriskServer, tmp_path: Path) -> Iterator[Softphone]:
    with Softphone(tmp_path / "customer", asterisk, voice=700, parameters=(PCMU,)) as phone:
        yield phone


@pytest.fixture
def ann(asterisk: AsteriskServer, tmp_path: Path, codec: str) -> Iterator[Softphone]:
    parameters = ("answermode=auto", codec)
    with Softphone(tmp_path / "ann", asterisk, ACCOUNTS[0], voice=440, parameters=parameters) as phone:
        phone.registered()
        yield phone


@pytest.fixture
def bob(asterisk: AsteriskServer, tmp_path: Path) -> Iterator[Softphone]:
    parameters = ("answermode=auto", PCMA)
    with Softphone(tmp_path / "bob", asterisk, ACCOUNTS[1], voice=1000, parameters=parameters) as phone:
        phone.registered()
        yield phone


async def heard_each_other(customer: Softphone, bob: Softphone) -> None:
    """Wait for the end of both calls. Fail unless each of them has heard the other one in the end."""
    for phone, tone in ((customer, 1000), (bob, 700)):
        await asyncio.to_thread(phone.wait_for, "CALL_CLOSED")
        assert share(phone.heard()[-1], tone) > 0.5


@asynccontextmanager
async def talking(
    asterisk: AsteriskServer, folder: Path, customer: Softphone, ann: Softphone, bob: Softphone
) -> AsyncIterator[Live]:
    """Let the customer talk to Ann. In the end she must have left, and the customer and Bob must hear each other."""
    async with Live(asterisk, folder) as live:
        await asyncio.to_thread(customer.dial, "+14165550100")
        await talks(live)
        yield live
        await asyncio.to_thread(ann.wait_for, "CALL_CLOSED")
        await live.settles(2)
        await ends(live)
    await heard_each_other(customer, bob)


@pytest.mark.parametrize("codec", [PCMU])
async def test_a_caller_who_is_handed_over(
    asterisk: AsteriskServer, customer: Softphone, ann: Softphone, bob: Softphone, tmp_path: Path
) -> None:
    async with talking(asterisk, tmp_path, customer, ann, bob) as live:
        consult = await consults(live)
        await asks_bob(live, consult)
        await live.does(CompleteConsult(live.call, consult))


@pytest.mark.parametrize("codec", [PCMA])
async def test_a_caller_who_is_fetched(
    asterisk: AsteriskServer, customer: Softphone, ann: Softphone, bob: Softphone, tmp_path: Path
) -> None:
    async with talking(asterisk, tmp_path, customer, ann, bob) as live:
        await asyncio.to_thread(bob.dial, "701")
        visit = await live.hears("PhoneCallEntered")
        await live.does(PickUp(live.call, visit.call, AGENTS[1]))  # type: ignore[union-attr]


async def test_a_caller_whom_a_telephone_connects(
    asterisk: AsteriskServer, customer: Softphone, bob: Softphone, tmp_path: Path
) -> None:
    """The telephone asks Bob first, and then sends the caller to him (REFER with Replaces)."""
    ann = Linphone(tmp_path / "ann", asterisk, ACCOUNTS[0], voice=440)
    async with Live(asterisk, tmp_path) as live:
        with ann:
            await asyncio.to_thread(
                wait_until, lambda: ACCOUNTS[0].phone in asterisk.cli("pjsip show contacts"), "registered"
            )
            await asyncio.to_thread(customer.dial, "+14165550100")
            await live.hears("CallEntered")
            await live.does(offer(live.call, 0, recording="recordings/connected-1"))
            await asyncio.to_thread(ann.until, "contacting you|[Ii]ncoming")
            ann.command("answer")
            await live.hears("AgentAnswered ann")
            await live.settles(0.5)
            ann.command("pause")
            ann.dial("102")
            asked = await live.hears("PhoneCallEntered")
            await live.does(RingExtension(asked.call, (PHONES[1],), 20))  # type: ignore[union-attr]
            await live.hears("PartyAnswered")
            await live.settles(0.5)
            ann.command("transfer 1 --to-call 2")
            await live.hears("CallsJoined")
            await live.settles(3)
            await ends(live)
    await heard_each_other(customer, bob)

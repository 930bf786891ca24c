"""Whispers, recordings and growing offers on a private Asterisk. Phones and files are checked besides the story."""

import asyncio
import time
from pathlib import Path

import pytest

from pbx.asterisk.protocol.messages import ContactChanged
from routing.commands import HangUp, OfferCall, WithdrawOffer
from routing.events import LivePhase, PhoneRang
from routing.ids import AgentId
from tests.support.asterisk.growing import add, growing
from tests.support.asterisk.live import Live
from tests.support.asterisk.scenarios import waits
from tests.support.asterisk.story import AGENTS, PHONES, in_stable_order, lines, offer
from tests.support.servers import wait_until
from tests.support.sip.asterisk import AsteriskServer, realtime_for
from tests.support.sip.audio import wav_level, wav_seconds, write_tone
from tests.support.sip.phones import AgentPhones
from tests.support.sip.plugin import ACCOUNTS, AsteriskFactory
from tests.support.sip.realtime import Account

pytestmark = pytest.mark.pbx

WHISPER = "prompts/" + "0a" * 16


def prompt(asterisk: AsteriskServer, seconds: float) -> str:
    """A prompt in the node's spool, as the engine puts it there; its sound's name."""
    path = write_tone(asterisk.spool / f"{WHISPER}.wav", seconds)
    path.chmod(0o644)
    return WHISPER


def listen_in(asterisk: AsteriskServer, channel: str, name: str) -> Path:
    """Records what the channel's phone hears from here on."""
    with asterisk.ami() as ami:
        options = f"t(/mnt/spool/recordings/{name}.wav)"
        answer = ami.action("MixMonitor", Channel=channel, options=options)
        assert answer["Response"] == "Success", answer
    return asterisk.spool / f"recordings/{name}.wav"


def leg_of(live: Live, agent: str) -> str:
    dial = live.calls.calls[live.call].dial
    assert dial is not None
    return next(leg.channel for leg in dial.legs.values() if leg.party.agent == agent)


@pytest.mark.parametrize("added", [False, True])
async def test_a_whisper_is_for_the_agent_alone(
    asterisk: AsteriskServer, tmp_path: Path, added: bool
) -> None:
    whisper = (prompt(asterisk, 1.5),)
    who = 1 if added else 0
    async with Live(asterisk, tmp_path) as live:
        live.agent(who, ring=0.5, talk=6)
        live.caller(audio_seconds=0.02, quiet_seconds=12)
        await waits(live)
        name = f"whisper-{added}"
        if added:
            await live.does(growing(live, 0, whisper=whisper, recording=f"recordings/{name}"), add(live, 1))
        else:
            await live.does(offer(live.call, 0, whisper=whisper, recording=f"recordings/{name}"))
        await live.hears(f"PhoneRang {AGENTS[who]}")
        heard = listen_in(asterisk, leg_of(live, AGENTS[who]), f"{name}-heard")
        await live.hears("AgentAnswered")
        channel = live.calls.calls[live.call].channel
        music = listen_in(asterisk, channel, f"{name}-music")
        await live.ends_after("CallReturned")
    assert 1.4 < wav_seconds(heard) < 7, "the whisper, and what came of the caller's silence"
    assert wav_level(heard) > 500, "the agent hears the whisper"
    assert wav_level(music) > 20, "the caller hears music meanwhile"
    for side in ("agent", "caller"):
        recording = asterisk.spool / f"recordings/{name}.{side}.wav"
        assert 1 < wav_seconds(recording) < 5.2, "the recording begins after the whisper"
        assert wav_level(recording) < 60, "and nothing of it is in there"


@pytest.mark.parametrize("added", [False, True])
async def test_the_caller_hangs_up_during_the_whisper(
    asterisk: AsteriskServer, tmp_path: Path, added: bool
) -> None:
    whisper = (prompt(asterisk, 8),)
    agent = AGENTS[added]
    async with Live(asterisk, tmp_path) as live:
        phone = live.agent(int(added), ring=0.2)
        live.caller(hang_up=2)
        await waits(live)
        if added:
            await live.does(growing(live, 0, whisper=whisper), add(live, 1))
        else:
            await live.does(offer(live.call, 0, whisper=whisper))
        await live.hears(f"AgentAnswered {agent}")
        began = time.monotonic()
        await live.hears("CallHungUp")
        assert time.monotonic() - began < 5, "the whisper is cut off"
        await asyncio.to_thread(phone.wait_for, "ended")
        story = [
            entry
            for entry in in_stable_order(lines(live.events))[1:]
            if not entry.startswith("OfferFailed ann")
        ]
        talk = [f"PhoneRang {agent}", f"AgentAnswered {agent}"]
        assert story == [*talk, f"AgentLegEnded {agent}", "CallHungUp 16"]
        assert live.calls.calls == {}


@pytest.mark.parametrize("added", [False, True])
async def test_two_pick_up_at_once(asterisk: AsteriskServer, tmp_path: Path, added: bool) -> None:
    """The core hears which of them talks while the whisper is still played."""
    whisper = (prompt(asterisk, 1.0),)
    async with Live(asterisk, tmp_path) as live:
        phones = [live.agent(0, ring=0.6, talk=2), live.agent(1, ring=0.6, talk=2)]
        live.caller()
        await waits(live)
        if added:
            await live.does(growing(live, 0, whisper=whisper), add(live, 1))
        else:
            await live.does(offer(live.call, 0, 1, whisper=whisper))
        await live.ends_after("CallReturned")
        story = lines(live.events)
        talked = [AGENTS[i] for i, phone in enumerate(phones) if phone.events("hangup")]
        assert len(talked) == 1
        answered = [entry.split()[1] for entry in story if entry.startswith("AgentAnswered")]
        ended = [entry.split()[1] for entry in story if entry.startswith(("AgentLegEnded", "OfferFailed"))]
        assert answered[-1] == talked[0]
        assert sorted(ended) == sorted(AGENTS)


async def test_an_added_talk_is_recorded_on_both_sides(asterisk: AsteriskServer, tmp_path: Path) -> None:
    async with Live(asterisk, tmp_path) as live:
        first = live.agent(0, never_answer=True)
        live.agent(1, ring=0.3, talk=2)
        live.caller(audio_seconds=8)
        await waits(live)
        await live.does(growing(live, 0, recording="recordings/added"), add(live, 1))
        await live.ends_after("CallReturned")
        first.wait_for("cancelled")
    for side in ("agent", "caller"):
        recording = asterisk.spool / f"recordings/added.{side}.wav"
        assert 1.2 < wav_seconds(recording) < 2.5
        assert wav_level(recording) > 500


async def test_everyone_is_cancelled_and_no_channel_stays(asterisk: AsteriskServer, tmp_path: Path) -> None:
    async with Live(asterisk, tmp_path) as live:
        phones = [live.agent(0, never_answer=True), live.agent(1, never_answer=True)]
        live.caller()
        await waits(live)
        await live.does(growing(live, 0, more=5), add(live, 1))
        await live.hears("PhoneRang ann")
        await live.hears("PhoneRang bob")
        rows = asterisk.cli("core show channels concise").splitlines()
        assert sum(row.startswith("Local/later@later") for row in rows) == 10
        await live.does(WithdrawOffer(live.call, ()))
        await live.hears("CallReturned")
        for phone in phones:
            await asyncio.to_thread(phone.wait_for, "cancelled")
        left = asterisk.cli("core show channels concise").splitlines()
        assert [row.split("!")[1] for row in left] == ["control"]
        await live.does(HangUp(live.call))
        await live.hears("CallHungUp")


async def test_a_growing_offer_survives_the_engine(asterisk: AsteriskServer, tmp_path: Path) -> None:
    """Phones and slots are adopted as they are, and go on to be used."""
    async with Live(asterisk, tmp_path) as live:
        live.agent(0, never_answer=True)
        live.agent(1, ring=1.5, talk=1)
        live.caller()
        await waits(live)
        await live.does(growing(live, 0, more=1), add(live, 1))
        await live.hears("PhoneRang ann")
        await live.hears("PhoneRang bob")
        (call,) = (await live.restarts()).calls
        assert (call.phase, set(call.ringing)) == (LivePhase.DIALING, set(AGENTS))
        await live.does(WithdrawOffer(live.call, (AGENTS[1],)))
        await live.hears("OfferFailed bob withdrawn")
        live.forget()
        (call,) = (await live.restarts()).calls
        assert call.ringing == (AGENTS[0],)
        await live.does(add(live, 1))
        await live.hears("AgentAnswered bob")
        (call,) = (await live.restarts()).calls
        assert (call.phase, call.agent, call.ringing) == (LivePhase.TALKING, AGENTS[1], ())
        await live.ends_after("CallReturned")
        assert lines(live.events)[-3:] == ["AgentLegEnded bob", "CallReturned", "CallHungUp 16"]


async def test_without_an_engine_a_growing_offer_ends_in_the_fallback(
    asterisk_factory: AsteriskFactory, tmp_path: Path
) -> None:
    with realtime_for(ACCOUNTS, "c") as realtime:
        server = asterisk_factory(
            "c", api_url=realtime.url, node_secret=realtime.password, engine_timeout=2, control_timeout=3
        )
        async with Live(server, tmp_path) as live:
            live.agent(0, never_answer=True)
            live.caller()
            await waits(live)
            await live.does(growing(live, 0, timeout=4), add(live, 1))
            await live.hears("PhoneRang ann")
            await live.client.close()
            began = time.monotonic()
            wait_until(lambda: "!fallback!" in server.cli("core show channels concise"), "fallback", 20)
            assert time.monotonic() - began < 8
            assert "Local/" not in server.cli("core show channels concise")


async def test_forty_phones_ring_at_once(asterisk_factory: AsteriskFactory, tmp_path: Path) -> None:
    accounts = [Account(str(100 + n), f"secret-{n}") for n in range(40)]
    with realtime_for(accounts, "d") as realtime:
        server = asterisk_factory("d", api_url=realtime.url, node_secret=realtime.password, rtp_ports=400)
        with AgentPhones(tmp_path / "phones", server, accounts, never_answer=True) as phones:
            async with Live(server, tmp_path) as live:
                live.caller()
                await waits(live)
                agents = tuple(AgentId(f"agent-{n}") for n in range(40))
                names = tuple(account.phone for account in accounts)
                await live.does(OfferCall(live.call, agents, names, 20, "default"))
                await live.until(lambda: sum(isinstance(event, PhoneRang) for event in live.events) == 40)
                await live.does(WithdrawOffer(live.call, agents))
                await live.ends_after("CallReturned")
            assert len(phones.wait_for("cancelled", 40)) == 40


async def test_a_phone_of_another_node_is_added(
    two_asterisks: tuple[AsteriskServer, AsteriskServer], tmp_path: Path
) -> None:
    a, b = two_asterisks
    with (
        AgentPhones(tmp_path / "phones", b, ACCOUNTS[1:2], ring=0.6, talk=1.5),
        b.ami() as ami_b,
    ):
        async with Live(a, tmp_path) as live:
            live.calls.phones.contact_changed("b", ContactChanged(PHONES[1], "sip:x", usable=True))
            live.caller(audio_seconds=6)
            await waits(live)
            await live.does(growing(live, 0, recording="recordings/far"), add(live, 1))
            await live.hears("PhoneRang bob")
            (call,) = (await live.restarts()).calls
            assert call.ringing == (AGENTS[1],)
            await live.ends_after("CallReturned")
            story = in_stable_order(lines(live.events))
            assert story[1:] == [
                *(
                    "OfferFailed ann unreachable",
                    "PhoneRang bob",
                    "AgentAnswered bob",
                    "AgentLegEnded bob",
                ),
                *("CallReturned", "CallHungUp 16"),
            ]
            assert ami_b.wait("DialBegin")["SR_CALL"].startswith("a-")
        assert wav_level(a.spool / "recordings/far.agent.wav") > 500

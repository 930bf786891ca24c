"""Conferences, prompts and utterances on a private Asterisk."""

from pathlib import Path

import pytest

from routing.commands import Answer, HangUp, JoinConference, Listen, Play
from routing.events import LivePhase, PlaybackFinished
from routing.ids import CallId
from tests.pbx.asterisk.calls.test_live_offers import listen_in, prompt
from tests.support.asterisk.live import Live
from tests.support.asterisk.scenarios import waits
from tests.support.asterisk.story import lines, offer
from tests.support.servers import wait_until
from tests.support.sip.asterisk import AsteriskServer
from tests.support.sip.audio import wav_level, wav_seconds

pytestmark = pytest.mark.pbx

ROOM = "0192f0-sales"


def join(call: CallId, max_members: int = 0) -> JoinConference:
    return JoinConference(call, ROOM, max_members)


def long_enough(path: Path, seconds: float) -> bool:
    """Return whether so much has been recorded. File and header come only when there is sound."""
    return path.exists() and path.stat().st_size > 44 + 16_000 * seconds


async def test_two_callers_hear_each_other(asterisk: AsteriskServer, tmp_path: Path) -> None:
    async with Live(asterisk, tmp_path) as live:
        live.caller(audio_seconds=20)
        await waits(live)
        first = live.call
        await live.does(join(first))
        await live.hears("ConferenceJoined")
        music = listen_in(asterisk, live.calls.calls[first].channel, "room-alone")
        wait_until(lambda: long_enough(music, 0.5), "music in the empty room")
        live.forget()
        live.caller(audio_seconds=0.02, quiet_seconds=20)
        await waits(live)
        second = live.call
        assert second != first
        await live.does(join(second))
        await live.hears("ConferenceJoined")
        heard = listen_in(asterisk, live.calls.calls[second].channel, "room-heard")
        wait_until(lambda: long_enough(heard, 1), "something to be heard")
        listed = {call.call: call.phase for call in (await live.restarts()).calls}
        assert listed == {first: LivePhase.CONFERENCE, second: LivePhase.CONFERENCE}
        assert live.calls.renewals(1e12) == []
        live.forget()
        await live.does(HangUp(first))
        await live.hears("CallHungUp")
        assert [call.phase for call in (await live.restarts()).calls] == [LivePhase.CONFERENCE]
        alone = listen_in(asterisk, live.calls.calls[second].channel, "room-last")
        wait_until(lambda: long_enough(alone, 0.5), "music for the last one")
        live.forget()
        await live.does(HangUp(second))
        await live.hears("CallHungUp")
    assert wav_level(music) > 20
    assert wav_level(heard) > 3000, "the other caller, not music"
    assert wav_level(alone) > 20


async def test_a_full_room_gives_the_caller_back(asterisk: AsteriskServer, tmp_path: Path) -> None:
    async with Live(asterisk, tmp_path) as live:
        live.caller()
        await waits(live)
        first = live.call
        await live.does(join(first, 1))
        await live.hears("ConferenceJoined")
        live.forget()
        live.caller()
        await waits(live)
        await live.does(join(live.call, 1))
        await live.hears("CallReturned", 20)
        joined = [event for event in live.events if type(event).__name__ == "ConferenceJoined"]
        assert len(joined) == 1
        await live.does(Play(live.call, 5, ("digits/1",)))
        await live.hears("PlaybackFinished")
        await live.does(HangUp(live.call))
        await live.hears("CallHungUp")
        live.forget()
        await live.does(HangUp(first))
        await live.hears("CallHungUp")


async def test_a_caller_is_offered_out_of_a_room(asterisk: AsteriskServer, tmp_path: Path) -> None:
    async with Live(asterisk, tmp_path) as live:
        live.agent(0, ring=0.2, talk=0.6)
        live.caller(digits=((2.0, "8"), (0.3, "*"), (0.3, "1"), (0.3, "5")))
        await waits(live)
        await live.does(join(live.call))
        await live.hears("DigitPressed 5", 20)
        assert live.calls.calls[live.call].phase is LivePhase.CONFERENCE, "digits do nothing in a room"
        await live.does(offer(live.call, 0))
        await live.ends_after("CallReturned")
        story = [entry for entry in lines(live.events)[1:] if not entry.startswith("DigitPressed")]
        talk = ["PhoneRang ann", "AgentAnswered ann", "AgentLegEnded ann"]
        assert story == ["ConferenceJoined", *talk, "CallReturned", "CallHungUp 16"]


async def test_a_prompt_of_the_spool_is_played(asterisk: AsteriskServer, tmp_path: Path) -> None:
    name = prompt(asterisk, 1.2)
    async with Live(asterisk, tmp_path) as live:
        live.caller(audio_seconds=0.02, quiet_seconds=10)
        await live.hears("CallEntered")
        await live.does(Answer(live.call))
        heard = listen_in(asterisk, live.calls.calls[live.call].channel, "prompt-heard")
        await live.does(Play(live.call, 3, (name, "digits/1")))
        await live.ends_after("PlaybackFinished")
    assert PlaybackFinished(live.call, 3) in live.events
    assert wav_level(heard) > 3000, "the other caller, not music"
    assert wav_seconds(heard) > 1.2


async def test_a_prompt_that_is_missing_fails(asterisk: AsteriskServer, tmp_path: Path) -> None:
    async with Live(asterisk, tmp_path) as live:
        live.caller()
        await live.hears("CallEntered")
        await live.does(Answer(live.call), Play(live.call, 3, ("prompts/" + "f" * 32,)))
        await live.hears("PlaybackFinished")
        assert PlaybackFinished(live.call, 3, ok=False) in live.events
        await live.does(Play(live.call, 4, ("digits/1",)))
        await live.ends_after("PlaybackFinished 4 ok")


async def test_an_utterance_ends_with_silence(asterisk: AsteriskServer, tmp_path: Path) -> None:
    async with Live(asterisk, tmp_path) as live:
        live.caller(audio_seconds=2.5, quiet_seconds=10)
        await live.hears("CallEntered")
        await live.does(Answer(live.call), Listen(live.call, 9, ("sales", "support"), 15, 2))
        await live.until(lambda: bool(live.utterances))
        (utterance,) = live.utterances
        assert (utterance.call, utterance.token, utterance.phrases) == (live.call, 9, ("sales", "support"))
        assert utterance.file == f"speech/{live.call}-9"
        file = asterisk.spool / f"{utterance.file}.wav"
        assert 1.5 < wav_seconds(file) < 6
        assert wav_level(file) > 500
        await live.does(Play(live.call, 4, ("digits/1",)))
        await live.ends_after("PlaybackFinished")
        assert lines(live.events)[1:] == ["PlaybackFinished 4 ok", "CallHungUp 16"]


async def test_an_utterance_ends_at_its_limit(asterisk: AsteriskServer, tmp_path: Path) -> None:
    async with Live(asterisk, tmp_path) as live:
        live.caller(audio_seconds=10)
        await live.hears("CallEntered")
        await live.does(Answer(live.call), Listen(live.call, 2, ("yes",), 2, 5))
        await live.until(lambda: bool(live.utterances))
        assert 1 < wav_seconds(asterisk.spool / f"{live.utterances[0].file}.wav") < 3
        await live.does(HangUp(live.call))
        await live.hears("CallHungUp")


async def test_a_digit_ends_an_utterance_and_is_heard_once(asterisk: AsteriskServer, tmp_path: Path) -> None:
    async with Live(asterisk, tmp_path) as live:
        live.caller(digits=((1.5, "4"),))
        await live.hears("CallEntered")
        await live.does(Answer(live.call), Listen(live.call, 7, ("yes",), 20, 10))
        await live.hears("SpeechHeard")
        await live.does(HangUp(live.call))
        await live.hears("CallHungUp")
        assert live.utterances == []
        assert sorted(lines(live.events)[1:]) == ["CallHungUp 16", "DigitPressed 4", "SpeechHeard 7"]

"""Conferences, prompts and utterances on a private Asterisk."""

import time
from pathlib import Path

import pytest

from pbx.asterisk.protocol import actions
from routing.commands import (
    Answer,
    HangUp,
    JoinConference,
    Listen,
    MuteParticipant,
    Play,
    RecordRoom,
    TellParticipant,
    TellRoom,
)
from routing.events import LivePhase, PlaybackFinished
from routing.ids import CallId, RoomId
from routing.rooms import Announce
from switchroom.audio.wav import is_finished
from tests.pbx.asterisk.calls.test_live_offers import listen_in, prompt
from tests.support.asterisk.live import Live
from tests.support.asterisk.scenarios import waits
from tests.support.asterisk.story import lines, offer
from tests.support.servers import wait_until
from tests.support.sip.asterisk import AsteriskServer
from tests.support.sip.audio import wav_level, wav_seconds

pytestmark = pytest.mark.pbx

_BESIDE = ("RoomKeyPressed", "ParticipantTalked")
ROOM, BOARD, CLASS = RoomId("0192f0-sales"), RoomId("0192f0-board"), RoomId("0192f0-class")


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


async def test_who_is_in_a_room_and_what_is_done_there(asterisk: AsteriskServer, tmp_path: Path) -> None:
    """Who speaks, muting by the engine and by a key, a key that the engine obeys, a notice, and a recording."""
    async with Live(asterisk, tmp_path) as live:
        live.caller(digits=((7.0, "*"), (0.3, "1"), (4.0, "*"), (0.3, "2")))
        await waits(live)
        first = live.call
        await live.does(JoinConference(first, BOARD, moderator=True))
        await live.hears("ConferenceJoined")
        live.forget()
        live.caller(audio_seconds=30)
        await waits(live)
        second = live.call
        await live.does(JoinConference(second, BOARD, announce=Announce.TONE, muted=True))
        await live.hears("ConferenceJoined")
        base = f"recordings/{first}-1"
        await live.does(RecordRoom(first, BOARD, base), TellRoom(first, BOARD, "conf-now-recording"))
        heard = listen_in(asterisk, live.calls.calls[second].channel, "room-told")
        await live.does(MuteParticipant(second, BOARD, False))
        await live.hears(f"ParticipantMuted {second} False")
        await live.hears(f"ParticipantTalked {second} True")
        await live.does(MuteParticipant(second, BOARD, True))
        await live.hears(f"ParticipantMuted {second} True")
        await live.hears(f"ParticipantMuted {first} True")  # by *1
        seen = {call.call: (call.room, call.muted) for call in (await live.restarts()).calls}
        assert seen == {first: (BOARD, True), second: (BOARD, True)}
        live.forget()
        await live.hears("RoomKeyPressed 2", 20)
        to_first = listen_in(asterisk, live.calls.calls[first].channel, "room-key")
        await live.does(TellParticipant(first, "conf-lockednow"))
        wait_until(lambda: long_enough(to_first, 1), "the answer to the key")
        recorded = asterisk.spool / f"{base}.room.wav"
        wait_until(lambda: long_enough(recorded, 2), "the recording")
        await live.does(RecordRoom(first, BOARD, None))
        wait_until(lambda: is_finished(recorded), "the recording's end")
        for call in (first, second):
            live.forget()
            await live.does(HangUp(call))
            await live.hears("CallHungUp")
    assert wav_level(heard) > 300, "the notice"
    assert wav_level(to_first) > 300, "the answer to the key"
    assert wav_level(recorded) > 300


async def test_nobody_hears_another_before_the_moderator_comes(
    asterisk: AsteriskServer, tmp_path: Path
) -> None:
    """And the last moderator's hang-up ends it, although no engine does anything."""
    async with Live(asterisk, tmp_path) as live:
        live.caller(audio_seconds=30)
        await waits(live)
        guest = live.call
        await live.does(JoinConference(guest, CLASS, waits=True, ends=True))
        await live.hears("ConferenceJoined")
        live.forget()
        live.caller(audio_seconds=0.02, quiet_seconds=30)
        await waits(live)
        moderator = live.call
        await live.does(JoinConference(moderator, CLASS, moderator=True))
        await live.hears("ConferenceJoined")
        heard = listen_in(asterisk, live.calls.calls[moderator].channel, "room-moderator")
        wait_until(lambda: long_enough(heard, 1), "the guest to be heard")
        live.forget()
        assert (await live.client.send(actions.set_heartbeat(int(time.time())))).ok
        await live.does(HangUp(moderator))
        live.call = guest
        await live.ends_after("CallReturned")
    assert wav_level(heard) > 3000, "the guest"


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
        live.caller(digits=((2.0, "8"), (0.3, "*"), (0.3, "7"), (0.3, "5")))
        await waits(live)
        await live.does(join(live.call))
        await live.hears("RoomKeyPressed 5", 20)
        assert live.calls.calls[live.call].phase is LivePhase.CONFERENCE, "digits do nothing in a room"
        await live.does(offer(live.call, 0))
        await live.ends_after("CallReturned")
        story = [entry for entry in lines(live.events)[1:] if not entry.startswith(_BESIDE)]
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

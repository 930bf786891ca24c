"""A talk is recorded from when someone asks, on a private Asterisk: by command, and by a key on the telephone."""

import asyncio
from pathlib import Path

import pytest

from routing.commands import AnswerKey, HangUp, KeyAnswer, PauseRecording, RecordTalk
from routing.events import RecordingRequested, Wanted
from tests.support.asterisk.live import Live
from tests.support.asterisk.story import offer
from tests.support.sip.asterisk import AsteriskServer
from tests.support.sip.audio import hears_tone
from tests.support.sip.softphone import Softphone

pytestmark = pytest.mark.pbx


async def ends(live: Live, phone: Softphone) -> None:
    await live.does(HangUp(live.call))
    await live.hears("CallHungUp")
    await asyncio.to_thread(phone.wait_for, "CALL_CLOSED")


async def test_a_pause_is_silence_in_the_file(
    asterisk: AsteriskServer, ann: Softphone, tmp_path: Path
) -> None:
    async with Live(asterisk, tmp_path) as live:
        live.caller()
        await live.hears("CallEntered")
        await live.does(offer(live.call, 0, recording="recordings/paused-1"))
        await live.hears("AgentAnswered")
        await live.settles(1.5)
        await live.does(PauseRecording(live.call, True))
        await live.settles(1.5)
        await live.does(PauseRecording(live.call, False))
        await live.settles(1.5)
        await ends(live, ann)
    heard = hears_tone(asterisk.spool / "recordings/paused-1.agent.wav", 440)
    quiet = [at for at, tone in enumerate(heard) if not tone]
    assert len(quiet) > 3
    assert sum(heard[: len(heard) // 3]) > 1
    assert sum(heard[-len(heard) // 3 :]) > 1


async def test_a_talk_is_recorded_from_when_someone_asks(
    asterisk: AsteriskServer, ann: Softphone, tmp_path: Path
) -> None:
    """And again into another file, also at once."""
    files = [asterisk.spool / f"recordings/asked-{number}.agent.wav" for number in (1, 2)]
    async with Live(asterisk, tmp_path) as live:
        live.caller()
        await live.hears("CallEntered")
        await live.does(offer(live.call, 0))
        await live.hears("AgentAnswered")
        await live.settles(1)
        await live.does(RecordTalk(live.call, "recordings/asked-1"))
        await live.settles(2)
        await live.does(RecordTalk(live.call, None), RecordTalk(live.call, "recordings/asked-2"))
        await live.settles(2)
        await live.does(RecordTalk(live.call, None))
        await live.settles(1)
        sizes = [file.stat().st_size for file in files]
        await live.settles(1)
        assert [file.stat().st_size for file in files] == sizes, "it has ended"
        await ends(live, ann)
    for file in files:
        heard = hears_tone(file, 440)
        assert sum(heard) > len(heard) * 0.8
        assert 20_000 < file.stat().st_size < 40_000, "16,000 bytes a second"


@pytest.mark.parametrize("answer", list(KeyAnswer))
async def test_a_key_on_the_telephone(
    asterisk: AsteriskServer, ann: Softphone, tmp_path: Path, answer: KeyAnswer
) -> None:
    """The caller does not hear it. Who pressed it hears what became of it, and the talk goes on."""
    async with Live(asterisk, tmp_path) as live:
        live.caller()
        await live.hears("CallEntered")
        await live.does(offer(live.call, 0))
        await live.hears("AgentAnswered")
        await live.settles(0.5)
        for key in "5*1":
            await asyncio.to_thread(ann.press, key)
            await live.settles(0.3)
        asked = await live.hears("RecordingRequested")
        assert asked == RecordingRequested(live.call, Wanted.CHANGED)
        await live.does(AnswerKey(live.call, answer))
        await live.settles(2)
        assert live.passed_on == ["5"]
        ann.press("6")
        await live.settles(1)
        assert live.passed_on == ["5", "6"]
        await ends(live, ann)

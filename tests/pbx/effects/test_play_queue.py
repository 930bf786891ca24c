"""A Play waits for its prompts, and the commands after it keep their order. An event that ends a Play also ends a
Play that still waits."""

import asyncio
import logging

import pytest

from pbx.effects.play_queue import PlayQueue
from providers.speech import SpeechError
from routing.commands import (
    Answer,
    Command,
    FetchUrl,
    HangUp,
    JoinConference,
    OfferCall,
    Play,
    Prompt,
    RecordMessage,
    StartMusic,
    StopPlay,
    WithdrawOffer,
)
from routing.events import Event, PlaybackFinished
from routing.ids import AgentId, CallId
from tests.support.pbx.waiting import until

pytestmark = pytest.mark.unit

CALL, OTHER = CallId("c" * 32), CallId("d" * 32)
SPOKEN = Prompt("prompts/" + "0" * 32, "Hello Ann", "en")
OFFER = OfferCall(CALL, (AgentId("a" * 32),), ("phone",), 20.0, "default")


def spoken(token: int = 1, call: CallId = CALL) -> Play:
    return Play(call, token, ("welcome", SPOKEN.sound), (SPOKEN,))


class Desk:
    """A play queue whose prompts are ready when the test says so."""

    def __init__(self) -> None:
        self.sent: list[Command] = []
        self.events: list[Event] = []
        self.asked: list[int] = []
        self.ready: dict[int, asyncio.Future[None]] = {}
        self.plays = PlayQueue(self.sent.append, self._prepare, self.events.append)

    async def _prepare(self, play: Play) -> None:
        self.asked.append(play.token)
        await self.ready.setdefault(play.token, asyncio.get_running_loop().create_future())

    async def tell(self, *commands: Command) -> None:
        for command in commands:
            self.plays.push(command)
        await asyncio.sleep(0)

    async def finish(self, token: int = 1, error: Exception | None = None) -> None:
        await until(lambda: token in self.ready, "its being prepared")
        if error is None:
            self.ready[token].set_result(None)
        else:
            self.ready[token].set_exception(error)
        await asyncio.sleep(0)
        await asyncio.sleep(0)


@pytest.fixture
async def desk() -> Desk:
    return Desk()


async def test_a_play_goes_out_once_its_prompts_are_there(desk: Desk) -> None:
    await desk.tell(Answer(CALL), spoken())
    assert desk.sent == [Answer(CALL)]
    await desk.finish()
    assert desk.sent == [Answer(CALL), spoken()]
    assert desk.events == []


async def test_a_play_without_prompts_is_not_delayed(desk: Desk) -> None:
    plain = Play(CALL, 1, ("welcome",))
    await desk.tell(spoken(call=OTHER))
    desk.plays.push(plain)
    assert desk.sent == [plain]


async def test_commands_behind_a_waiting_play_keep_their_order(desk: Desk) -> None:
    message = RecordMessage(CALL, 2, "voicemail/x", 60, 5)
    await desk.tell(spoken(), StartMusic(CALL, "default"), message)
    assert desk.sent == []
    await desk.finish()
    assert desk.sent == [spoken(), StartMusic(CALL, "default"), message]


async def test_another_call_is_not_held_up(desk: Desk) -> None:
    await desk.tell(spoken(), StartMusic(OTHER, "default"))
    assert desk.sent == [StartMusic(OTHER, "default")]


async def test_stop_play_ends_a_waiting_play_with_its_event(desk: Desk) -> None:
    await desk.tell(spoken(), StartMusic(CALL, "default"), StopPlay(CALL))
    assert desk.events == [PlaybackFinished(CALL, 1)]
    assert desk.sent == [StartMusic(CALL, "default")]
    await desk.tell(StopPlay(CALL))
    assert desk.sent[-1] == StopPlay(CALL), "none waits: it is Asterisk's"
    assert len(desk.events) == 1


@pytest.mark.parametrize("leaving", [OFFER, HangUp(CALL), JoinConference(CALL, "room")])
async def test_what_leaves_the_play_cuts_it_off(desk: Desk, leaving: Command) -> None:
    await desk.tell(spoken(), StartMusic(CALL, "default"), leaving)
    assert desk.events == [PlaybackFinished(CALL, 1)]
    assert desk.sent == [StartMusic(CALL, "default"), leaving]
    await desk.tell(WithdrawOffer(CALL, ()))
    assert desk.sent[-1] == WithdrawOffer(CALL, ())


async def test_two_waiting_plays_come_one_after_the_other(desk: Desk) -> None:
    await desk.tell(spoken(1), spoken(2), StartMusic(CALL, "default"))
    assert desk.asked == [1]
    await desk.finish(1)
    await until(lambda: desk.asked == [1, 2], "the second one's turn")
    assert desk.sent == [spoken(1)]
    await desk.finish(2)
    assert desk.sent == [spoken(1), spoken(2), StartMusic(CALL, "default")]


async def test_leaving_ends_every_waiting_play(desk: Desk) -> None:
    await desk.tell(spoken(1), spoken(2), HangUp(CALL))
    assert desk.events == [PlaybackFinished(CALL, 1), PlaybackFinished(CALL, 2)]
    assert desk.sent == [HangUp(CALL)]


@pytest.mark.parametrize("error", [SpeechError("no voice"), TimeoutError(), OSError("disk"), KeyError("bug")])
async def test_a_failure_is_told_and_the_call_goes_on(
    desk: Desk, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        await desk.tell(spoken(), StartMusic(CALL, "default"))
        await desk.finish(error=error)
    assert desk.events == [PlaybackFinished(CALL, 1, ok=False)]
    assert desk.sent == [StartMusic(CALL, "default")]
    assert len(caplog.records) == 1
    assert SPOKEN.text not in caplog.text


async def test_a_call_that_ended_gets_nothing_any_more(desk: Desk) -> None:
    await desk.tell(spoken(), StartMusic(CALL, "default"))
    await until(lambda: 1 in desk.ready, "its being prepared")
    desk.plays.forget(CALL)
    await asyncio.sleep(0)
    assert desk.ready[1].cancelled()
    assert (desk.sent, desk.events) == ([], [])
    fetch = FetchUrl(CALL, 3, "GET", "https://example.com/")
    await desk.tell(fetch)
    assert desk.sent == [fetch]

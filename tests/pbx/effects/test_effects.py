"""Results of effects outside Asterisk become events in the inbox. Commands for Asterisk reach their node."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pbx.asterisk.calls.step import Utterance
from pbx.effects import Effects
from pbx.metrics import Metrics
from providers.speech.espeak_ng import EspeakNg
from routing.commands import Answer, FetchUrl, FindContact, Listen, Play, StopPlay
from routing.events import (
    CallEntered,
    CallHungUp,
    ContactFound,
    Event,
    PlaybackFinished,
    SpeechHeard,
    UrlFetched,
)
from routing.expressions.prompts import prompt
from routing.ids import CallId, TeamId
from switchroom.settings import AsteriskNode, Settings
from tests.support.pbx.fake_nodes import FakeNodes
from tests.support.pbx.waiting import until
from tests.support.servers import free_port

pytestmark = pytest.mark.unit

CALL = CallId("c" * 32)
HELLO = prompt("Hello Ann", "en")


class Inbox:
    def __init__(self) -> None:
        self.events: list[Event] = []

    def put(self, event: Event, *, node: str | None = None, command: str | None = None) -> None:
        self.events.append(event)


class Desk:
    def __init__(self, spool: Path, recognizer: str = "none") -> None:
        settings = Settings(
            _env_file=None,
            nodes=[AsteriskNode(name="a"), AsteriskNode(name="b")],
            node="a",
            spool_dir=spool,
            speech_recognizer=recognizer,
            fetch_private_addresses=True,
        )
        self.nodes, self.inbox, self.metrics = FakeNodes(), Inbox(), Metrics()
        self.effects = Effects(
            settings,
            self.nodes,
            self.inbox,
            self.metrics,
            team_of=lambda call: "team",
            find_contact=lambda team, number: {"name": "Ann"} if number == "+1416" else None,
        )

    def enter(self, node: str = "a") -> None:
        self.effects.saw(CallEntered(CALL, "", ""), node)

    async def hears(self, event: Event) -> None:
        await until(lambda: event in self.inbox.events, str(event))


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    made = Desk(tmp_path)
    made.enter()
    yield made
    made.effects.close()


@pytest.mark.long
async def test_a_text_is_on_the_disk_before_its_play_reaches_asterisk(desk: Desk, tmp_path: Path) -> None:
    play = Play(CALL, 1, (HELLO.sound,), (HELLO,))
    desk.effects.send(Answer(CALL))
    desk.effects.send(play)
    assert desk.nodes.sent == [Answer(CALL)]
    await until(lambda: play in desk.nodes.sent, "the play")
    assert (tmp_path / f"{HELLO.sound}.wav").is_file()
    assert desk.inbox.events == []


async def test_where_the_disk_is_out_of_reach_the_play_fails(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.enter("b")
    desk.effects.send(Play(CALL, 1, (HELLO.sound,), (HELLO,)))
    await desk.hears(PlaybackFinished(CALL, 1, ok=False))
    assert desk.nodes.sent == []
    assert desk.metrics.errors.labels("prompt")._value.get() == 1
    desk.effects.close()


async def test_results_enter_the_inbox(desk: Desk) -> None:
    desk.effects.find_contact(FindContact(CALL, 2, TeamId("t"), "+1416"))
    desk.effects.find_contact(FindContact(CALL, 3, TeamId("t"), "+1417"))
    desk.effects.fetch(FetchUrl(CALL, 4, "GET", f"http://127.0.0.1:{free_port()}/"))
    await desk.hears(ContactFound(CALL, 2, {"name": "Ann"}))
    await desk.hears(ContactFound(CALL, 3))
    await desk.hears(UrlFetched(CALL, 4, False, error="no connection"))
    assert desk.nodes.sent == []
    assert len(desk.inbox.events) == 3


@pytest.mark.parametrize("how", ["hung-up", "forgotten", "closed"])
async def test_a_call_that_ends_takes_along_what_runs_for_it(desk: Desk, how: str) -> None:
    reached = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reached.set()
        await reader.read()
        closed.set()

    closed = asyncio.Event()
    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        desk.effects.fetch(FetchUrl(CALL, 4, "GET", url, timeout=20))
        await asyncio.wait_for(reached.wait(), 5)
        match how:
            case "hung-up":
                desk.effects.saw(CallHungUp(CALL), "a")
            case "forgotten":
                desk.effects.forget(CALL)
            case _:
                desk.effects.close()
        await asyncio.wait_for(closed.wait(), 5)
    assert desk.inbox.events == []


async def test_without_a_recognizer_nobody_is_recorded(desk: Desk) -> None:
    desk.effects.send(Listen(CALL, 5, ("yes", "no"), 0, 2))
    await desk.hears(SpeechHeard(CALL, 5))
    assert desk.nodes.sent == []


@pytest.mark.long
async def test_with_a_recognizer_asterisk_records_and_the_phrase_is_heard(tmp_path: Path) -> None:
    desk = Desk(tmp_path, "pocketsphinx")
    desk.enter()
    listen = Listen(CALL, 5, ("opening hours", "technical support"), 5, 2)
    desk.effects.send(listen)
    assert desk.nodes.sent == [listen]
    (tmp_path / "speech").mkdir()
    file = tmp_path / "speech" / f"{CALL}-5.wav"
    file.write_bytes(EspeakNg().synthesize("opening hours", "en-us", "en-us+f3"))
    desk.effects.heard("a", Utterance(CALL, 5, listen.phrases, f"speech/{CALL}-5"))
    await desk.hears(SpeechHeard(CALL, 5, "opening hours"))
    assert not file.exists()
    desk.effects.close()


async def test_stop_play_reaches_asterisk_when_nothing_waits(desk: Desk) -> None:
    desk.effects.send(StopPlay(CALL))
    assert desk.nodes.sent == [StopPlay(CALL)]
    assert desk.effects.node_of(CALL) == "a"
    assert desk.effects.calls() == {CALL: "a"}

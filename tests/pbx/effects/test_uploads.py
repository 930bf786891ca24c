"""Uploaded prompts reach the nodes' disks, and calls go on without those that cannot."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pbx.configuration.uploads import Music, Uploaded
from pbx.effects import Effects
from pbx.effects.uploads import Uploads, class_of
from pbx.metrics import Metrics
from routing.commands import Answer, OfferCall, Play, StartMusic
from routing.events import Event, PlaybackFinished
from routing.expressions.prompts import upload_sound
from routing.ids import AgentId, CallId
from switchroom.settings import AsteriskNode, Settings
from switchroom.storage import StorageError
from tests.support.pbx.fake_nodes import FakeNodes
from tests.support.pbx.waiting import until

pytestmark = pytest.mark.unit

CALL = CallId("c" * 32)
ONE, TWO, GONE, MUSIC = "1" * 32, "2" * 32, "3" * 32, "4" * 32


class FakeS3:
    """A store of sounds by prompt. `asked` are the keys that were asked for."""

    def __init__(self, *prompts: str) -> None:
        self.prompts = set(prompts)
        self.asked: list[str] = []
        self.away = False

    def get_file(self, key: str, path: Path) -> None:
        self.asked.append(key)
        _, prompt, name = key.split("/")
        if self.away or prompt not in self.prompts:
            raise StorageError(f"get {key}: no such key")
        path.write_bytes(f"{prompt} {name}".encode() * 1000)


class Desk:
    def __init__(self, spool: Path, *, upload_cache_mb: int = 100) -> None:
        settings = Settings(
            _env_file=None,
            nodes=[AsteriskNode(name="a"), AsteriskNode(name="b")],
            node="a",
            spool_dir=spool,
            upload_cache_mb=upload_cache_mb,
        )
        self.spool, self.s3, self.known = spool, FakeS3(ONE, TWO), Uploaded()
        self.nodes, self.metrics = FakeNodes(), Metrics()
        self.events: list[Event] = []
        self.uploads = Uploads(settings, self.metrics, lambda: self.known, lambda _: self.s3)  # type: ignore[arg-type, return-value]
        self.effects = Effects(
            settings,
            self.nodes,
            self,
            self.metrics,
            team_of=lambda call: "team",
            find_contact=lambda team, number: None,
            uploads=self.uploads,
        )
        self.nodes.at[CALL] = "a"
        self.running: asyncio.Task[None] | None = None

    def put(self, event: Event, *, node: str | None = None, command: str | None = None) -> None:
        self.events.append(event)

    def start(self) -> None:
        self.running = asyncio.create_task(self.uploads.run())

    def files(self, folder: str = "uploads") -> list[str]:
        return sorted(path.name for path in (self.spool / folder).glob("*"))


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    made = Desk(tmp_path)
    yield made
    if made.running is not None:
        made.running.cancel()
    made.effects.close()


def sounds(*ids: str) -> tuple[str, ...]:
    return tuple(map(upload_sound, ids))


async def test_a_play_waits_until_its_upload_is_on_the_node(desk: Desk) -> None:
    play = Play(CALL, 1, ("welcome", *sounds(ONE)))
    desk.effects.send(play)
    desk.effects.send(Answer(CALL))
    assert desk.nodes.sent == []
    await until(lambda: len(desk.nodes.sent) == 2, "commands sent")
    assert desk.nodes.sent == [play, Answer(CALL)]
    assert desk.files() == [f"{ONE}.wav", f"{ONE}.wav16"]
    assert desk.s3.asked == [f"files/{ONE}/16000.wav", f"files/{ONE}/8000.wav"]
    assert os.stat(desk.spool / "uploads" / f"{ONE}.wav").st_mode & 0o777 == 0o640


async def test_a_sound_is_copied_once(desk: Desk) -> None:
    for token in range(3):
        desk.effects.send(Play(CALL, token, sounds(ONE)))
    await until(lambda: len(desk.nodes.sent) == 3, "commands sent")
    assert len(desk.s3.asked) == 2


async def test_what_is_missing_is_left_out_and_logged(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.effects.send(Play(CALL, 1, sounds(GONE, TWO)))
    await until(lambda: len(desk.nodes.sent) == 1, "commands sent")
    assert desk.nodes.sent == [Play(CALL, 1, sounds(TWO))]
    assert "an uploaded prompt cannot be played: it is left out" in caplog.text
    assert not list((desk.spool / "uploads").glob(".draft-*"))


async def test_a_play_of_missing_sounds_alone_is_over_at_once(desk: Desk) -> None:
    desk.effects.send(Play(CALL, 7, sounds(GONE)))
    await until(lambda: bool(desk.events), "an event")
    assert desk.events == [PlaybackFinished(CALL, 7, ok=False)]
    assert desk.nodes.sent == []


async def test_sounds_on_the_disk_are_played_while_s3_is_away(desk: Desk) -> None:
    desk.effects.send(Play(CALL, 1, sounds(ONE)))
    await until(lambda: len(desk.nodes.sent) == 1, "commands sent")
    desk.s3.away = True
    desk.effects.send(Play(CALL, 2, sounds(ONE)))
    await until(lambda: len(desk.nodes.sent) == 2, "commands sent")
    assert desk.nodes.sent[-1] == Play(CALL, 2, sounds(ONE))


async def test_music_is_made_ahead_and_played_under_a_name_of_its_tracks(desk: Desk) -> None:
    music = Music((TWO, ONE))
    desk.known = Uploaded((ONE, TWO), {MUSIC: music})
    desk.start()
    name = class_of(MUSIC, music)
    await until(lambda: (desk.spool / "music" / name).is_dir(), "music")
    assert desk.files(f"music/{name}") == ["000.wav", "000.wav16", "001.wav", "001.wav16"]
    assert TWO.encode() in (desk.spool / "music" / name / "000.wav").read_bytes()
    desk.effects.send(StartMusic(CALL, MUSIC))
    desk.effects.send(OfferCall(CALL, (AgentId("a" * 32),), ("phone",), 20.0, MUSIC))
    first, second = desk.nodes.sent
    assert isinstance(first, StartMusic)
    assert first.music == name
    assert isinstance(second, OfferCall)
    assert second.music == name


async def test_changed_music_is_another_class_and_the_old_one_stays_for_a_day(desk: Desk) -> None:
    old, new = Music((ONE,)), Music((ONE,), shuffle=True)
    assert class_of(MUSIC, new) == class_of(MUSIC, old) + "r"
    desk.known = Uploaded((ONE, TWO), {MUSIC: old})
    desk.start()
    await until(lambda: (desk.spool / "music" / class_of(MUSIC, old)).is_dir(), "music")
    desk.known = Uploaded((ONE, TWO), {MUSIC: new})
    desk.uploads.changed()
    await until(lambda: (desk.spool / "music" / class_of(MUSIC, new)).is_dir(), "music")
    assert (desk.spool / "music" / class_of(MUSIC, old)).is_dir()
    os.utime(desk.spool / "music" / class_of(MUSIC, old), (0, 0))
    desk.uploads.changed()
    await until(lambda: not (desk.spool / "music" / class_of(MUSIC, old)).exists(), "the old one is gone")


async def test_music_that_is_not_there_is_the_default_and_logged(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.effects.send(StartMusic(CALL, MUSIC))
    desk.effects.send(StartMusic(CALL, "jazz"))
    assert desk.nodes.sent == [StartMusic(CALL, "default"), StartMusic(CALL, "jazz")]
    assert "music is not on the node: the default is played" in caplog.text


async def test_an_agent_hears_no_whisper_that_is_missing(desk: Desk) -> None:
    offer = OfferCall(
        CALL, (AgentId("a" * 32),), ("phone",), 20.0, "default", whisper=("beep", *sounds(GONE))
    )
    desk.effects.send(offer)
    sent = desk.nodes.sent[0]
    assert isinstance(sent, OfferCall)
    assert sent.whisper == ("beep",)


async def test_the_least_recently_played_are_deleted_first(tmp_path: Path) -> None:
    desk = Desk(tmp_path, upload_cache_mb=1)
    folder = tmp_path / "uploads"
    folder.mkdir()
    for number, age in ((5, 9000), (6, 8000)):
        for ending in ("wav", "wav16"):
            path = folder / f"{str(number) * 32}.{ending}"
            path.write_bytes(bytes(450_000))
            os.utime(path, (os.stat(path).st_mtime - age,) * 2)
    desk.effects.send(Play(CALL, 1, sounds(ONE)))
    await until(lambda: len(desk.nodes.sent) == 1, "commands sent")
    left = {name.partition(".")[0] for name in desk.files()}
    assert left == {"6" * 32, ONE} or left == {ONE}
    assert "5" * 32 not in left
    desk.effects.close()

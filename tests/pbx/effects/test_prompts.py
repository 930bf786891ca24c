"""A prompt is written to the node's disk once, even if many calls need it. If that fails, the error says why."""

import asyncio
import threading
from pathlib import Path

import pytest

from pbx.effects import prompts as module
from pbx.effects.prompts import Prompts, engine_spool
from providers.speech import SpeechError
from providers.speech.sound import as_prompt, is_prompt
from routing.expressions.prompts import prompt
from switchroom.settings import AsteriskNode, Settings
from tests.support.pbx.waiting import until

pytestmark = pytest.mark.unit

HELLO = prompt("Hello Ann", "en")
SOUND = as_prompt(b"\x01\x02" * 800, 8000)


class Speaker:
    """Speaks when the test lets it."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str]] = []
        self.may = threading.Event()
        self.may.set()

    def synthesize(self, text: str, language: str, voice: str = "") -> bytes:
        self.asked.append((text, language, voice))
        assert self.may.wait(10)
        return SOUND


def settings(spool: Path, **more: object) -> Settings:
    spool.mkdir(exist_ok=True)
    nodes = [AsteriskNode(name="a"), AsteriskNode(name="b")]
    values = {"nodes": nodes, "node": "a", "spool_dir": spool, **more}
    return Settings(_env_file=None, **values)  # type: ignore[arg-type]


async def test_a_text_is_spoken_once_for_all_who_want_it(tmp_path: Path) -> None:
    speaker = Speaker()
    speaker.may.clear()
    prompts = Prompts(settings(tmp_path), lambda _: speaker)
    wanted = [asyncio.create_task(prompts.ensure("a", (HELLO, HELLO))) for _ in range(5)]
    await until(lambda: len(speaker.asked) == 1, "the speaking")
    wanted[0].cancel()
    speaker.may.set()
    results = await asyncio.gather(*wanted, return_exceptions=True)
    assert isinstance(results[0], asyncio.CancelledError)
    assert results[1:] == [None] * 4
    await prompts.ensure("a", (HELLO,))
    assert speaker.asked == [("Hello Ann", "en", "")]
    file = tmp_path / f"{HELLO.sound}.wav"
    assert is_prompt(file.read_bytes())
    assert [path.name for path in file.parent.glob("*.wav")] == [file.name]
    prompts.close()


async def test_a_node_that_is_not_reachable_is_named(tmp_path: Path) -> None:
    prompts = Prompts(settings(tmp_path), lambda _: Speaker())
    for node in ("b", None):
        with pytest.raises(SpeechError, match="engine_spool"):
            await prompts.ensure(node, (HELLO,))
    prompts.close()


async def test_a_spool_that_is_not_mounted_is_not_made(tmp_path: Path) -> None:
    away = tmp_path / "mount"
    nodes = [AsteriskNode(name="b", engine_spool=str(away))]
    prompts = Prompts(settings(tmp_path, nodes=nodes), lambda _: Speaker())
    with pytest.raises(SpeechError, match="not there"):
        await prompts.ensure("b", (HELLO,))
    away.mkdir()
    await prompts.ensure("b", (HELLO,))
    assert (away / f"{HELLO.sound}.wav").is_file()
    prompts.close()


async def test_nobody_waits_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SECONDS", 0.05)
    speaker = Speaker()
    speaker.may.clear()
    prompts = Prompts(settings(tmp_path), lambda _: speaker)
    with pytest.raises(TimeoutError):
        await prompts.ensure("a", (HELLO,))
    speaker.may.set()
    monkeypatch.setattr(module, "SECONDS", 10.0)
    await prompts.ensure("a", (HELLO,))
    assert len(speaker.asked) == 1, "the late one was kept"
    prompts.close()


async def test_without_a_synthesizer_the_setting_is_named(tmp_path: Path) -> None:
    prompts = Prompts(settings(tmp_path, synthesizer="none"))
    with pytest.raises(SpeechError, match="SWITCHROOM_SYNTHESIZER"):
        await prompts.ensure("a", (HELLO,))
    prompts.close()


@pytest.mark.long
async def test_the_default_voices_speak_what_the_core_asks_for(tmp_path: Path) -> None:
    prompts = Prompts(settings(tmp_path))
    german = prompt('Guten Tag; $(reboot) `x` "y"', "de", "f2")
    await prompts.ensure("a", (HELLO, german))
    for each in (HELLO, german):
        assert is_prompt((tmp_path / f"{each.sound}.wav").read_bytes())
    prompts.close()


def test_where_the_engine_reaches_a_spool(tmp_path: Path) -> None:
    nodes = [AsteriskNode(name="a"), AsteriskNode(name="b", engine_spool="/mnt/b")]
    made = settings(tmp_path, nodes=nodes)
    assert engine_spool(made, "a") == tmp_path
    assert engine_spool(made, "b") == Path("/mnt/b")
    assert engine_spool(made, "c") is None


async def test_texts_are_spoken_before_a_caller_is_to_hear_them(tmp_path: Path) -> None:
    """Only on nodes that this process reaches; a text that cannot be spoken holds up no other."""
    speaker = Speaker()
    prompts = Prompts(settings(tmp_path), lambda _: speaker)
    await prompts.speak_ahead([HELLO, prompt("Bye", "en"), HELLO])
    assert [text for text, _, _ in speaker.asked] == ["Hello Ann", "Bye"]
    await prompts.ensure("a", (HELLO,))
    assert len(speaker.asked) == 2
    prompts.close()


async def test_a_text_that_cannot_be_spoken_ahead_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(Speaker):
        def synthesize(self, text: str, language: str, voice: str = "") -> bytes:
            raise SpeechError("no voice speaks xx")

    prompts = Prompts(settings(tmp_path), lambda _: Broken())
    await prompts.speak_ahead([HELLO])
    assert caplog.messages == ["a text cannot be spoken"]
    prompts.close()

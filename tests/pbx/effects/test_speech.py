"""A caller's utterance becomes a phrase. The recording on the node's disk is always deleted."""

import logging
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from pbx.effects import speech as module
from pbx.effects.speech import Listening
from providers.speech import SpeechError
from providers.speech.espeak_ng import EspeakNg
from switchroom.settings import AsteriskNode, Settings

pytestmark = pytest.mark.unit

PHRASES = ("opening hours", "technical support")


def settings(spool: Path, recognizer: str = "pocketsphinx") -> Settings:
    (spool / "speech").mkdir()
    return Settings(
        _env_file=None,
        nodes=[AsteriskNode(name="a"), AsteriskNode(name="b")],
        node="a",
        spool_dir=spool,
        speech_recognizer=recognizer,
    )


def recorded(spool: Path, text: str) -> Path:
    path = spool / "speech" / "c-1.wav"
    path.write_bytes(EspeakNg().synthesize(text, "en-us", "en-us+f3"))
    return path


@pytest.mark.long
async def test_a_spoken_phrase_reaches_the_core_and_its_recording_goes(tmp_path: Path) -> None:
    listening = Listening(settings(tmp_path))
    path = recorded(tmp_path, "opening hours")
    assert await listening.recognize("a", "speech/c-1.wav", PHRASES) == "opening hours"
    assert not path.exists()
    recorded(tmp_path, "banana pudding")
    assert await listening.recognize("a", "speech/c-1.wav", PHRASES) == ""
    listening.close()


@pytest.mark.long
async def test_a_node_out_of_reach_and_a_missing_file_are_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    listening = Listening(settings(tmp_path))
    with caplog.at_level(logging.ERROR):
        assert await listening.recognize("b", "speech/c-1.wav", PHRASES) == ""
        assert "engine_spool" in caplog.text
        assert await listening.recognize("a", "speech/none.wav", PHRASES) == ""
        assert len(caplog.records) == 2
    listening.close()


async def test_a_recognizer_that_fails_or_hangs_hears_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SECONDS", 0.05)
    done = threading.Event()

    class Broken:
        error: Exception | None = SpeechError("broken")

        def recognize(self, path: Path, phrases: Sequence[str]) -> str:
            if self.error is not None:
                raise self.error
            done.wait(10)
            return "opening hours"

        def close(self) -> None:
            done.set()

    broken = Broken()
    listening = Listening(settings(tmp_path), lambda _: broken)
    for broken.error in (SpeechError("broken"), OSError(), KeyError("bug"), None):
        path = recorded(tmp_path, "hello")
        assert await listening.recognize("a", "speech/c-1.wav", PHRASES) == ""
        assert broken.error is None or not path.exists()
    done.set()
    listening.close()


def test_it_is_off_by_default(tmp_path: Path) -> None:
    assert not Listening(settings(tmp_path, "none")).enabled
    assert not Listening(Settings(_env_file=None)).enabled

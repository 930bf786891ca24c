"""faster-whisper with the packaged model: what is heard, what is not invented, and in which pieces."""

import io
import wave
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from providers.speech.espeak_ng import EspeakNg
from providers.transcription import Audio, Line, TranscriptionError
from providers.transcription.faster_whisper import (
    CUT_SECONDS,
    PIECE_SECONDS,
    FasterWhisper,
    find_cut,
    lines_of,
    wav_between,
)
from providers.transcription.packaged import PACKAGED, packaged_folders, read_parts

pytestmark = pytest.mark.unit

Samples = npt.NDArray[np.float64]
RATE = 8000
NOISE = np.random.default_rng(1)


def seconds(count: float) -> Samples:
    return np.arange(int(RATE * count)) / RATE


def write(path: Path, *sounds: Samples) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes((np.clip(np.concatenate(sounds), -1, 1) * 32767).astype("<i2").tobytes())
    return path


def say(text: str) -> Samples:
    with wave.open(io.BytesIO(EspeakNg().synthesize(text, "en-us"))) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768


def audio(*files: Path, language: str = "en") -> Audio:
    return Audio("r1", "bucket", "key", ("caller", "agent")[: len(files)], lambda: list(files), language)


def hear(*files: Path) -> list[Line]:
    return FasterWhisper("tiny.en", Path("nowhere")).transcribe(audio(*files)).lines


# --- what is heard ---


@pytest.mark.long
def test_each_speakers_words_are_heard_at_their_times(tmp_path: Path) -> None:
    quiet = np.zeros(RATE * 2)
    caller = write(
        tmp_path / "caller.wav", quiet, say("I would like to change the delivery address of my order.")
    )
    agent = write(tmp_path / "agent.wav", say("Thank you very much."), quiet, quiet, quiet)
    lines = hear(caller, agent)
    by_speaker = {line.speaker: line for line in lines}
    assert by_speaker["agent"].text.rstrip(".") == "Thank you very much"
    said = by_speaker["caller"]
    assert said.text.startswith("I would like to change the delivery")
    words = {word.text: word for word in said.words}
    assert (
        1.5 < said.start < words["like"].start < words["change"].start < words["delivery"].end <= said.end < 6
    )
    assert not said.unsure


def ring(on: float, off: float, *hertz: float) -> Samples:
    at = seconds(20)
    tone = np.sum([np.sin(2 * np.pi * one * at) for one in hertz], axis=0) * 0.4 / len(hertz)
    return np.asarray(tone * ((at % (on + off)) < on))


def tune() -> Samples:
    """A melody with a bass, and a drum on each note."""
    at = seconds(0.4)

    def note(hertz: float, fading: float) -> Samples:
        tones = [np.sin(2 * np.pi * hertz * k * at) / k**1.5 for k in range(1, 6)]
        return np.asarray(np.sum(tones, axis=0) * np.exp(-at * fading) * 0.2)

    drum = np.concatenate([NOISE.normal(0, 0.2, 400), np.zeros(len(at) - 400)])
    melody = [262, 330, 392, 523, 494, 392, 440, 349]
    return np.concatenate([note(hertz, 4) + note(hertz / 2, 2) + drum for hertz in melody * 6])


def strings() -> Samples:
    """A melody with vibrato, as a violin or a voice has it."""
    at = seconds(0.8)
    bend = 0.6 * np.sin(2 * np.pi * 5.5 * at)
    melody = [262, 330, 392, 523, 494, 392, 440, 349]
    return np.concatenate(
        [
            np.sum([np.sin((2 * np.pi * hertz * at + bend) * k) / k for k in range(1, 7)], axis=0) * 0.15
            for hertz in melody * 3
        ]
    )


@pytest.mark.long
@pytest.mark.parametrize(
    "sound",
    [
        np.zeros(RATE * 20),
        NOISE.normal(0, 0.003, RATE * 20),
        NOISE.normal(0, 0.2, RATE * 20),
        ring(2, 4, 440, 480),
        ring(1, 4, 425),
        ring(0.5, 0.5, 480, 620),
        ring(0.1, 0.3, 770, 1336),
        np.where(np.arange(RATE * 20) % 6000 == 0, 0.9, 0.0),
        tune(),
        strings(),
    ],
    ids=["silence", "hiss", "noise", "us-ring", "eu-ring", "busy", "digits", "clicks", "tune", "strings"],
)
def test_nothing_is_invented(sound: Samples, tmp_path: Path) -> None:
    assert hear(write(tmp_path / "sound.wav", sound)) == []


# --- what is kept of a segment ---


def segment(*words: tuple[str, float, float, float], **more: float) -> Any:
    said = [SimpleNamespace(word=w, start=s, end=e, probability=p) for w, s, e, p in words]
    return SimpleNamespace(**{"no_speech_prob": 0.1, "compression_ratio": 1.0, "words": said, **more})


def test_a_sentence_or_a_pause_ends_a_line_and_times_count_from_the_beginning_of_the_audio() -> None:
    spoken = segment(
        (" Yes,", 0.5, 0.8, 0.9), (" sure.", 0.9, 1.4, 0.9), (" And", 1.5, 1.6, 0.9), (" Bye.", 4.0, 4.4, 0.3)
    )  # fmt: skip
    yes, and_, bye = lines_of(spoken, "agent", 100.0)
    assert and_.text == "And"
    assert (yes.text, yes.start, yes.end, yes.unsure) == ("Yes, sure.", 100.5, 101.4, False)
    assert [(word.text, word.start) for word in yes.words] == [("Yes,", 100.5), ("sure.", 100.9)]
    assert (bye.text, bye.unsure) == ("Bye.", True)


@pytest.mark.parametrize(
    "invented",
    [
        segment((" Thank you.", 0.0, 0.2, 0.9), no_speech_prob=0.9),
        segment((" again and again", 0.0, 20.0, 0.9), compression_ratio=9.0),
        segment((" .", 0.0, 0.2, 0.9)),
        segment(),
    ],
)
def test_what_whisper_invents_is_dropped(invented: Any) -> None:
    assert lines_of(invented, "caller", 0.0) == []


# --- in pieces ---


@pytest.mark.long
def test_a_piece_ends_where_both_speakers_are_quiet(tmp_path: Path) -> None:
    loud = NOISE.normal(0, 0.1, RATE * 300)
    caller, agent = loud.copy(), loud.copy()
    pause = PIECE_SECONDS - CUT_SECONDS + 4
    caller[int(RATE * pause) : int(RATE * (pause + 2))] = 0
    agent[int(RATE * (pause + 1)) : int(RATE * (pause + 3))] = 0
    files = [write(tmp_path / "caller.wav", caller), write(tmp_path / "agent.wav", agent)]
    cut = find_cut(files, 0.0)
    assert cut is not None
    assert pause + 1 < cut < pause + 2
    again = find_cut(files, cut)
    assert again is not None
    assert cut + PIECE_SECONDS - CUT_SECONDS < again < cut + PIECE_SECONDS
    assert find_cut(files, again) is None


def test_a_shorter_channel_ends_in_silence(tmp_path: Path) -> None:
    long = write(tmp_path / "long.wav", NOISE.normal(0, 0.1, RATE * 200))
    short = write(tmp_path / "short.wav", NOISE.normal(0, 0.1, RATE * 110))
    cut = find_cut([long, short], 0.0)
    assert cut is not None
    assert cut > 110
    with wave.open(wav_between(short, cut, None)) as file:
        assert file.getnframes() == 0


# --- models and languages ---


def model(*languages: str) -> Any:
    return SimpleNamespace(
        model=SimpleNamespace(is_multilingual=len(languages) > 1), supported_languages=list(languages)
    )


def test_the_calls_language_is_told_to_a_model_that_knows_it() -> None:
    whisper = FasterWhisper("base", Path("nowhere"))
    many = model("en", "de", "fr")
    told = {code: whisper._language(many, code) for code in ("de", "fr-ca", "EN", "", "tlh")}
    assert told == {"de": "de", "fr-ca": "fr", "EN": "en", "": None, "tlh": None}
    assert whisper._language(model("en"), "en-gb") == "en"
    with pytest.raises(TranscriptionError, match="language is de; the model 'base' knows only English"):
        whisper._language(model("en"), "de")


def test_the_default_model_is_packaged() -> None:
    (folder,) = packaged_folders("tiny.en")
    assert {"model.bin", "config.json", "tokenizer.json"} <= {path.name for path in folder.iterdir()}
    assert packaged_folders("small") == []


def test_a_model_in_parts_is_put_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number, data in ((1, b"first"), (2, b"second")):
        (tmp_path / f"pack{number}" / "data").mkdir(parents=True)
        (tmp_path / f"pack{number}" / "__init__.py").write_text("raise AssertionError('it is not run')")
        (tmp_path / f"pack{number}" / "data" / f"model.bin.part{number}").write_bytes(data)
    (tmp_path / "pack1" / "data" / "config.json").write_bytes(b"{}")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setitem(PACKAGED, "two", (("pack1", "data"), ("pack2", "data")))
    assert read_parts(packaged_folders("two")) == {"config.json": b"{}", "model.bin": b"firstsecond"}
    monkeypatch.setitem(PACKAGED, "two", (("pack1", "data"), ("pack3", "data")))
    assert packaged_folders("two") == [], "a part is not installed"


def test_a_model_that_cannot_be_loaded_is_named(tmp_path: Path) -> None:
    with pytest.raises(TranscriptionError, match="the model 'gigantic' cannot be loaded"):
        FasterWhisper("gigantic", tmp_path).transcribe(audio())

"""What counts as speech in a message: not silence, not a click, not a tone of the telephone line."""

import math
import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from providers.speech.espeak_ng import EspeakNg
from switchroom.audio.sound import read_sound
from switchroom.audio.speech import seconds_of_speech
from tests.support.sip.audio import voice, write_samples

pytestmark = pytest.mark.unit

QUIET = -50.0


def tones(seconds: float, *frequencies: int, volume: int = 5000) -> list[int]:
    return [
        int(sum(volume * math.sin(2 * math.pi * f * i / 8000) for f in frequencies))
        for i in range(int(seconds * 8000))
    ]


def noise(seconds: float, volume: int, seed: int = 1) -> list[int]:
    chance = random.Random(seed)
    return [chance.randint(-volume, volume) for _ in range(int(seconds * 8000))]


def noisy(samples: Sequence[int], volume: int = 30) -> list[int]:
    return [a + b for a, b in zip(samples, noise(len(samples) / 8000, volume), strict=True)]


def cadence(on: list[int], off: float, times: int) -> list[int]:
    return (on + [0] * int(off * 8000)) * times


NO_SPEECH = {
    "silence": [0] * 240_000,
    "an offset": [1000] * 24_000,
    "comfort noise": noise(30, 80),
    "a click": [0] * 8000 + noise(0.02, 20_000) + [0] * 8000,
    "busy, America": cadence(tones(0.5, 480, 620), 0.5, 20),
    "busy, Europe": cadence(tones(0.48, 425), 0.48, 20),
    "busy, Britain": cadence(tones(0.375, 400), 0.375, 20),
    "reorder": cadence(tones(0.25, 480, 620), 0.25, 40),
    "ringing": cadence(tones(2.0, 440, 480), 4.0, 3),
    "dial tone": tones(10.0, 350, 440),
    "not in service": (tones(0.33, 950) + tones(0.33, 1400) + tones(0.33, 1800)) * 3,
    "a key": tones(2.0, 697, 1209),
    "nothing": [],
}


@pytest.mark.parametrize("name", NO_SPEECH)
def test_what_is_no_speech(name: str, tmp_path: Path) -> None:
    path = write_samples(tmp_path / "x.wav", NO_SPEECH[name])
    assert seconds_of_speech(path, QUIET) < 0.1


@pytest.mark.parametrize("name", ["busy, America", "busy, Europe", "ringing", "not in service"])
def test_a_tone_of_a_noisy_line_is_no_speech(name: str, tmp_path: Path) -> None:
    path = write_samples(tmp_path / "x.wav", noisy(NO_SPEECH[name]))
    assert seconds_of_speech(path, QUIET) < 0.5


def test_what_glides_like_a_voice_counts_for_its_length(tmp_path: Path) -> None:
    path = write_samples(tmp_path / "x.wav", [0] * 16_000 + voice(3) + [0] * 16_000)
    assert seconds_of_speech(path, QUIET) == pytest.approx(3, abs=0.1)


@pytest.mark.parametrize("voice_name", ["en-us", "en-us+f3", "en-us+m7", "en-us+f5"])
@pytest.mark.parametrize("gain", [0, -18])
def test_a_short_message_is_speech(voice_name: str, gain: int, tmp_path: Path) -> None:
    path = tmp_path / "x.wav"
    path.write_bytes(EspeakNg().synthesize("Hi, it's Ann. Please call me back.", "en-us", voice_name))
    said = read_sound(path, 8000).apply_gain(gain)
    said.export(str(path), format="wav")
    assert seconds_of_speech(path, QUIET) > 1.2


def test_a_quieter_threshold_hears_more(tmp_path: Path) -> None:
    path = write_samples(tmp_path / "x.wav", voice(2, volume=60))
    assert seconds_of_speech(path, -50) == 0
    assert seconds_of_speech(path, -70) > 1.5

"""Uploaded sounds of every kind come out equally loud, and hostile ones do no harm."""

import subprocess
import wave
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from tests.support.sip.audio import hears_tone, write_tone
from workers import sound_conversion
from workers.sound_conversion import FORMATS, ConversionError, convert

pytestmark = [pytest.mark.unit, pytest.mark.long]

RATES = (8000, 16000)
TONE = 600


def encoded(folder: Path, container: str, codec: str, volume: float = 0.05, seconds: float = 2.0) -> Path:
    """Write a stereo tone in a container. Return the file."""
    path, rate = folder / "upload", 48000
    times = np.arange(int(rate * seconds)) / rate
    samples = (volume * np.sin(2 * np.pi * TONE * times)).astype("f4").reshape(1, -1)
    with av.open(str(path), "w", format=container) as file:
        stream: Any = file.add_stream(codec, rate=rate)
        stream.layout = "stereo"
        frame = av.AudioFrame.from_ndarray(samples, format="flt", layout="mono")
        frame.sample_rate = rate
        resampler = av.AudioResampler(format=stream.codec_context.format, layout="stereo", rate=rate)
        fifo = av.AudioFifo()
        for made in resampler.resample(frame):
            fifo.write(made)
        while (piece := fifo.read(stream.codec_context.frame_size or 1024, partial=True)) is not None:
            file.mux(stream.encode(piece))
        file.mux(stream.encode(None))
    return path


def loud(path: Path) -> float:
    """Return the root of the mean square of the samples, in dB below the largest one possible."""
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, int(path.stem))
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2") / 32768
    return float(20 * np.log10(np.sqrt((samples**2).mean())))


@pytest.mark.parametrize(
    ("container", "codec", "type"),
    [
        ("wav", "pcm_s16le", "audio/wav"),
        ("mp3", "mp3", "audio/mpeg"),
        ("ogg", "libopus", "audio/ogg"),
        ("flac", "flac", "audio/flac"),
        ("ipod", "aac", "audio/mp4"),
    ],
)
def test_every_kind_is_converted(tmp_path: Path, container: str, codec: str, type: str) -> None:
    made = convert(encoded(tmp_path, container, codec), type, tmp_path, RATES, 60)
    assert made.seconds == pytest.approx(2.0, abs=0.1)
    for rate in RATES:
        assert sum(hears_tone(tmp_path / f"{rate}.wav", TONE)) >= 9
    assert not (tmp_path / "samples.f32").exists()


def test_a_quiet_and_a_loud_sound_become_equally_loud(tmp_path: Path) -> None:
    found = []
    for volume in (0.01, 0.9):
        convert(encoded(tmp_path, "wav", "pcm_s16le", volume), "audio/wav", tmp_path, RATES, 60)
        found.append(loud(tmp_path / "8000.wav"))
    assert found[0] == pytest.approx(found[1], abs=0.3)
    assert -25 < found[0] < -15


@pytest.mark.parametrize("seconds", [0.05, 0.3])
def test_a_sound_too_short_to_be_measured_is_heard(tmp_path: Path, seconds: float) -> None:
    convert(write_tone(tmp_path / "upload", seconds, TONE, volume=300), "audio/wav", tmp_path, RATES, 60)
    assert -25 < loud(tmp_path / "8000.wav") < -3


def test_a_sound_that_is_too_long_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConversionError, match="longer than 1 s"):
        convert(encoded(tmp_path, "wav", "pcm_s16le"), "audio/wav", tmp_path, RATES, 1)
    assert not list(tmp_path.glob("*.f32"))


@pytest.mark.parametrize("type", sorted(FORMATS))
def test_noise_and_nothing_are_refused_with_a_reason(tmp_path: Path, type: str) -> None:
    for content in (b"", bytes(range(256)) * 100, b"ID3\x03\0\0\0\0\0\0" + bytes(3000)):
        (tmp_path / "upload").write_bytes(content)
        with pytest.raises(ConversionError):
            convert(tmp_path / "upload", type, tmp_path, RATES, 60)


def test_a_playlist_that_names_another_file_is_no_sound(tmp_path: Path) -> None:
    """FFmpeg would find the container by itself, and follow what it names."""
    secret = write_tone(tmp_path / "secret.wav", 1)
    (tmp_path / "upload").write_text(f"ffconcat version 1.0\nfile {secret}\n")
    with pytest.raises(ConversionError):
        convert(tmp_path / "upload", "audio/wav", tmp_path, RATES, 60)


def test_a_conversion_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound_conversion, "WALL_SECONDS", 0.01)
    with pytest.raises(ConversionError, match="too long"):
        convert(write_tone(tmp_path / "upload", 1), "audio/wav", tmp_path, RATES, 60)


def test_the_process_that_decodes_knows_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, str] = {}

    def run(*args: object, env: dict[str, str], **more: object) -> None:
        seen.update(env)
        raise subprocess.TimeoutExpired("x", 1)

    monkeypatch.setenv("SWITCHROOM_S3_SECRET_KEY", "secret")
    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(ConversionError):
        convert(tmp_path / "upload", "audio/wav", tmp_path, RATES, 60)
    assert set(seen) == {"PYTHONPATH", "PATH", "OMP_NUM_THREADS"}

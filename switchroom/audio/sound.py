"""Sounds in memory: pydub's `AudioSegment` under the name `Sound`, made from samples and from WAV files."""

import warnings
from pathlib import Path
from typing import BinaryIO

from switchroom.audio.wav import Wav, read_at, read_header

# On import pydub looks for ffmpeg and warns on stderr, where logs are JSON lines. All that it gets from us is PCM WAV,
# which needs none.
warnings.filterwarnings("ignore", message="Couldn't find ffmpeg or avconv", category=RuntimeWarning)

from pydub import AudioSegment as Sound  # noqa: E402 - the warning comes with this import

__all__ = ["Sound", "as_mono", "make_sound", "read_frames", "read_sound"]


def make_sound(data: bytes, *, width: int, rate: int, channels: int = 1) -> Sound:
    """Make a sound of raw samples. A part of a frame at the end is left out."""
    frame = width * channels
    whole = data[: len(data) // frame * frame]
    return Sound(whole, sample_width=width, frame_rate=rate, channels=channels)


def as_mono(sound: Sound, rate: int) -> Sound:
    """Convert a sound to mono with 16 bits at this rate."""
    return sound.set_channels(1).set_sample_width(2).set_frame_rate(rate)


def read_sound(path: Path, rate: int, seconds: float | None = None) -> Sound:
    """Read a WAV file, or its first `seconds`, as mono with 16 bits at this rate. Raises `AudioError`, `OSError`."""
    with path.open("rb") as file:
        wav = read_header(file)
        frames = wav.data_bytes // wav.frame if seconds is None else int(seconds * wav.rate)
        return as_mono(read_frames(file, wav, 0, frames), rate)


def read_frames(file: BinaryIO, wav: Wav, first: int, count: int) -> Sound:
    """Read `count` frames of an open WAV file, or fewer at its end."""
    start = min(first * wav.frame, wav.data_bytes)
    data = read_at(file, wav.data_at + start, min(count * wav.frame, wav.data_bytes - start))
    return make_sound(data, width=wav.width, rate=wav.rate, channels=wav.channels)

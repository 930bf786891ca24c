"""Whether a person speaks in a recording: measures the sound in it that is neither quiet nor a tone of the line.

The file is cut into frames of 32 ms. A frame is loud if its level is above a threshold. A frame is a tone if one or two
frequencies have nearly all of its energy. Tones that hold for a fifth of a second come from the line (busy, dial and
ringing tones, three rising tones, keys that are held down): a voice never keeps its pitch that long. What is left is
speech, or noise that is as loud.
"""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import numpy as np
import numpy.typing as npt

from switchroom.audio.legs import pieces
from switchroom.audio.wav import read_wav

FRAME_SECONDS = 0.032
TONE_SHARE = 0.9
"""Two frequencies with this share of a frame's energy are a tone."""
TONE_FRAMES = 6
"""So many frames in a row with the same tone come from the line."""
SHORTEST_FRAMES = 3
"""Fewer loud frames in a row are a click, or the edge of a tone."""
_LOBE = 2
"""A tone's energy stands within so many bins of its peak (Hann window)."""

_Floats = npt.NDArray[np.float64]


def seconds_of_speech(path: Path, threshold: float) -> float:
    """Return how long a person speaks in a mono WAV file. `threshold`: dBFS. Raises `AudioError`, `OSError`."""
    wav = read_wav(path)
    length = int(FRAME_SECONDS * wav.rate)
    heard = [sound for piece in pieces(path, wav, wav.rate) for sound in _sounds(piece, length, threshold)]
    runs = [len(list(run)) for speaks, run in groupby(_is_speech(heard)) if speaks]
    return sum(run for run in runs if run >= SHORTEST_FRAMES) * length / wav.rate


_Sound = tuple[int, int] | bool
"""A frame: the bins of its tone, or whether it is loud."""


def _sounds(piece: bytes, length: int, threshold: float) -> Iterator[_Sound]:
    samples = np.frombuffer(piece, "<i2").astype(np.float64) / 32768
    frames = samples[: len(samples) // length * length].reshape(-1, length)
    frames = frames - frames.mean(axis=1, keepdims=True)
    levels = 10 * np.log10(np.maximum((frames**2).mean(axis=1), 1e-12))
    for frame, loud in zip(frames, levels > threshold, strict=True):
        yield (_tone(frame) or True) if loud else False


def _tone(frame: _Floats) -> tuple[int, int] | None:
    """Return the bins of the one or two frequencies that the frame consists of, or None."""
    energy = np.abs(np.fft.rfft(frame * np.hanning(len(frame)))) ** 2
    whole = energy.sum()
    first, share = _take_peak(energy)
    if share > TONE_SHARE * whole:
        return first, first
    second, more = _take_peak(energy)
    if share + more > TONE_SHARE * whole:
        return min(first, second), max(first, second)
    return None


def _take_peak(energy: _Floats) -> tuple[int, float]:
    """Return the strongest bin with the energy of its lobe, and take the lobe out."""
    peak = int(energy.argmax())
    lobe = energy[max(0, peak - _LOBE) : peak + _LOBE + 1]
    share = float(lobe.sum())
    lobe[:] = 0
    return peak, share


def _is_speech(heard: list[_Sound]) -> Iterator[bool]:
    """Say of each frame whether it may be speech: it is loud, and no part of a tone that holds."""
    start = 0
    while start < len(heard):
        end = start + 1
        tone = heard[start]
        while isinstance(tone, tuple) and end < len(heard) and _is_same(tone, heard[end]):
            end += 1
        speaks = bool(tone) and not (isinstance(tone, tuple) and end - start >= TONE_FRAMES)
        yield from [speaks] * (end - start)
        start = end


def _is_same(tone: tuple[int, int], other: _Sound) -> bool:
    return isinstance(other, tuple) and all(abs(a - b) <= _LOBE for a, b in zip(tone, other, strict=True))

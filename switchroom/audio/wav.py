"""WAV files that Asterisk wrote: are they complete, and join two legs to one stereo file.

A recording's header says 0 bytes until Asterisk closes it; one that a crash left keeps a stale size. So the
size of the data is always taken from the file, and the header only tells whether Asterisk has finished. PCM
only, as format_wav.c writes it.
"""

import struct
import time
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from switchroom.audio.segment import AudioSegment

SETTLED = 1.0
"""Seconds without a write after which a file whose header agrees is finished."""
ABANDONED = 60.0
"""Seconds without a write after which nobody will finish the file: its writer has crashed."""
CHUNK_SECONDS = 30


class AudioError(Exception):
    """The file is no PCM WAV that can be read."""


@dataclass(frozen=True, slots=True)
class Wav:
    """A PCM WAV. `data_bytes` is what is in the file, in whole frames; `declared` what its header says."""

    path: Path
    rate: int
    channels: int
    width: int
    """Bytes of a sample."""
    data_at: int
    data_bytes: int
    declared: int

    @property
    def frame(self) -> int:
        return self.width * self.channels

    @property
    def seconds(self) -> float:
        return self.data_bytes / self.frame / self.rate


def read_wav(path: Path) -> Wav:
    """The file's format and true length, whatever sizes its header states. Raises `AudioError`, `OSError`."""
    with path.open("rb") as file:
        size = path.stat().st_size
        if file.read(4) != b"RIFF" or not file.read(4) or file.read(4) != b"WAVE":
            raise AudioError(f"{path.name}: not a WAV file")
        rate = channels = width = 0
        while len(head := file.read(8)) == 8:
            name, length = struct.unpack("<4sI", head)
            if name == b"fmt ":
                rate, channels, width = _read_format(file.read(length), path)
            elif name == b"data":
                if not rate:
                    break
                at = file.tell()
                present = size - at
                data = length if _is_true_length(file, size, at + length) else present
                return Wav(path, rate, channels, width, at, data - data % (width * channels), length)
            else:
                file.seek(length + length % 2, 1)
    raise AudioError(f"{path.name}: no PCM data")


def _is_true_length(file: BinaryIO, size: int, end: int) -> bool:
    """Whether the data ends where its header says: at the file's end (and a pad byte), or at a last chunk."""
    if 0 <= size - end <= 1:
        return True
    end += end % 2
    if size - end < 8:
        return False
    name, length = struct.unpack("<4sI", _read_at(file, end, 8))
    return bool(name.isascii()) and 0 <= size - (end + 8 + length) <= 1


def _read_format(body: bytes, path: Path) -> tuple[int, int, int]:
    if len(body) < 16:
        raise AudioError(f"{path.name}: broken format chunk")
    code, channels, rate, _, _, bits = struct.unpack("<HHIIHH", body[:16])
    if code not in (1, 0xFFFE) or channels not in (1, 2) or bits not in (8, 16) or not 4000 <= rate <= 192000:
        raise AudioError(f"{path.name}: not PCM (format {code}, {channels} channels, {bits} bits, {rate} Hz)")
    return rate, channels, bits // 8


def is_finished(path: Path, now: float | None = None) -> bool:
    """Whether nobody writes to this file any more. `now`: POSIX seconds, default the clock's.

    Either its header agrees with its size and it rests for `SETTLED`, or it rests for `ABANDONED` (its writer
    has crashed). Raises `FileNotFoundError`.
    """
    status = path.stat()
    resting = (time.time() if now is None else now) - status.st_mtime
    if resting >= ABANDONED:
        return True
    if resting < SETTLED:
        return False
    try:
        wav = read_wav(path)
    except AudioError:
        return False
    # Asterisk pads odd data by one byte; `declared` is then one less than what lies there.
    return wav.declared > 0 and wav.data_at + wav.declared in (status.st_size, status.st_size - 1)


def join_legs(agent: Path, caller: Path, out: Path) -> float:
    """Write one stereo WAV (caller left, agent right) and return its seconds.

    The shorter leg is padded with silence; a leg that is missing or unreadable is silence. Works in pieces,
    so that an hour costs no more memory than half a minute. Raises `AudioError` if neither leg can be read.
    """
    legs = [_readable(path) for path in (caller, agent)]
    known = [leg for leg in legs if leg is not None]
    if not known:
        raise AudioError(f"{caller.name}, {agent.name}: neither leg can be read")
    rate = max(leg.rate for leg in known)
    pieces = max(-(-leg.data_bytes // (CHUNK_SECONDS * leg.rate * leg.frame)) for leg in known)
    frames = 0
    with wave.open(str(out), "wb") as stereo:
        stereo.setnchannels(2)
        stereo.setsampwidth(2)
        stereo.setframerate(rate)
        for index in range(pieces):
            left, right = (_piece(leg, index, rate) for leg in legs)
            length = max(len(left), len(right))
            pair = [_segment(data.ljust(length, b"\0"), rate) for data in (left, right)]
            stereo.writeframes(AudioSegment.from_mono_audiosegments(*pair).raw_data)
            frames += length // 2
    return frames / rate


def repaired(path: Path, out: Path) -> float:
    """Write a mono 16-bit copy of `path` with a true header and return its seconds. Raises `AudioError`."""
    wav = read_wav(path)
    with wave.open(str(out), "wb") as copy:
        copy.setnchannels(1)
        copy.setsampwidth(2)
        copy.setframerate(wav.rate)
        for index in range(-(-wav.data_bytes // (CHUNK_SECONDS * wav.rate * wav.frame))):
            copy.writeframes(_piece(wav, index, wav.rate))
    return wav.seconds


def split_channels(stereo: Path, left: Path, right: Path) -> None:
    """Write the two channels of a stereo file as mono files. Raises `AudioError`."""
    wav = read_wav(stereo)
    if wav.channels != 2:
        raise AudioError(f"{stereo.name}: not stereo")
    with stereo.open("rb") as file, wave.open(str(left), "wb") as one, wave.open(str(right), "wb") as two:
        for target in (one, two):
            target.setnchannels(1)
            target.setsampwidth(wav.width)
            target.setframerate(wav.rate)
        file.seek(wav.data_at)
        remaining = wav.data_bytes
        while remaining:
            data = file.read(min(remaining, CHUNK_SECONDS * wav.rate * wav.frame))
            remaining -= len(data)
            both = AudioSegment(data, sample_width=wav.width, frame_rate=wav.rate, channels=2)
            for target, channel in zip((one, two), both.split_to_mono(), strict=True):
                target.writeframes(channel.raw_data)


def _readable(path: Path) -> Wav | None:
    try:
        return read_wav(path)
    except (AudioError, FileNotFoundError):
        return None


def _piece(leg: Wav | None, index: int, rate: int) -> bytes:
    """Half a minute of a leg as 16-bit mono at `rate`; empty behind its end."""
    if leg is None:
        return b""
    length = CHUNK_SECONDS * leg.rate * leg.frame
    start = index * length
    if start >= leg.data_bytes:
        return b""
    with leg.path.open("rb") as file:
        data = _read_at(file, leg.data_at + start, min(length, leg.data_bytes - start))
    if (leg.rate, leg.channels, leg.width) == (rate, 1, 2):
        return data
    segment = AudioSegment(data, sample_width=leg.width, frame_rate=leg.rate, channels=leg.channels)
    converted: bytes = segment.set_channels(1).set_sample_width(2).set_frame_rate(rate).raw_data
    return converted


def _read_at(file: BinaryIO, offset: int, length: int) -> bytes:
    file.seek(offset)
    return file.read(length)


def _segment(data: bytes, rate: int) -> AudioSegment:
    return AudioSegment(data, sample_width=2, frame_rate=rate, channels=1)

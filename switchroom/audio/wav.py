"""WAV files whose headers may be wrong: their format, their true length, and whether they are complete.

The header of a recording says 0 bytes until Asterisk closes it; one that a crash left keeps a stale size. espeak-ng
writes its header before it knows the size. So the size of the data is taken from the file, and the header only tells
whether its writer has finished. PCM only, as Asterisk's format_wav.c writes it.
"""

import struct
import time
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

SETTLED = 1.0
"""Seconds without a write after which a file whose header agrees is finished."""
ABANDONED = 60.0
"""Seconds without a write after which a file is finished whatever its header says: its writer has crashed."""


class AudioError(Exception):
    """The file is no PCM WAV that can be read."""


@dataclass(frozen=True, slots=True)
class Wav:
    """The header of a PCM WAV. `data_bytes`: what is in the file, in whole frames. `declared`: what the header says."""

    rate: int
    channels: int
    width: int
    """Bytes of a sample."""
    data_at: int
    data_bytes: int
    declared: int

    @property
    def frame(self) -> int:
        """Bytes of one sample of each channel."""
        return self.width * self.channels

    @property
    def seconds(self) -> float:
        return self.data_bytes / self.frame / self.rate


def read_wav(path: Path) -> Wav:
    """Return the file's format and true length. Raises `AudioError`, `OSError`."""
    with path.open("rb") as file:
        try:
            return read_header(file)
        except AudioError as error:
            raise AudioError(f"{path.name}: {error}") from None


def read_header(file: BinaryIO) -> Wav:
    """Return the format and true length of an open file, from its start. Raises `AudioError`, `OSError`."""
    size = file.seek(0, 2)
    file.seek(0)
    if file.read(4) != b"RIFF" or not file.read(4) or file.read(4) != b"WAVE":
        raise AudioError("not a WAV file")
    rate = channels = width = 0
    while len(head := file.read(8)) == 8:
        name, length = struct.unpack("<4sI", head)
        if name == b"fmt ":
            rate, channels, width = _read_format(file.read(length))
        elif name == b"data":
            if not rate:
                break
            at = file.tell()
            data = length if _is_true_length(file, size, at + length) else size - at
            return Wav(rate, channels, width, at, data - data % (width * channels), length)
        else:
            file.seek(length + length % 2, 1)
    raise AudioError("no PCM data")


def read_at(file: BinaryIO, offset: int, length: int) -> bytes:
    """Return `length` bytes from `offset`, or fewer at the file's end."""
    file.seek(offset)
    return file.read(length)


def _is_true_length(file: BinaryIO, size: int, end: int) -> bool:
    """Whether the data ends where its header says: at the file's end (and a pad byte), or at a last chunk."""
    if 0 <= size - end <= 1:
        return True
    end += end % 2
    if size - end < 8:
        return False
    name, length = struct.unpack("<4sI", read_at(file, end, 8))
    return bool(name.isascii()) and 0 <= size - (end + 8 + length) <= 1


def _read_format(body: bytes) -> tuple[int, int, int]:
    """Rate, channels and bytes of a sample."""
    if len(body) < 16:
        raise AudioError("broken format chunk")
    code, channels, rate, _, _, bits = struct.unpack("<HHIIHH", body[:16])
    if code not in (1, 0xFFFE) or channels not in (1, 2) or bits not in (8, 16) or not 4000 <= rate <= 192000:
        raise AudioError(f"not PCM (format {code}, {channels} channels, {bits} bits, {rate} Hz)")
    return rate, channels, bits // 8


def is_finished(path: Path, now: float | None = None) -> bool:
    """Whether no process writes to this file any more. `now`: POSIX seconds, default the clock's.

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

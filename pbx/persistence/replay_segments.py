"""The replay journal's files: gzip, one a segment, limited in number and in bytes. Every method blocks."""

import os
import zlib
from collections.abc import Iterable
from pathlib import Path

LEVEL = 3
"""Half the size of level 1 for the same CPU. Level 6 takes twice the CPU for a fifth less."""
SUFFIX = ".jsonl.gz"
CLOSED = -1


class TooLarge(Exception):
    """The first line of a segment needs more bytes than all segments may have."""


class Segments:
    """The segments of one shard in `folder`, oldest first by name: `<shard>-<run>-<number>.jsonl.gz`.

    Not for two threads at a time. Every method that writes raises OSError if the disk refuses.
    """

    def __init__(self, folder: Path, shard: str, run: int, *, most_bytes: int, most_segments: int) -> None:
        self.size = 0
        """The bytes of the open segment on disk."""
        self._folder, self._shard, self._run = folder, shard, run
        self._most_bytes, self._most_segments = most_bytes, most_segments
        self._number = 0
        self._file = CLOSED
        self._path = folder
        self._zip = zlib.compressobj()
        self._share = 0

    @property
    def full(self) -> bool:
        """Return whether the open segment has its share of all bytes."""
        return self._file != CLOSED and self.size >= self._share

    @property
    def number(self) -> int:
        """Return the number of the open segment. The first of a run is 1."""
        return self._number

    def open(self, head: Iterable[str]) -> None:
        """Begin a segment with these pieces of its first line. The oldest segments are deleted to make room.

        Raises TooLarge.
        """
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._make_room()
        self._number += 1
        self._path = self._folder / f"{self._shard}-{self._run:017}-{self._number:06}{SUFFIX}"
        self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        self._zip = zlib.compressobj(LEVEL, zlib.DEFLATED, 31)
        self.size = 0
        try:
            self._begin(head)
        except Exception:
            self._drop()
            raise
        self._share = max(self._most_bytes // self._most_segments, 2 * self.size)

    def _begin(self, head: Iterable[str]) -> None:
        for piece in head:
            if packed := self._zip.compress(piece.encode()):
                self._append(packed)
                self._check()
        self.write([""])
        self._check()

    def _check(self) -> None:
        if self.size > self._most_bytes:
            raise TooLarge(f"a snapshot takes more than {self._most_bytes} bytes")

    def write(self, lines: Iterable[str]) -> None:
        """Append lines, and flush them to the file: a process that is killed leaves whole lines."""
        text = "".join(f"{line}\n" for line in lines)
        packed = self._zip.compress(text.encode()) + self._zip.flush(zlib.Z_SYNC_FLUSH)
        self._append(packed)

    def close(self, last_line: str) -> None:
        """End the segment. Nothing happens if none is open."""
        if self._file == CLOSED:
            return
        try:
            self._append(self._zip.compress(f"{last_line}\n".encode()) + self._zip.flush())
        finally:
            self._release()

    def abandon(self) -> None:
        """Close the file as it is, after a failure."""
        if self._file != CLOSED:
            self._release()

    def _drop(self) -> None:
        self.abandon()
        self._path.unlink(missing_ok=True)

    def _append(self, data: bytes) -> int:
        """Append all of `data`, or none of it and raise OSError. Return the segment's size."""
        left = memoryview(data)
        try:
            while left:
                left = left[os.write(self._file, left) :]
        except OSError:
            os.ftruncate(self._file, self.size)
            raise
        self.size += len(data)
        return self.size

    def _release(self) -> None:
        os.close(self._file)
        self._file = CLOSED

    def _make_room(self) -> None:
        """Delete the oldest segments until one more, with its share, fits."""
        found = sorted(self._folder.glob(f"{self._shard}-*{SUFFIX}"))
        sizes = {path: path.stat().st_size for path in found}
        share = self._most_bytes // self._most_segments
        while sizes and (len(sizes) >= self._most_segments or sum(sizes.values()) + share > self._most_bytes):
            oldest = next(iter(sizes))
            oldest.unlink(missing_ok=True)
            del sizes[oldest]

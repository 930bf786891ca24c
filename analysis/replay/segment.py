"""Read a segment of the replay journal (`routing.persistence.journal_format`), gzip or plain."""

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from routing.persistence.journal_format import FORMAT, KIND
from routing.persistence.snapshot import VERSION
from switchroom.versions import Versions

CHUNK = 262_144
_GZIP = b"\x1f\x8b"


class UnreadableSegment(Exception):
    """The file is not a segment, is cut short, or has another version. The text is a sentence for people."""


@dataclass(frozen=True, slots=True)
class Header:
    shard: str
    run: int
    segment: int
    opened_at: float
    versions: Versions
    snapshot: dict[str, Any]
    gap: dict[str, Any] | None
    """`{why, since, events}`: what is missing between the segment before and this one. None: nothing is."""

    def follows(self, other: "Header") -> bool:
        """Return whether nothing is missing between the end of `other` and the start of this segment."""
        return (
            self.gap is None
            and (self.shard, self.run) == (other.shard, other.run)
            and self.segment == other.segment + 1
        )


class Segment:
    """A segment. Its header is read at once; `lines` yields the lines of its events. Raises UnreadableSegment."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.end: str | None = None
        """Why the segment ended, once all lines are read. None: it has no last line."""
        self.read = 0
        """Bytes of the file that were read so far."""
        self._lines = self._split()
        first = next(self._lines, None)
        if first is None:
            raise UnreadableSegment(f"{path} is empty.")
        self.header = _header(path, first)

    def lines(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield each event's line as it is in the file, and its JSON. Raises UnreadableSegment at a line that is cut
        short."""
        for events, text in enumerate(self._lines):
            entry = _json(text)
            if entry is None or not ("event" in entry or "end" in entry):
                raise UnreadableSegment(
                    f"{self.path}: line {events + 2} is not an event: the file is damaged."
                )
            if "end" in entry:
                self._finish(entry, events)
                return
            yield text, entry

    def _finish(self, entry: dict[str, Any], events: int) -> None:
        if entry.get("events") != events:
            raise UnreadableSegment(
                f"{self.path} says at its end that it holds {entry.get('events')} events, but it holds {events}."
            )
        self.end = str(entry["end"])

    def _split(self) -> Iterator[str]:
        rest = b""
        for data in self._unpacked():
            *whole, rest = (rest + data).split(b"\n")
            for text in whole:
                yield text.decode("utf-8", "replace")
        if rest:
            raise UnreadableSegment(f"{self.path} is cut short in the middle of a line.")

    def _unpacked(self) -> Iterator[bytes]:
        try:
            with self.path.open("rb") as file:
                first = file.read(CHUNK)
                unpack = zlib.decompressobj(31).decompress if first.startswith(_GZIP) else bytes
                while first:
                    self.read += len(first)
                    yield unpack(first)
                    first = file.read(CHUNK)
        except OSError as error:
            raise UnreadableSegment(f"{self.path} cannot be read: {error.strerror}.") from error
        except zlib.error as error:
            raise UnreadableSegment(f"{self.path} is damaged: {error}.") from error


def _json(text: str) -> dict[str, Any] | None:
    try:
        entry = json.loads(text)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) else None


def _header(path: Path, text: str) -> Header:
    entry = _json(text)
    if entry is None or entry.get("kind") != KIND:
        raise UnreadableSegment(f"{path} is not a segment of a replay journal.")
    if entry.get("format") != FORMAT:
        raise UnreadableSegment(
            f"{path} has format {entry.get('format')} of the replay journal; this Switchroom reads {FORMAT}."
        )
    versions = Versions.of(entry["versions"])
    here = Versions.here(core=VERSION)
    if versions.core != here.core:
        raise UnreadableSegment(
            f"{path} was recorded by version {versions.core} of the core (Switchroom {versions.package}); this is "
            f"version {here.core} (Switchroom {here.package}), which cannot read its snapshot."
        )
    return Header(
        entry["shard"],
        entry["run"],
        entry["segment"],
        entry["opened_at"],
        versions,
        entry["snapshot"],
        entry["gap"],
    )

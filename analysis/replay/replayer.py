"""Replay a recorded run: give the events of its segments to a core, and compare the commands."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from analysis.replay.segment import Header, Segment, UnreadableSegment
from routing.commands import Command
from routing.engine import Engine
from routing.errors import CodecError, HandlerFailed
from routing.events import CallEntered, CallTurnedAway, Event, PhoneCallEntered
from routing.persistence.codec import decode_event
from routing.persistence.journal_format import ending, row
from routing.persistence.redaction import Blanking
from routing.persistence.snapshot import VERSION
from switchroom.versions import Versions


@dataclass(frozen=True, slots=True)
class Step:
    """One replayed event. `number` counts from 1 over all segments."""

    number: int
    at: float
    event: Event
    commands: list[Command]
    expected: dict[str, Any]
    """The recorded line."""
    error: str | None
    same: bool

    @property
    def got(self) -> dict[str, Any]:
        """Return the line that a recording of this replay would have."""
        entry: dict[str, Any] = {"commands": [list(row(command)) for command in self.commands]}
        if self.error is not None:
            entry["error"] = self.error
        return entry


@dataclass(slots=True)
class Counts:
    events: int = 0
    commands: int = 0
    calls: int = 0
    began: float | None = None
    ended: float = 0.0

    @property
    def span(self) -> float:
        """Return the seconds of real time from the first event to the last."""
        return self.ended - self.began if self.began is not None else 0.0


@dataclass(slots=True)
class Replay:
    """A replay of segments in their order. `steps` does the work. The fields tell about it during the work and
    after."""

    segments: Sequence[Segment]
    counts: Counts = field(default_factory=Counts)
    notices: list[str] = field(default_factory=list)
    """What people should know although it is no difference of commands: versions, gaps, missing ends."""
    differing_state: str | None = None
    """The first segment whose snapshot is not the state at the end of the segment before."""
    engine: Engine | None = None
    prepare: Callable[[Engine], None] | None = None
    """Called with each segment's engine before its first event."""

    @classmethod
    def of(cls, paths: Sequence[Path]) -> "Replay":
        """Open the segments. Raises UnreadableSegment."""
        replay = cls([Segment(path) for path in paths])
        for segment in replay.segments:
            for sentence in segment.header.versions.differences(Versions.here(core=VERSION)):
                if sentence not in replay.notices:
                    replay.notices.append(sentence)
        return replay

    def steps(self) -> Iterator[Step]:
        """Yield every event in its turn. Raises UnreadableSegment where a file cannot be read any further."""
        before: Segment | None = None
        for segment in self.segments:
            engine = self.engine = self._begin(segment, before)
            for text, entry in segment.lines():
                yield self._step(engine, segment, text, entry)
            if segment.end is None:
                self.notices.append(
                    f"{segment.path.name} has no end: its engine was killed, or still writes it, or the copy is cut."
                )
            before = segment

    def _begin(self, segment: Segment, before: Segment | None) -> Engine:
        header = segment.header
        if before is not None and self.engine is not None and header.follows(before.header):
            blanked = Blanking().snapshot(dict(self.engine.snapshot()))
            if self.differing_state is None and blanked != header.snapshot:
                self.differing_state = f"{segment.path.name}: {_first_difference(header.snapshot, blanked)}"
        elif before is not None:
            self.notices.append(_between(before.header, header, segment.path.name))
        try:
            engine = Engine.restore(header.snapshot)
        except (CodecError, KeyError, TypeError, ValueError) as error:
            raise UnreadableSegment(f"{segment.path}: its snapshot cannot be read: {error}") from error
        if self.prepare is not None:
            self.prepare(engine)
        return engine

    def _step(self, engine: Engine, segment: Segment, text: str, entry: dict[str, Any]) -> Step:
        try:
            event, at = decode_event(entry["event"]), float(entry["at"])
        except (CodecError, TypeError, ValueError) as error:
            raise UnreadableSegment(
                f"{segment.path}: event {self.counts.events + 1} cannot be read: {error}"
            ) from error
        commands, error_name = handled(engine, event, at)
        same = text.endswith(f",{ending(commands, error_name)}")
        self._count(event, at, commands)
        return Step(self.counts.events, at, event, commands, entry, error_name, same)

    def _count(self, event: Event, at: float, commands: list[Command]) -> None:
        counts = self.counts
        counts.events += 1
        counts.commands += len(commands)
        counts.calls += isinstance(event, CallEntered | CallTurnedAway | PhoneCallEntered)
        counts.began = at if counts.began is None else counts.began
        counts.ended = max(counts.ended, at)


def handled(engine: Engine, event: Event, at: float) -> tuple[list[Command], str | None]:
    """Return the commands, and the name of what the core raised, as the engine's process records them."""
    try:
        return engine.handle(event, at), None
    except HandlerFailed as error:
        return error.commands, type(error).__name__
    except Exception as error:
        return [], type(error).__name__


def _between(before: Header, header: Header, name: str) -> str:
    if header.gap is not None:
        return f"Before {name} there is a gap of {header.gap['events']} events: {header.gap['why']}."
    if (before.shard, before.run) != (header.shard, header.run):
        return f"{name} was recorded by another run of the engine; it begins with what that run found."
    return (
        f"Segments are missing before {name}: it is number {header.segment}, after number {before.segment}."
    )


def _first_difference(expected: Any, got: Any, path: str = "state") -> str:
    """Return the dotted path at which two JSON values differ first, with both values."""
    if isinstance(expected, dict) and isinstance(got, dict):
        for key in [*expected, *(key for key in got if key not in expected)]:
            if expected.get(key) != got.get(key):
                return _first_difference(expected.get(key), got.get(key), f"{path}.{key}")
    if isinstance(expected, list) and isinstance(got, list) and len(expected) == len(got):
        for place, (one, other) in enumerate(zip(expected, got, strict=True)):
            if one != other:
                return _first_difference(one, other, f"{path}[{place}]")
    return f"{path} is {str(got)[:200]}, recorded was {str(expected)[:200]}"

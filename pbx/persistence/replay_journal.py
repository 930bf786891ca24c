"""The replay journal: every event and the commands that it caused, on disk, so that a run can be replayed."""

# Theory of operation
# ===================
#
# A restart does not need this journal; that one is in Redis (`pbx.persistence.store`). This one explains afterwards why
# the core did what it did. Its loss costs an explanation, never a call. So no event waits for it.
#
# A run of the engine writes segments: gzip files of lines (`pbx.persistence.replay_segments`; the format is in
# `routing.persistence.journal_format`). A segment's first line has a snapshot of the core. Each further line has one
# event, its time and the commands that the core answered. The last line says why the segment ended. So each segment can
# be replayed alone: restore the snapshot, give the core the events, compare the commands.
#
# Two threads meet in `_waiting`, a deque, whose `append` and `popleft` are atomic:
#
#   - The event loop. After the core has handled an event the runner calls `note`; after it has taken a snapshot,
#     `snapshot`. Both append and return. Both run on the loop, so an `Opening` stands exactly between the events that
#     its snapshot has in it and those that it has not.
#   - The journal's own thread. `flush` lets it write what waits, five times a second. It encodes, blanks personal data,
#     packs and writes. The packed stream is flushed to the file at the end of each write.
#
# The event loop alone decides what is lost: a failure in the thread is returned, and handled in `_fail`.
#
# What goes wrong, and what is left:
#
#   the engine is killed   The file ends after the last flush, without a last line. Its lines are whole and can be read.
#                          At most the events of the last fifth of a second, and those being written, are missing.
#   the disk refuses       What was being written is cut off again, so the file ends in a whole line. Nothing more is
#                          kept until the next segment, which needs a snapshot. It is tried once a minute.
#   the disk is too slow   When `MOST_WAITING` events wait, they are dropped, and it goes on as above.
#
# Events that no segment has are counted (`replay_journal_lost`), told once in the log, and named as a gap in the header
# of the next segment. So a reader never takes a journal with a hole for a whole one.

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from time import time
from typing import Any

from pbx.metrics import Metrics
from pbx.persistence.replay_segments import Segments
from routing.commands import Command
from routing.persistence.journal_format import FORMAT, KIND, dump, last_line, line
from routing.persistence.redaction import Blanking
from routing.persistence.snapshot import VERSION
from switchroom.versions import Versions

log = logging.getLogger(__name__)

FLUSH_SECONDS = 0.2
"""Short, so that the thread never holds the interpreter for long: 300 events a second take 2 ms of encoding."""
SEGMENT_SECONDS = 3600.0
RETRY_SECONDS = 60.0
"""Between two tries to open a segment on a disk that refuses."""
MOST_WAITING = 20_000
"""Events that may wait for the disk. Each takes 1 to 2 KB."""
BATCH = 200


@dataclass(frozen=True, slots=True)
class Note:
    """One event as the core saw it. `block`: id and type of the block in which it found its call, for digits."""

    at: float
    event: dict[str, Any]
    commands: list[Command]
    error: str | None = None
    block: tuple[str, str] | None = None


@dataclass(slots=True)
class Gap:
    """Events that no segment holds."""

    why: str
    since: float
    events: int = 0


@dataclass(frozen=True, slots=True)
class Opening:
    """A segment is to begin here."""

    at: float
    core: dict[str, Any]
    gap: Gap | None


@dataclass(frozen=True, slots=True)
class Failure:
    """What kept events from the disk, and how many."""

    why: str
    lost: int = 0
    gap: Gap | None = None
    """The gap of a segment that could not be begun: it goes on."""


class ReplayJournal:
    """`note` and `snapshot` are called on the event loop, and return at once. A thread of its own writes.

    A segment begins with a snapshot, so after a failure nothing is kept until the next snapshot.
    """

    def __init__(
        self, segments: Segments, metrics: Metrics, shard: str, run: int, *, clock: Callable[[], float] = time
    ) -> None:
        self._segments = segments
        self._metrics = metrics
        self._source = {"shard": shard, "run": run, "versions": asdict(Versions.here(core=VERSION))}
        self._clock = clock
        self._blanking = Blanking()
        self._waiting: deque[Note | Opening] = deque()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="replay-journal")
        self._recording = False
        self._gap: Gap | None = None
        self._opened = 0.0
        self._retry = 0.0
        self._events = 0
        self._told = False

    def note(self, note: Note) -> None:
        """Keep one event, after the core has handled it."""
        if self._recording and len(self._waiting) < MOST_WAITING:
            self._waiting.append(note)
            return
        if self._recording:
            self._fail(Failure("the disk is too slow"))
        self._lose(1)

    def snapshot(self, core: dict[str, Any]) -> None:
        """Begin a segment with the core's state after the last note, if one is due; else do nothing."""
        now = self._clock()
        due = self._segments.full or self._blanking.outgrown or now - self._opened >= SEGMENT_SECONDS
        if due if self._recording else now >= self._retry:
            self._waiting.append(Opening(now, core, self._gap))
            self._gap = None
            self._recording = True
            self._opened, self._retry = now, now + RETRY_SECONDS

    async def run(self) -> None:
        """Write what waits five times a second, for ever."""
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            if self._waiting:
                await self.flush()

    async def flush(self) -> None:
        """Write what was noted so far."""
        failure = await asyncio.get_running_loop().run_in_executor(self._thread, self._write)
        if failure is not None:
            self._fail(failure)

    async def close(self) -> None:
        """Write what waits, and the segment's last line."""
        await self.flush()
        if self._recording:
            self._recording = False
            await asyncio.get_running_loop().run_in_executor(self._thread, self._close, "stopped")
        self._thread.shutdown(wait=False)

    # -- on the event loop: what is lost -----------------------------------------------------------------------

    def _fail(self, failure: Failure) -> None:
        """Keep nothing until a segment can be begun. The log says it once, however often that fails."""
        lost = failure.lost + sum(self._drop(item) for item in self._waiting)
        self._waiting.clear()
        self._recording = False
        self._metrics.replay_journal.set(0)
        if not self._told:
            self._told = True
            log.error("the replay journal has a gap; calls go on", extra={"why": failure.why})
        self._gap = failure.gap or self._gap or Gap(failure.why, self._clock())
        self._lose(lost)

    def _drop(self, item: Note | Opening) -> int:
        if isinstance(item, Note):
            return 1
        self._gap = self._gap or item.gap
        return 0

    def _lose(self, events: int) -> None:
        self._metrics.replay_lost.inc(events)
        if self._gap is None:
            self._gap = Gap("no snapshot yet", self._clock())
        self._gap.events += events

    # -- in the thread -----------------------------------------------------------------------------------------

    def _write(self) -> Failure | None:
        """Write everything that waits. Return what went wrong, if anything did."""
        lines: list[str] = []
        try:
            while (item := self._next()) is not None:
                if isinstance(item, Note):
                    lines.append(self._line(item))
                if lines and (len(lines) >= BATCH or isinstance(item, Opening)):
                    self._append(lines)
                if isinstance(item, Opening):
                    self._open(item)
            if lines:
                self._append(lines)
        except Exception as error:
            self._segments.abandon()
            gap = item.gap if isinstance(item, Opening) else None
            return Failure(f"{type(error).__name__}: {error}", len(lines) + isinstance(item, Note), gap)
        return None

    def _next(self) -> Note | Opening | None:
        try:
            return self._waiting.popleft()
        except IndexError:
            return None

    def _line(self, note: Note) -> str:
        return line(note.at, self._blanking.event(note.event, note.block), note.commands, note.error)

    def _append(self, lines: list[str]) -> None:
        self._segments.write(lines)
        self._events += len(lines)
        lines.clear()

    def _open(self, opening: Opening) -> None:
        self._close("gap" if opening.gap else "rotated")
        header = {
            "kind": KIND,
            "format": FORMAT,
            **self._source,
            "segment": self._segments.number + 1,
            "opened_at": opening.at,
            "gap": opening.gap and asdict(opening.gap),
        }
        self._segments.open(head(header, self._blanking.snapshot(opening.core)))
        self._metrics.replay_journal.set(1)
        if self._told:
            self._told = False
            log.info("the replay journal goes on")

    def _close(self, why: str) -> None:
        self._segments.close(last_line(why, self._events))
        self._events = 0


def head(header: dict[str, Any], snapshot: dict[str, Any]) -> Iterator[str]:
    """Yield a segment's first line in pieces, so that a large state is not encoded in one go."""
    yield dump(header)[:-1] + ',"snapshot":{'
    for number, (name, value) in enumerate(snapshot.items()):
        comma = "," if number else ""
        if not isinstance(value, list):
            yield f"{comma}{dump(name)}:{dump(value)}"
            continue
        yield f"{comma}{dump(name)}:["
        for place, item in enumerate(value):
            yield ("," if place else "") + dump(item)
        yield "]"
    yield "}}"

"""The replay journal on disk: what is written, how much, and what is told of what is not."""

import gzip
import json
import random
from pathlib import Path
from typing import Any

import pytest

from pbx.journal import Note, ReplayJournal
from pbx.metrics import Metrics
from pbx.segments import Segments
from routing.codec import encode_event
from routing.engine import Engine
from routing.events import CallEntered, Event
from routing.ids import CallId
from tests.routing.story import hex_id

pytestmark = pytest.mark.unit

NOON = 1_767_614_400.0


class Recorded:
    """A core whose every event is noted, on a clock that stands until the test moves it."""

    def __init__(
        self, folder: Path, *, most_bytes: int = 1_000_000, most_segments: int = 4, run: int = 1
    ) -> None:
        self.folder = folder
        self.now = NOON
        self.metrics = Metrics()
        self.core = Engine(random.Random(3))
        segments = Segments(folder, "main", run, most_bytes=most_bytes, most_segments=most_segments)
        self.journal = ReplayJournal(segments, self.metrics, "main", run, clock=lambda: self.now)

    def happens(self, event: Event) -> None:
        commands = self.core.handle(event, self.now)
        self.journal.note(Note(self.now, encode_event(event), commands))

    def snapshot(self) -> None:
        self.journal.snapshot(self.core.snapshot())

    def calls(self, count: int, *, first: int = 1) -> None:
        for number in range(first, first + count):
            self.now += 1
            self.happens(CallEntered(CallId(hex_id(7, number)), "+14165550100", "+14165550199", "Ann Caller"))

    def files(self) -> list[Path]:
        return sorted(self.folder.glob("*.gz"))

    @property
    def lost(self) -> float:
        return float(self.metrics.replay_lost._value.get())


def entries(path: Path) -> list[dict[str, Any]]:
    return [json.loads(text) for text in gzip.decompress(path.read_bytes()).splitlines()]


async def test_a_segment_opens_with_the_state_and_ends_with_its_count(tmp_path: Path) -> None:
    recorded = Recorded(tmp_path / "journal")
    recorded.snapshot()
    recorded.calls(3)
    await recorded.journal.close()
    (path,) = recorded.files()
    header, *events, last = entries(path)
    assert header["snapshot"] == Engine(random.Random(3)).snapshot()
    assert (header["shard"], header["run"], header["segment"], header["gap"]) == ("main", 1, 1, None)
    assert set(header["versions"]) == {"core", "package", "tzdata", "python"}
    assert [entry["event"]["type"] for entry in events] == ["CallEntered"] * 3
    assert [row[0] for row in events[0]["commands"]] == ["Answer", "Play", "StartTimer"]
    assert last == {"end": "stopped", "events": 3}
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0

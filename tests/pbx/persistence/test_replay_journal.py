"""The replay journal on disk: its content, its size, and how lost events are reported."""

import errno
import gzip
import json
import os
import random
import zlib
from pathlib import Path
from typing import Any

import pytest

from pbx.metrics import Metrics
from pbx.persistence.replay_journal import RETRY_SECONDS, SEGMENT_SECONDS, Note, ReplayJournal
from pbx.persistence.replay_segments import Segments
from routing.engine import Engine
from routing.events import CallEntered, Event
from routing.ids import CallId
from routing.persistence.codec import encode_event
from tests.support.routing.story import hex_id

pytestmark = pytest.mark.unit

NOON = 1_767_614_400.0


class Recorded:
    """A core that notes every event, with a clock that only the test moves."""

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


async def test_a_full_segment_is_followed_by_the_next_with_the_next_snapshot(tmp_path: Path) -> None:
    recorded = Recorded(tmp_path, most_bytes=65_536, most_segments=8)
    recorded.snapshot()
    recorded.calls(400)
    await recorded.journal.flush()
    recorded.calls(5, first=500)
    recorded.snapshot()
    recorded.calls(7, first=600)
    await recorded.journal.close()
    first, second = (entries(path) for path in recorded.files())
    assert first[-1] == {"end": "rotated", "events": 405}
    assert second[-1] == {"end": "stopped", "events": 7}
    assert (second[0]["segment"], second[0]["gap"]) == (2, None)
    assert len(second[0]["snapshot"]["calls"]) == 405


async def test_an_hour_ends_a_segment(tmp_path: Path) -> None:
    recorded = Recorded(tmp_path)
    recorded.snapshot()
    recorded.calls(1)
    recorded.now += SEGMENT_SECONDS - 2
    recorded.snapshot()
    assert len(await written(recorded)) == 1
    recorded.now += 2
    recorded.snapshot()
    assert len(await written(recorded)) == 2
    await recorded.journal.close()


async def test_the_oldest_segments_make_room(tmp_path: Path) -> None:
    recorded = Recorded(tmp_path, most_segments=3)
    for number in range(6):
        recorded.snapshot()
        recorded.calls(2, first=10 * number + 1)
        await recorded.journal.flush()
        recorded.now += SEGMENT_SECONDS
    await recorded.journal.close()
    assert [path.name[-15:-9] for path in recorded.files()] == ["000004", "000005", "000006"]


@pytest.mark.long
async def test_all_segments_together_keep_to_their_bytes(tmp_path: Path) -> None:
    most = 65_536
    for run in range(1, 30):
        recorded = Recorded(tmp_path, most_bytes=most, most_segments=4, run=run)
        recorded.snapshot()
        recorded.calls(300)
        await recorded.journal.close()
        assert sum(path.stat().st_size for path in recorded.files()) <= most
    assert 2 <= len(recorded.files()) <= 4


async def test_another_shards_segments_are_left_alone(tmp_path: Path) -> None:
    other = tmp_path / "other-00000000000000001-000001.jsonl.gz"
    other.write_bytes(b"theirs")
    recorded = Recorded(tmp_path, most_segments=2)
    for _ in range(4):
        recorded.snapshot()
        await recorded.journal.flush()
        recorded.now += SEGMENT_SECONDS
    await recorded.journal.close()
    assert other.exists()


async def test_what_comes_before_the_first_snapshot_is_counted_as_lost(tmp_path: Path) -> None:
    recorded = Recorded(tmp_path)
    recorded.calls(3)
    recorded.snapshot()
    await recorded.journal.close()
    (path,) = recorded.files()
    assert entries(path)[0]["gap"] == {"why": "no snapshot yet", "since": NOON + 1, "events": 3}
    assert recorded.lost == 3


async def test_a_disk_that_refuses_is_told_once_and_marked_when_it_is_well_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    recorded = Recorded(tmp_path)
    recorded.snapshot()
    recorded.calls(2)
    await recorded.journal.flush()
    write = os.write

    def full(file: int, data: Any) -> int:
        write(file, data[:10])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("pbx.persistence.replay_segments.os.write", full)
        recorded.calls(4, first=10)
        await recorded.journal.flush()
        recorded.calls(5, first=20)
        for _ in range(3):
            recorded.now += RETRY_SECONDS
            recorded.snapshot()
            await recorded.journal.flush()
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert recorded.metrics.replay_journal._value.get() == 0
    recorded.now += RETRY_SECONDS
    recorded.snapshot()
    recorded.calls(1, first=30)
    await recorded.journal.close()
    broken, *_, whole = recorded.files()
    assert unfinished(broken) == 3, "the header and both events that were written"
    header = entries(whole)[0]
    assert header["gap"]["events"] == recorded.lost == 9
    assert "No space left" in header["gap"]["why"]
    assert entries(whole)[-1] == {"end": "stopped", "events": 1}


async def test_a_folder_that_cannot_be_made_harms_nothing_else(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    recorded = Recorded(tmp_path / "file" / "journal")
    for _ in range(3):
        recorded.snapshot()
        recorded.calls(2)
        await recorded.journal.flush()
        recorded.now += RETRY_SECONDS
    await recorded.journal.close()
    assert recorded.lost == 6
    assert len(caplog.records) == 1


async def test_a_state_that_is_larger_than_all_bytes_is_a_gap(tmp_path: Path) -> None:
    recorded = Recorded(tmp_path, most_bytes=4000)
    recorded.calls(500)
    recorded.snapshot()
    await recorded.journal.flush()
    assert recorded.files() == []
    assert recorded.metrics.replay_journal._value.get() == 0
    await recorded.journal.close()


async def test_a_disk_that_is_too_slow_loses_events_and_no_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pbx.persistence.replay_journal.MOST_WAITING", 10)
    recorded = Recorded(tmp_path)
    recorded.snapshot()
    await recorded.journal.flush()
    recorded.calls(15)
    recorded.now += RETRY_SECONDS
    recorded.snapshot()
    recorded.calls(3, first=100)
    await recorded.journal.close()
    cut, whole = (entries(path) for path in recorded.files())
    assert cut[-1] == {"end": "gap", "events": 0}
    assert whole[0]["gap"] == {"why": "the disk is too slow", "since": NOON + 11, "events": 15}
    assert whole[-1] == {"end": "stopped", "events": 3}


async def test_an_event_that_cannot_be_written_is_a_gap_and_no_crash(tmp_path: Path) -> None:
    recorded = Recorded(tmp_path)
    recorded.snapshot()
    recorded.calls(1)
    recorded.journal.note(Note(recorded.now, {"type": "Ping"}, [object()]))  # type: ignore[list-item]
    await recorded.journal.flush()
    assert recorded.lost == 2
    await recorded.journal.close()


async def written(recorded: Recorded) -> list[Path]:
    await recorded.journal.flush()
    return recorded.files()


def unfinished(path: Path) -> int:
    """Return how many whole lines a segment without an end has. Fails at a broken line."""
    text = zlib.decompressobj(31).decompress(path.read_bytes())
    assert text.endswith(b"\n")
    return len(text.splitlines())

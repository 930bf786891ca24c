"""A recorded run replays to the same commands, byte for byte. Every difference is found and printed."""

import gzip
import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from analysis.replay.command import replay
from routing.config import Strategy
from tests.support.recording import RecordedStory, recorded, restarted, some_calls

pytestmark = [pytest.mark.unit, pytest.mark.long]


def busy(folder: Path, *, calls: int = 40, **queue: Any) -> RecordedStory:
    story = recorded(folder)
    people = [story.agent(f"agent {number}") for number in range(4)]
    story.number(queue=story.queue(*people, wrap_up=5.0, max_wait=60.0, **queue).id)
    some_calls(story, calls)
    return story


def replayed(*paths: Path) -> tuple[int, str]:
    """Return the exit status and all that was printed."""
    console = Console(width=200, record=True, file=StringIO())
    status = replay(console, paths)
    return status, console.export_text()


def changed(path: Path, change: Callable[[list[str]], list[str]]) -> Path:
    """Make a copy of a segment with changed lines."""
    lines = gzip.decompress(path.read_bytes()).decode().splitlines(keepends=True)
    copy = path.with_name("changed.jsonl.gz")
    with gzip.open(copy, "wt") as file:
        file.writelines(change(lines))
    return copy


@pytest.mark.parametrize("strategy", Strategy)
def test_recorded_calls_replay_byte_for_byte(tmp_path: Path, strategy: Strategy) -> None:
    (path,) = busy(tmp_path, strategy=strategy).finish()
    status, text = replayed(path)
    assert status == 0, text
    assert "Every command is the same, byte for byte." in text
    assert "40 calls" in text


def test_segments_of_one_run_continue_each_other_exactly(tmp_path: Path) -> None:
    story = busy(tmp_path)
    story.next_segment()
    some_calls(story, 20, seed=2)
    status, text = replayed(*story.finish())
    assert status == 0, text
    assert "60 calls" in text
    assert "segment" not in text.lower()


def test_segments_of_two_runs_replay_after_each_other(tmp_path: Path) -> None:
    story = busy(tmp_path)
    waiting = story.calls_in()
    story.finish()
    again = restarted(story, tmp_path, run=2)
    some_calls(again, 10, seed=3)
    waiting.hangs_up()
    paths = again.finish()
    assert len(paths) == 2
    status, text = replayed(*paths)
    assert status == 0, text
    assert "another run of the engine" in text


def test_a_changed_command_is_found_and_shown_as_a_diff(tmp_path: Path) -> None:
    (path,) = busy(tmp_path).finish()

    def longer_ringing(lines: list[str]) -> list[str]:
        number = next(n for n, text in enumerate(lines) if '"OfferCall"' in text)
        entry = json.loads(lines[number])
        offer = next(row for row in entry["commands"] if row[0] == "OfferCall")
        offer[4] = 21.0
        lines[number] = json.dumps(entry, separators=(",", ":")) + "\n"
        return lines

    status, text = replayed(changed(path, longer_ringing))
    assert status == 1
    assert "differs" in text
    (minus,) = (line for line in text.splitlines() if line.startswith('-{"type"'))
    (plus,) = (line for line in text.splitlines() if line.startswith('+{"type"'))
    assert '"timeout": 21.0' in minus
    assert '"timeout": 20.0' in plus


def test_an_event_that_is_missing_is_found(tmp_path: Path) -> None:
    (path,) = busy(tmp_path).finish()

    def without_an_answer(lines: list[str]) -> list[str]:
        gone = next(n for n, text in enumerate(lines) if '"AgentAnswered"' in text)
        return lines[:gone] + lines[gone + 1 : -1]

    assert replayed(changed(path, without_an_answer))[0] == 1


def test_a_state_that_does_not_continue_the_segment_before_is_told(tmp_path: Path) -> None:
    story = busy(tmp_path)
    story.next_segment()
    first, second = story.finish()

    def another_state(lines: list[str]) -> list[str]:
        header = json.loads(lines[0])
        header["snapshot"]["sequence"] += 1
        return [json.dumps(header) + "\n", *lines[1:]]

    status, text = replayed(first, changed(second, another_state))
    assert status == 1
    assert "state.sequence is 40, recorded was 41" in text


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda data: data[: len(data) // 2], "cut short"),
        (lambda data: b"", "is empty"),
        (lambda data: b"something else\n", "not a segment of a replay journal"),
        (lambda data: data[:200] + b"\0\0\0\0" + data[204:], "damaged"),
    ],
)
def test_a_file_that_cannot_be_followed_is_status_2_and_a_sentence(
    tmp_path: Path, spoil: Callable[[bytes], bytes], sentence: str
) -> None:
    (path,) = busy(tmp_path).finish()
    spoilt = tmp_path / "spoilt"
    spoilt.write_bytes(spoil(path.read_bytes()))
    status, text = replayed(spoilt)
    assert status == 2
    assert sentence in text


def test_a_file_that_is_not_there_is_status_2(tmp_path: Path) -> None:
    status, text = replayed(tmp_path / "none")
    assert (status, "cannot be read" in text) == (2, True)


@pytest.mark.parametrize(
    ("field", "value", "status", "sentence"),
    [
        (("format",), 99, 2, "has format 99"),
        (("versions", "core"), 1, 2, "recorded by version 1 of the core"),
        (("versions", "tzdata"), "1999a (system)", 0, "tzdata: recorded with 1999a (system), replayed with"),
        (("versions", "package"), "0.0.1", 0, "package: recorded with 0.0.1"),
    ],
)
def test_another_version_is_told_first(
    tmp_path: Path, field: tuple[str, ...], value: Any, status: int, sentence: str
) -> None:
    (path,) = busy(tmp_path).finish()

    def other(lines: list[str]) -> list[str]:
        header = json.loads(lines[0])
        inner = header
        for name in field[:-1]:
            inner = inner[name]
        inner[field[-1]] = value
        return [json.dumps(header) + "\n", *lines[1:]]

    got, text = replayed(changed(path, other))
    assert got == status
    assert sentence in text.splitlines()[0]


def test_a_segment_without_an_end_is_replayed_and_told(tmp_path: Path) -> None:
    (path,) = busy(tmp_path).finish()
    status, text = replayed(changed(path, lambda lines: lines[:-3]))
    assert status == 0
    assert "has no end" in text

"""`switchroom replay`: tell whether a recorded run gives the same commands again, and the first difference if not."""

import difflib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from rich.console import Console
from rich.progress import Progress

from analysis.replay.replayer import Counts, Replay, Step
from analysis.replay.segment import UnreadableSegment
from routing.persistence.codec import encode_event
from routing.persistence.journal_format import named

SAME, DIFFERENT, UNREADABLE = 0, 1, 2
TICK = 500
"""Events between two steps of the progress bar."""


def replay(console: Console, paths: Sequence[Path]) -> int:
    """Replay the segments in their order and print the result. Return the exit status."""
    began = perf_counter()
    try:
        run = Replay.of(paths)
        tell(console, run.notices)
        different = follow(console, run)
    except UnreadableSegment as error:
        console.print(str(error), style="red", highlight=False, soft_wrap=True)
        return UNREADABLE
    tell(console, run.notices)
    _print_counts(console, run.counts, perf_counter() - began)
    if different is not None:
        print_difference(console, different)
    elif run.differing_state is not None:
        console.print("The commands are the same, but a segment begins with another state:", style="red")
        console.print(run.differing_state, highlight=False, soft_wrap=True)
    else:
        console.print("Every command is the same, byte for byte.", style="green")
        return SAME
    return DIFFERENT


def follow(console: Console, run: Replay) -> Step | None:
    """Replay until the first difference and return it. Show how far the replay is. Raises UnreadableSegment."""
    total = sum(segment.path.stat().st_size for segment in run.segments)
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("Replaying", total=total)
        for step in run.steps():
            if not step.same:
                return step
            if step.number % TICK == 0:
                progress.update(task, completed=sum(segment.read for segment in run.segments))
    return None


def print_difference(console: Console, step: Step) -> None:
    """Print the event and, command by command, what was recorded (-) and what came (+)."""
    console.print(f"Event {step.number} at {_time(step.at)} differs:", style="red", highlight=False)
    console.print(json.dumps(encode_event(step.event)), highlight=False, soft_wrap=True)
    for text in difference(step):
        style = {"-": "red", "+": "green"}.get(text[:1], "")
        console.print(text, style=style, highlight=False, markup=False, soft_wrap=True)


def difference(step: Step) -> list[str]:
    """Return a unified diff with one command in each line, its fields by their names."""
    recorded, came = _readable(step.expected), _readable(step.got)
    lines = list(difflib.unified_diff(recorded, came, "recorded", "replayed", lineterm="", n=3))
    return lines or [f"  {line}" for line in recorded] + [
        "The commands read the same; the event's text differs."
    ]


def _readable(entry: dict[str, object]) -> list[str]:
    rows = entry.get("commands")
    lines = [json.dumps(named(row)) for row in rows] if isinstance(rows, list) else [str(rows)]
    return [*lines, f"error: {entry['error']}"] if "error" in entry else lines


def tell(console: Console, notices: list[str]) -> None:
    """Print what was noticed and forget it, so that nothing is printed twice."""
    for sentence in notices:
        console.print(sentence, style="yellow", highlight=False, soft_wrap=True)
    notices.clear()


def _print_counts(console: Console, counts: Counts, seconds: float) -> None:
    speed = counts.span / seconds if seconds else 0.0
    console.print(
        f"{counts.events:,} events, {counts.commands:,} commands, {counts.calls:,} calls in {seconds:.2f} s, "
        f"{speed:,.0f} times real time.",
        highlight=False,
    )


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")

"""Measure how much memory a waiting call takes."""

import gc
import tracemalloc
from typing import Any

import pytest

from bench.core.call_center import CallCenter
from bench.core.conftest import Report

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

CALLS = 10_000
MOST = 4096
HEADING = "Memory of a waiting call"


@pytest.mark.parametrize("announced", [False, True], ids=["plain", "announced"])
def test_a_waiting_call_is_small(announced: bool, benchmark: Any, report: Report) -> None:
    """Measure all that the engine holds for a waiting call: the call, its place, its timers. The events and commands
    are already gone."""
    center = CallCenter(100, announce_position=announced, max_wait=600.0)
    for _ in range(100):
        center.enters()
    found: list[float] = []

    def join() -> None:
        gc.collect()
        tracemalloc.start()
        before, _ = tracemalloc.get_traced_memory()
        lines = len(center.lines)
        for _ in range(CALLS):
            center.lines.pop(center.enters())
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert len(center.lines) == lines
        found.append((after - before) / CALLS)

    benchmark.pedantic(join, rounds=1, iterations=1)
    kind = "told its position, with a longest wait" if announced else "with a longest wait"
    report.say(HEADING, f"{kind}: {found[0]:.0f} bytes (at most {MOST})")
    assert found[0] < MOST

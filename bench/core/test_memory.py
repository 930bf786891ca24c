"""What a waiting call holds in memory."""

import gc
import tracemalloc
from typing import Any

import pytest

from bench.core.conftest import Report
from bench.core.floor import Floor

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

CALLS = 10_000
MOST = 4096
HEADING = "Memory of a waiting call"


@pytest.mark.parametrize("announced", [False, True], ids=["plain", "announced"])
def test_a_waiting_call_is_small(announced: bool, benchmark: Any, report: Report) -> None:
    """All that the engine holds for it: the call, its place, its timers. The events and commands are gone."""
    floor = Floor(100, announce_position=announced, max_wait=600.0)
    for _ in range(100):
        floor.enters()
    found: list[float] = []

    def join() -> None:
        gc.collect()
        tracemalloc.start()
        before, _ = tracemalloc.get_traced_memory()
        lines = len(floor.lines)
        for _ in range(CALLS):
            floor.lines.pop(floor.enters())
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert len(floor.lines) == lines
        found.append((after - before) / CALLS)

    benchmark.pedantic(join, rounds=1, iterations=1)
    kind = "told its position, with a longest wait" if announced else "with a longest wait"
    report.say(HEADING, f"{kind}: {found[0]:.0f} bytes (at most {MOST})")
    assert found[0] < MOST

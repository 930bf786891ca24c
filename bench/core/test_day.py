"""Replay a day of 100,000 calls in many queues, with every strategy, callbacks, skills and an Asterisk that errs."""

from typing import Any

import pytest

from bench.core.conftest import Report
from tests.support.routing.day_replay import replay_day

pytestmark = [pytest.mark.bench, pytest.mark.timeout(3600)]

CALLS = 100_000
HEADING = f"A day of {CALLS} calls, handled again by a second engine and by one that is restored at noon"


def test_a_big_day_replays_identically(benchmark: Any, report: Report) -> None:
    day = benchmark.pedantic(lambda: replay_day(seed=1, calls=CALLS, every=10), rounds=1, iterations=1)
    commands = sum(day.said.values())
    rate = day.events / day.seconds
    report.say(
        HEADING,
        f"the same (each tenth event byte for byte, the others as values): {day.events} events, "
        f"{commands} commands, {day.said['LogCall']} records; "
        f"{day.seconds:.0f} CPU seconds in the engine ({rate:.0f} events/s, {day.events / 86_400:.0f} "
        f"events/s come): {day.seconds / 86_400:.2%} of a processor",
    )
    assert day.said["LogCall"] >= CALLS * 0.95
    assert day.seconds < 8_640

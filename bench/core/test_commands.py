"""Measure what a command costs with 10 to 10,000 agents and as many callers. It may cost twice as much as with 10."""

from dataclasses import dataclass
from statistics import median
from typing import Any

import pytest

from bench.core.call_center import Meter
from bench.core.conftest import Report
from bench.core.workloads import WORKLOADS
from routing.config import Strategy

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

SIZES = (10, 100, 1000, 10_000)
ROUNDS = 21
TURNS = 60
MOST = 2.0
HEAD = f"{'':20}" + "".join(f"{size:>9}" for size in SIZES) + f"{'ratio':>8}{'events/s':>10}"


@dataclass(frozen=True)
class Loads:
    """One workload in a call center of each size."""

    name: str
    each: tuple[Any, ...]

    @property
    def heading(self) -> str:
        return f"{self.each[0].name}: microseconds a command, by agents"


@pytest.fixture(scope="module", params=list(WORKLOADS))
def loads(request: pytest.FixtureRequest, report: Report) -> Loads:
    kind = WORKLOADS[request.param]
    found = Loads(request.param, tuple(kind(size) for size in SIZES))
    report.say(found.heading, HEAD)
    return found


@pytest.mark.parametrize("strategy", list(Strategy), ids=str)
def test_a_command_costs_the_same_whatever_the_numbers(
    loads: Loads, strategy: Strategy, benchmark: Any, report: Report
) -> None:
    """Check that a command costs the same with any number of agents and callers.

    A round goes through all sizes in turn, so that other work of the machine slows all of them down. The table shows
    the best round of each size. The ratio is the median of the rounds' ratios, for the size where it is highest.
    """
    for load in loads.each:
        load.become(strategy)
        load.round(TURNS // 4)
    best = dict.fromkeys(SIZES, Meter(seconds=1e9, commands=1))
    ratios: dict[int, list[float]] = {size: [] for size in SIZES}

    def round() -> None:
        meters: dict[int, Meter] = {}
        for size, load in zip(SIZES, loads.each, strict=True):
            meters[size] = load.center.meter = Meter()
            load.round(TURNS)
            best[size] = min(best[size], meters[size], key=lambda meter: meter.per_command)
            ratios[size].append(meters[size].per_command / meters[SIZES[0]].per_command)

    benchmark.pedantic(round, rounds=ROUNDS, iterations=1)
    costs = [best[size].per_command for size in SIZES]
    ratio = max(median(ratios[size]) for size in SIZES)
    benchmark.extra_info.update(
        {str(size): round_(cost) for size, cost in zip(SIZES, costs, strict=True)}, ratio=round_(ratio)
    )
    rate = 1e6 / best[SIZES[-1]].per_event
    report.say(
        loads.heading,
        f"{strategy:20}" + "".join(f"{cost:9.1f}" for cost in costs) + f"{ratio:8.2f}{rate:10.0f}",
    )
    assert ratio <= MOST


def round_(value: float) -> float:
    return float(f"{value:.3g}")

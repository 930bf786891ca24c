"""Compare simulated M/M/c queues with `ciw`, a library that simulates queues, in the same run. Measure days of 1,500
calls."""

from collections.abc import Callable
from statistics import median
from time import thread_time
from typing import Any

import ciw
import pytest

from bench.core.conftest import Report
from routing.simulation import Plan, scenario_of, simulate
from routing.simulation.erlang import erlang_c
from tests.support.routing.day import SHARES, Center

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]

ROUNDS = 5
CALLS = 10_000
AHT = 300.0
LOAD = 0.9
MOST = {1: 4.0, 10: 3.0, 100: 2.0, 500: 2.0}
"""The most CPU time that the core may take, by number of agents, in multiples of ciw's. (ciw has less to decide.)"""
HEADING = f"Simulation of M/M/c beside ciw {ciw.__version__}: CPU time of {CALLS} calls, load {LOAD}"

DAY_CALLS = 1500
DAY_SECONDS = {"one_queue": 1.0, "mixed_day": 2.0}
"""The most CPU time that a day may take, on a busy machine."""
DAY_HEADING = f"A day of {DAY_CALLS} calls: CPU time"

Timed = Callable[[int, int], tuple[float, float]]
"""(agents, seed) -> (CPU seconds, share of callers who waited)."""


def theirs(agents: int, seed: int) -> float:
    """Return the share of callers who waited."""
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(agents * LOAD / AHT)],
        service_distributions=[ciw.dists.Exponential(1.0 / AHT)],
        number_of_servers=[agents],
    )
    ciw.seed(seed)
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_customers(CALLS, method="Finish")
    waits = [record.waiting_time for record in simulation.get_all_records()]
    return float(sum(wait > 1e-9 for wait in waits) / len(waits))


def ours(agents: int, seed: int) -> float:
    plan = Plan(agents, agents * LOAD / AHT * 3600.0, AHT, calls=CALLS, seed=seed, warm_up=0)
    return simulate(scenario_of(plan), seed).p_wait or 0.0


def timed(run: Callable[[int, int], float], agents: int, seed: int) -> tuple[float, float]:
    """Return (CPU seconds, what `run` returned)."""
    began = thread_time()
    waited = run(agents, seed)
    return thread_time() - began, waited


RUNS: dict[str, Timed] = {
    "switchroom": lambda agents, seed: timed(ours, agents, seed),
    "ciw": lambda agents, seed: timed(theirs, agents, seed),
}


@pytest.mark.parametrize("agents", MOST)
def test_simulation_beside_ciw(agents: int, benchmark: Any, report: Report) -> None:
    spent: dict[str, list[float]] = {name: [] for name in RUNS}
    waited: dict[str, list[float]] = {name: [] for name in RUNS}
    seeds = iter(range(1000))

    def round() -> None:
        seed = next(seeds)
        for name, run in RUNS.items():
            seconds, share = run(agents, seed)
            spent[name].append(seconds)
            waited[name].append(share)

    benchmark.pedantic(round, rounds=ROUNDS, iterations=1)
    ratio = median(mine / other for mine, other in zip(spent["switchroom"], spent["ciw"], strict=True))
    benchmark.extra_info.update(ratio=ratio)
    expected = erlang_c(agents, agents * LOAD / AHT, AHT, 20.0).p_wait
    means = {name: sum(values) / len(values) for name, values in waited.items()}
    seconds = ", ".join(f"{name} {min(values):.2f} s" for name, values in spent.items())
    report.say(
        HEADING,
        f"{agents:4} agents: {seconds}; ratio to ciw {ratio:.2f} (at most {MOST[agents]:.0f}); "
        f"callers who waited: {means['switchroom']:.1%}, ciw {means['ciw']:.1%}, Erlang C {expected:.1%}",
    )
    assert means["switchroom"] == pytest.approx(expected, abs=0.06)
    assert ratio <= MOST[agents]


def one_queue() -> str:
    """Simulate a day of the queue in docs/simulation.md, with as many agents in each hour as its calls need."""
    rates = tuple(DAY_CALLS * share / sum(SHARES) for share in SHARES)
    aht = 180.0
    counts = tuple(2 + round(rate * aht / 3600.0) for rate in rates for _half in range(2))
    plan = Plan(
        arrivals="by-hour", rates=rates, aht=aht, patience=120.0, counts=counts, calls=DAY_CALLS, seed=1
    )
    found = simulate(scenario_of(plan), plan.seed)
    level, abandoned = found.service_level or 0.0, found.abandonment or 0.0
    return f"{found.calls} calls, {level:.1%} served in time, {abandoned:.1%} abandoned"


def mixed_day() -> str:
    """Run the day that `test_day` replays, with all that is told and recorded, on a whole world."""
    events = 0

    def count(*_: Any) -> None:
        nonlocal events
        events += 1

    center = Center(1, DAY_CALLS, count)
    center.run()
    return f"{center.calls} calls, {len(center.queues)} queues, every strategy, {events} events"


@pytest.mark.parametrize("day", [one_queue, mixed_day])
def test_simulation_of_a_day(day: Callable[[], str], benchmark: Any, report: Report) -> None:
    spent: list[float] = []

    def run() -> str:
        began = thread_time()
        told = day()
        spent.append(thread_time() - began)
        return told

    told = benchmark.pedantic(run, rounds=ROUNDS, iterations=1)
    most = DAY_SECONDS[day.__name__]
    report.say(DAY_HEADING, f"{day.__name__}: {min(spent):.2f} s (at most {most:g}); {told}")
    assert min(spent) <= most

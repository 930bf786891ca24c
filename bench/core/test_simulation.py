"""A simulated M/M/c queue beside `ciw`, a library that simulates queues, in the same run."""

from statistics import median
from time import thread_time
from typing import Any

import ciw
import pytest

from bench.core.conftest import Report
from routing.simulation import Plan, scenario_of, simulate
from routing.simulation.erlang import erlang_c

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]

ROUNDS = 5
CALLS = 10_000
AHT = 300.0
LOAD = 0.9
SLOWEST = 2.0
"""The core's simulation may take twice as long; the goal is as long."""
HEADING = f"Simulation of M/M/c beside ciw {ciw.__version__}: CPU time of {CALLS} calls, load {LOAD}"


def theirs(agents: int, seed: int) -> float:
    """Returns the share of callers who waited."""
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


@pytest.mark.parametrize("agents", [1, 10, 100, 500])
def test_simulation_is_half_as_fast_as_ciw(agents: int, benchmark: Any, report: Report) -> None:
    spent: dict[str, list[float]] = {"ours": [], "ciw": []}
    waited: dict[str, list[float]] = {"ours": [], "ciw": []}
    seeds = iter(range(1000))

    def round() -> None:
        seed = next(seeds)
        for name, run in (("ours", ours), ("ciw", theirs)):
            began = thread_time()
            waited[name].append(run(agents, seed))
            spent[name].append(thread_time() - began)

    benchmark.pedantic(round, rounds=ROUNDS, iterations=1)
    ratio = median(mine / other for mine, other in zip(spent["ours"], spent["ciw"], strict=True))
    benchmark.extra_info.update(ratio=ratio)
    expected = erlang_c(agents, agents * LOAD / AHT, AHT, 20.0).p_wait
    means = {name: sum(values) / len(values) for name, values in waited.items()}
    report.say(
        HEADING,
        f"{agents:4} agents: ours {min(spent['ours']):.2f} s, ciw {min(spent['ciw']):.2f} s, ratio {ratio:.2f} "
        f"(at most {SLOWEST:.0f}, goal 1); callers who waited: ours {means['ours']:.1%}, "
        f"ciw {means['ciw']:.1%}, Erlang C {expected:.1%}",
    )
    assert means["ours"] == pytest.approx(expected, abs=0.06)
    assert ratio <= SLOWEST

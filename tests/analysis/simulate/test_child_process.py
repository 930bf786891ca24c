"""A simulation in another process."""

from dataclasses import replace

import pytest

from analysis.simulate.child_process import TookTooLong, simulate_in_child
from routing.config import Strategy
from routing.simulation import Arrival, History, Plan, scenario_of, simulate
from routing.simulation.erlang import erlang_c
from routing.simulation.scenario import MONDAY, plain_queue
from routing.simulation.shifts import Shift

pytestmark = pytest.mark.unit

SECONDS = 60.0


@pytest.mark.long
def test_it_gives_the_figures_that_it_would_give_here() -> None:
    """The plan holds a value of every kind, so that all of them are sent and received."""
    plan = Plan(
        aht=180.0,
        calls=200,
        seed=7,
        service="logs",
        patience_kind="logs",
        shifts=(Shift(0, 0.0, 43_200.0), Shift(1, 21_600.0, 86_400.0)),
        queue=replace(plain_queue(), strategy=Strategy.RANDOM, ring_timeout=15.0),
        history=History((Arrival(10.0, 90.5), Arrival(4000.1, None, 20.0), Arrival(9000.0, 70.0)), MONDAY, 1),
    )
    here = simulate(scenario_of(plan), plan.seed).figures()
    found = simulate_in_child(plan, SECONDS)
    assert {**found.figures, "seconds": 0} == {**here, "seconds": 0}
    assert found.theory is None


@pytest.mark.long
def test_theory_stands_beside_it() -> None:
    found = simulate_in_child(Plan(agents=4, calls_per_hour=60, aht=180, calls=100), SECONDS)
    assert found.theory is not None
    assert found.theory["p_wait"] == erlang_c(4, 60 / 3600, 180.0, 20.0).p_wait


def test_one_that_takes_too_long_is_ended() -> None:
    with pytest.raises(TookTooLong, match="0"):
        simulate_in_child(Plan(agents=1, calls_per_hour=1, aht=180), 0.01)


@pytest.mark.long
def test_a_plan_that_makes_no_scenario_is_told() -> None:
    with pytest.raises(RuntimeError, match="calls_per_hour: required"):
        simulate_in_child(Plan(aht=180), SECONDS)

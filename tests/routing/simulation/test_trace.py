"""Observed calls are simulated again, and figures are estimated from them."""

import math

import pytest

from routing.config import Strategy
from routing.simulation import Arrival, History, Plan, PlanError, Trace, run_trace, scenario_of, simulate
from routing.simulation.arrivals import ByHour, Listed, Poisson
from routing.simulation.history import hourly_rates, mean_patience, patiences, talks
from routing.simulation.plan import theory, warm_up_calls
from routing.simulation.shifts import Shift, always

pytestmark = pytest.mark.unit


def trace(agents: int = 1) -> Trace:
    """Return one call a minute of 90 s each for two hours. Every tenth caller gave up after 30 s."""
    arrivals = tuple(
        Arrival(60.0 * n, patience=30.0) if n % 10 == 9 else Arrival(60.0 * n, 90.0, waited=10.0)
        for n in range(120)
    )
    return Trace(arrivals, threshold=20.0, wrap_up=0.0, agents=always(agents))


def test_more_agents_serve_better() -> None:
    one, two = run_trace(trace(1)), run_trace(trace(1), agents=2)
    assert one.calls == two.calls == 120
    assert (two.asa or 0.0) < (one.asa or 0.0)
    assert (two.service_level or 0.0) > (one.service_level or 0.0)
    assert (two.occupancy or 0.0) < (one.occupancy or 0.0)


def test_a_trace_repeats_itself_under_every_strategy() -> None:
    for strategy in (Strategy.RING_ALL, Strategy.RANDOM):
        first, again = (run_trace(trace(2), strategy, seed=3) for _ in range(2))
        assert list(first.sample.waits) == list(again.sample.waits)


def test_callers_who_hung_up_have_their_patience_and_the_others_at_least_their_wait() -> None:
    calls = trace().arrivals
    assert mean_patience(calls) == pytest.approx((12 * 30.0 + 108 * 10.0) / 12)
    for arrival, patience in zip(calls, patiences(calls, 1), strict=True):
        assert patience == 30.0 if arrival.patience else patience > 10.0
    assert mean_patience(calls[:5]) == math.inf
    assert patiences(calls[:5], 1) == (math.inf,) * 5


def test_unseen_talks_are_those_of_others() -> None:
    calls = (Arrival(0.0, 50.0), Arrival(1.0, 70.0), Arrival(2.0, patience=5.0))
    assert talks(calls, 1)[:2] == (50.0, 70.0)
    assert talks(calls, 1)[2] in (50.0, 70.0)
    with pytest.raises(ValueError, match="no call was answered"):
        talks(calls[2:], 1)


def test_hours_of_the_day_and_of_the_week() -> None:
    daily = History((Arrival(9.5 * 3600), Arrival(33.5 * 3600)), start=0.0, days=2)
    assert [(hour, rate) for hour, rate in enumerate(hourly_rates(daily)) if rate] == [(9, 1.0)]
    weekly = History((Arrival(0.0), Arrival(7 * 86400.0)), start=0.0, days=14, weekday=2)
    assert [(hour, rate) for hour, rate in enumerate(hourly_rates(weekly)) if rate] == [(48, 1.0)]


@pytest.mark.long
def test_rates_of_hours_are_met() -> None:
    rates = tuple(60.0 if 9 <= hour < 17 else 0.0 for hour in range(24))
    plan = Plan(agents=5, rates=rates, arrivals="by-hour", aht=120.0, calls=4800, threshold=20.0)
    scenario = scenario_of(plan)
    assert isinstance(scenario.arrivals, ByHour)
    result = simulate(scenario, 1)
    assert result.calls == pytest.approx(4800, rel=0.05)
    hours = {int(at // 3600) % 24 for at in result.sample.entered}
    assert hours == set(range(9, 17))


def test_a_history_is_run_as_it_was() -> None:
    calls = trace().arrivals
    history = History(calls, start=86400.0, days=1)
    plan = Plan(agents=2, arrivals="logs", service="logs", patience_kind="logs", history=history)
    scenario = scenario_of(plan)
    assert isinstance(scenario.arrivals, Listed)
    assert scenario.start == 86400.0
    assert simulate(scenario, 0).calls == 120
    rate = scenario_of(Plan(agents=2, aht=60.0, history=history)).arrivals
    assert rate == Poisson(5.0 / 3600.0)


@pytest.mark.parametrize(
    ("field", "plan"),
    [
        ("calls_per_hour", Plan(aht=60.0)),
        ("aht", Plan(calls_per_hour=10.0)),
        ("aht", Plan(calls_per_hour=10.0, aht=30.0, wrap_up=30.0)),
        ("arrivals", Plan(arrivals="logs", aht=60.0)),
        ("patience", Plan(calls_per_hour=10.0, aht=60.0, patience_kind="logs")),
        ("answer", Plan(calls_per_hour=10.0, aht=60.0, answer=20.0)),
        ("shifts", Plan(calls_per_hour=10.0, aht=60.0, counts=(1, 2))),
        ("shifts", Plan(calls_per_hour=10.0, aht=60.0, shifts=(Shift(0, 0.0, 10.0), Shift(0, 5.0, 9.0)))),
        ("calls", Plan(calls_per_hour=0.001, aht=60.0, counts=(1,) * 48)),
        ("calls", Plan(calls_per_hour=0.3, aht=60.0, counts=(0, 100) * 24)),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(field: str, plan: Plan) -> None:
    with pytest.raises(PlanError) as refused:
        scenario_of(plan)
    assert refused.value.field == field


def test_theory_stands_only_beside_what_it_is_about() -> None:
    plain = Plan(agents=10, calls_per_hour=160.0, aht=180.0)
    assert theory(plain) is not None
    assert theory(Plan(agents=10, calls_per_hour=200.0, aht=180.0)) is None
    overloaded = theory(Plan(agents=10, calls_per_hour=260.0, aht=180.0, patience=60.0))
    assert overloaded is not None
    assert overloaded.abandonment > 0.2
    assert theory(Plan(agents=10, calls_per_hour=160.0, aht=180.0, service="constant")) is None
    assert theory(Plan(agents=10, calls_per_hour=160.0, aht=180.0, wrap_up=5.0)) is None


def test_the_warm_up_grows_with_the_load() -> None:
    at = [warm_up_calls(Plan(agents=10, calls_per_hour=rate, calls=10**6), 180.0) for rate in (100, 160, 190)]
    assert at == sorted(at)
    assert at[0] < 200 < 5000 < at[2]
    assert warm_up_calls(Plan(agents=10, calls_per_hour=300.0, calls=1000), 180.0) == 100

"""The virtual clock, and the simulated people around the core."""

import json
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from routing.config import QueueConfig, QueueMember, Strategy
from routing.ids import AgentId
from routing.simulation import Result, Scenario, simulate, simulator
from routing.simulation.arrivals import Listed, Poisson, Regular
from routing.simulation.distributions import Constant, Exponential, Listing, Lognormal
from routing.simulation.erlang import erlang_a
from routing.simulation.scenario import plain_queue
from routing.simulation.shifts import Shift, always, as_worked, by_counts
from routing.state.world import World

pytestmark = [pytest.mark.unit, pytest.mark.long]

HOUR = 3600.0


def queue(strategy: Strategy = Strategy.LONGEST_IDLE, **settings: Any) -> QueueConfig:
    return replace(plain_queue(), strategy=strategy, **settings)


def busy(**changes: Any) -> Scenario:
    """Return five agents at a load of 0.9, and callers who give up."""
    settings: dict[str, Any] = {
        "arrivals": Poisson(5 * 0.9 / 180.0),
        "talk": Exponential(180.0),
        "patience": Exponential(90.0),
        "shifts": always(5),
        "calls": 400,
    }
    return Scenario(**{**settings, **changes})


def outcome(result: Result) -> tuple[object, ...]:
    """Return everything except the wall time."""
    sample = result.sample
    figures = {name: value for name, value in result.figures().items() if name != "seconds"}
    return json.dumps(figures), list(sample.entered), list(sample.waits), list(sample.answered)


def test_the_same_seed_gives_the_same_result() -> None:
    assert outcome(simulate(busy(), 4)) == outcome(simulate(busy(), 4))
    assert outcome(simulate(busy(), 4)) != outcome(simulate(busy(), 5))


@pytest.mark.parametrize("strategy", list(Strategy))
def test_a_silent_world_makes_the_same_choices(strategy: Strategy, monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = busy(queue=queue(strategy, wrap_up=20.0), answer=Exponential(4.0))
    quiet = simulate(scenario, 2)
    monkeypatch.setattr(simulator, "SilentWorld", World)
    assert outcome(simulate(scenario, 2)) == outcome(quiet)


def test_callers_are_the_same_under_another_strategy() -> None:
    one, other = simulate(busy(), 1), simulate(busy(queue=queue(Strategy.RANDOM)), 1)
    assert sorted(one.sample.entered) == sorted(other.sample.entered)


@pytest.mark.parametrize("strategy", list(Strategy))
def test_every_strategy_serves_everybody(strategy: Strategy) -> None:
    members = tuple(QueueMember(AgentId(str(n)), order=n, weight=n + 1) for n in range(5))
    settings = queue(strategy, ring_step=2.0, members=members)
    result = simulate(busy(patience=None, answer=Exponential(3.0), queue=settings, calls=200), 6)
    assert (result.calls, result.answered, result.abandoned) == (200, 200, 0)
    assert result.p_wait is not None
    assert 0.2 < result.p_wait < 1.0


def test_one_caller_after_another() -> None:
    """Calls at 0, 10, 20 and 200 s of 60 s each, and one agent: waits of 0, 50, 100 and 0 s."""
    scenario = Scenario(
        arrivals=Listed((0.0, 10.0, 20.0, 200.0)),
        talk=Constant(60.0),
        shifts=always(1),
        queue=queue(call_service_good=50.0),
    )
    result = simulate(scenario)
    assert list(result.sample.waits) == pytest.approx([0.0, 50.0, 100.0, 0.0])
    assert result.p_wait == 0.5
    assert result.asa == pytest.approx(37.5)
    assert result.service_level == 0.75
    assert result.longest_wait == pytest.approx(100.0)
    assert result.occupancy == pytest.approx(240.0 / 260.0)


def test_wrap_up_keeps_the_agent_busy() -> None:
    scenario = Scenario(
        arrivals=Listed((0.0, 10.0)), talk=Constant(60.0), shifts=always(1), queue=queue(wrap_up=30.0)
    )
    result = simulate(scenario)
    assert list(result.sample.waits) == pytest.approx([0.0, 80.0])
    assert result.occupancy == pytest.approx(1.0)


def test_a_caller_who_gives_up_is_not_answered() -> None:
    """The second caller gives up 5 s before the agent is free, the third 5 s after."""
    scenario = Scenario(
        arrivals=Listed((0.0, 10.0, 10.0)),
        talk=Constant(60.0),
        patience=Listing((1.0, 45.0, 55.0)),
        shifts=always(1),
    )
    result = simulate(scenario)
    assert (result.calls, result.answered, result.abandoned) == (3, 2, 1)
    assert result.abandonment == pytest.approx(1 / 3)
    assert sorted(result.sample.waits) == pytest.approx([0.0, 45.0, 50.0])


def test_an_abandoned_call_is_no_good_service_however_short() -> None:
    scenario = Scenario(
        arrivals=Listed((0.0, 1.0)), talk=Constant(60.0), patience=Constant(1.0), shifts=always(1)
    )
    result = simulate(scenario)
    assert (result.service_level, result.abandonment) == (0.5, 0.5)


def test_agents_come_and_go() -> None:
    """One agent works from 9 to 10 o'clock. The last talk is finished. The caller who still waits then is lost."""
    scenario = Scenario(
        arrivals=Listed((8.5 * HOUR, 9.5 * HOUR, 10 * HOUR - 30.0, 10 * HOUR - 20.0)),
        talk=Constant(60.0),
        shifts=(Shift(0, 9 * HOUR, 10 * HOUR),),
    )
    result = simulate(scenario)
    assert list(result.sample.waits)[:3] == pytest.approx([HOUR / 2, 0.0, 0.0])
    assert (result.answered, result.abandoned) == (3, 1)
    assert result.occupancy == pytest.approx(180.0 / (HOUR + 30.0))


def test_an_unanswered_phone_is_followed_by_the_next() -> None:
    """The first agent needs 30 s, the offer ends after 20 s, the second one answers after 2 s."""
    scenario = Scenario(
        arrivals=Listed((0.0,)),
        talk=Constant(60.0),
        answer=Listing((30.0, 2.0)),
        shifts=always(2),
        queue=queue(ring_timeout=20.0),
    )
    result = simulate(scenario)
    assert list(result.sample.waits) == pytest.approx([22.0])
    assert result.p_wait == 0.0


def test_the_quickest_of_all_phones_answers() -> None:
    scenario = Scenario(
        arrivals=Listed((0.0,)),
        talk=Constant(60.0),
        answer=Listing((9.0, 3.0, 7.0)),
        shifts=always(3),
        queue=queue(Strategy.RING_ALL),
    )
    assert list(simulate(scenario).sample.waits) == pytest.approx([3.0])


def test_phones_are_added_one_after_another() -> None:
    """The first would answer after 15 s; the second is rung at 5 s and answers at 7 s."""
    scenario = Scenario(
        arrivals=Listed((0.0,)),
        talk=Constant(60.0),
        answer=Listing((15.0, 2.0)),
        shifts=always(2),
        queue=queue(Strategy.RING_PROGRESSIVELY, ring_step=5.0),
    )
    assert list(simulate(scenario).sample.waits) == pytest.approx([7.0])


def test_full_and_timed_out_callers_are_neither_answered_nor_abandoned() -> None:
    scenario = Scenario(
        arrivals=Listed((0.0, 1.0, 2.0)),
        talk=Constant(60.0),
        shifts=always(1),
        queue=queue(max_waiting=1, max_wait=30.0),
    )
    result = simulate(scenario)
    assert (result.calls, result.answered, result.abandoned) == (3, 1, 0)
    assert (result.queue.offered, result.queue.timed_out, result.queue.turned_away) == (2, 1, 1)
    assert sorted(result.sample.waits) == pytest.approx([0.0, 0.0, 30.0])


def test_a_short_longest_wait_is_told() -> None:
    """Two agents, 60 calls an hour of 180 s: a load of 1.5 for each. The queue lets callers wait ten seconds."""
    scenario = Scenario(
        arrivals=Poisson(60 / HOUR),
        talk=Exponential(180.0),
        shifts=always(2),
        queue=queue(max_wait=10.0),
        calls=2000,
    )
    found: dict[str, Any] = simulate(scenario, 1).figures()
    assert found["calls"] == found["offered"] == 2000
    assert found["answered"] + found["timed_out"] == 2000
    assert 0.45 < found["timed_out"] / 2000 < 0.6
    assert (found["abandoned"], found["abandonment"], found["turned_away"]) == (0, 0.0, 0)
    assert found["service_level"] == found["answered"] / 2000
    assert found["longest_wait"] == pytest.approx(10.0)


def test_short_abandons_are_apart_and_agree_with_theory() -> None:
    scenario = busy(calls=40_000, queue=queue(short_abandon=10.0))
    found = simulate(scenario, 3)
    expected = erlang_a(5, 5 * 0.9 / 180.0, 180.0, 90.0, 20.0, 10.0)
    assert found.queue.short_abandons > 300
    assert found.service_level == pytest.approx(expected.service_level, abs=0.015)
    assert found.abandonment == pytest.approx(expected.abandonment, abs=0.01)


def test_the_warm_up_is_not_measured() -> None:
    result = simulate(busy(arrivals=Regular(1 / 100.0), warm_up=50, calls=100), 1)
    assert result.calls == 100
    assert min(result.sample.entered) > 50 * 100.0


def test_lognormal_talks_have_their_mean_and_spread() -> None:
    draw = Lognormal(180.0, 0.5).sampler(Random(1))
    values = [draw() for _ in range(20_000)]
    mean = sum(values) / len(values)
    spread = (sum((value - mean) ** 2 for value in values) / len(values)) ** 0.5
    assert mean == pytest.approx(180.0, rel=0.02)
    assert spread / mean == pytest.approx(0.5, rel=0.04)


def test_progress_is_told() -> None:
    told: list[int] = []
    simulate(busy(calls=1200), 1, told.append)
    assert told == [500, 1000]


def test_counts_become_shifts() -> None:
    shifts = by_counts((0, 2, 1, 1), step=100.0)
    assert shifts == (Shift(0, 100.0, 400.0), Shift(1, 100.0, 200.0))


@pytest.mark.parametrize(
    ("more", "wanted"),
    [
        (0, (Shift(0, 0.0, 50.0), Shift(1, 20.0, 40.0), Shift(0, 60.0, 90.0))),
        (1, (Shift(0, 0.0, 50.0), Shift(1, 0.0, 50.0), Shift(2, 20.0, 40.0), Shift(0, 60.0, 90.0),
             Shift(1, 60.0, 90.0))),
        (-3, (Shift(0, 0.0, 50.0), Shift(0, 60.0, 90.0))),
    ],
)  # fmt: skip
def test_shifts_as_agents_worked(more: int, wanted: tuple[Shift, ...]) -> None:
    # Cleo relieves Ann at 40.
    ann, bob, cleo, dora = (0.0, 40.0), (20.0, 40.0), (40.0, 50.0), (60.0, 90.0)
    assert as_worked([dora, ann, bob, cleo], more) == wanted
    assert as_worked([]) == ()


def test_impossible_scenarios_are_refused() -> None:
    with pytest.raises(ValueError, match="overlap"):
        busy(shifts=(Shift(0, 0.0, 10.0), Shift(0, 5.0, 20.0)))
    with pytest.raises(ValueError, match="for ever"):
        busy(calls=None)
    with pytest.raises(ValueError, match="no agent works"):
        busy(shifts=())

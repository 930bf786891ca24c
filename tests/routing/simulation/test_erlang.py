"""The Erlang formulas agree with published values and with a direct computation of the Markov chain."""

import math

import pytest

from routing.simulation.erlang import erlang_a, erlang_b, erlang_c

pytestmark = pytest.mark.unit


def test_erlang_b_as_tabulated() -> None:
    """Tables of traffic theory: 5 erlangs on 10 lines lose 1.84 %, 100 on 117 lines 0.98 %."""
    assert erlang_b(10, 5.0) == pytest.approx(0.018385, abs=1e-6)
    assert erlang_b(117, 100.0) == pytest.approx(0.0098, abs=1e-4)
    assert erlang_b(1, 1.0) == 0.5


def test_erlang_c_as_published() -> None:
    """100 calls in half an hour of 3 minutes each, 14 agents: the example of many textbooks."""
    found = erlang_c(14, 100 / 1800, 180.0, 20.0)
    assert found.p_wait == pytest.approx(0.174, abs=5e-4)
    assert found.asa == pytest.approx(7.8, abs=0.05)
    assert found.service_level == pytest.approx(0.888, abs=5e-4)
    assert found.occupancy == pytest.approx(0.714, abs=5e-4)


def test_erlang_a_as_published() -> None:
    """Garnett, Mandelbaum and Reiman, "Designing a call center with impatient customers" (2002): 48 calls a minute of
    one minute each, 50 agents, without patience and with two minutes of it."""
    patient = erlang_c(50, 48 / 60, 60.0, 20.0)
    assert patient.asa == pytest.approx(20.8, abs=0.05)
    assert patient.occupancy == pytest.approx(0.96)
    found = erlang_a(50, 48 / 60, 60.0, 120.0, 20.0)
    assert found.abandonment == pytest.approx(0.031, abs=5e-4)
    assert found.occupancy == pytest.approx(0.93, abs=5e-3)
    wait_of_all = found.abandonment * 120.0
    assert wait_of_all == pytest.approx(3.7, abs=0.05)


@pytest.mark.parametrize("threshold", [0.0, 20.0, 600.0])
def test_endless_patience_is_erlang_c(threshold: float) -> None:
    patient = erlang_a(20, 0.1, 180.0, 1e8, threshold)
    same = erlang_c(20, 0.1, 180.0, threshold)
    for figure in ("p_wait", "asa", "service_level", "abandonment", "occupancy"):
        assert getattr(patient, figure) == pytest.approx(getattr(same, figure), rel=1e-4, abs=1e-6)


@pytest.mark.long
@pytest.mark.parametrize(("agents", "load"), [(1, 0.5), (3, 1.3), (10, 1.0)])
def test_erlang_a_against_the_chain_itself(agents: int, load: float) -> None:
    rate, patience, threshold = agents * load / 180.0, 90.0, 20.0
    found = erlang_a(agents, rate, 180.0, patience, threshold)
    state = _steady_state(agents, rate, 180.0, patience)
    assert found.p_wait == pytest.approx(sum(state[agents:]), rel=1e-9)
    waiting = sum(probability * (n - agents) for n, probability in enumerate(state) if n > agents)
    assert found.abandonment == pytest.approx(waiting / patience / rate, rel=1e-9)
    busy = sum(probability * min(n, agents) for n, probability in enumerate(state))
    assert found.occupancy == pytest.approx(busy / agents, rel=1e-9)
    in_time = sum(
        probability * (1.0 if n < agents else _served_within(threshold, n - agents, agents / 180.0, patience))
        for n, probability in enumerate(state)
    )
    assert found.service_level == pytest.approx(in_time, abs=1e-6)


@pytest.mark.long
def test_figures_stay_sound_at_the_extremes() -> None:
    for agents, load, patience in ((1, 0.01, 1.0), (500, 1.3, 1e5), (500, 0.5, 5.0), (2000, 0.99, 1e4)):
        found = erlang_a(agents, agents * load / 180.0, 180.0, patience, 20.0)
        for figure in (found.p_wait, found.service_level, found.abandonment, found.occupancy):
            assert 0.0 <= figure <= 1.0 + 1e-12
        assert 0.0 <= found.asa < math.inf


def test_overload_has_no_steady_state() -> None:
    with pytest.raises(ValueError, match="no steady state"):
        erlang_c(10, 10 / 180.0, 180.0, 20.0)


def _steady_state(agents: int, rate: float, aht: float, patience: float) -> list[float]:
    weights = [1.0]
    for n in range(1, agents + 400):
        weights.append(weights[-1] * rate / (min(n, agents) / aht + max(0, n - agents) / patience))
    return [weight / sum(weights) for weight in weights]


def _served_within(threshold: float, ahead: int, busy: float, patience: float) -> float:
    """Integrate the chain in small steps: a caller with `ahead` others before them, until they are served or leave."""
    if ahead > 60:
        return 0.0
    place = [0.0] * ahead + [1.0]
    served, steps = 0.0, 500
    step = threshold / steps

    def flow(place: list[float]) -> tuple[list[float], float]:
        change = [0.0] * len(place)
        for others, probability in enumerate(place):
            forward = busy + others / patience
            change[others] -= probability * (forward + 1.0 / patience)
            if others:
                change[others - 1] += probability * forward
        return change, place[0] * busy

    for _ in range(steps):
        first, gain = flow(place)
        second, later_gain = flow([p + step * c for p, c in zip(place, first, strict=True)])
        place = [p + step * (a + b) / 2 for p, a, b in zip(place, first, second, strict=True)]
        served += step * (gain + later_gain) / 2
    return served

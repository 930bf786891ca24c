"""Simulations on several cores at the same time."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

import pytest

from analysis.simulate.processes import simulate_all
from routing.simulation import Plan, Result, scenario_of

pytestmark = pytest.mark.unit

STAFFS = [scenario_of(Plan(agents, 160, 180.0, calls=600)) for agents in (9, 12, 10)]


def timeless(results: list[Result]) -> list[Result]:
    """The results without the wall time of their runs."""
    return [replace(result, seconds=0.0) for result in results]


@pytest.mark.long
def test_results_are_those_of_one_run_after_the_other_in_their_order() -> None:
    apart, here = simulate_all(STAFFS, 4, processes=2), simulate_all(STAFFS, 4, processes=1)
    assert timeless(apart) == timeless(here)
    assert [result.sample for result in apart] == [result.sample for result in here]
    assert len({result.asa for result in apart}) == len(STAFFS)


@pytest.mark.long
def test_progress_of_each_is_told() -> None:
    told: dict[int, int] = {}
    simulate_all(STAFFS, 4, told.__setitem__, processes=2)
    assert told == dict.fromkeys(range(len(STAFFS)), 500)


@dataclass(frozen=True, slots=True)
class Broken:
    """Talks that cannot be drawn."""

    mean: float = 180.0

    def sampler(self, rng: Random) -> Callable[[], float]:
        raise ValueError("no talk")


@pytest.mark.long
def test_a_run_that_fails_is_told() -> None:
    with pytest.raises(ValueError, match="no talk"):
        simulate_all([STAFFS[0], replace(STAFFS[1], talk=Broken()), *STAFFS], 4, processes=2)

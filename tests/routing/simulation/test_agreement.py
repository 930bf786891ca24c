"""The core under simulated traffic agrees with Erlang C and Erlang A. `bench/erlang.py` has the full grid."""

import math
from dataclasses import replace

import pytest

from tests.support.routing.agreement import Point, disagreements, run, student_t, theory

pytestmark = pytest.mark.unit

GRID = [
    Point(1, 0.5, None, replications=16, warm_up=60, calls=300),
    Point(1, 0.8, None, replications=16, warm_up=250, calls=400),
    Point(10, 0.8, None, replications=30, warm_up=120, calls=300),
    Point(20, 0.95, None, replications=12, warm_up=900, calls=500),
    Point(50, 0.9, None, replications=12, warm_up=300, calls=500),
    Point(500, 0.9, None, replications=8, warm_up=300, calls=1000),
    Point(1, 0.8, 90.0, replications=16, warm_up=60, calls=250),
    Point(1, 1.3, 180.0, replications=16, warm_up=60, calls=250),
    Point(10, 0.5, 120.0, replications=16, warm_up=40, calls=250),
    Point(10, 1.0, 60.0, replications=16, warm_up=80, calls=350),
    Point(50, 1.3, 120.0, replications=12, warm_up=150, calls=400),
    Point(500, 1.0, 90.0, replications=8, warm_up=300, calls=1000),
]
COMPARISONS = sum(len(point.figures) for point in GRID)


@pytest.mark.long
@pytest.mark.parametrize("point", GRID, ids=str)
def test_agreement_with_theory(point: Point) -> None:
    results = [run(point, seed) for seed in range(point.replications)]
    assert {result.calls for result in results} == {point.calls}
    assert not disagreements(point, theory(point), results, COMPARISONS)
    if point.patience is None:
        assert not any(result.abandoned for result in results)


@pytest.mark.long
def test_the_comparison_can_fail() -> None:
    """The same number of calls shows one agent more, or callers who are less patient."""
    for point, wrong in (
        (GRID[2], replace(GRID[2], agents=11, load=0.8 * 10 / 11)),
        (GRID[9], replace(GRID[9], patience=30.0)),
    ):
        results = [run(point, seed) for seed in range(point.replications)]
        assert disagreements(point, theory(wrong), results, COMPARISONS)


@pytest.mark.parametrize(
    ("level", "degrees", "quantile"),
    [(0.975, 1, 12.706), (0.975, 2, 4.3027), (0.9995, 4, 8.6103), (0.995, 9, 3.2498), (0.995, 30, 2.7500)],
)
def test_student_t_as_tabulated(level: float, degrees: int, quantile: float) -> None:
    assert math.isclose(student_t(level, degrees), quantile, rel_tol=2e-4)

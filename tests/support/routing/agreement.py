"""Compare simulations with theory. The method is independent replications and Student's t at a family-wise level.

For each point of a grid and each figure, the interval `mean +- t * s / sqrt(n)` over n replications must contain
the theoretical value. The level is Bonferroni's: all intervals of a grid hold together with a probability of at
least 99 %.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random
from statistics import fmean, stdev

from routing.config import Strategy
from routing.simulation import Scenario, simulate
from routing.simulation.arrivals import Poisson
from routing.simulation.distributions import Exponential
from routing.simulation.erlang import Expected, erlang_a, erlang_c
from routing.simulation.scenario import plain_queue
from routing.simulation.shifts import always

FIGURES = ("p_wait", "asa", "service_level", "abandonment", "occupancy")
SHARES = ("p_wait", "service_level", "abandonment")
"""Figures that are shares of calls. If a share is zero in all replications, the true share may still be as large as
ln(1 / miss) / calls."""
SEEN = 5
FAMILY = 0.99
AHT = 180.0
THRESHOLD = 20.0


@dataclass(frozen=True, slots=True)
class Filled:
    """`calls` that come at once, and Poisson arrivals after them. So the queue does not begin empty, and it needs
    less time until its start has no effect. With exponential talks any state is a valid start."""

    calls: int
    rate: float

    def times(self, rng: Random) -> Iterator[float]:
        yield from (0.0 for _ in range(self.calls))
        yield from Poisson(self.rate).times(rng)


@dataclass(frozen=True, slots=True)
class Point:
    """One queue: M/M/c, or M/M/c+M with `patience` (s)."""

    agents: int
    load: float
    patience: float | None
    replications: int
    warm_up: int
    """Calls that are not measured, in addition to those that fill the queue."""
    calls: int
    strategy: Strategy = Strategy.LONGEST_IDLE

    @property
    def rate(self) -> float:
        return self.agents * self.load / AHT

    @property
    def figures(self) -> tuple[str, ...]:
        """Return the figures to compare. Without patience no caller abandons. A test checks that exactly, without an
        interval."""
        return FIGURES if self.patience else tuple(name for name in FIGURES if name != "abandonment")

    @property
    def filling(self) -> int:
        """Return the number of calls in the fluid limit: the busy agents, and the queue whose size balances
        abandonment."""
        over = max(0.0, self.rate - self.agents / AHT)
        return round(self.agents * min(1.0, self.load) + over * (self.patience or 0.0))

    def __str__(self) -> str:
        kind = "A" if self.patience else "C"
        return f"{kind}-{self.agents}-{self.load:g}"


def theory(point: Point) -> Expected:
    if point.patience is None:
        return erlang_c(point.agents, point.rate, AHT, THRESHOLD)
    return erlang_a(point.agents, point.rate, AHT, point.patience, THRESHOLD)


@dataclass(frozen=True, slots=True)
class Replication:
    """The figures of a `Result` that are compared. They can be sent from one process to another."""

    calls: int
    abandoned: int
    p_wait: float | None
    asa: float | None
    service_level: float | None
    abandonment: float | None
    occupancy: float | None


def too_rare(point: Point, expected: Expected) -> set[str]:
    """Return the figures that have too few observations to be compared.

    If hardly any callers wait, those who do wait at the same few times, when many agents are busy. The same is
    true if hardly any callers do not wait. The state of the agents is independent again only after about one talk
    time. At least `SEEN` such independent times must be expected in the simulation.
    """
    times = point.calls * point.replications / (point.agents * point.load)
    seen = {name: getattr(expected, name) * times for name in SHARES}
    missed = {name: times - count for name, count in seen.items()}
    rare = {name for name in seen if min(seen[name], missed[name]) < SEEN}
    if seen["p_wait"] < SEEN:
        rare.add("asa")
    if missed["p_wait"] < SEEN:
        rare.add("occupancy")
    return rare


def run(point: Point, seed: int) -> Replication:
    scenario = Scenario(
        arrivals=Filled(point.filling, point.rate),
        talk=Exponential(AHT),
        patience=None if point.patience is None else Exponential(point.patience),
        shifts=always(point.agents),
        queue=replace(plain_queue(), strategy=point.strategy, call_service_good=THRESHOLD),
        calls=point.calls,
        warm_up=point.filling + point.warm_up,
    )
    found = simulate(scenario, seed)
    return Replication(found.calls, found.abandoned, **{name: getattr(found, name) for name in FIGURES})


@dataclass(frozen=True, slots=True)
class Interval:
    figure: str
    mean: float
    half: float

    def holds(self, value: float) -> bool:
        return abs(value - self.mean) <= self.half + 1e-9


def intervals(point: Point, results: list[Replication], comparisons: int) -> list[Interval]:
    """Return the interval of each figure, at the level that `comparisons` intervals together need.

    A figure has no value in a replication in which no caller was answered. This replication is left out of that
    figure.
    """
    found = []
    for figure in point.figures:
        values = [value for result in results if (value := getattr(result, figure)) is not None]
        miss = (1.0 - FAMILY) / comparisons
        half = student_t(1.0 - miss / 2.0, len(values) - 1) * stdev(values) / math.sqrt(len(values))
        if figure in SHARES:
            half = max(half, math.log(1.0 / miss) / sum(result.calls for result in results))
        found.append(Interval(figure, fmean(values), half))
    return found


def disagreements(
    point: Point, expected: Expected, results: list[Replication], comparisons: int
) -> list[str]:
    """Return a line for each figure whose interval does not contain the expected value."""
    return [
        f"{point} {interval.figure}: {interval.mean:.5g} +- {interval.half:.3g}, expected {value:.5g}"
        for interval in intervals(point, results, comparisons)
        if not interval.holds(value := getattr(expected, interval.figure))
    ]


def student_t(level: float, degrees: int) -> float:
    """Return the quantile of Student's t by bisection of its distribution. The level is above 1/2."""
    low, high = 0.0, 1e7
    while high - low > 1e-9 * (1.0 + low):
        middle = (low + high) / 2.0
        low, high = (middle, high) if student_cdf(middle, degrees) < level else (low, middle)
    return high


def student_cdf(t: float, degrees: int) -> float:
    """Return P(T <= t) for t >= 0 (Abramowitz and Stegun 26.7.3 and 26.7.4)."""
    angle = math.atan(t / math.sqrt(degrees))
    cosine = math.cos(angle) ** 2
    odd = degrees % 2
    term, total = (math.cos(angle) if odd else 1.0), 0.0
    for index in range(1, degrees, 2):
        total += term
        term *= cosine * ((index + 1) / (index + 2) if odd else index / (index + 1))
    within = 2.0 / math.pi * (angle + math.sin(angle) * total) if odd else math.sin(angle) * total
    return 0.5 + within / 2.0

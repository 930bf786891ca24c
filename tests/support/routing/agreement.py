"""Whether simulations agree with theory: independent replications and Student's t, with a family-wise level.

For each point of a grid and each figure, the interval `mean +- t * s / sqrt(n)` over n replications must hold the
theoretical value. The level is Bonferroni's: all intervals of a grid hold together with a probability of 99 % at least.
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
"""Shares of calls: one of which no call was seen may still be as large as ln(1 / miss) / calls."""
SEEN = 5
FAMILY = 0.99
AHT = 180.0
THRESHOLD = 20.0


@dataclass(frozen=True, slots=True)
class Filled:
    """Poisson arrivals after `calls` that come at once: the queue does not begin empty, which would take long to
    forget. With exponential talks that is a state like any other."""

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
    """Calls that are not measured, beside those that fill the queue."""
    calls: int
    strategy: Strategy = Strategy.LONGEST_IDLE

    @property
    def rate(self) -> float:
        return self.agents * self.load / AHT

    @property
    def figures(self) -> tuple[str, ...]:
        """Without patience nobody abandons: that is checked exactly, not by an interval."""
        return FIGURES if self.patience else tuple(name for name in FIGURES if name != "abandonment")

    @property
    def filling(self) -> int:
        """What is there in a fluid: the busy agents, and a queue in which as many give up as are too many."""
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
    """What is compared of a `Result`, and can go from one process to another whatever core made it."""

    calls: int
    abandoned: int
    p_wait: float | None
    asa: float | None
    service_level: float | None
    abandonment: float | None
    occupancy: float | None


def too_rare(point: Point, expected: Expected) -> set[str]:
    """Figures that rest on too little to be compared: where hardly anybody waits (or hardly anybody does not), those
    who do come together, in the few times when many agents are busy at once. The agents' state is another one only
    after a talk's time or so; of such times at least `SEEN` must be expected among those simulated."""
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
    """Of each figure, at the level that `comparisons` intervals together need. A replication in which a figure has no
    value (nobody was answered) is left out of that figure."""
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
    """The figures whose interval does not hold the expected value, in words."""
    return [
        f"{point} {interval.figure}: {interval.mean:.5g} +- {interval.half:.3g}, expected {value:.5g}"
        for interval in intervals(point, results, comparisons)
        if not interval.holds(value := getattr(expected, interval.figure))
    ]


def student_t(level: float, degrees: int) -> float:
    """The quantile of Student's t (level above 1/2), by bisection of its distribution."""
    low, high = 0.0, 1e7
    while high - low > 1e-9 * (1.0 + low):
        middle = (low + high) / 2.0
        low, high = (middle, high) if student_cdf(middle, degrees) < level else (low, middle)
    return high


def student_cdf(t: float, degrees: int) -> float:
    """P(T <= t) for t >= 0 (Abramowitz and Stegun 26.7.3 and 26.7.4)."""
    angle = math.atan(t / math.sqrt(degrees))
    cosine = math.cos(angle) ** 2
    odd = degrees % 2
    term, total = (math.cos(angle) if odd else 1.0), 0.0
    for index in range(1, degrees, 2):
        total += term
        term *= cosine * ((index + 1) / (index + 2) if odd else index / (index + 1))
    within = 2.0 / math.pi * (angle + math.sin(angle) * total) if odd else math.sin(angle) * total
    return 0.5 + within / 2.0

"""Random durations in seconds: talks, patience, how long an agent lets the phone ring."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle
from random import Random
from typing import Protocol

Sampler = Callable[[], float]


class Draw(Protocol):
    """A distribution of durations."""

    @property
    def mean(self) -> float:
        """Return the mean in seconds."""

    def sampler(self, rng: Random) -> Sampler:
        """Return a function that draws one value at each call, with this generator."""


@dataclass(frozen=True, slots=True)
class Constant:
    value: float

    def __post_init__(self) -> None:
        _require_not_negative(self.value)

    @property
    def mean(self) -> float:
        return self.value

    def sampler(self, rng: Random) -> Sampler:
        return lambda: self.value


@dataclass(frozen=True, slots=True)
class Exponential:
    mean: float

    def __post_init__(self) -> None:
        _require_positive(self.mean)

    def sampler(self, rng: Random) -> Sampler:
        mean, log, uniform = self.mean, math.log, rng.random
        return lambda: -log(1.0 - uniform()) * mean


@dataclass(frozen=True, slots=True)
class Lognormal:
    """A lognormal distribution. Mean and coefficient of variation (standard deviation / mean) are its own, not those of
    the logarithm."""

    mean: float
    cv: float = 1.0

    def __post_init__(self) -> None:
        _require_positive(self.mean)
        _require_positive(self.cv)

    def sampler(self, rng: Random) -> Sampler:
        variance = math.log1p(self.cv * self.cv)
        mu, sigma, draw = math.log(self.mean) - variance / 2.0, math.sqrt(variance), rng.lognormvariate
        return lambda: draw(mu, sigma)


@dataclass(frozen=True, slots=True)
class Observed:
    """Random ones of these values, each as often as chance has it: what call logs hold."""

    values: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.values:
            raise ValueError("no values were observed")
        _require_not_negative(min(self.values))

    @property
    def mean(self) -> float:
        return math.fsum(self.values) / len(self.values)

    def sampler(self, rng: Random) -> Sampler:
        values, count, draw = self.values, len(self.values), rng.random
        return lambda: values[int(draw() * count)]


@dataclass(frozen=True, slots=True)
class Listing:
    """The n-th value for the n-th call. After the last value the first one comes again. Infinity: the caller never
    gives up."""

    values: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.values or not all(value >= 0.0 for value in self.values):
            raise ValueError("values must be 0 or more, and at least one")

    @property
    def mean(self) -> float:
        return math.fsum(self.values) / len(self.values)

    def sampler(self, rng: Random) -> Sampler:
        return cycle(self.values).__next__


def _require_positive(value: float) -> None:
    if not 0.0 < value < math.inf:
        raise ValueError(f"must be above 0 and finite: {value}")


def _require_not_negative(value: float) -> None:
    if not 0.0 <= value < math.inf:
        raise ValueError(f"must be 0 or more and finite: {value}")

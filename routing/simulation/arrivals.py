"""When calls come: endless or finite series of times, in seconds since the start of the simulation."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from random import Random
from typing import Protocol

HOUR = 3600.0


class Arrivals(Protocol):
    def times(self, rng: Random) -> Iterator[float]:
        """Yield the times of the calls, the earliest first."""


@dataclass(frozen=True, slots=True)
class Regular:
    """One call every `1 / rate` seconds."""

    rate: float

    def __post_init__(self) -> None:
        _require_rate(self.rate)

    def times(self, rng: Random) -> Iterator[float]:
        for number in count(1):
            yield number / self.rate


@dataclass(frozen=True, slots=True)
class Poisson:
    """Independent callers, `rate` of them a second on average."""

    rate: float

    def __post_init__(self) -> None:
        _require_rate(self.rate)

    def times(self, rng: Random) -> Iterator[float]:
        at, rate, log, uniform = 0.0, self.rate, math.log, rng.random
        while True:
            at -= log(1.0 - uniform()) / rate
            yield at


@dataclass(frozen=True, slots=True)
class ByHour:
    """A Poisson process with a rate for each hour: 24 `rates` from midnight on, or 168 from Monday's midnight on.

    `rates` are calls per hour. `begin` is how far (s) into the day or week the simulation begins.
    """

    rates: tuple[float, ...]
    begin: float = 0.0

    def __post_init__(self) -> None:
        if len(self.rates) not in (24, 168):
            raise ValueError("rates must be 24 (hours of a day) or 168 (hours of a week)")
        if min(self.rates) < 0.0 or not 0.0 < math.fsum(self.rates) < math.inf:
            raise ValueError("rates must be 0 or more, and not all of them 0")

    def times(self, rng: Random) -> Iterator[float]:
        """Draw exponential gaps within each hour. A gap that goes beyond the hour's end is drawn again from there on:
        exponential gaps have no memory."""
        hour = int(self.begin // HOUR)
        at = self.begin
        while True:
            rate, end = self.rates[hour % len(self.rates)] / HOUR, (hour + 1) * HOUR
            while rate > 0.0:
                at += rng.expovariate(rate)
                if at >= end:
                    break
                yield at - self.begin
            at, hour = end, hour + 1


@dataclass(frozen=True, slots=True)
class Listed:
    """Calls at known times, as in call logs."""

    at: tuple[float, ...]

    def __post_init__(self) -> None:
        if any(later < earlier for earlier, later in zip(self.at, self.at[1:], strict=False)):
            raise ValueError("each time must be at least the one before it")

    def times(self, rng: Random) -> Iterator[float]:
        return iter(self.at)


def _require_rate(rate: float) -> None:
    if not 0.0 < rate < math.inf:
        raise ValueError(f"a rate must be above 0 and finite: {rate}")

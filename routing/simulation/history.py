"""What call logs tell about callers. What was not seen is estimated from what was."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from routing.simulation.arrivals import HOUR

DAY = 24 * HOUR


@dataclass(frozen=True, slots=True)
class Arrival:
    """One observed call. What was not seen is None."""

    at: float
    """When it entered the queue: seconds since the observation's beginning."""
    talk_seconds: float | None = None
    """None: it was not answered."""
    patience: float | None = None
    """After how many seconds of waiting it hung up; None: it did not."""
    waited: float = 0.0
    """How long it waited at least without hanging up, where `patience` is None."""


@dataclass(frozen=True, slots=True)
class History:
    """A queue's calls of some days, in the order of `at`."""

    arrivals: tuple[Arrival, ...]
    start: float
    """POSIX seconds of the beginning: a midnight of the queue's time zone."""
    days: int
    weekday: int = 0
    """That of the first day, Monday is 0."""
    wrap_up: float = 0.0
    """Mean seconds of wrap-up."""


def mean_patience(arrivals: Sequence[Arrival]) -> float:
    """Seconds waited by all callers / callers who hung up: the estimate for exponential patience of which most is only
    known to be longer than the wait. Infinite if nobody hung up."""
    gone = sum(arrival.patience is not None for arrival in arrivals)
    waited = math.fsum(
        arrival.waited if arrival.patience is None else arrival.patience for arrival in arrivals
    )
    return max(waited, 1.0) / gone if gone else math.inf


def patiences(arrivals: Sequence[Arrival], seed: int) -> tuple[float, ...]:
    """Each caller's patience. Who did not hang up would have waited on, by the mean patience; or for ever, if nobody
    hung up."""
    mean, rng = mean_patience(arrivals), Random(f"{seed}/unseen patience")  # noqa: S311 - a simulation

    def unseen(waited: float) -> float:
        return math.inf if mean == math.inf else waited + rng.expovariate(1.0 / mean)

    return tuple(
        unseen(arrival.waited) if arrival.patience is None else arrival.patience for arrival in arrivals
    )


def seen_talks(arrivals: Sequence[Arrival]) -> tuple[float, ...]:
    """Seconds of talk of the answered calls. Raises `ValueError` if there is none."""
    seen = tuple(arrival.talk_seconds for arrival in arrivals if arrival.talk_seconds is not None)
    if not seen:
        raise ValueError("no call was answered: nothing tells how long a talk is")
    return seen


def talks(arrivals: Sequence[Arrival], seed: int) -> tuple[float, ...]:
    """Each caller's talk; who was not answered gets that of a random one who was. Raises as `seen_talks`."""
    seen, rng = seen_talks(arrivals), Random(f"{seed}/unseen talk")  # noqa: S311 - a simulation
    return tuple(
        rng.choice(seen) if arrival.talk_seconds is None else arrival.talk_seconds for arrival in arrivals
    )


def hourly_rates(history: History) -> tuple[float, ...]:
    """Calls per hour of each hour of the week (168, from Monday), or of the day (24) if less than two weeks were
    seen."""
    hours = 168 if history.days >= 14 else 24
    offset = history.weekday * 24 if hours == 168 else 0
    counts, seen = [0] * hours, [0] * hours
    for hour in range(history.days * 24):
        seen[(hour + offset) % hours] += 1
    for arrival in history.arrivals:
        counts[(int(arrival.at // HOUR) + offset) % hours] += 1
    return tuple(count / times for count, times in zip(counts, seen, strict=True))

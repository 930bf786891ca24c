"""What call logs tell about callers. What the logs do not show is estimated from what they show."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from routing.simulation.arrivals import HOUR

DAY = 24 * HOUR


@dataclass(frozen=True, slots=True)
class Arrival:
    """One observed call. What the logs do not show is None."""

    at: float
    """When it entered the queue: seconds since the start of the observation."""
    talk_seconds: float | None = None
    """None: the call was not answered."""
    patience: float | None = None
    """After how many seconds of waiting the caller hung up; None: they did not."""
    waited: float = 0.0
    """How long the caller waited without hanging up, where `patience` is None."""


@dataclass(frozen=True, slots=True)
class History:
    """A queue's calls of some days, in the order of `at`."""

    arrivals: tuple[Arrival, ...]
    start: float
    """POSIX seconds of the start: a midnight of the queue's time zone."""
    days: int
    weekday: int = 0
    """The weekday of the first day. Monday is 0."""
    wrap_up: float = 0.0
    """Mean seconds of wrap-up."""


def mean_patience(arrivals: Sequence[Arrival]) -> float:
    """Return the seconds that all callers waited / the callers who hung up. Of most callers it is only known that their
    patience was longer than their wait; this is the maximum likelihood estimate for exponential patience then. Infinite
    if no caller hung up."""
    gone = sum(arrival.patience is not None for arrival in arrivals)
    waited = math.fsum(
        arrival.waited if arrival.patience is None else arrival.patience for arrival in arrivals
    )
    return max(waited, 1.0) / gone if gone else math.inf


def patiences(arrivals: Sequence[Arrival], seed: int) -> tuple[float, ...]:
    """Return each caller's patience. A caller who did not hang up would have waited longer, by the mean patience. If no
    caller hung up, all would have waited for ever."""
    mean, rng = mean_patience(arrivals), Random(f"{seed}/unseen patience")  # noqa: S311 - a simulation

    def unseen(waited: float) -> float:
        return math.inf if mean == math.inf else waited + rng.expovariate(1.0 / mean)

    return tuple(
        unseen(arrival.waited) if arrival.patience is None else arrival.patience for arrival in arrivals
    )


def seen_talks(arrivals: Sequence[Arrival]) -> tuple[float, ...]:
    """Return the seconds of talk of the answered calls. Raises `ValueError` if no call was answered."""
    seen = tuple(arrival.talk_seconds for arrival in arrivals if arrival.talk_seconds is not None)
    if not seen:
        raise ValueError("no call was answered, so it is not known how long a talk is")
    return seen


def talks(arrivals: Sequence[Arrival], seed: int) -> tuple[float, ...]:
    """Return each caller's talk. A caller who was not answered gets the talk of a random one who was. Raises as
    `seen_talks`."""
    seen, rng = seen_talks(arrivals), Random(f"{seed}/unseen talk")  # noqa: S311 - a simulation
    return tuple(
        rng.choice(seen) if arrival.talk_seconds is None else arrival.talk_seconds for arrival in arrivals
    )


def hourly_rates(history: History) -> tuple[float, ...]:
    """Return the calls per hour for each hour of the week (168, from Monday), or of the day (24) if the history is
    shorter than two weeks."""
    hours = 168 if history.days >= 14 else 24
    offset = history.weekday * 24 if hours == 168 else 0
    counts, seen = [0] * hours, [0] * hours
    for hour in range(history.days * 24):
        seen[(hour + offset) % hours] += 1
    for arrival in history.arrivals:
        counts[(int(arrival.at // HOUR) + offset) % hours] += 1
    return tuple(count / times for count, times in zip(counts, seen, strict=True))

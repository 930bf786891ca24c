"""Estimated waiting time: from how fast a queue's callers were served recently. It is a span and not a promise.

While others wait, the gaps between two answers are what the next ones wait for. The wait at position k is the sum of k
gaps. If gaps are exponential with the mean that was seen, the sum is Gamma(k, mean) distributed. The span runs from its
tenth to its ninetieth percentile (by the approximation of Wilson and Hilferty).
"""

from math import ceil, floor, sqrt

from routing.state import Pace, Queue
from routing.state.world import World

MIN_GAPS = 5
MAX_GAPS = 50
_Z = 1.2815515655446004
"""The standard normal distribution's ninetieth percentile."""

Span = tuple[float, float]
"""Seconds: in one of ten cases it is shorter than the first, in one of ten longer than the second."""


def answered(world: World, queue: Queue) -> None:
    """Count the answer. Call it while the caller still stands in the queue."""
    pace = queue.pace
    if pace.answered_at:
        pace.gaps.append(round(world.now - pace.answered_at, 3))
        if len(pace.gaps) > MAX_GAPS:
            del pace.gaps[:-MAX_GAPS]
    pace.answered_at = world.now


def emptied(queue: Queue) -> None:
    """Forget the last answer: nobody waits any more, so the time until the next answer says nothing about the pace."""
    queue.pace.answered_at = 0.0


def mean_gap(pace: Pace, now: float) -> float | None:
    """Return the seconds between two answers, the gap that runs now included. None: too few gaps were seen."""
    if len(pace.gaps) < MIN_GAPS:
        return None
    running = max(0.0, now - pace.answered_at) if pace.answered_at else 0.0
    return (sum(pace.gaps) + running) / len(pace.gaps)


def span(queue: Queue, position: int, now: float) -> Span | None:
    """Return what a caller at `position` (from 1) still has to wait; None without a figure."""
    mean = mean_gap(queue.pace, now)
    return None if mean is None or position < 1 else span_of(mean, position)


def span_of(mean: float, position: int) -> Span:
    return round(_percentile(position, mean, -_Z), 1), round(_percentile(position, mean, _Z), 1)


def next_caller(queue: Queue, now: float) -> Span | None:
    """Return what a caller who came now would have to wait."""
    if len(queue.free) and not len(queue.waiting):
        return 0.0, 0.0
    return span(queue, len(queue.calls) + 1, now)


def in_minutes(told: Span) -> tuple[int, int]:
    """Return the whole minutes that hold the span. The second is at least 1 and above the first."""
    low = floor(told[0] / 60)
    return low, max(low + 1, ceil(told[1] / 60))


def _percentile(shape: int, scale: float, z: float) -> float:
    ninth = 1.0 / (9.0 * shape)
    return shape * scale * (1.0 - ninth + z * sqrt(ninth)) ** 3

"""Who works when."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

HALF_HOUR = 1800.0


@dataclass(frozen=True, slots=True)
class Shift:
    """One agent's time at the phone, in seconds since the start of the simulation. A talk that lasts beyond the end of
    the shift is finished.

    `agent` counts from 0. An agent may have several shifts that do not overlap.
    """

    agent: int
    start: float = 0.0
    end: float = math.inf

    def __post_init__(self) -> None:
        if self.agent < 0 or not 0.0 <= self.start < self.end:
            raise ValueError(f"no shift: agent {self.agent}, from {self.start} to {self.end}")


def always(agents: int) -> tuple[Shift, ...]:
    """Return the shifts of so many agents who are always at work."""
    return tuple(Shift(agent) for agent in range(agents))


def by_counts(counts: Sequence[int], step: float = HALF_HOUR) -> tuple[Shift, ...]:
    """Return shifts in which `counts[i]` agents work in the i-th step. The agent who came first stays longest."""
    return by_steps([(number * step, wanted) for number, wanted in enumerate([*counts, 0])])


def by_steps(steps: Iterable[tuple[float, int]]) -> tuple[Shift, ...]:
    """Return shifts in which from each of these rising times on so many agents work, at last none. The agent who came
    first stays longest."""
    found: list[Shift] = []
    began: list[float] = []
    for at, wanted in steps:
        while len(began) > wanted:
            found.append(Shift(len(began) - 1, began.pop(), at))
        began.extend([at] * (wanted - len(began)))
    return tuple(sorted(found, key=lambda shift: (shift.start, shift.agent)))


def as_worked(spans: Iterable[tuple[float, float]], more: int = 0) -> tuple[Shift, ...]:
    """Return shifts in which at each moment as many agents work as spans have it, and `more` (fewer, if it is negative)
    while anyone does. One at least stays."""
    changes: Counter[float] = Counter()
    for start, end in spans:
        changes[start] += 1
        changes[end] -= 1
    there = list(accumulate(change for _, change in sorted(changes.items())))
    wanted = (max(1, count + more) if count else 0 for count in there)
    return by_steps(zip(sorted(changes), wanted, strict=True))


def overlapping(shifts: Sequence[Shift]) -> Shift | None:
    """Return a shift that begins before the same agent's earlier shift has ended. None: there is no such shift."""
    until: dict[int, float] = {}
    for shift in sorted(shifts, key=lambda shift: shift.start):
        if shift.start < until.get(shift.agent, 0.0):
            return shift
        until[shift.agent] = shift.end
    return None

"""Who works when."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

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
    found: list[Shift] = []
    began: list[float] = []
    for number, wanted in enumerate([*counts, 0]):
        at = number * step
        while len(began) > wanted:
            found.append(Shift(len(began) - 1, began.pop(), at))
        began.extend([at] * (wanted - len(began)))
    return tuple(sorted(found, key=lambda shift: (shift.start, shift.agent)))


def overlapping(shifts: Sequence[Shift]) -> Shift | None:
    """Return a shift that begins before the same agent's earlier shift has ended. None: there is no such shift."""
    until: dict[int, float] = {}
    for shift in sorted(shifts, key=lambda shift: shift.start):
        if shift.start < until.get(shift.agent, 0.0):
            return shift
        until[shift.agent] = shift.end
    return None

"""What a simulation measured.

All shares are shares of the offered calls: every call that entered in the measured time, whatever happened to it.
"""

import math
from array import array
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Result:
    """The figures of a run. A share is `None` if there is nothing to divide by. Times are those of the virtual clock,
    except for `seconds`."""

    calls: int
    """Offered calls."""
    answered: int
    abandoned: int
    """Callers who hung up before an agent answered, and those who still waited when the last agent had left."""
    p_wait: float | None
    """Share of the offered calls that were not offered to a free agent at the moment when they came."""
    asa: float | None
    """Mean wait of the answered calls. Those that did not wait are included."""
    service_level: float | None
    """Share of the offered calls that were answered within the threshold. An abandoned call counts as offered and not
    answered, however short its wait."""
    abandonment: float | None
    occupancy: float | None
    """Seconds in talk and wrap-up / seconds at work, over all agents in the measured time. Ringing is not work."""
    longest_wait: float
    threshold: float
    seconds: float
    """Wall time of the run."""
    sample: "Sample" = field(repr=False, compare=False, default_factory=lambda: Sample())

    def figures(self) -> dict[str, float | int | None]:
        """Return what `--json` prints."""
        names = ("p_wait", "asa", "service_level", "abandonment", "occupancy", "calls", "seconds")
        return {name: getattr(self, name) for name in names}


@dataclass(slots=True)
class Sample:
    """Every measured call: when it entered (s since the start), its wait (s), and whether an agent answered."""

    entered: "array[float]" = field(default_factory=lambda: array("d"))
    waits: "array[float]" = field(default_factory=lambda: array("d"))
    answered: "array[int]" = field(default_factory=lambda: array("b"))
    delayed: int = 0
    abandoned: int = 0

    def add(self, entered: float, wait: float, answered: bool) -> None:
        self.entered.append(entered)
        self.waits.append(wait)
        self.answered.append(answered)


@dataclass(slots=True)
class Hour:
    """The calls that came in one hour of the day, over all days."""

    calls: int = 0
    in_time: int = 0
    answered: int = 0
    wait_sum: float = 0.0
    """Seconds, of the answered calls."""

    @property
    def service_level(self) -> float | None:
        return _ratio(self.in_time, self.calls)

    @property
    def asa(self) -> float | None:
        return _ratio(self.wait_sum, self.answered)


def hours_of_day(result: Result) -> list[Hour]:
    """Return the 24 hours from the start on. The start is at midnight unless the scenario says otherwise."""
    hours = [Hour() for _ in range(24)]
    sample = result.sample
    for entered, wait, answered in zip(sample.entered, sample.waits, sample.answered, strict=True):
        hour = hours[int(entered // 3600.0) % 24]
        hour.calls += 1
        if answered:
            hour.answered += 1
            hour.wait_sum += wait
            hour.in_time += wait <= result.threshold
    return hours


def answered_waits(result: Result) -> list[float]:
    """Return the waits (s) of the answered calls, the shortest first."""
    sample = result.sample
    return sorted(wait for wait, answered in zip(sample.waits, sample.answered, strict=True) if answered)


def result_of(sample: Sample, *, threshold: float, busy: float, staffed: float, seconds: float) -> Result:
    """Return the figures of a sample. `busy` and `staffed` are agent seconds."""
    calls = len(sample.waits)
    waits = [wait for wait, answered in zip(sample.waits, sample.answered, strict=True) if answered]
    in_time = sum(wait <= threshold for wait in waits)
    return Result(
        calls=calls,
        answered=len(waits),
        abandoned=sample.abandoned,
        p_wait=_ratio(sample.delayed, calls),
        asa=_ratio(math.fsum(waits), len(waits)),
        service_level=_ratio(in_time, calls),
        abandonment=_ratio(sample.abandoned, calls),
        occupancy=_ratio(busy, staffed),
        longest_wait=max(sample.waits, default=0.0),
        threshold=threshold,
        seconds=seconds,
        sample=sample,
    )


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None

"""What a simulation measured."""

from array import array
from dataclasses import dataclass, field

from routing.figures import NONE, Figures, Outcome, Stays, figures

_OUTCOMES = [str(outcome) for outcome in Outcome]
_NUMBERS = {outcome: number for number, outcome in enumerate(_OUTCOMES)}


@dataclass(frozen=True, slots=True)
class Result:
    """The figures of a run. A share is `None` if there is nothing to divide by. Times are those of the virtual clock,
    except for `seconds`."""

    calls: int
    """Calls that came in the measured time, whatever happened to them."""
    queue: Figures
    """The queue's figures, defined as for real calls. Callers who still waited when the last agent had left count as
    abandoned."""
    p_wait: float | None
    """Share of the offered calls that were not offered to a free agent at the moment when they came."""
    occupancy: float | None
    """Seconds in talk and wrap-up / seconds at work, over all agents in the measured time. Ringing is not work."""
    threshold: float
    short_abandon: float
    seconds: float
    """Wall time of the run."""
    sample: "Sample" = field(repr=False, compare=False, default_factory=lambda: Sample())

    @property
    def answered(self) -> int:
        return self.queue.answered

    @property
    def abandoned(self) -> int:
        return self.queue.abandoned

    @property
    def asa(self) -> float | None:
        return self.queue.asa

    @property
    def service_level(self) -> float | None:
        return self.queue.service_level

    @property
    def abandonment(self) -> float | None:
        return self.queue.abandonment

    @property
    def longest_wait(self) -> float:
        return self.queue.longest_wait or 0.0

    def figures(self) -> dict[str, float | int | None]:
        """Return what `--json` prints."""
        names = ("p_wait", "asa", "service_level", "abandonment", "occupancy", "calls", "seconds")
        own = {name: getattr(self, name) for name in names}
        own["seconds"] = round(self.seconds, 3)
        return own | {name: getattr(self.queue, name) for name in QUEUE_FIGURES}


QUEUE_FIGURES = (
    "offered",
    "answered",
    "abandoned",
    "short_abandons",
    "timed_out",
    "left",
    "turned_away",
    "average_wait",
    "longest_wait",
    "average_talk",
)
"""The other figures of the queue that are shown of a simulation."""


@dataclass(slots=True)
class Sample:
    """Every measured call: when it entered (s since the start), its wait and its talk (s), and its outcome, as a place
    in `Outcome`."""

    entered: "array[float]" = field(default_factory=lambda: array("d"))
    waits: "array[float]" = field(default_factory=lambda: array("d"))
    talks: "array[float]" = field(default_factory=lambda: array("d"))
    outcomes: "array[int]" = field(default_factory=lambda: array("b"))
    delayed: int = 0

    def add(self, entered: float, wait: float, outcome: str, talk: float = 0.0) -> None:
        self.entered.append(entered)
        self.waits.append(wait)
        self.talks.append(talk)
        self.outcomes.append(_NUMBERS[outcome])

    @property
    def answered(self) -> list[bool]:
        """Whether each call was answered."""
        answered = _NUMBERS[Outcome.ANSWERED]
        return [outcome == answered for outcome in self.outcomes]

    def stays(self) -> list[Stays]:
        """Return the stay of each call."""
        calls = zip(self.waits, self.talks, self.outcomes, strict=True)
        return [Stays(_OUTCOMES[outcome], wait, False, 1, talk) for wait, talk, outcome in calls]


def hours_of_day(result: Result) -> list[Figures]:
    """Return the figures of the calls that came in each of the 24 hours from the start on, over all days. The start is
    at midnight unless the scenario says otherwise."""
    hours: list[list[Stays]] = [[] for _ in range(24)]
    for entered, stay in zip(result.sample.entered, result.sample.stays(), strict=True):
        hours[int(entered // 3600.0) % 24].append(stay)
    return [figures(stays, good=result.threshold, short=result.short_abandon) for stays in hours]


def answered_waits(result: Result) -> list[float]:
    """Return the waits (s) of the answered calls, the shortest first."""
    sample = result.sample
    return sorted(wait for wait, answered in zip(sample.waits, sample.answered, strict=True) if answered)


def result_of(
    sample: Sample, *, threshold: float, short: float, busy: float, staffed: float, seconds: float
) -> Result:
    """Return the figures of a sample. `busy` and `staffed` are agent seconds. `threshold` and `short` are the queue's
    `call_service_good` and `short_abandon`."""
    found = figures(sample.stays(), good=threshold, short=short) if sample.waits else NONE
    return Result(
        calls=len(sample.waits),
        queue=found,
        p_wait=_ratio(sample.delayed, found.offered),
        occupancy=_ratio(busy, staffed),
        threshold=threshold,
        short_abandon=short,
        seconds=seconds,
        sample=sample,
    )


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None

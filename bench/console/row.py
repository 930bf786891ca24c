"""A line of the table."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """A bar, what was measured, and whether it holds."""

    what: str
    bar: str
    measured: str
    holds: bool


def median(values: Iterable[float]) -> float:
    found = sorted(values)
    return float(found[len(found) // 2])


def milliseconds(what: str, bar: int, times: list[float]) -> Row:
    """Return the row of what took so long in each round: its median is compared."""
    usual = median(times)
    return Row(what, f"≤ {bar} ms", f"{usual:.0f} ms (worst {max(times):.0f})", usual <= bar)

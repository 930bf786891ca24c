"""One result with its name, as it is shown."""

from dataclasses import dataclass

from routing.simulation import Result
from routing.simulation.erlang import Expected


@dataclass(frozen=True, slots=True)
class Run:
    """The result of one staff. `expected`: what theory says. None: theory says nothing about it."""

    agents: str
    """What the staff is called: a number, or `shifts`."""
    result: Result
    expected: Expected | None
    daily: bool
    """Whether the hours of a day differ."""

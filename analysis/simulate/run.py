"""What is shown: results with their names."""

from dataclasses import dataclass

from routing.simulation import Result
from routing.simulation.erlang import Expected


@dataclass(frozen=True, slots=True)
class Run:
    """One staff's result. `expected`: what theory says, where it says something."""

    agents: str
    """How they are called: a number, or that there are shifts."""
    result: Result
    expected: Expected | None
    daily: bool
    """Whether the hours of its days differ."""

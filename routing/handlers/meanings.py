"""What is done for each `Meaning`: the other modules of this package register one function for each of them."""

from collections.abc import Callable
from typing import Any, TypeVar

from routing.state import Call
from routing.state.rules import RULES, Happening, Meaning
from routing.state.world import World

Act = Callable[[World, Any, Any], None]
"""Gets the world, the call (None: there is no such call), and the event (of a resync the `LiveCall`)."""
ACTS: dict[object, Act] = {}
_A = TypeVar("_A", bound=Act)


def means(*meanings: Meaning) -> Callable[[_A], _A]:
    """Register the function as what these meanings do. Raises ValueError if one of them has a function already."""

    def register(act: _A) -> _A:
        for meaning in meanings:
            if meaning in ACTS:
                raise ValueError(f"{meaning.name} has two functions")
            ACTS[meaning] = act
        return act

    return register


def mean_alone(acts: dict[Meaning, Callable[[World, Call], None]]) -> None:
    """Register functions that need to know nothing but the call."""
    for meaning, act in acts.items():
        means(meaning)(lambda world, call, _, act=act: act(world, call))


def happens(world: World, call: Call | None, what: Happening, detail: object) -> None:
    """Do what the phase rules say. What they ignore changes nothing."""
    act = ACTS.get(RULES[None if call is None else call.phase].get(what))
    if act is not None:
        act(world, call, detail)

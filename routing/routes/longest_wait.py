"""Cycles and the longest wait among the states of a walked route."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from routing.blocks.ways import UNBOUNDED
from routing.routes.exploration import Edge, State, Walked

Counts = Callable[[Edge], bool]


@dataclass(frozen=True, slots=True)
class Longest:
    """The longest that a caller can wait, and the steps that lead there. `seconds` is `UNBOUNDED` if the last step has
    no limit. The length of sounds is not counted."""

    seconds: float
    steps: tuple[Edge, ...]


def without_caller(edge: Edge) -> bool:
    """Return whether the step happens without the caller."""
    return not edge.way.chosen


def any_step(edge: Edge) -> bool:
    return True


def cycle(walked: Walked, counts: Counts) -> list[Edge] | None:
    """Return the steps of a cycle over the edges that count, or None."""
    for trail, edge in _backwards(walked, counts):
        start = next(i for i, step in enumerate([*trail, edge]) if step.source == edge.target)
        return [*trail[start:], edge]
    return None


def cycles(walked: Walked, counts: Counts) -> list[list[Edge]]:
    """Return one cycle for each step that leads back. The same blocks are returned only once."""
    found: dict[frozenset[object], list[Edge]] = {}
    for trail, edge in _backwards(walked, counts):
        steps = [*trail, edge]
        start = next(i for i, step in enumerate(steps) if step.source == edge.target)
        found.setdefault(frozenset(step.source[0] for step in steps[start:]), steps[start:])
    return list(found.values())


def longest(walked: Walked) -> Longest:
    """Return the longest wait. A way that goes back only because the caller wants it is counted once."""
    for state, edges in walked.edges.items():
        for edge in edges:
            if edge.way.seconds == UNBOUNDED and not edge.way.chosen:
                return Longest(UNBOUNDED, (*walked.steps_to(state), edge))
    endless = cycle(walked, without_caller)
    if endless is not None:
        return Longest(UNBOUNDED, (*walked.steps_to(endless[0].source), *endless))
    back = {id(edge) for _, edge in _backwards(walked, any_step)}
    best: dict[State, tuple[float, Edge | None]] = {}
    for state in _inside_out(walked, back):
        best[state] = (0.0, None)
        for edge in walked.edges[state]:
            beyond = best[edge.target][0] if edge.target is not None and id(edge) not in back else 0.0
            seconds = 0.0 if edge.way.seconds == UNBOUNDED else edge.way.seconds
            if seconds + beyond > best[state][0]:
                best[state] = (seconds + beyond, edge)
    return Longest(best[walked.entry][0], tuple(_chain(walked, best, back)))


def _chain(walked: Walked, best: dict[State, tuple[float, Edge | None]], back: set[int]) -> Iterator[Edge]:
    edge = best[walked.entry][1]
    while edge is not None:
        yield edge
        edge = None if edge.target is None or id(edge) in back else best[edge.target][1]


def _backwards(walked: Walked, counts: Counts) -> Iterator[tuple[list[Edge], Edge]]:
    """Search in depth, without recursion. Yield each edge that leads back to a state of its own trail, with that
    trail."""
    done: set[State] = set()
    for root in walked.edges:
        if root in done:
            continue
        trail: list[Edge] = []
        states, todo, open_ = [root], [iter(walked.edges[root])], {root}
        while todo:
            edge = next(todo[-1], None)
            if edge is None:
                todo.pop()
                state = states.pop()
                done.add(state)
                open_.discard(state)
                if trail:
                    trail.pop()
            elif edge.target in open_ and counts(edge):
                yield list(trail), edge
            elif edge.target is not None and edge.target not in done and counts(edge):
                trail.append(edge)
                states.append(edge.target)
                open_.add(edge.target)
                todo.append(iter(walked.edges[edge.target]))


def _inside_out(walked: Walked, back: set[int]) -> Iterator[State]:
    """Yield each state after all states to which its steps lead, except those that lead back."""
    seen = {walked.entry}
    states, todo = [walked.entry], [iter(walked.edges[walked.entry])]
    while todo:
        edge = next(todo[-1], None)
        if edge is None:
            todo.pop()
            yield states.pop()
        elif edge.target is not None and id(edge) not in back and edge.target not in seen:
            seen.add(edge.target)
            states.append(edge.target)
            todo.append(iter(walked.edges[edge.target]))

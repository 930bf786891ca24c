"""The exhaustive check: every state in which a call can be in a route, and the steps that lead there.

It walks states, not paths. A state is a block together with what is certain there: the values of compared variables,
and the times of the week. So the work is bounded by the number of blocks, however many ways lead through them. If a
block is reached with too many different facts, the facts are forgotten there. That only adds ways which are not really
possible.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from routing.blocks import BLOCK_TYPES
from routing.blocks.ways import Look, Way
from routing.config import Block, RouteConfig
from routing.ids import BlockId
from routing.routes.moments import moments_of

MAX_STATES_PER_BLOCK = 64
TIME_PASSES = 600.0
"""After a way that may take longer than this (s), the time of what follows is not known."""

RouteBlock = tuple[str, BlockId]
"""Route and block."""
Facts = frozenset[tuple[str, str]]
State = tuple[RouteBlock, Facts, frozenset[int]]
"""The block, what is certain there, and the indices of the moments at which the call can be there."""


@dataclass(frozen=True, slots=True)
class Edge:
    """A step that a call can take."""

    source: State
    way: Way
    target: State | None
    """None: the way ends here."""


@dataclass(slots=True)
class Walked:
    """Everything that can happen to a call."""

    routes: dict[str, RouteConfig]
    entry: State
    moments: dict[int, datetime]
    edges: dict[State, list[Edge]] = field(default_factory=dict)
    first: dict[State, Edge | None] = field(default_factory=dict)
    """The step by which each state is reached first."""
    max_wait: Mapping[str, float] = field(default_factory=dict)
    overflows: Mapping[str, str] | None = None
    exact: bool = True
    """False: facts were forgotten somewhere."""

    def block(self, where: RouteBlock) -> Block:
        return self.routes[where[0]].blocks[where[1]]

    def look(self, state: State) -> Look:
        """Return what a block type is told of a state."""
        where, facts, possible = state
        block = self.block(where)
        moments = {index: self.moments[index] for index in sorted(possible)}
        kind = BLOCK_TYPES[block.type]
        return Look(block, kind.settings, dict(facts), moments, self.max_wait, self.overflows)

    def steps_to(self, state: State) -> list[Edge]:
        """Return the shortest way from the entry."""
        steps: list[Edge] = []
        edge = self.first[state]
        while edge is not None:
            steps.append(edge)
            edge = self.first[edge.source]
        return steps[::-1]


def walk(
    route: RouteConfig,
    *,
    at: datetime,
    others: Mapping[str, RouteConfig] | None = None,
    max_wait: Mapping[str, float] | None = None,
    overflows: Mapping[str, str] | None = None,
    most_states: int | None = None,
) -> Walked:
    """Walk every way through a route.

    `at` (aware) is the day from which on the times are looked for. `others` are the routes to which a block `route` may
    lead. `max_wait` is the longest wait (s) of each queue that has one. `overflows` is the type of each queue's
    overflow (None: not known). After `most_states` states facts are forgotten everywhere, so that each block adds one
    more at most; None: only where a block has too many.
    """
    routes = {**(others or {}), route.id: route}
    found = moments_of(routes.values(), at)
    entry: State = ((route.id, route.entry), frozenset(), frozenset(found))
    walked = Walked(routes, entry, found, max_wait=max_wait or {}, overflows=overflows)
    compared = _compared(routes)
    walked.first[entry] = None
    per_block: dict[RouteBlock, int] = {}
    todo = deque([entry])
    while todo:
        state = todo.popleft()
        walked.edges[state] = []
        for way in BLOCK_TYPES[walked.block(state[0]).type].ways(walked.look(state)):
            target = _target(walked, state, way, compared)
            if target is not None and target not in walked.first:
                where = target[0]
                full = most_states is not None and len(walked.first) >= most_states
                if full or per_block.get(where, 0) >= MAX_STATES_PER_BLOCK:
                    target, walked.exact = (where, frozenset(), frozenset(walked.moments)), False
            edge = Edge(state, way, target)
            walked.edges[state].append(edge)
            if target is not None and target not in walked.first:
                walked.first[target] = edge
                per_block[target[0]] = per_block.get(target[0], 0) + 1
                todo.append(target)
    return walked


def _target(walked: Walked, state: State, way: Way, compared: frozenset[str]) -> State | None:
    where, facts, possible = state
    if way.route is not None:
        other = walked.routes.get(way.route)
        next_block = None if other is None else (str(other.id), other.entry)
    else:
        to = None if way.exit is None else walked.block(where).exits.get(way.exit)
        next_block = None if to is None else (where[0], to)
    if next_block is None:
        return None
    known = {name: text for name, text in facts if name not in way.facts}
    known |= {name: text for name, text in way.facts.items() if text is not None and name in compared}
    times = possible if way.moments is None else possible & frozenset(way.moments)
    if way.seconds > TIME_PASSES:
        times = frozenset(walked.moments)
    return next_block, frozenset(known.items()), times


def _compared(routes: Mapping[str, RouteConfig]) -> frozenset[str]:
    """Return the variables that some block compares. Other variables need not be followed."""
    names = {"caller"}
    for route in routes.values():
        for block in route.blocks.values():
            names |= set(BLOCK_TYPES[block.type].compared(block.settings))
    return frozenset(names)

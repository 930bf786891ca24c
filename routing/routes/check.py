"""What is wrong with a route: dead ends, blocks that are never reached, cycles, long waits. Every way is walked."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from routing.blocks import BLOCK_TYPES
from routing.blocks.ways import UNBOUNDED
from routing.config import RouteConfig
from routing.ids import RouteId, TeamId
from routing.routes.document import parse_route, validate_route
from routing.routes.exploration import Edge, RouteBlock, Walked, walk
from routing.routes.longest_wait import Longest, any_step, cycle, cycles, longest, without_caller

ERROR, WARNING, INFO = "error", "warning", "info"
MOST_CYCLES = 20


@dataclass(frozen=True, slots=True)
class Step:
    """One block on the way, the exit that is taken, and its cause."""

    block: str
    exit: str | None
    lead: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found.

    `kind` is `problem` (the document cannot be served), `endless`, `dead-end`, `unreachable-block`, `unreachable-exit`,
    `cycle`, `unbounded-wait`, `loop` (a number of the team is dialled outside), `caller-id` (it is not the team's) or
    `inexact`. `steps`, `digits` (all that is pressed) and `at` lead there.
    """

    severity: str
    kind: str
    block: str | None
    message: str
    exit: str | None = None
    route: str = ""
    steps: tuple[Step, ...] = ()
    digits: str = ""
    at: datetime | None = None
    """A moment (UTC) at which it happens; None: at any time."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was found, and the longest wait.

    `longest` is in seconds, without the length of sounds. None: there is no limit, see the findings.
    """

    findings: tuple[Finding, ...]
    longest: float | None = 0.0
    longest_steps: tuple[Step, ...] = ()
    longest_digits: str = ""
    longest_at: datetime | None = None
    blocks: int = 0
    states: int = 0

    @property
    def failed(self) -> bool:
        return any(finding.severity == ERROR for finding in self.findings)


def check_route(
    route: RouteConfig,
    *,
    at: datetime,
    others: Mapping[str, RouteConfig] | None = None,
    max_wait: Mapping[str, float] | None = None,
    overflows: Mapping[str, str] | None = None,
    most_states: int | None = None,
) -> Report:
    """Walk every way through a route. For the arguments see `routing.routes.exploration.walk`."""
    walked = walk(
        route, at=at, others=others, max_wait=max_wait, overflows=overflows, most_states=most_states
    )
    most = longest(walked)
    found = [
        *_endless(walked),
        *_dead_ends(walked),
        *_unreachable(walked, route),
        *_cycles(walked),
        *_unbounded(walked, most),
    ]
    if not walked.exact:
        found.append(
            Finding(INFO, "inexact", None, "too many cases to tell all apart: some ways may not be possible")
        )
    told, digits, when = _way(walked, most.steps)
    return Report(
        tuple(found),
        None if most.seconds == UNBOUNDED else most.seconds,
        told,
        digits,
        when,
        blocks=len(route.blocks),
        states=len(walked.edges),
    )


# -- what is found -------------------------------------------------------------------------------------------


def _endless(walked: Walked) -> Iterator[Finding]:
    endless = cycle(walked, without_caller)
    if endless is not None:
        blocks = _names(walked, endless)
        message = f"a caller who does nothing stays in a cycle for ever: {blocks}"
        first = endless[0].source
        steps = [*walked.steps_to(first), *endless]
        yield _finding(walked, ERROR, "endless", first[0], message, steps)


def _dead_ends(walked: Walked) -> Iterator[Finding]:
    told: set[tuple[RouteBlock, str]] = set()
    for edge in _edges(walked):
        where, exit = edge.source[0], edge.way.exit
        if exit is None or (where, exit) in told or exit in walked.block(where).exits:
            continue
        told.add((where, exit))
        kind = BLOCK_TYPES[walked.block(where).type]
        steps = [*walked.steps_to(edge.source), edge]
        lands, certain = kind.lands(walked.look(edge.source), exit)
        farewell = f"the caller hears {kind.goodbye(exit)} and is hung up"
        if lands and certain:
            message = f"the exit {exit} leads nowhere; the caller goes to {lands}"
            yield _finding(walked, INFO, "dead-end", where, message, steps, exit)
        else:
            message = f"the exit {exit} leads nowhere: {farewell}"
            message += f", unless {lands} says otherwise" if lands else ""
            yield _finding(walked, WARNING, "dead-end", where, message, steps, exit)


def _unreachable(walked: Walked, route: RouteConfig) -> Iterator[Finding]:
    reached = {state[0] for state in walked.edges}
    taken = {(edge.source[0], edge.way.exit) for edge in _edges(walked)}
    for id, block in route.blocks.items():
        where = (str(route.id), id)
        if where not in reached:
            message = "no call ever comes here"
            yield Finding(WARNING, "unreachable-block", id, message, route=str(route.id))
            continue
        for exit in block.exits:
            if (where, exit) not in taken:
                message = f"the exit {exit} is never taken"
                yield Finding(WARNING, "unreachable-exit", id, message, exit, str(route.id))


def _cycles(walked: Walked) -> Iterator[Finding]:
    found = [steps for steps in cycles(walked, any_step) if any(edge.way.chosen for edge in steps)]
    if len(found) > MOST_CYCLES:
        yield Finding(
            INFO, "cycle", None, f"callers can stay in {len(found)} cycles, of which {MOST_CYCLES} are listed"
        )
    for steps in found[:MOST_CYCLES]:
        message = f"a caller can stay in a cycle: {_names(walked, steps)}"
        way = [*walked.steps_to(steps[0].source), *steps]
        yield _finding(walked, INFO, "cycle", steps[0].source[0], message, way)


def _unbounded(walked: Walked, most: Longest) -> Iterator[Finding]:
    if most.seconds == UNBOUNDED and most.steps[-1].way.seconds == UNBOUNDED:
        where = most.steps[-1].source[0]
        message = "the wait has no limit here"
        yield _finding(walked, INFO, "unbounded-wait", where, message, most.steps)


# -- how it is told ------------------------------------------------------------------------------------------


def _edges(walked: Walked) -> Iterator[Edge]:
    for edges in walked.edges.values():
        yield from edges


def _finding(
    walked: Walked,
    severity: str,
    kind: str,
    where: RouteBlock,
    message: str,
    steps: Iterable[Edge],
    exit: str | None = None,
) -> Finding:
    told, digits, at = _way(walked, steps)
    return Finding(severity, kind, where[1], message, exit, where[0], told, digits, at)


def _way(walked: Walked, steps: Iterable[Edge]) -> tuple[tuple[Step, ...], str, datetime | None]:
    told: list[Step] = []
    digits, possible = "", frozenset(walked.moments)
    for edge in steps:
        told.append(Step(edge.source[0][1], edge.way.exit, edge.way.lead))
        digits += edge.way.digits
        if edge.way.moments is not None:
            possible &= frozenset(edge.way.moments)
    at = walked.moments[min(possible)] if possible and len(possible) < len(walked.moments) else None
    return tuple(told), digits, at


def _names(walked: Walked, steps: list[Edge]) -> str:
    return " → ".join([*(edge.source[0][1] for edge in steps), steps[0].source[0][1]])


# -- documents -----------------------------------------------------------------------------------------------


def check_document(document: Any, *, at: datetime, **queues: Any) -> Report:
    """Report on a document by itself: its problems, or, if it has none, what `check_route` finds. `queues` are the
    arguments of `check_route` about queues."""
    return check_stored("", {"": document}, at=at, **queues)


def check_stored(
    id: str,
    documents: Mapping[str, Any],
    *,
    at: datetime,
    known: Mapping[str, Collection[str]] | None = None,
    max_wait: Mapping[str, float] | None = None,
    overflows: Mapping[str, str] | None = None,
    numbers: Collection[str] | None = None,
    forwards: Mapping[str, str] | None = None,
    most_states: int | None = None,
) -> Report:
    """Report on the document `id` among its team's. `numbers` are the team's, and `forwards` says which user forwards
    to which number. `known` are the ids that exist: see `document.validate_route`. `most_states` bounds the work: see
    `exploration.walk`."""
    problems = validate_route(documents[id], own=id, **(known or {}))
    if problems:
        found = (
            Finding(ERROR, "problem", p.block, f"{p.field}: {p.message}" if p.field else p.message)
            for p in problems
        )
        return Report(tuple(found))
    routes = dict(_parsed(documents))
    report = check_route(
        routes[id], at=at, others=routes, max_wait=max_wait, overflows=overflows, most_states=most_states
    )
    if numbers is None:
        return report
    outside = _outside(routes[id], numbers, forwards or {})
    return replace(report, findings=(*report.findings, *outside))


def _outside(route: RouteConfig, numbers: Collection[str], forwards: Mapping[str, str]) -> Iterator[Finding]:
    """Yield what is wrong with the outside numbers of a route. `numbers` are the team's own."""
    for id, block in route.blocks.items():
        dialled, shown = block.settings.get("number", ""), block.settings.get("caller_id")
        if block.type == "user":
            dialled = forwards.get(block.settings["user"], "")
        elif block.type != "number":
            continue
        if dialled in numbers:
            message = f"{dialled} is a number of the team: the call may come back, and go round"
            yield Finding(WARNING, "loop", id, message, route=str(route.id))
        if shown and shown not in numbers:
            message = f"caller_id: {shown} is no number of the team, so another number is shown"
            yield Finding(WARNING, "caller-id", id, message, route=str(route.id))


def _parsed(documents: Mapping[str, Any]) -> Iterator[tuple[str, RouteConfig]]:
    """Yield the routes that can be parsed. Others with problems are not walked."""
    for id, document in documents.items():
        if not validate_route(document, own=id):
            yield id, parse_route(document, id=RouteId(id), team=TeamId(""), version=1)

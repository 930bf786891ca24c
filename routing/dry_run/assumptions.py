"""What a dry run assumes, and the steps that it returns."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from routing.blocks import BLOCK_TYPES
from routing.blocks.menu import DIGITS
from routing.config import Block, ConfigItem, Overflow, QueueConfig, RouteConfig
from routing.ids import QueueId
from routing.routes.references import Reference, named_in


@dataclass(frozen=True, slots=True)
class DryStep:
    """One block of a dry run, the exit that the call takes, and the reason."""

    block: str
    type: str
    exit: str | None
    """None: the call ends here, or goes on with another route."""
    why: str
    route: str = ""
    """The route that the block is in."""


@dataclass(frozen=True, slots=True)
class Assumed:
    """What a dry run assumes of the world."""

    queues: Mapping[str, str] = field(default_factory=dict)
    """Queue -> the exit by which callers leave it, or `answered`. By default an agent answers, unless the queue's own
    settings turn the caller away."""
    figures: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Queue -> `waiting`, `available`, `staffed`, `ewt`. By default no caller waits and one agent is free."""
    contact: Mapping[str, str] | None = None
    """The attributes of the caller's contact; None: there is none."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """The variables that are set from the start."""
    fetched: Mapping[str, Mapping[str, str] | None] = field(default_factory=dict)
    """Block -> the variables that its request brings; None: the request fails. By default it succeeds and brings
    nothing."""
    exits: Mapping[str, str] = field(default_factory=dict)
    """Block -> the exit that is taken there. The block itself does nothing."""
    routes: Mapping[str, RouteConfig] = field(default_factory=dict)
    """The other routes, to which the block `route` may lead."""
    configuration: tuple[ConfigItem, ...] = ()
    """The team, its queues, users and departments. Everything else that a route names is made up."""


def named(route: RouteConfig, assumed: Assumed) -> dict[Reference, None]:
    """Return what the call may come to: what the route names, what the routes behind it name, and the overflows of the
    queues."""
    overflows = {item.id: item.overflow for item in assumed.configuration if isinstance(item, QueueConfig)}
    found: dict[Reference, None] = {}
    todo: list[Block | Overflow] = list(route.blocks.values())
    while todo:
        block = todo.pop()
        kind = BLOCK_TYPES.get(block.type)
        for reference in () if kind is None else named_in(kind, block.settings):
            if reference in found:
                continue
            found[reference] = None
            other = assumed.routes.get(reference[1])
            overflow = overflows.get(QueueId(reference[1]))
            todo += [] if other is None else other.blocks.values()
            todo += [] if overflow is None else [overflow]
    return found


def routes_within_reach(route: RouteConfig, assumed: Assumed) -> list[str]:
    return [id for kind, id in named(route, assumed) if kind == "route" and id in assumed.routes]


def problems(route: RouteConfig, assumed: Assumed, digits: Iterable[str] = "") -> list[tuple[str, str]]:
    """Return (field, message) for everything in the assumptions that the dry run would ignore."""
    return [*_digits(digits), *_blocks(route, assumed)]


def _digits(digits: Iterable[str]) -> Iterator[tuple[str, str]]:
    if any(digit not in tuple(DIGITS) for digit in digits):
        yield "digits", f"each must be one of {DIGITS}"


def _blocks(route: RouteConfig, assumed: Assumed) -> Iterator[tuple[str, str]]:
    found: dict[str, list[Block]] = {}
    for each in (route, *(assumed.routes[id] for id in routes_within_reach(route, assumed))):
        for id, block in each.blocks.items():
            found.setdefault(id, []).append(block)
    for key, exit in assumed.exits.items():
        if key not in found:
            yield f"exits.{key}", "there is no such block"
        elif not any(exit in BLOCK_TYPES[block.type].exits_of(block.settings) for block in found[key]):
            yield f"exits.{key}", f"this block has no exit {exit}"
    for key in assumed.fetched.keys() - found.keys():
        yield f"fetched.{key}", "there is no such block"

"""A dry run: the way of a made-up call through its route and why, with no call made."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from routing.blocks import BLOCK_TYPES
from routing.blocks.base import DryTurn
from routing.config import Block, RouteConfig
from routing.ids import RouteId

MAX_DRY_STEPS = 200


@dataclass(frozen=True, slots=True)
class DryStep:
    """One block of a dry run, the exit taken (None: it ends here, or goes on with another route) and why."""

    block: str
    type: str
    exit: str | None
    why: str
    route: str = ""
    """The route that the block is in."""


@dataclass(frozen=True, slots=True)
class Assumed:
    """What a dry run takes for granted of the world."""

    queues: Mapping[str, str] = field(default_factory=dict)
    """Queue -> the exit by which callers leave it, or `answered` (the default)."""
    figures: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Queue -> `waiting`, `available`, `staffed`, `ewt`; by default nobody waits and one agent is free."""
    contact: Mapping[str, str] | None = None
    """The attributes of the caller's contact; None: there is none."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """What is set from the start."""
    fetched: Mapping[str, Mapping[str, str] | None] = field(default_factory=dict)
    """Block -> the variables that its request brings; None: it fails. By default it succeeds and brings nothing."""
    exits: Mapping[str, str] = field(default_factory=dict)
    """Block -> the exit that is taken there, whatever else speaks for another."""
    routes: Mapping[str, RouteConfig] = field(default_factory=dict)
    """Other routes, at which the block `route` may go on."""


NOTHING = Assumed()


def dry_run(
    route: RouteConfig,
    *,
    at: datetime,
    caller: str = "",
    did: str = "",
    digits: Iterable[str] = "",
    assumed: Assumed = NOTHING,
) -> list[DryStep]:
    """`at` must be aware; `digits` are pressed one after the other, wherever a block asks for some."""
    steps: list[DryStep] = []
    pressed, known = iter(digits), dict(assumed.variables)
    here: RouteConfig = route
    block: Block | None = route.blocks[route.entry]
    while block is not None and len(steps) < MAX_DRY_STEPS:
        kind = BLOCK_TYPES[block.type]
        turn = DryTurn(
            block,
            kind.settings,
            at,
            caller,
            pressed,
            assumed.queues,
            did,
            known,
            assumed.contact,
            assumed.figures,
            assumed.fetched,
        )
        exit, why = kind.dry(turn)
        given = assumed.exits.get(block.id)
        if given is not None and given in kind.exits_of(block.settings):
            exit, why = given, "as was assumed"
        next_block = None if exit is None or exit not in block.exits else here.blocks[block.exits[exit]]
        if exit is not None and next_block is None:
            why += "; the exit leads nowhere: a farewell, then the call ends"
        steps.append(DryStep(block.id, block.type, exit, why, here.id))
        if exit is None and block.type == "route":
            other = assumed.routes.get(RouteId(block.settings["route"]))
            if other is not None:
                here, next_block = other, other.blocks[other.entry]
        block = next_block
    return steps

"""Route documents: all problems at once, the parsed route, and a dry run.

A document is `{"name", "entry", "blocks": {id: {"type", "settings": {}, "exits": {exit: block id}}}}`.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from routing import values
from routing.blocks import BLOCK_TYPES
from routing.blocks.base import BlockType, DryTurn, References
from routing.config import Block, RouteConfig
from routing.errors import RouteError
from routing.ids import BlockId, RouteId, TeamId

MAX_BLOCKS = 500
MAX_DRY_STEPS = 200


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and where. `block` None means the document itself; `field` is a dotted path in the block."""

    block: str | None
    field: str
    message: str


@dataclass(frozen=True, slots=True)
class DryStep:
    """One block of a dry run, the exit taken (None: it ends here) and why."""

    block: str
    type: str
    exit: str | None
    why: str


def validate_route(
    document: Any,
    *,
    queues: Collection[str] | None = None,
    sounds: Collection[str] | None = None,
    users: Collection[str] | None = None,
    teams: Collection[str] | None = None,
) -> list[Problem]:
    """Everything that is wrong with a route document; empty if it can be served.

    `queues`, `sounds`, `users` and `teams` are what exists for the team; None skips that check.
    """
    problems = list(_shape(document))
    if problems:
        return problems
    refs = References(queues, sounds, users, teams)
    blocks: dict[str, Any] = document["blocks"]
    for id, block in blocks.items():
        problems.extend(_block(id, block, blocks, refs))
    if document["entry"] not in blocks:
        problems.append(Problem(None, "entry", f"there is no block {document['entry']}"))
    else:
        problems.extend(_unreachable(document["entry"], blocks))
    problems.extend(_endless(blocks))
    return problems


def parse_route(document: Any, *, id: RouteId, team: TeamId, version: int) -> RouteConfig:
    """The route of a document. Raises `RouteError` with all problems of its own (references are not checked)."""
    if problems := validate_route(document):
        raise RouteError(list(problems))
    blocks = {
        BlockId(key): Block(
            BlockId(key),
            block["type"],
            dict(block.get("settings") or {}),
            {name: BlockId(target) for name, target in (block.get("exits") or {}).items()},
        )
        for key, block in document["blocks"].items()
    }
    return RouteConfig(id, team, document.get("name", ""), version, BlockId(document["entry"]), blocks)


def dry_run(
    route: RouteConfig,
    *,
    at: datetime,
    caller: str = "",
    digits: Iterable[str] = "",
    queue_states: Mapping[str, str] | None = None,
) -> list[DryStep]:
    """The way of a made-up call through the route. `at` must be aware; `queue_states` maps a queue's id to
    `answered` (the default), `timeout`, `full` or `empty`; `digits` are pressed one after the other."""
    steps: list[DryStep] = []
    pressed = iter(digits)
    target: BlockId | None = route.entry
    while target is not None and len(steps) < MAX_DRY_STEPS:
        block = route.blocks[target]
        kind = BLOCK_TYPES[block.type]
        exit, why = kind.dry(DryTurn(block, kind.settings, at, caller, pressed, queue_states or {}))
        target = None if exit is None else block.exits.get(exit)
        if exit is not None and target is None:
            why += "; the exit leads nowhere: a farewell, then the call ends"
        steps.append(DryStep(block.id, block.type, exit, why))
    return steps


# -- the document's shape ------------------------------------------------------------------------------------


def _shape(document: Any) -> Iterator[Problem]:
    """Problems that make looking further pointless."""
    if not isinstance(document, dict):
        yield Problem(None, "", "must be an object")
        return
    for key in document:
        if key not in ("name", "entry", "blocks"):
            yield Problem(None, str(key)[:64], "unknown field")
    name = document.get("name", "")
    if not isinstance(name, str) or len(name) > 200 or not name.isprintable():
        yield Problem(None, "name", "must be a text of at most 200 printable characters")
    if not isinstance(document.get("entry"), str):
        yield Problem(None, "entry", "must be the id of the first block")
    blocks = document.get("blocks")
    if not isinstance(blocks, dict) or not 1 <= len(blocks) <= MAX_BLOCKS:
        yield Problem(None, "blocks", f"must map 1 to {MAX_BLOCKS} ids to blocks")
        return
    for id in blocks:
        if problem := values.check_block_id(id):
            yield Problem(str(id)[:64], "id", problem)


def _block(id: str, block: Any, blocks: Mapping[str, Any], refs: References) -> Iterator[Problem]:
    if not isinstance(block, dict):
        yield Problem(id, "", "must be an object")
        return
    for key in block:
        if key not in ("type", "settings", "exits"):
            yield Problem(id, str(key)[:64], "unknown field")
    settings, exits = block.get("settings") or {}, block.get("exits") or {}
    if not isinstance(settings, dict):
        yield Problem(id, "settings", "must be an object")
        settings = {}
    if not isinstance(exits, dict):
        yield Problem(id, "exits", "must map exits to blocks")
        exits = {}
    for exit, target in exits.items():
        if not isinstance(target, str) or target not in blocks:
            yield Problem(id, f"exits.{exit}"[:80], f"there is no block {str(target)[:64]}")
    kind = BLOCK_TYPES.get(block["type"]) if isinstance(block.get("type"), str) else None
    if kind is None:
        yield Problem(id, "type", f"unknown type; there are {', '.join(sorted(BLOCK_TYPES))}")
        return
    yield from _settings(id, kind, settings, refs)
    yield from _exits(id, kind, exits)
    for field, message in kind.problems(settings, exits):
        yield Problem(id, field, message)


def _settings(id: str, kind: BlockType, settings: Mapping[str, Any], refs: References) -> Iterator[Problem]:
    for name in settings:
        if name not in kind.settings:
            yield Problem(id, f"settings.{name}"[:80], "unknown setting")
    for name, setting in kind.settings.items():
        value = settings.get(name)
        if value is None:
            if setting.required:
                yield Problem(id, f"settings.{name}", "is required")
        elif problem := setting.check(value, refs):
            yield Problem(id, f"settings.{name}", problem)


def _exits(id: str, kind: BlockType, exits: Mapping[str, Any]) -> Iterator[Problem]:
    for exit in exits:
        if exit not in kind.exits:
            yield Problem(id, f"exits.{exit}"[:80], f"a {kind.type} block has no such exit")
    for exit in sorted(kind.required_exits - set(exits)):
        yield Problem(id, f"exits.{exit}", "is required")


# -- the graph -----------------------------------------------------------------------------------------------


def _targets(block: Any) -> list[str]:
    exits = block.get("exits") if isinstance(block, dict) else None
    return [target for target in exits.values() if isinstance(target, str)] if isinstance(exits, dict) else []


def _unreachable(entry: str, blocks: Mapping[str, Any]) -> Iterator[Problem]:
    seen, todo = {entry}, [entry]
    while todo:
        for target in _targets(blocks[todo.pop()]):
            if target in blocks and target not in seen:
                seen.add(target)
                todo.append(target)
    for id in blocks:
        if id not in seen:
            yield Problem(id, "", "cannot be reached from the entry")


def _endless(blocks: Mapping[str, Any]) -> Iterator[Problem]:
    """Blocks on a cycle in which no block waits: peels off what leads out, and what is left goes round."""
    hasty = {id: set(_targets(block)) for id, block in blocks.items() if not _waits(block)}
    peeled = True
    while peeled:
        peeled = False
        for id in [id for id, targets in hasty.items() if not targets & hasty.keys()]:
            del hasty[id]
            peeled = True
        inside = {target for targets in hasty.values() for target in targets}
        for id in [id for id in hasty if id not in inside]:
            del hasty[id]
            peeled = True
    for id in hasty:
        yield Problem(id, "exits", "is part of a cycle that waits on nothing")


def _waits(block: Any) -> bool:
    kind = (
        BLOCK_TYPES.get(block["type"])
        if isinstance(block, dict) and isinstance(block.get("type"), str)
        else None
    )
    return kind is None or kind.waits

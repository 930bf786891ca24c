"""Route documents: all problems at once, and the parsed route.

A document is `{"name", "entry", "blocks": {id: {"type", "settings": {}, "exits": {exit: block id}}}}`.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from routing.blocks import BLOCK_TYPES
from routing.blocks.base import BlockType
from routing.config import Block, RouteConfig
from routing.errors import Problem, RouteError
from routing.expressions import values
from routing.ids import BlockId, RouteId, TeamId
from routing.routes.references import Known, missing, named_in

MAX_BLOCKS = 500


def validate_route(
    document: Any,
    *,
    queues: Collection[str] | None = None,
    sounds: Collection[str] | None = None,
    users: Collection[str] | None = None,
    teams: Collection[str] | None = None,
    agents: Collection[str] | None = None,
    departments: Collection[str] | None = None,
    routes: Collection[str] | None = None,
    chats: Collection[str] | None = None,
    uploads: Collection[str] | None = None,
    musics: Collection[str] | None = None,
    own: str | None = None,
) -> list[Problem]:
    """Return everything that is wrong with a route document; empty if it can be served.

    `queues` to `musics` are the ids (for `sounds`: the names) that exist for the team; None skips that check. `own` is
    the route's own id: a block that leads to it leads to its entry.
    """
    problems = list(_shape(document))
    if not _has_blocks(document):
        return problems
    known = {
        "queue": queues,
        "sound": sounds,
        "user": users,
        "team": teams,
        "agent": agents,
        "department": departments,
        "route": routes,
        "chat": chats,
        "upload": uploads,
        "music": musics,
    }
    problems += _faults(document, known)
    blocks, entry = document["blocks"], document["entry"]
    if entry in blocks:
        problems.extend(_unreachable(entry, blocks))
    problems.extend(_endless(blocks, entry if entry in blocks else None, own))
    return problems


def parse_route(document: Any, *, id: RouteId, team: TeamId, version: int) -> RouteConfig:
    """Return the route of a document. Raises `RouteError` with everything that makes it impossible to serve.

    Neither the references nor the ways are checked. A stored route is served as far as it goes, and the core ends a
    call that goes round for ever.
    """
    if problems := list(_shape(document)) or list(_faults(document, {})):
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


# -- the document's shape ------------------------------------------------------------------------------------


def _has_blocks(document: Any) -> bool:
    """Return whether the blocks can be checked one by one, whatever else is wrong."""
    if not isinstance(document, dict) or not isinstance(document.get("entry"), str):
        return False
    blocks = document.get("blocks")
    return isinstance(blocks, dict) and 1 <= len(blocks) <= MAX_BLOCKS


def _shape(document: Any) -> Iterator[Problem]:
    """Yield what is wrong with the document as a whole."""
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


def _faults(document: Mapping[str, Any], known: Known) -> Iterator[Problem]:
    """Yield what is wrong with each block by itself, and with the entry."""
    blocks, entry = document["blocks"], document["entry"]
    for id, block in blocks.items():
        yield from _block(id, block, blocks, known)
    if entry not in blocks:
        yield Problem(None, "entry", f"there is no block {entry[:64]}")


def _block(id: str, block: Any, blocks: Mapping[str, Any], known: Known) -> Iterator[Problem]:
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
    kind = _kind(block)
    if kind is None:
        yield Problem(id, "type", f"unknown type; there are {', '.join(sorted(BLOCK_TYPES))}")
        return
    yield from _settings(id, kind, settings, known)
    yield from _exits(id, kind, settings, exits)
    for field, message in kind.problems(settings, exits):
        yield Problem(id, field, message)


def _settings(id: str, kind: BlockType, settings: Mapping[str, Any], known: Known) -> Iterator[Problem]:
    for name in settings:
        if name not in kind.settings:
            yield Problem(id, f"settings.{name}"[:80], "unknown setting")
    for name, setting in kind.settings.items():
        value = settings.get(name)
        if value is None:
            if setting.required:
                yield Problem(id, f"settings.{name}", "is required")
        elif problem := setting.check(value) or missing(setting, value, known):
            yield Problem(id, f"settings.{name}", problem)


def _exits(
    id: str, kind: BlockType, settings: Mapping[str, Any], exits: Mapping[str, Any]
) -> Iterator[Problem]:
    there = kind.exits_of(settings)
    for exit in exits:
        if exit not in there:
            yield Problem(id, f"exits.{exit}"[:80], f"this {kind.type} block has no such exit")
    for exit in sorted(kind.required_of(settings) - set(exits)):
        yield Problem(id, f"exits.{exit}"[:80], "is required")


# -- the graph -----------------------------------------------------------------------------------------------


def _kind(block: Any) -> BlockType | None:
    typed = isinstance(block, dict) and isinstance(block.get("type"), str)
    return BLOCK_TYPES.get(block["type"]) if typed else None


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


def _endless(blocks: Mapping[str, Any], entry: str | None, own: str | None) -> Iterator[Problem]:
    """Yield the blocks on a cycle on which no time passes. Blocks that lead into or out of cycles are removed, until
    only cycles are left."""
    hasty = {id: set(_at_once(block, entry, own)) for id, block in blocks.items()}
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


def _at_once(block: Any, entry: str | None, own: str | None) -> Iterator[str]:
    """Yield the blocks to which a call may go on in the same moment."""
    kind = _kind(block)
    if kind is None:
        return
    settings, exits = block.get("settings"), block.get("exits")
    settings = settings if isinstance(settings, dict) else {}
    instant = kind.instant_of(settings)
    for exit, target in exits.items() if isinstance(exits, dict) else ():
        if exit in instant and isinstance(target, str):
            yield target
    if entry is not None and own is not None and ("route", own) in named_in(kind, settings):
        yield entry

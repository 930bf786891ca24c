"""The ids and names inside route documents: what they refer to, and the same documents with other spellings.

A block type declares which of its settings refer to what (`Setting.refers_to`). Everything else in a document is in
the users' own words, even if it looks like an id.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from routing.blocks import BLOCK_TYPES
from routing.blocks.base import BlockType
from routing.blocks.settings import Setting
from routing.expressions.prompts import upload_named, upload_sound
from routing.expressions.values import check_id

Reference = tuple[str, str]
"""Kind (`queue`, `user`, `agent`, `department`, `route`, `chat`, `team`, `sound`, `upload`, `music`) and id or name.

An `upload` is a sound that the team uploaded. Of music, only the team's own is a reference, and no class of Asterisk's.
"""
Known = Mapping[str, Collection[str] | None]
"""Kind -> the ids or names that exist; None, or no entry: not checked."""


_NONE = {"upload": "there is no such prompt", "music": "there is no such music"}


def missing(setting: Setting, value: Any, known: Known) -> str | None:
    """Return a sentence about something that a good value names and that does not exist; None: all of it exists."""
    for kind, id in _references(setting, value):
        ids = known.get(kind)
        if ids is not None and id not in ids:
            return (
                f"there is no sound {id}" if kind == "sound" else _NONE.get(kind, f"there is no such {kind}")
            )
    return None


def named_in(kind: BlockType, settings: Mapping[str, Any]) -> Iterator[Reference]:
    """Yield what the settings of a block refer to. The settings may be bad."""
    for name, setting in kind.settings.items():
        yield from _references(setting, settings.get(name))


def references(blocks: Any) -> Iterator[Reference]:
    """Yield what the blocks of a document refer to. The blocks may be bad."""
    for block in blocks.values() if isinstance(blocks, Mapping) else ():
        if (readable := _readable(block)) is not None:
            yield from named_in(*readable)


def with_ids(blocks: Any, change: Callable[[str, str], str]) -> Any:
    """Return the blocks of a document with `change(kind, id)` in place of each id, and of each caller's number (kind
    `number`). What cannot be read stays as it is."""
    if not isinstance(blocks, Mapping):
        return blocks
    return {id: _block_with_ids(block, change) for id, block in blocks.items()}


def _block_with_ids(block: Any, change: Callable[[str, str], str]) -> Any:
    readable = _readable(block)
    if readable is None:
        return block
    kind, settings = readable
    changed = {
        name: _changed(kind.settings[name], value, change) if name in kind.settings else value
        for name, value in settings.items()
    }
    return {**block, "settings": changed}


def _readable(block: Any) -> tuple[BlockType, Mapping[str, Any]] | None:
    type = block.get("type") if isinstance(block, Mapping) else None
    settings = block.get("settings") if isinstance(block, Mapping) else None
    if not isinstance(type, str) or type not in BLOCK_TYPES or not isinstance(settings, Mapping):
        return None
    return BLOCK_TYPES[type], settings


def _references(setting: Setting, value: Any) -> Iterator[Reference]:
    match setting.refers_to, value:
        case None, _:
            return
        case "mailbox", {"kind": str(kind), "id": str(id)}:
            yield kind, id
        case "sound", list(items):
            yield from (_sound(item) for item in items if isinstance(item, str))
        case "sound", str(item):
            yield _sound(item)
        case "music", str(name):
            if check_id(name) is None:
                yield "music", name
        case str(kind), str(id):
            yield kind, id


def _changed(setting: Setting, value: Any, change: Callable[[str, str], str]) -> Any:
    match setting.refers_to, value:
        case "mailbox", {"kind": str(kind), "id": str(id)}:
            return {**value, "id": change(kind, id)}
        case None, _:
            return value
        case "sound", list(items):
            return [_with_upload(item, change) for item in items]
        case "sound", _:
            return _with_upload(value, change)
        case "callers", list(cases):
            return [_with_numbers(case, change) for case in cases]
        case str(kind), str(id):
            return change(kind, id)
    return value


def _sound(name: str) -> Reference:
    id = upload_named(name)
    return ("sound", name) if id is None else ("upload", id)


def _with_upload(item: Any, change: Callable[[str, str], str]) -> Any:
    """Return a sound with its id changed, if it is an upload: `uploads/<id>` in the inner spelling, else the id."""
    id = upload_named(item) if isinstance(item, str) else None
    if id is None:
        return item
    changed = change("upload", id)
    return upload_sound(changed) if check_id(changed) is None else changed


def _with_numbers(case: Any, change: Callable[[str, str], str]) -> Any:
    match case:
        case {"numbers": list(numbers)}:
            changed = [change("number", number) if isinstance(number, str) else number for number in numbers]
            return {**case, "numbers": changed}
    return case

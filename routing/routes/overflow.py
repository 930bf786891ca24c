"""The overflow of a queue: where its callers go if no exit of their block leads on. Checks such a setting."""

from collections.abc import Mapping
from typing import Any

from routing.blocks import BLOCK_TYPES
from routing.config import Overflow
from routing.expressions import values
from routing.routes.document import validate_route

TYPES = frozenset({"block"} | {type for type, kind in BLOCK_TYPES.items() if kind.overflow_target})
_ONLY = "overflow"


def problems(overflow: Overflow | Mapping[str, Any] | None, **references: Any) -> list[tuple[str, str]]:
    """Return (field, message) for everything that is wrong; empty if it can be served. None means no overflow, which is
    fine.

    `overflow` is `{"type", "settings"}`. `references` are those of `document.validate_route`. A block of the route that
    the call is in (`{"type": "block", "settings": {"block": id}}`) cannot be checked further. If the route has no such
    block, the caller hears a farewell.
    """
    if overflow is None:
        return []
    if isinstance(overflow, Overflow):
        overflow = {"type": overflow.type, "settings": overflow.settings}
    type, settings = overflow.get("type"), overflow.get("settings") or {}
    if not isinstance(type, str) or type not in TYPES:
        return [("type", f"must be one of {', '.join(sorted(TYPES))}")]
    if not isinstance(settings, Mapping):
        return [("settings", "must be an object")]
    if type == "block":
        return _block(settings)
    document = {"entry": _ONLY, "blocks": {_ONLY: {"type": type, "settings": dict(settings)}}}
    found = validate_route(document, **references)
    return [(it.field, it.message) for it in found if not it.field.startswith("exits")]


def _block(settings: Mapping[str, Any]) -> list[tuple[str, str]]:
    unknown = [(f"settings.{name}"[:80], "unknown setting") for name in settings if name != "block"]
    problem = values.check_block_id(settings.get("block"))
    return [*unknown, *([("settings.block", problem)] if problem else [])]

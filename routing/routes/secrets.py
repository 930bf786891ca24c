"""The secrets in a route's blocks, hidden from readers and put back for writers.

A block type declares in which of its settings secrets stand (`Setting.secrets`).
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from routing.blocks import BLOCK_TYPES
from routing.expressions.secrets import Secrets

_SECRETS: dict[str, dict[str, Secrets]] = {
    type: found
    for type, block in BLOCK_TYPES.items()
    if (found := {name: one.secrets for name, one in block.settings.items() if one.secrets is not None})
}
"""Block type -> setting -> its secrets."""


def hidden(blocks: Any) -> Any:
    """Return the blocks of a document with a placeholder for each secret. The blocks may be bad."""
    if not isinstance(blocks, Mapping):
        return blocks
    return {id: _hide(block) for id, block in blocks.items()}


def restored(blocks: Any, stored: Mapping[str, Any]) -> Any:
    """Return sent blocks with the secrets of the stored ones in place of placeholders.

    A block gets those of the block with its own id and type only, and if it still asks the same host. Else whoever may
    write the route could send its secrets to themselves.
    """
    if not isinstance(blocks, Mapping):
        return blocks
    return {id: _restore(block, stored.get(id)) for id, block in blocks.items()}


def _hide(block: Any) -> Any:
    secrets, settings = _readable(block)
    if not secrets:
        return block
    shown = {
        name: secrets[name].hide(value) if name in secrets else value for name, value in settings.items()
    }
    return {**block, "settings": shown}


def _restore(block: Any, stored: Any) -> Any:
    secrets, settings = _readable(block)
    before = _readable(stored)[1]
    if not secrets or block["type"] != (stored or {}).get("type") or _host(settings) != _host(before):
        return block
    kept = {
        name: secrets[name].restore(value, before.get(name)) if name in secrets else value
        for name, value in settings.items()
    }
    return {**block, "settings": kept}


def _readable(block: Any) -> tuple[Mapping[str, Secrets], Mapping[str, Any]]:
    """Return where the block's secrets are, and its settings; nothing for a block without secrets."""
    type = block.get("type") if isinstance(block, Mapping) else None
    settings = block.get("settings") if isinstance(block, Mapping) else None
    if not isinstance(type, str) or type not in _SECRETS or not isinstance(settings, Mapping):
        return {}, {}
    return _SECRETS[type], settings


def _host(settings: Mapping[str, Any]) -> tuple[str, str]:
    """Return the scheme and the authority that the block asks."""
    text = settings.get("url") or settings.get("to")
    try:
        parts = urlsplit(text if isinstance(text, str) else "")
    except ValueError:
        return "", ""
    return parts.scheme.lower(), parts.netloc.lower()

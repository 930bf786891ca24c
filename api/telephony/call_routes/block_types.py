"""The types of blocks, as an editor of routes needs them."""

from typing import Any

from api.conventions.resource import Shown
from routing.blocks import BLOCK_TYPES
from routing.blocks.base import BlockType
from routing.blocks.settings import Setting
from routing.expressions.shapes import shape_of


def _show_setting(name: str, setting: Setting) -> dict[str, Any]:
    return {
        "name": name,
        "required": setting.required,
        "default": setting.default,
        "refers_to": setting.refers_to,
        "hidden": setting.secrets is not None,
        "accepts": shape_of(setting.check),
    }


def _show_type(kind: BlockType) -> Shown:
    return {
        "type": kind.type,
        "settings": [_show_setting(name, setting) for name, setting in kind.settings.items()],
        "exits": sorted(kind.exits_of({})),
        "required_exits": sorted(kind.required_of({})),
        "names_exits": type(kind).exits_of is not BlockType.exits_of,
        "overflow_target": kind.overflow_target,
    }


BLOCKS = [_show_type(kind) for kind in BLOCK_TYPES.values()]
"""All types, in the order of the documentation."""

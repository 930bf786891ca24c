"""Rows of a database as values of the core.

A row is any object with attributes: this module knows no tables. So a setting that is a field of the core's
configuration and a column of its table, under one name, needs no line of code between the two.
"""

import re
import types
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from routing.config import UserConfig
from routing.expressions.keypad import on_keypad
from routing.outbound.policy import Limits, OutboundDefaults, OutboundPolicy, effective

T = TypeVar("T")
Reader = Callable[[Any], Any]


def from_row(kind: type[T], row: object, **given: Any) -> T:
    """Make a `kind` (a dataclass) from the row's attributes of the same names.

    A field that holds an id may be named after what it points to: `team` is read from `team_id` if the row has no
    `team`. `given` are the fields that the row does not have, or has under another name. Lists become tuples, texts
    become enums, and JSON objects become dataclasses; keys that these do not have are ignored, since a newer release
    may have written them.

    Raises AttributeError if the row lacks a field, and ValueError, TypeError or KeyError if a value is not valid.
    """
    values = {
        name: read(_attribute(row, name))
        for name, read in _readers(cast("Any", kind)).items()
        if name not in given
    }
    return kind(**values, **given)


_TARGET = re.compile(r"[0-9]{2,6}|\+[0-9]{7,15}|voicemail")


def user_config(member: Any, *, name: str, suspended: bool) -> UserConfig:
    """Make a member of a team. One who is suspended forwards nowhere. What is no extension, no number in E.164 and not
    the mailbox is nowhere either."""
    always = member.forward_number if member.forward else None
    targets = {
        "forward": always,
        "forward_busy": member.forward_busy,
        "forward_no_answer": member.forward_no_answer,
        "forward_unregistered": member.forward_unregistered,
    }
    return from_row(
        UserConfig,
        member,
        name=name,
        suspended=suspended,
        extension=member.extension or "",
        keypad=on_keypad(name) if member.in_directory else (),
        phone=member.sip_username or "",
        caller_id=member.caller_id_number or "",
        **{field: "" if suspended else _target(to) for field, to in targets.items()},
    )


def _target(text: str | None) -> str:
    return text if text and _TARGET.fullmatch(text) else ""


def outbound_policy(settings: object, operator: object | None, team: object | None) -> OutboundPolicy:
    """Return what a team may dial, from the settings of the installation and the rows of what an operator and the team
    decided. Raises what `from_row` raises."""
    above, below = (None if row is None else from_row(Limits, row) for row in (operator, team))
    return effective(from_row(OutboundDefaults, settings), above, below)


def _attribute(row: object, name: str) -> Any:
    if hasattr(row, name):
        return getattr(row, name)
    if hasattr(row, f"{name}_id"):
        return getattr(row, f"{name}_id")
    raise AttributeError(f"{type(row).__name__} has no {name}")


@cache
def _readers(kind: Any) -> dict[str, Reader]:
    hints = get_type_hints(kind)
    return {field.name: _reader(hints[field.name]) for field in fields(kind)}


def _reader(kind: Any) -> Reader:
    """How a value of this annotated type is made from what a column holds."""
    kind = getattr(kind, "__supertype__", kind)  # of a NewType
    origin, args = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        (inner,) = (arg for arg in args if arg is not types.NoneType)
        read = _reader(inner)
        return lambda value: None if value is None else read(value)
    if origin is tuple:
        return _tuple_reader(args)
    if origin is dict:
        item = _reader(args[1])
        return lambda value: {str(key): item(part) for key, part in _mapping(value).items()}
    if is_dataclass(kind):
        return _dataclass_reader(cast("type[Any]", kind))
    if isinstance(kind, type) and issubclass(kind, int | float | Enum):
        return kind
    return lambda value: value


def _tuple_reader(args: tuple[Any, ...]) -> Reader:
    if args[-1] is Ellipsis:
        item = _reader(args[0])
        return lambda value: tuple(item(part) for part in _sequence(value))
    items = [_reader(arg) for arg in args]
    return lambda value: tuple(read(part) for read, part in zip(items, _sequence(value), strict=True))


def _dataclass_reader(kind: type[Any]) -> Reader:
    readers = _readers(cast("Any", kind))

    def read(value: Any) -> Any:
        known = _mapping(value)
        return kind(**{name: item(known[name]) for name, item in readers.items() if name in known})

    return read


def _sequence(value: Any) -> list[Any] | tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise TypeError(f"a list expected, got {type(value).__name__}")
    return value


def _mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError(f"an object expected, got {type(value).__name__}")
    return value

"""Convert events, commands, configuration and the core's own state to JSON-able dicts and back. Decoding is strict.

A value of a union (`Event`, `Command`, `ConfigItem`) becomes its fields plus `"type": <class name>`; anything else
becomes its fields alone. Tuples become lists, enums their values.
"""

import math
import types
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

from routing.commands import Command
from routing.config import ConfigItem
from routing.errors import CodecError
from routing.events import Event

Coder = Callable[[Any], Any]

FORMER_NAMES = {
    "NumberAnswered": "PartyAnswered",
    "NumberFailed": "PartyFailed",
    "NumberLegEnded": "PartyLegEnded",
}
"""Former name of an event -> its name. Journals of the release before have it."""


def encode_event(event: Event) -> dict[str, Any]:
    return cast("dict[str, Any]", _encoder(Event)(event))


def decode_event(data: Any) -> Event:
    """Return the event. Raises `CodecError` on anything that `encode_event` would not have made."""
    return cast("Event", _decoder(Event)(data))


def encode_command(command: Command) -> dict[str, Any]:
    return cast("dict[str, Any]", _encoder(Command)(command))


def decode_command(data: Any) -> Command:
    """Return the command. Raises `CodecError` on anything that `encode_command` would not have made."""
    return cast("Command", _decoder(Command)(data))


def encode_config(item: ConfigItem) -> dict[str, Any]:
    return cast("dict[str, Any]", _encoder(ConfigItem)(item))


def decode_config(data: Any) -> ConfigItem:
    """Return the item. Raises `CodecError` on anything that `encode_config` would not have made."""
    return cast("ConfigItem", _decoder(ConfigItem)(data))


def encode(kind: Any, value: Any) -> Any:
    """Return `value`, which has the annotated type `kind`, as JSON-able data."""
    return _encoder(kind)(value)


def decode(kind: Any, data: Any) -> Any:
    """Return the value that `encode` was given. Raises `CodecError`."""
    return _decoder(kind)(data)


def _bare(kind: Any) -> Any:
    while hasattr(kind, "__supertype__"):
        kind = kind.__supertype__
    return kind


def _union(kind: Any) -> tuple[Any, ...] | None:
    return get_args(kind) if get_origin(kind) in (Union, types.UnionType) else None


def _same(value: Any) -> Any:
    return value


def _copy(value: Any) -> Any:
    """Copy containers: the core may change them later, and what was encoded must stay."""
    kind = type(value)
    if kind is dict:
        return {key: _copy(part) for key, part in value.items()}
    return [_copy(part) for part in value] if kind in (list, tuple) else value


@cache
def _encoder(kind: Any) -> Coder:
    kind = cast("Any", _bare(kind))
    if kind is Any:
        return _copy
    if kind in (str, int, float, bool):
        return _same
    if members := _union(kind):
        return _union_encoder(members)
    if is_dataclass(kind):
        parts = [(name, _encoder(hint)) for name, hint in _hints(cast("type", kind)).items()]
        return lambda value: {name: code(getattr(value, name)) for name, code in parts}
    if isinstance(kind, type) and issubclass(kind, Enum):
        return lambda value: value.value
    origin, args = get_origin(kind), get_args(kind)
    if origin in (tuple, list):
        item = _encoder(args[0])
        if origin is tuple and args[-1] is not Ellipsis:
            coders = [_encoder(arg) for arg in args]
            return lambda value: [code(part) for code, part in zip(coders, value, strict=True)]
        return lambda value: [item(part) for part in value]
    if origin is dict:
        item = _encoder(args[1])
        return lambda value: {key: item(part) for key, part in value.items()}
    raise TypeError(f"no encoding for {kind}")


def _union_encoder(members: tuple[Any, ...]) -> Coder:
    rest = [member for member in members if member is not types.NoneType]
    if len(rest) == 1:
        code = _encoder(rest[0])
        return lambda value: None if value is None else code(value)
    coders = {member: _encoder(member) for member in rest}

    def encode_member(value: Any) -> Any:
        coder = coders.get(type(value))
        if coder is None:
            raise CodecError(f"{type(value).__name__} is not one of {[m.__name__ for m in rest]}")
        return {"type": type(value).__name__, **coder(value)}

    return encode_member


@cache
def _decoder(kind: Any) -> Coder:
    kind = cast("Any", _bare(kind))
    if kind is Any:
        return _same
    if kind in (str, int, float, bool):
        return _scalar(kind)
    if members := _union(kind):
        return _union_decoder(members)
    if is_dataclass(kind):
        return _dataclass_decoder(cast("type", kind))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _enum_decoder(kind)
    origin, args = get_origin(kind), get_args(kind)
    if origin in (tuple, list):
        return _sequence_decoder(origin, args)
    if origin is dict:
        item = _decoder(args[1])
        return lambda data: {_text(key): item(part) for key, part in _need(data, dict).items()}
    raise TypeError(f"no decoding for {kind}")


def _need(data: Any, kind: type) -> Any:
    if not isinstance(data, kind):
        raise CodecError(f"{kind.__name__} expected, got {type(data).__name__}")
    return data


def _text(data: Any) -> str:
    return cast("str", _need(data, str))


def _scalar(kind: type) -> Coder:
    def decode_scalar(data: Any) -> Any:
        if kind is float and isinstance(data, (int, float)) and not isinstance(data, bool):
            if not math.isfinite(data):
                raise CodecError("a finite number expected")
            return float(data)
        if type(data) is not kind:
            raise CodecError(f"{kind.__name__} expected, got {type(data).__name__}")
        return data

    return decode_scalar


def _enum_decoder(kind: type[Enum]) -> Coder:
    def decode_enum(data: Any) -> Any:
        try:
            return kind(data)
        except ValueError as error:
            raise CodecError(str(error)) from error

    return decode_enum


def _sequence_decoder(origin: type, args: tuple[Any, ...]) -> Coder:
    if origin is tuple and args[-1] is not Ellipsis:
        coders = [_decoder(arg) for arg in args]

        def decode_fixed(data: Any) -> Any:
            if len(_need(data, list)) != len(coders):
                raise CodecError(f"{len(coders)} items expected, got {len(data)}")
            return tuple(code(part) for code, part in zip(coders, data, strict=True))

        return decode_fixed
    item = _decoder(args[0])
    return lambda data: origin(item(part) for part in _need(data, list))


def _union_decoder(members: tuple[Any, ...]) -> Coder:
    rest = [member for member in members if member is not types.NoneType]
    if len(rest) == 1:
        code = _decoder(rest[0])
        return lambda data: None if data is None else code(data)
    coders = {member.__name__: _decoder(member) for member in rest}

    def decode_member(data: Any) -> Any:
        body = dict(_need(data, dict))
        name = body.pop("type", None)
        if not isinstance(name, str) or (name := FORMER_NAMES.get(name, name)) not in coders:
            raise CodecError(f"unknown type {name!r}")
        return coders[name](body)

    return decode_member


@cache
def _hints(kind: type) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(cast("Any", kind))}


def _dataclass_decoder(kind: type) -> Coder:
    coders = {name: _decoder(hint) for name, hint in _hints(kind).items()}
    required = {
        field.name
        for field in fields(cast("Any", kind))
        if field.default is MISSING and field.default_factory is MISSING
    }

    def decode_dataclass(data: Any) -> Any:
        body = _need(data, dict)
        if unknown := [key for key in body if key not in coders]:
            raise CodecError(f"{kind.__name__}: unknown fields {unknown}")
        if missing := sorted(required - body.keys()):
            raise CodecError(f"{kind.__name__}: missing fields {missing}")
        try:
            return kind(**{name: coders[name](part) for name, part in body.items()})
        except CodecError as error:
            raise CodecError(f"{kind.__name__}: {error}") from error

    return decode_dataclass

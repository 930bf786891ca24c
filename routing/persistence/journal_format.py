"""The lines of the replay journal: their content, and what is blanked so that they hold no personal data.

A segment is a header line, one line for each event, and a last line. Commands are written in one canonical form, in
which the texts that name or describe people are blanked. `routing.persistence.redaction` blanks the events in the same
way before they are written. So a replay of the written events gives the written commands, byte for byte.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any, get_args, get_type_hints

from routing import commands as c
from routing.commands import Command

FORMAT = 1
"""Raise it whenever a reader of the older form would misread a segment."""
KIND = "switchroom replay journal"

Row = tuple[Any, ...]
_dump = json.JSONEncoder(separators=(",", ":")).encode


def dump(value: Any) -> str:
    """Return JSON without spaces, in ASCII, with keys in their own order: the one form that is written and compared."""
    return _dump(value)


def line(at: float, event: dict[str, Any], commands: Sequence[Command], error: str | None = None) -> str:
    """Return an event's line, without its end. `event` is encoded and blanked already. `error` names what the core
    raised."""
    return f"{_dump({'at': at, 'event': event})[:-1]},{ending(commands, error)}"


def ending(commands: Sequence[Command], error: str | None = None) -> str:
    """Return the part of an event's line that a replay must give again."""
    entry: dict[str, Any] = {"commands": [row(command) for command in commands]}
    if error is not None:
        entry["error"] = error
    return _dump(entry)[1:]


def last_line(why: str, events: int) -> str:
    """Return the last line. `why` is `rotated`, `stopped`, or what kept the journal from going on."""
    return _dump({"end": why, "events": events})


def row(command: Command) -> Row:
    """Return the command's type and its fields in their order, with texts blanked. Raises KeyError if it is no
    command."""
    return _ROWS[type(command)](command)


def named(row: Sequence[Any]) -> dict[str, Any]:
    """Return the fields of a row by their names, for people to read."""
    names = _FIELDS.get(str(row[0]), ())
    return {"type": row[0], **dict(zip(names, row[1:], strict=False))}


def blank(text: str) -> str:
    """Return what stands in place of a text. It still shows whether there is anything to be spoken or shown."""
    if any(c.isprintable() and not c.isspace() for c in text):
        return "x"
    return text and " "


def _sounds(sounds: Sequence[str]) -> list[str]:
    return ["prompts/x" if sound.startswith("prompts/") else sound for sound in sounds]


def _record(record: dict[str, Any]) -> dict[str, Any]:
    """Return the record with its texts about people blanked."""
    blanked: dict[str, Any] = {key: blank(record[key]) for key in _PERSONAL if key in record}
    return {**record, **blanked} if blanked else record


def _hidden(text: object) -> str | None:
    return None if text is None else "x"


_PERSONAL = ("caller_name", "notes", "reason")
_BLANKS: dict[type, dict[str, Callable[[Any], Any]]] = {
    c.Play: {"sounds": _sounds, "prompts": lambda prompts: sorted({(p.language, p.voice) for p in prompts})},
    c.OfferCall: {"whisper": _sounds},
    c.FetchUrl: {"url": _hidden, "headers": len, "body": _hidden},
    c.FindRoom: {"number": _hidden, "pin": _hidden},
    c.Notify: {"to": _hidden, "subject": _hidden, "text": _hidden},
    c.LogCall: {"record": _record},
    c.LogVoicemail: {"record": _record},
    c.CheckPin: {"pin": len},
    c.SetPin: {"pin": len, "again": len},
    c.LogWrapUp: {"record": _record},
    c.LogSpell: {"record": _record},
}
_FIELDS = {kind.__name__: tuple(field.name for field in fields(kind)) for kind in get_args(Command)}


def _encoder(kind: type) -> Callable[[Any], Row]:
    """Return the encoder of a command's type. Whole numbers in fields of seconds become floats, so that configuration
    from a database and from a line of JSON give the same row."""
    name, names = kind.__name__, _FIELDS[kind.__name__]
    hints, blanks = get_type_hints(kind), _BLANKS.get(kind, {})
    codes = [blanks.get(field) or (float if hints[field] is float else None) for field in names]
    if not any(codes) and len(names) > 1:
        values = attrgetter(*names)
        return lambda command: (name, *values(command))
    parts = list(zip(names, codes, strict=True))
    return lambda command: (
        name,
        *[code(getattr(command, field)) if code else getattr(command, field) for field, code in parts],
    )


_ROWS: dict[type, Callable[[Any], Row]] = {kind: _encoder(kind) for kind in get_args(Command)}

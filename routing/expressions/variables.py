"""Variables of a call and the templates that name them: `Hello {caller_name}`. `{{` and `}}` stand for braces.

A template is checked when its route is saved, so rendering never fails. A variable that is not set is empty.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from routing.expressions.shapes import shaped
from routing.state import Call
from routing.state.world import World

MAX_VALUE = 1000
"""The most characters of a value; longer values are cut."""
MAX_VARIABLES = 100
MAX_RENDERED = 4000
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_PIECE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]|[^{}]+")

Parts = tuple[tuple[bool, str], ...]
"""Pieces of a template: (whether it names a variable, text)."""


class BadTemplate(ValueError):
    """The text says what is wrong with a template."""


@lru_cache(maxsize=4096)
def parse(template: str) -> Parts:
    """Return the pieces of a template. Raises `BadTemplate`. The time is linear in the template's length."""
    parts: list[tuple[bool, str]] = []
    for found in _PIECE.finditer(template):
        piece, name = found.group(), found.group(1)
        if piece in ("{{", "}}"):
            parts.append((False, piece[0]))
        elif piece in ("{", "}"):
            raise BadTemplate("a brace stands alone; write {name}, or {{ and }} for the braces themselves")
        elif name is None:
            parts.append((False, piece))
        elif _NAME.fullmatch(name):
            parts.append((True, name))
        else:
            raise BadTemplate(f"{{{name[:40]}}} names no variable: a-z, then a-z 0-9 _, 40 at most")
    return tuple(parts)


def names_in(template: str) -> set[str]:
    """Return the variables that a good template names."""
    return {text for is_name, text in parse(template) if is_name}


@shaped(type="string", pattern=f"^{_NAME.pattern}$")
def check_name(value: Any) -> str | None:
    """Check the name of a variable that a route may set."""
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        return "must be a variable's name: a-z, then a-z 0-9 _, 40 at most"
    return f"{value} is built in and cannot be set" if value in BUILT_IN else None


def check_readable(value: Any) -> str | None:
    """Check the name of a variable that a route may read; it may be a built-in one."""
    good = isinstance(value, str) and _NAME.fullmatch(value)
    return None if good else "must be a variable's name: a-z, then a-z 0-9 _, 40 at most"


@shaped(type="string", maxLength=MAX_VALUE)
def check_template(value: Any, *, longest: int = MAX_VALUE, empty: bool = False) -> str | None:
    """Check a text of printable characters in which every brace belongs to a variable."""
    if not isinstance(value, str) or len(value) > longest or not (value or empty):
        return f"must be a text of {0 if empty else 1} to {longest} characters"
    if not value.replace("\n", "").isprintable():
        return "must hold printable characters only"
    try:
        parse(value)
    except BadTemplate as problem:
        return str(problem)
    return None


def render(template: str, value_of: Callable[[str], str]) -> str:
    """Return the text with its variables filled in, cut at `MAX_RENDERED`."""
    return "".join(value_of(text) if is_name else text for is_name, text in parse(template))[:MAX_RENDERED]


def render_url(template: str, value_of: Callable[[str], str]) -> str:
    """Return the URL. Values are percent-encoded, so that a value never adds a part to the URL."""
    return render(template, lambda name: _url_part(value_of(name)))


def _url_part(value: str) -> str:
    """Encode a value. A bare `.` or `..` would change the path."""
    return value.replace(".", "%2E") if value in (".", "..") else quote(value, safe="")


def clean(value: str) -> str:
    """Return the value as it is kept: without control characters, and not too long."""
    return "".join(c if c.isprintable() or c == "\n" else " " for c in value[:MAX_VALUE])


def assign(variables: dict[str, str], name: str, value: str) -> None:
    """Set a variable. Nothing happens if the limit is reached or the name cannot be set."""
    if check_name(name) is None and (name in variables or len(variables) < MAX_VARIABLES):
        variables[name] = clean(value)


def value_of(world: World, call: Call, name: str) -> str:
    """Return the present value of a variable; empty if it is not set."""
    built_in = BUILT_IN.get(name)
    return call.variables.get(name, "") if built_in is None else built_in(world, call)


def _queue(world: World, call: Call) -> str:
    queue = None if call.last_queue is None else world.queues.get(call.last_queue)
    return "" if queue is None else clean(queue.config.name)


def _wait(world: World, call: Call) -> str:
    here = world.now - call.waits_since() if call.queue is not None else 0.0
    return str(round(call.waited + max(0.0, here)))


def _position(world: World, call: Call) -> str:
    queue = world.queue_of(call)
    return "" if queue is None or call.id not in queue.calls else str(queue.calls.position(call.id))


BUILT_IN: dict[str, Callable[[World, Call], str]] = {
    "caller": lambda world, call: clean(call.caller),
    "caller_name": lambda world, call: clean(call.caller_name),
    "did": lambda world, call: clean(call.did),
    "queue": _queue,
    "wait": _wait,
    "position": _position,
}
"""Names whose values the core supplies. They cannot be set."""

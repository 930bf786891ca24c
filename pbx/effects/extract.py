"""Values out of a reply, by dotted paths into its JSON."""

import json
import re
from collections.abc import Iterable
from typing import Any

MAX_VALUE = 1000
MAX_DEPTH = 50
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]')
_MISSING = object()


class NotJson(ValueError):
    """The reply is no JSON, or nested too deeply."""


class _Figure(float):
    """A number with a fraction that keeps its spelling: a price of `12.50` is spoken so."""

    text: str

    def __new__(cls, text: str) -> "_Figure":
        made = super().__new__(cls, text)
        made.text = text
        return made


def extract(body: bytes, wanted: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Variable -> text, for each (variable, path) that is found. An empty path is the whole reply.

    Raises `NotJson` if a path needs JSON and there is none. `null` counts as not found; objects and lists are
    given as JSON. Texts are cut at 1,000 characters and hold no control characters but line ends.
    """
    wanted = tuple(wanted)
    text = body.decode("utf-8-sig", errors="replace")
    document = _parse(text) if any(path for _, path in wanted) else None
    values = {}
    for name, path in wanted:
        value = _at(document, path) if path else text
        if value is not _MISSING and value is not None:
            values[name] = _clean(_as_text(value))
    return values


def _parse(text: str) -> Any:
    depth = 0
    for token in _TOKEN.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(token[0], 0)
        if depth > MAX_DEPTH:
            raise NotJson("nested too deeply")
    try:
        return json.loads(text, parse_float=_Figure)
    except ValueError as error:
        raise NotJson("not JSON") from error


def _at(document: Any, path: str) -> Any:
    for step in path.split("."):
        if isinstance(document, dict):
            document = document.get(step, _MISSING)
        elif isinstance(document, list) and step.isascii() and step.isdigit() and len(step) < 7:
            document = document[int(step)] if int(step) < len(document) else _MISSING
        else:
            return _MISSING
    return document


def _as_text(value: Any) -> str:
    match value:
        case str():
            return value
        case _Figure():
            return value.text
        case _:
            return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _clean(value: str) -> str:
    """No database keeps NUL or half of a surrogate pair, and no log should get a terminal's commands."""
    cut = value.strip()[:MAX_VALUE]
    return "".join(char if char.isprintable() or char == "\n" else " " for char in cut)

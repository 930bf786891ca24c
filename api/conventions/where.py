"""The Waterline query language of `?where=`, translated to SQL conditions over public fields only.

`{"name": "x"}` `{"name": ["x", "y"]}` `{"age": {">=": 3, "!": 5}}` `{"name": {"contains": "x"}}`
`{"or": [{...}, {...}]}`. Texts are compared without case and accents. Everything else is a 400 that says what is wrong.
"""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, false, not_, or_, true

from api.conventions.moments import bounded, in_zone
from api.conventions.resource import Resource
from api.core.errors import ValidationFailed
from switchroom.ids import parse_id
from switchroom.texts import fold

DEEPEST = 6
MOST_VALUES = 500
_ESCAPE = "\x1f"

Operator = Callable[[ColumnElement[Any], Any], ColumnElement[bool]]

_COMPARE: dict[str, Operator] = {
    "<": lambda column, value: column < value,
    "<=": lambda column, value: column <= value,
    ">": lambda column, value: column > value,
    ">=": lambda column, value: column >= value,
}
_ALIASES = {
    "lessThan": "<",
    "lessThanOrEqual": "<=",
    "greaterThan": ">",
    "greaterThanOrEqual": ">=",
    "not": "!",
    "!=": "!",
}
_TEXT: dict[str, Operator] = {
    "contains": lambda column, value: column.contains(value, autoescape=True),
    "startsWith": lambda column, value: column.startswith(value, autoescape=True),
    "endsWith": lambda column, value: column.endswith(value, autoescape=True),
    # `%` and `_` are wildcards here, as in Sails; the escape character is one that no value can hold.
    "like": lambda column, value: column.like(value, escape=_ESCAPE),
}


def parse_where(text: str, resource: Resource) -> ColumnElement[bool]:
    """Return the condition that `?where=text` means. Raises ValidationFailed."""
    try:
        criteria = json.loads(text)
        size = _size(criteria)
    except (ValueError, RecursionError):
        raise _wrong("Not JSON") from None
    if size > MOST_VALUES:
        raise _wrong(f"More than {MOST_VALUES} values in all")
    return criteria_clause(criteria, resource)


def _size(value: Any) -> int:
    """Return how many values the document holds: an empty list or object counts as one."""
    if isinstance(value, dict | list):
        items = value.values() if isinstance(value, dict) else value
        return max(1, sum(map(_size, items)))
    return 1


def criteria_clause(criteria: Any, resource: Resource, depth: int = 0) -> ColumnElement[bool]:
    """Return the condition of one criteria object. Raises ValidationFailed."""
    if not isinstance(criteria, dict):
        raise _wrong("Not an object")
    if depth > DEEPEST:
        raise _wrong("Nested too deeply")
    clauses = [_entry(name, value, resource, depth) for name, value in criteria.items()]
    return and_(true(), *clauses)


def _entry(name: str, value: Any, resource: Resource, depth: int) -> ColumnElement[bool]:
    if name in ("or", "and"):
        if not isinstance(value, list) or not 0 < len(value) <= MOST_VALUES:
            raise _wrong(f"'{name}' takes a list of objects")
        clauses = [criteria_clause(item, resource, depth + 1) for item in value]
        return or_(*clauses) if name == "or" else and_(*clauses)
    if name not in resource.queryable:
        raise _wrong(f"'{name[:80]}' is not a field that can be queried")
    if isinstance(value, dict):
        return and_(true(), *(_condition(name, operator, item, resource) for operator, item in value.items()))
    return _equals(name, value, resource)


def _equals(name: str, value: Any, resource: Resource) -> ColumnElement[bool]:
    column = resource.compared(name)
    if isinstance(value, list):
        return _any_of(name, value, resource)
    return column.is_(None) if value is None else column == convert(name, value, resource)


def _any_of(name: str, values: list[Any], resource: Resource) -> ColumnElement[bool]:
    if len(values) > MOST_VALUES:
        raise _wrong(f"'{name}': more than {MOST_VALUES} values")
    column = resource.compared(name)
    known = [convert(name, value, resource) for value in values if value is not None]
    clause = column.in_(known) if known else false()
    return or_(clause, column.is_(None)) if None in values else clause


def _condition(name: str, operator: str, value: Any, resource: Resource) -> ColumnElement[bool]:
    operator = _ALIASES.get(operator, operator)
    column = resource.compared(name)
    if operator == "!":
        if value is None:
            return column.is_not(None)
        return (
            or_(not_(_equals(name, value, resource)), column.is_(None))
            if _whole(value)
            else not_(_equals(name, value, resource))
        )
    if operator in _COMPARE and not isinstance(value, list | dict) and value is not None:
        return _COMPARE[operator](column, convert(name, value, resource))
    if operator in _TEXT and isinstance(value, str):
        if resource.kind(name) != "text":
            raise _wrong(f"'{name}': '{operator}' works on text only")
        return _TEXT[operator](column, convert(name, value, resource))
    if operator == "in" and isinstance(value, list):
        return _any_of(name, value, resource)
    raise _wrong(f"'{name}': cannot apply '{operator[:40]}'")


def _whole(value: Any) -> bool:
    """Return whether `!` of this value lets rows without a value pass. It does unless the value excludes null."""
    return not (isinstance(value, list) and None in value)


def convert(name: str, value: Any, resource: Resource) -> Any:
    """Return a value from a query as the column's type, a text folded. Raises ValidationFailed, naming the field."""
    result = _CONVERT[resource.kind(name)](value, name)
    if result is None:
        raise _wrong(f"'{name}': not a value of type {resource.kind(name)}")
    return result


def filter_value(name: str, text: str, resource: Resource) -> Any:
    """Return the value of a plain filter as the column's type. Raises ValidationFailed, naming the field."""
    try:
        return convert(name, text, resource)
    except ValidationFailed:
        raise ValidationFailed({name: f"Not a value of type {resource.kind(name)}"}) from None


def _text(value: Any, name: str) -> str | None:
    if not isinstance(value, str):
        return None
    if re.search(r"[\x00-\x1f\ud800-\udfff]", value):
        raise _wrong(f"'{name}': contains a control character")
    return fold(value)


def _id(value: Any, _name: str) -> str | None:
    if not isinstance(value, str):
        return None
    return parse_id(value)


def _integer(value: Any, _name: str) -> int | None:
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,18}", value):
        value = int(value)
    fits = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**31
    return value if fits else None


def _number(value: Any, _name: str) -> float | None:
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,15}(\.\d{1,15})?", value):
        value = float(value)
    fits = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15
    return float(value) if fits else None


def _boolean(value: Any, _name: str) -> bool | None:
    return (
        {True: True, False: False, "true": True, "false": False}.get(value)
        if isinstance(value, bool | str)
        else None
    )


def _time(value: Any, _name: str) -> datetime | None:
    """Return a time of ISO 8601, or of a number: POSIX milliseconds above 1e11, else seconds."""
    try:
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e14:
            return bounded(datetime.fromtimestamp(value / 1000 if value > 1e11 else value, UTC))
        if isinstance(value, str):
            return in_zone(bounded(datetime.fromisoformat(value)), "UTC").astimezone(UTC)
    except ValueError:
        return None
    return None


_CONVERT: dict[str, Callable[[Any, str], Any]] = {
    "text": _text,
    "id": _id,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "time": _time,
}


def _wrong(message: str) -> ValidationFailed:
    return ValidationFailed({"where": message})

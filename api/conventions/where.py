"""The Waterline query language of `?where=`, translated to SQL conditions over public fields only.

`{"name": "x"}` `{"name": ["x", "y"]}` `{"age": {">=": 3, "!": 5}}` `{"name": {"contains": "x"}}`
`{"or": [{...}, {...}]}`. Texts are compared without case and accents. A time is compared as it is shown, in
milliseconds. Everything else is a 400 that says what is wrong.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, not_, or_, true

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
    "<=": lambda column, value: column <= _last_of(value),
    ">": lambda column, value: column > _last_of(value),
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


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the values of a query as the columns of a resource have them."""

    resource: Resource
    zone: Callable[[], str] = lambda: "UTC"
    """Returns the zone of times that were sent without one. It may raise ValidationFailed."""

    def value(self, name: str, value: Any) -> Any:
        """Return a value as the column's type, a text folded. Raises ValidationFailed, naming the field."""
        kind = self.resource.kind(name)
        result = self._time(value) if kind == "time" else _CONVERT[kind](value, name)
        if result is None:
            raise _wrong(f"'{name}': not a value of type {kind}")
        return result

    def filter_value(self, name: str, text: str) -> Any:
        """Return the value of a plain filter as the column's type. Raises ValidationFailed, naming the field."""
        try:
            return self.value(name, text)
        except ValidationFailed as error:
            problem = f"Not a value of type {self.resource.kind(name)}"
            raise (ValidationFailed({name: problem}) if "where" in error.response else error) from None

    def _time(self, value: Any) -> datetime | None:
        """Return a time of ISO 8601, or of a number: POSIX milliseconds above 1e11, else seconds."""
        try:
            if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e14:
                return bounded(datetime.fromtimestamp(value / 1000 if value > 1e11 else value, UTC))
            if isinstance(value, str):
                moment = bounded(datetime.fromisoformat(value))
                return in_zone(moment, "UTC" if moment.tzinfo else self.zone()).astimezone(UTC)
        except ValueError:
            return None
        return None


def parse_where(text: str, reader: Reader) -> ColumnElement[bool]:
    """Return the condition that `?where=text` means. Raises ValidationFailed."""
    try:
        criteria = json.loads(text)
        size = _size(criteria)
    except (ValueError, RecursionError):
        raise _wrong("Not JSON") from None
    if size > MOST_VALUES:
        raise _wrong(f"More than {MOST_VALUES} values in all")
    return criteria_clause(criteria, reader)


def _size(value: Any) -> int:
    """Return how many values the document holds: an empty list or object counts as one."""
    if isinstance(value, dict | list):
        items = value.values() if isinstance(value, dict) else value
        return max(1, sum(map(_size, items)))
    return 1


def criteria_clause(criteria: Any, reader: Reader, depth: int = 0) -> ColumnElement[bool]:
    """Return the condition of one criteria object. Raises ValidationFailed."""
    if not isinstance(criteria, dict):
        raise _wrong("Not an object")
    if depth > DEEPEST:
        raise _wrong("Nested too deeply")
    clauses = [_entry(name, value, reader, depth) for name, value in criteria.items()]
    return and_(true(), *clauses)


def _entry(name: str, value: Any, reader: Reader, depth: int) -> ColumnElement[bool]:
    if name in ("or", "and"):
        if not isinstance(value, list) or not 0 < len(value) <= MOST_VALUES:
            raise _wrong(f"'{name}' takes a list of objects")
        clauses = [criteria_clause(item, reader, depth + 1) for item in value]
        return or_(*clauses) if name == "or" else and_(*clauses)
    if name not in reader.resource.queryable:
        raise _wrong(f"'{name[:80]}' is not a field that can be queried")
    if isinstance(value, dict):
        return and_(true(), *(_condition(name, operator, item, reader) for operator, item in value.items()))
    return _equals(name, value, reader)


def _equals(name: str, value: Any, reader: Reader) -> ColumnElement[bool]:
    column = reader.resource.compared(name)
    if isinstance(value, list):
        return _any_of(name, value, reader)
    return column.is_(None) if value is None else _is(column, reader.value(name, value))


def _is(column: ColumnElement[Any], value: Any) -> ColumnElement[bool]:
    return column.between(value, _last_of(value)) if isinstance(value, datetime) else column == value


def _last_of(value: Any) -> Any:
    """Return the last moment that is shown as this time: columns have microseconds. Any other value stays."""
    if isinstance(value, datetime) and value.microsecond % 1000 == 0:
        return value + timedelta(microseconds=999)
    return value


def any_of(column: ColumnElement[Any], values: list[Any]) -> ColumnElement[bool]:
    """Select rows whose column has one of these values, which `Reader` has read."""
    if any(isinstance(value, datetime) for value in values):
        return or_(*(_is(column, value) for value in values))
    return column.in_(values) if values else false()


def _any_of(name: str, values: list[Any], reader: Reader) -> ColumnElement[bool]:
    if len(values) > MOST_VALUES:
        raise _wrong(f"'{name}': more than {MOST_VALUES} values")
    column = reader.resource.compared(name)
    known = [reader.value(name, value) for value in values if value is not None]
    clause = any_of(column, known)
    return or_(clause, column.is_(None)) if None in values else clause


def _condition(name: str, operator: str, value: Any, reader: Reader) -> ColumnElement[bool]:
    operator = _ALIASES.get(operator, operator)
    column = reader.resource.compared(name)
    if operator == "!":
        if value is None:
            return column.is_not(None)
        # A row without a value passes, unless the value excludes it. It is one condition: SQLite takes a chain of 1000.
        return not_(func.coalesce(_equals(name, value, reader), false()))
    if operator in _COMPARE and not isinstance(value, list | dict) and value is not None:
        return _COMPARE[operator](column, reader.value(name, value))
    if operator in _TEXT and isinstance(value, str):
        if reader.resource.kind(name) != "text":
            raise _wrong(f"'{name}': '{operator}' works on text only")
        return _TEXT[operator](column, reader.value(name, value))
    if operator == "in" and isinstance(value, list):
        return _any_of(name, value, reader)
    raise _wrong(f"'{name}': cannot apply '{operator[:40]}'")


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


_CONVERT: dict[str, Callable[[Any, str], Any]] = {
    "text": _text,
    "id": _id,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
}


def _wrong(message: str) -> ValidationFailed:
    return ValidationFailed({"where": message})

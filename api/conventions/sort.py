"""The order of a list, and the cursor by which a client reads on.

A cursor holds the order, and what the last row of a page has in it: the sort values (texts folded, as they are
compared) and the id. The next page begins right after that place, whatever rows come and go. Every order ends with the
id, so no two rows share a place.
"""

import base64
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, or_

from api.conventions.resource import Resource
from api.conventions.where import Reader
from api.core.errors import ValidationFailed
from models.folded import folded
from switchroom.ids import parse_id
from switchroom.texts import fold

_UNSTORED = re.compile("[\0\ud800-\udfff]")
"""What no database stores."""


@dataclass(frozen=True, slots=True)
class Order:
    """A field that a list is sorted by."""

    field: str
    falls: bool

    def beyond(self, resource: Resource, parameter: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        """Return the conditions that a row comes after a parameter's value, and that it does not come before it."""
        column = resource.compared(self.field)
        value: ColumnElement[Any] = bindparam(parameter, type_=resource.column(self.field).type)
        if resource.kind(self.field) == "text":
            # It is folded already. The database may know newer letters than Python, and folds those too.
            value = folded(value)
        return (column < value, column <= value) if self.falls else (column > value, column >= value)


def parse_sort(text: str, resource: Resource) -> tuple[Order, ...]:
    """Parse `name`, `name DESC`, `a ASC, b DESC` or `{"name": -1}`. Raises ValidationFailed."""
    orders = []
    for name, direction in _pairs(text):
        if name not in resource.queryable:
            raise ValidationFailed({"sort": f"'{name[:80]}' is not a field that can be sorted by"})
        if direction not in ("ASC", "DESC", "1", "-1"):
            raise ValidationFailed({"sort": "The direction is ASC or DESC"})
        orders.append(Order(name, direction in ("DESC", "-1")))
    return tuple(orders)


def _pairs(text: str) -> list[tuple[str, str]]:
    if text.lstrip().startswith("{"):
        try:
            document = json.loads(text)
        except (ValueError, RecursionError):
            raise ValidationFailed({"sort": "Not JSON"}) from None
        return [(name, str(direction).upper()) for name, direction in document.items()]
    pairs = []
    for part in text.split(","):
        words = part.split()
        if not 1 <= len(words) <= 2:
            raise ValidationFailed({"sort": "Not of the form: field ASC|DESC"})
        pairs.append((words[0], words[1].upper() if len(words) == 2 else "ASC"))
    return pairs


def order_by(orders: Sequence[Order], resource: Resource) -> list[ColumnElement[Any]]:
    """Return the order as SQL. Equal rows are sorted by id."""
    columns = [(resource.compared(order.field), order.falls) for order in orders]
    return [*(column.desc() if falls else column.asc() for column, falls in columns), resource.key.asc()]


def after(orders: Sequence[Order], resource: Resource) -> ColumnElement[bool]:
    """Return the condition that a row comes after a place, whose parameters `place` returns."""
    clause: ColumnElement[bool] = resource.key > bindparam("after_id")
    for number, order in reversed(list(enumerate(orders))):
        beyond, not_before = order.beyond(resource, f"after_{number}")
        # `not_before` lets the database read an index from there on. The rest alone would read all of it.
        clause = and_(not_before, or_(beyond, clause))
    return clause


def make_cursor(orders: Sequence[Order], values: Sequence[Any], id: str, resource: Resource) -> str:
    """Return the cursor of a row that has these values in the fields of the order."""
    plain = [_plain(order, value, resource) for order, value in zip(orders, values, strict=True)]
    text = json.dumps([_spelled(orders), *plain, id], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _plain(order: Order, value: Any, resource: Resource) -> Any:
    if resource.kind(order.field) == "text":
        return fold(value)
    return value.isoformat() if isinstance(value, datetime) else value


def place(cursor: str, orders: Sequence[Order], resource: Resource) -> dict[str, Any]:
    """Return the parameters of `after` for a cursor of a list in this order. Raises ValidationFailed."""
    try:
        spelled, *values, id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        key = parse_id(id)
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise _wrong() from None
    if spelled != _spelled(orders):
        raise ValidationFailed({"cursor": "It belongs to a list with another sort: send the same `sort`"})
    if key is None or len(values) != len(orders):
        raise _wrong()
    found = {f"after_{n}": _value(order, values[n], resource) for n, order in enumerate(orders)}
    return {**found, "after_id": key}


def _spelled(orders: Sequence[Order]) -> str:
    return ",".join(f"{order.field} {'DESC' if order.falls else 'ASC'}" for order in orders)


def _value(order: Order, value: Any, resource: Resource) -> Any:
    if resource.kind(order.field) == "text":
        if not isinstance(value, str) or _UNSTORED.search(value):
            raise _wrong()
        return value
    try:
        return Reader(resource).value(order.field, value)
    except ValidationFailed:
        raise _wrong() from None


def _wrong() -> ValidationFailed:
    return ValidationFailed({"cursor": "Not a cursor of this list"})

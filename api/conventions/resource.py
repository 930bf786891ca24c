"""The public face of a table: which columns a client sees, under what name, and may query."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Float, Integer
from sqlmodel import SQLModel

from models.base import Json, UTCDateTime
from switchroom.ids import public_id

ID_LENGTH = 32


@dataclass(frozen=True, slots=True)
class Resource:
    """`fields`: public name -> column's name, or a joined table's column. Only they can be queried and sorted by.

    `search` names the fields that `?search=` looks into; `sort` is the default order (`id`: by time of
    making).
    """

    name: str
    model: type[SQLModel]
    fields: Mapping[str, Any]
    search: tuple[str, ...] = ()
    sort: str = "id ASC"

    def column(self, field: str) -> ColumnElement[Any]:
        """The column behind a public field. Raises KeyError for a name that isn't one."""
        name = self.fields[field]
        column: ColumnElement[Any] = getattr(self.model, name) if isinstance(name, str) else name
        return column

    def kind(self, field: str) -> str:
        """What a field holds: id, text, integer, number, boolean, time or json."""
        return _kind(self.column(field))

    def show(self, row: SQLModel) -> dict[str, Any]:
        """The row as JSON: ids as `a` + hex, times in UTC with milliseconds."""
        return {
            field: show_value(getattr(row, name), self.kind(field)) for field, name in self.fields.items()
        }


def _kind(column: ColumnElement[Any]) -> str:
    kinds: tuple[tuple[type[Any], str], ...] = (
        (UTCDateTime, "time"),
        (Json, "json"),
        (Boolean, "boolean"),
        (Integer, "integer"),
        (Float, "number"),
    )
    for type_, kind in kinds:
        if isinstance(column.type, type_):
            return kind
    return "id" if getattr(column.type, "length", None) == ID_LENGTH else "text"


def show_value(value: Any, kind: str) -> Any:
    """One value as JSON."""
    if value is None:
        return None
    if kind == "id":
        return public_id(value)
    return show_time(value) if kind == "time" else value


def show_time(value: datetime) -> str:
    """`2017-12-14T20:10:00.478Z`."""
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

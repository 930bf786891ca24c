"""The public face of a table: which columns a client sees, under what name, and may query."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Float, Integer
from sqlmodel import SQLModel

from models.base import Json, UTCDateTime
from switchroom.ids import public_id

ID_LENGTH = 32


@dataclass(frozen=True)
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
    _kinds: Mapping[str, str] = field(init=False, repr=False, compare=False)
    _values: Callable[[Any], tuple[Any, ...]] = field(init=False, repr=False, compare=False)
    _converted: Sequence[tuple[str, Callable[[Any], str]]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        kinds = {field: _kind(self._column(field)) for field in self.fields}
        names = [name if isinstance(name, str) else name.key for name in self.fields.values()]
        convert = {"id": public_id, "time": show_time}
        object.__setattr__(self, "_kinds", kinds)
        object.__setattr__(self, "_values", attrgetter(*names))
        object.__setattr__(
            self, "_converted", [(field, convert[kind]) for field, kind in kinds.items() if kind in convert]
        )

    def column(self, field: str) -> ColumnElement[Any]:
        """The column behind a public field. Raises KeyError for a name that isn't one."""
        return self._column(field)

    def _column(self, field: str) -> ColumnElement[Any]:
        name = self.fields[field]
        column: ColumnElement[Any] = getattr(self.model, name) if isinstance(name, str) else name
        return column

    def kind(self, field: str) -> str:
        """What a field holds: id, text, integer, number, boolean, time or json."""
        return self._kinds[field]

    def show(self, row: SQLModel) -> dict[str, Any]:
        """The row as JSON: ids as `a` + hex, times in UTC with milliseconds."""
        shown: dict[str, Any] = dict(zip(self.fields, self._values(row), strict=True))
        for name, convert in self._converted:
            value = shown[name]
            if value is not None:
                shown[name] = convert(value)
        return shown


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


def show_time(value: datetime) -> str:
    """`2017-12-14T20:10:00.478Z`."""
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

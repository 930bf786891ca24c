"""A table as clients see it: which columns, under what names, and which of them a list filters and sorts by."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from operator import attrgetter
from typing import Any, get_args

import orjson
from pydantic.fields import FieldInfo
from sqlalchemy import Boolean, ColumnElement, Float, Integer, Text, bindparam, type_coerce, update
from sqlmodel import SQLModel

from api.conventions.answers import Answer, Column, Seconds
from api.core.audit_trail import note_change
from api.core.errors import Changed
from api.core.etags import etag
from api.core.identities import WATCHED
from api.core.scope import Scope
from models.base import ChangingRow, Json, UTCDateTime, utcnow
from models.folded import folded
from models.shown import show_time
from switchroom.ids import public_id
from switchroom.prepared import Prepared

ID_LENGTH = 32

Shown = dict[str, Any]
"""An object as the answer shows it, by public names."""


class Resource:
    """A table and the model of its answers: what clients see, filter by and sort by.

    Each field of `answer` is a column of `model`: that of the same name, or of its name and `_id`, or what `Column`
    says. So a view that adds more has a model of its own, a subclass of `answer`. `search` names the fields that
    `?search=` looks into. `sort` is the default order (`id`: by time of making).

    `show` makes an answer of an object that the session holds. Lists and `find` read `read_columns` straight from the
    database, without objects: times and JSON come as the database has them and go into the answer as text. `more` maps
    a name to a column that is read beside those of the answer, as the database has it, for a view that needs it.
    """

    def __init__(
        self,
        name: str,
        answer: type[Answer],
        model: type[SQLModel],
        *,
        search: tuple[str, ...] = (),
        sort: str = "id ASC",
        more: Mapping[str, Any] | None = None,
    ) -> None:
        self.name, self.model, self.search, self.sort = name, model, search, sort
        self._columns = {
            info.serialization_alias or field: _column(model, field, info)
            for field, info in answer.model_fields.items()
        }
        self.fields: Mapping[str, str] = {field: str(column.key) for field, column in self._columns.items()}
        self._kinds = {field: _kind(column) for field, column in self._columns.items()}
        self.queryable = frozenset(field for field, kind in self._kinds.items() if kind != "json")
        """The fields that lists filter and sort by."""
        self.maybe_blank = frozenset(
            info.serialization_alias or field
            for field, info in answer.model_fields.items()
            if str in (info.annotation, *get_args(info.annotation))
        )
        """The fields whose value may be an empty text."""
        self._values = attrgetter(*self.fields.values())
        shown = {**self._kinds, **dict.fromkeys(_seconds_of(answer), "seconds")}
        self._shown_by = [(field, _SHOWN[kind]) for field, kind in shown.items() if kind in _SHOWN]
        read = {**self._columns, **(more or {})}
        self._read_names = tuple(read)
        self._read_by = [(place, _READ[kind]) for place, kind in enumerate(shown.values()) if kind in _READ]
        self.read_columns = tuple(_unprocessed(column) for column in read.values())

    @property
    def key(self) -> ColumnElement[Any]:
        """The column by which every list is sorted in the end."""
        key: ColumnElement[Any] = next(iter(self.model.__table__.primary_key))  # type: ignore[attr-defined]
        return key

    def places(self, fields: Sequence[str], columns: tuple[Any, ...]) -> tuple[int, ...] | None:
        """Return where a row of these columns has the values of the fields, and then its key.

        `columns` are `read_columns` or those of the table. None: a field or the key is in no such row, or a field may
        be null.
        """
        found = [self._columns[field] for field in fields]
        key = str(self.key.key)
        if any(column.nullable for column in found):
            return None
        if columns is self.read_columns:
            keys = list(self.fields.values())
            places = [self._read_names.index(field) for field in fields]
        else:
            keys = [str(column.key) for column in columns]
            if any(column.class_ is not self.model for column in found):
                return None
            places = [keys.index(str(column.key)) for column in found]
        return (*places, keys.index(key)) if key in keys else None

    def column(self, field: str) -> ColumnElement[Any]:
        """Return the column behind a public field. Raises KeyError for a name that isn't one."""
        return self._columns[field]

    def compared(self, field: str) -> ColumnElement[Any]:
        """Return what lists filter, search and sort by: the column, or a text without case and accents.

        The value that it is compared with is folded too (`switchroom.texts.fold`).
        """
        column = self.column(field)
        return folded(column) if self.kind(field) == "text" else column

    def kind(self, field: str) -> str:
        """Return what a field holds: id, text, integer, number, boolean, time or json."""
        return self._kinds[field]

    def show(self, row: SQLModel) -> Shown:
        """Return the object as JSON: ids as `a` + hex, times in UTC and `Seconds` with milliseconds."""
        shown: Shown = dict(zip(self.fields, self._values(row), strict=True))
        for name, convert in self._shown_by:
            value = shown[name]
            if value is not None:
                shown[name] = convert(value)
        return shown

    def change(self, scope: Scope, before: Any, changes: Mapping[str, Any]) -> Shown:
        """Write columns of one row, which the caller may change, and return the row as an answer. `before`: the row.

        It is one statement, past the session's objects: an object of this row keeps its old values.
        """
        if issubclass(self.model, WATCHED):
            raise TypeError(f"{self.name}: identities are dropped only for objects of the session")
        note_change(scope.session, self.model, before, changes)
        changes = {**changes, "updated_at": utcnow()}
        values = {"this": before.id, **{f"new_{name}": value for name, value in changes.items()}}
        statement = _change(self.model, tuple(sorted(changes)), self.read_columns)
        return self.shown([statement.row(scope.session, values)])[0]

    def shown(self, rows: Sequence[Any]) -> list[Shown]:
        """Return rows of `read_columns` as answers."""
        if not rows:
            return []
        columns: list[Any] = list(zip(*rows, strict=True))
        for place, convert in self._read_by:
            columns[place] = convert(columns[place])
        return [dict(zip(self._read_names, row, strict=True)) for row in zip(*columns, strict=True)]

    def find(self, scope: Scope, text: str) -> Shown:
        """Return one object of the caller's teams by its id, in any spelling. Raises NotFound."""
        return self.shown([scope.row(self.model, text, self.name, self.read_columns)])[0]


@lru_cache(maxsize=500)
def _change(
    model: type[SQLModel], names: tuple[str, ...], columns: tuple[ColumnElement[Any], ...]
) -> Prepared:
    """Return what writes these columns (parameters `new_<name>`) of the row `this`."""
    table = model.__table__  # type: ignore[attr-defined]
    written: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
    return Prepared(update(table).where(table.c.id == bindparam("this")).values(written).returning(*columns))


def _column(model: type[SQLModel], field: str, info: FieldInfo) -> ColumnElement[Any]:
    """Return the column behind a field. Raises TypeError, which names the field, if there is none."""
    marks = [mark.source for mark in info.metadata if isinstance(mark, Column)]
    sources = marks or [field, f"{field}_id"]
    for source in sources:
        column: ColumnElement[Any] | None = source
        if isinstance(source, str):
            column = getattr(model, source, None) if source in model.model_fields else None
        if column is not None:
            return column
    raise TypeError(f"{model.__name__} has no column for the field {field}")


def _seconds_of(answer: type[Answer]) -> Iterator[str]:
    """Yield the public names of the fields of type `Seconds`, also of those that may be null."""
    check = get_args(Seconds)[1]
    for field, info in answer.model_fields.items():
        if check in info.metadata or Seconds in get_args(info.annotation):
            yield info.serialization_alias or field


def _unprocessed(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the column without the work that SQLAlchemy does for each value of a time or of JSON."""
    return type_coerce(column, Text()) if _kind(column) in ("time", "json") else column


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


def show_seconds(value: float | timedelta) -> float:
    """Return a measured time in seconds, rounded to milliseconds."""
    return round(value.total_seconds() if isinstance(value, timedelta) else value, 3)


def require_unchanged(scope: Scope, *rows: ChangingRow) -> None:
    """Raise Changed if the caller's `If-Match` names another state of an object, which consists of these rows.

    The rows stay locked until the transaction ends. It asks the database nothing if there is no `If-Match`.
    """
    if scope.if_match is None:
        return
    for row in rows:
        scope.session.refresh(row, with_for_update=True)
    if etag(show_time(last_change(*rows))) not in scope.if_match:
        raise Changed


def last_change(*rows: ChangingRow) -> datetime:
    """Return when an object that consists of these rows was changed last."""
    return max(row.updated_at for row in rows)


def _read_ids(values: Sequence[Any]) -> list[Any]:
    return [value and public_id(value) for value in values]


def _read_times(values: Sequence[Any]) -> list[Any]:
    """Return times as the answer has them. SQLite gives the text `2017-12-14 20:10:00.478000`, in UTC."""
    return [
        f"{value[:10]}T{value[11:23]}Z" if isinstance(value, str) else value and show_time(value)
        for value in values
    ]


def _read_json(values: Sequence[Any]) -> list[Any]:
    """Return JSON as the answer has it. SQLite gives a text, which goes into the answer unread."""
    return [orjson.Fragment(value) if isinstance(value, str) else value for value in values]


def _read_seconds(values: Sequence[Any]) -> list[Any]:
    return [value and round(value, 3) for value in values]


_SHOWN: Mapping[str, Callable[[Any], Any]] = {"id": public_id, "time": show_time, "seconds": show_seconds}
"""Kind of column -> what makes its value in an answer of the value of an object."""
_READ: Mapping[str, Callable[[Sequence[Any]], list[Any]]] = {
    "id": _read_ids,
    "time": _read_times,
    "json": _read_json,
    "seconds": _read_seconds,
}
"""Kind of column -> what makes its values in an answer of the values that the database gives."""

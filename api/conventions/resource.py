"""The public face of a table: which columns a client sees, under what name, and may query."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

import orjson
from pydantic.fields import FieldInfo
from sqlalchemy import Boolean, ColumnElement, Float, Integer, Select, Text, type_coerce
from sqlmodel import Session, SQLModel

from api.conventions.answers import Answer, Column
from api.core.errors import NotFound
from api.core.scope import Scope
from models.base import Json, UTCDateTime
from switchroom.ids import parse_id, public_id

ID_LENGTH = 32

Shown = dict[str, Any]
"""An object as the answer shows it, by public names."""


class Resource:
    """A table and the model of its answers: what clients see, filter by and sort by.

    Each field of `answer` is a column of `model`: that of the same name, or of its name and `_id`, or what `Column`
    says. So a view that adds more has a model of its own, a subclass of `answer`. `search` names the fields that
    `?search=` looks into. `sort` is the default order (`id`: by time of making).

    `show` makes an answer of an object that the session holds. `rows` and `find` read answers straight from the
    database, without objects: times and JSON come as the database has them and go into the answer as text.
    """

    def __init__(
        self,
        name: str,
        answer: type[Answer],
        model: type[SQLModel],
        *,
        search: tuple[str, ...] = (),
        sort: str = "id ASC",
    ) -> None:
        self.name, self.model, self.search, self.sort = name, model, search, sort
        self._columns = {
            info.serialization_alias or field: _column(model, field, info)
            for field, info in answer.model_fields.items()
        }
        self.fields: Mapping[str, str] = {field: str(column.key) for field, column in self._columns.items()}
        self._kinds = {field: _kind(column) for field, column in self._columns.items()}
        self._values = attrgetter(*self.fields.values())
        self._shown_by = _converters(self._kinds, {"id": public_id, "time": show_time})
        self._read_by = _converters(self._kinds, {"id": public_id, "time": _read_time, "json": read_json})
        self._read = [_unprocessed(column) for column in self._columns.values()]
        self._found: Select[Any] | None = None

    def column(self, field: str) -> ColumnElement[Any]:
        """Return the column behind a public field. Raises KeyError for a name that isn't one."""
        return self._columns[field]

    def kind(self, field: str) -> str:
        """Return what a field holds: id, text, integer, number, boolean, time or json."""
        return self._kinds[field]

    def show(self, row: SQLModel) -> Shown:
        """Return the object as JSON: ids as `a` + hex, times in UTC with milliseconds."""
        shown: Shown = dict(zip(self.fields, self._values(row), strict=True))
        for name, convert in self._shown_by:
            value = shown[name]
            if value is not None:
                shown[name] = convert(value)
        return shown

    def rows(self, session: Session, statement: Select[Any], **more: Any) -> list[Shown]:
        """Return what `statement` selects of this table as answers.

        `more`: name -> column that is added as the database has it (see `read_json`).
        """
        columns = [*self._read, *(_unprocessed(column) for column in more.values())]
        plain = statement.with_only_columns(*columns, maintain_column_froms=True)
        return self._shown(plain_rows(session, plain), (*self.fields, *more))

    def find(self, scope: Scope, text: str) -> Shown:
        """Return one object of the caller's teams by its id, in any spelling. Raises NotFound."""
        if self._found is None:
            self._found = scope.one(self.model).with_only_columns(*self._read, maintain_column_froms=True)
        id = parse_id(text)
        values = {"id": id, "teams": scope.team_ids}
        rows = [] if id is None else plain_rows(scope.session, self._found, values)
        if not rows:
            raise NotFound(self.name)
        return self._shown(rows, tuple(self.fields))[0]

    def _shown(self, rows: Any, names: tuple[str, ...]) -> list[Shown]:
        found = [dict(zip(names, row, strict=True)) for row in rows]
        for name, convert in self._read_by:
            for shown in found:
                value = shown[name]
                if value is not None:
                    shown[name] = convert(value)
        return found


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


def plain_rows(session: Session, statement: Any, values: Mapping[str, Any] | None = None) -> Sequence[Any]:
    """Run a statement past the session's objects, after what they have changed. Faster than the session's own way."""
    session.flush()
    return session.connection().execute(statement, values or {}).all()


def _converters(
    kinds: Mapping[str, str], by_kind: Mapping[str, Callable[[Any], Any]]
) -> list[tuple[str, Callable[[Any], Any]]]:
    return [(field, by_kind[kind]) for field, kind in kinds.items() if kind in by_kind]


def _unprocessed(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """The column without the work that SQLAlchemy does for each value of a time or of JSON."""
    return type_coerce(column, Text()) if _kind(column) in ("time", "json") else column


def _read_time(value: Any) -> str:
    """A time as the database has it: on SQLite the text `2017-12-14 20:10:00.478000`, in UTC."""
    return f"{value[:10]}T{value[11:23]}Z" if isinstance(value, str) else show_time(value)


def read_json(value: Any) -> Any:
    """JSON as the database has it, ready for an answer: on SQLite a text, which goes in unread."""
    return orjson.Fragment(value) if isinstance(value, str) else value


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

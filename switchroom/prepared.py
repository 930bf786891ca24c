"""Statements that are compiled once and then go straight to the database's driver, with other values each time.

SQLAlchemy spends about six times as long on a small statement as SQLite does: it looks the statement up, prepares its
parameters and describes its result anew. A `Prepared` keeps all that. Use it for constants on paths that every request
takes. What is built for one request goes through the session as usual.
"""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import BindParameter, Connection, Dialect, inspect
from sqlalchemy.exc import DBAPIError, NoResultFound
from sqlalchemy.sql import ClauseElement, visitors
from sqlalchemy.types import TypeEngine
from sqlmodel import Session

Convert = Callable[[Any], Any]

MOST = 200
"""Texts that are kept of one statement: one for each combination of its lists' lengths."""


class Prepared:
    """A statement that never changes. Its parameters, also those of `in_` (`expanding`), get their values from `rows`.

    Column defaults that are Python functions are not applied: an insert names all it writes.
    """

    def __init__(self, statement: Any, *, named: bool = False, replanned: bool = False) -> None:
        """`replanned`: PostgreSQL plans it each time for the values, and never once for all values."""
        self.statement = statement
        self._options = {"prepare": False} if replanned else {}
        names = [column.key for column in statement.exported_columns] if named else []
        self._row: Any = namedtuple("Row", names) if named else None
        parameters = (part for part in visitors.iterate(statement) if isinstance(part, BindParameter))
        self._lists = sorted({part.key for part in parameters if part.expanding and part.required})
        self._texts: dict[tuple[str | int, ...], _Text] = {}

    def rows(self, session: Session, values: Mapping[str, Any]) -> Sequence[Any]:
        """Run it in the session's transaction and return its rows: tuples, if `named` by the columns' names.

        What the session's objects have changed is written first. Raises SQLAlchemy's errors.
        """
        session.flush()
        connection = session.connection()
        dialect = connection.dialect
        key: tuple[str | int, ...] = (dialect.name, *(len(values[name]) for name in self._lists))
        text = self._texts.get(key)
        if text is None:
            if len(self._texts) >= MOST:
                self._texts.clear()
            text = self._texts[key] = _Text(self.statement, values, dialect)
        parameters = text.parameters(values)
        cursor: Any = None
        try:
            cursor = connection.connection.cursor()
            options = self._options if dialect.name == "postgresql" else {}
            cursor.execute(text.sql, parameters, **options)
            if cursor.description is None:
                return ()
            rows = text.converted(cursor.fetchall(), cursor.description)
            return rows if self._row is None else [self._row(*row) for row in rows]
        except dialect.loaded_dbapi.Error as error:
            raise _error(connection, cursor, text.sql, parameters, error) from error
        finally:
            if cursor is not None:
                cursor.close()

    def row(self, session: Session, values: Mapping[str, Any]) -> Any:
        """Return the first row. Raises NoResultFound if there is none: what it is about is gone."""
        rows = self.rows(session, values)
        if not rows:
            raise NoResultFound
        return rows[0]


class Joined:
    """A prepared statement whose rows have parts: whole rows of tables, and single columns."""

    def __init__(self, statement: Any, *parts: Any) -> None:
        """`parts`: mapped classes, aliases of these, and columns, of what the statement reads from. What it selects
        itself does not matter."""
        columns: list[Any] = []
        self._reads: list[Convert] = []
        for part in parts:
            table = getattr(inspect(part), "selectable", None)
            if table is None:
                self._reads.append(itemgetter(len(columns)))
                columns.append(part)
            else:
                self._reads.append(_part(table.columns, len(columns)))
                columns += table.columns
        self._prepared = Prepared(statement.with_only_columns(*columns, maintain_column_froms=True))

    def rows(self, session: Session, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Return the rows. The part of a table is a tuple, named by its columns; None where an outer join found no
        row: its first column is null."""
        rows = self._prepared.rows(session, values)
        return [tuple([read(row) for read in self._reads]) for row in rows]


def _part(columns: Any, first: int) -> Convert:
    named: Any = namedtuple("Row", [column.key for column in columns])  # type: ignore[misc]
    last = first + len(columns)
    return lambda row: None if row[first] is None else named(*row[first:last])


def _error(connection: Connection, cursor: Any, sql: str, parameters: Any, error: Exception) -> BaseException:
    """Return what SQLAlchemy would raise. A connection that is gone does not go back into the pool."""
    dialect = connection.dialect
    gone = dialect.is_disconnect(error, connection.connection, cursor)  # type: ignore[arg-type]
    if gone:
        connection.invalidate(error)
    return DBAPIError.instance(
        sql, parameters, error, dialect.loaded_dbapi.Error, connection_invalidated=gone, dialect=dialect
    )


class _Text:
    """The statement as one dialect writes it, for lists of certain lengths."""

    def __init__(self, statement: ClauseElement, values: Mapping[str, Any], dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect)
        state = compiled.construct_expanded_state(values)
        self.sql: str = state.statement
        self._order: Sequence[str] | None = state.positiontup
        self._lists = [(name, names) for name, names in state.parameter_expansion.items() if name in values]
        found: dict[str, Convert | None] = {
            name: _bind_processor(bind.type, dialect)
            for bind, name in compiled.bind_names.items()
            if name not in state.parameter_expansion
        }
        found.update(state.processors)
        self._convert = [(name, convert) for name, convert in found.items() if convert is not None]
        given = values.keys() | {name for _, names in self._lists for name in names}
        self._fixed = {name: value for name, value in state.parameters.items() if name not in given}
        """Values that stand in the statement itself, such as that of `status == "active"`."""
        self._columns = [column.type for column in statement.exported_columns]  # type: ignore[attr-defined]
        self._dialect = dialect
        self._read: list[tuple[int, Convert]] | None = None

    def parameters(self, values: Mapping[str, Any]) -> Any:
        """Return the parameters as the driver takes them."""
        found = {**self._fixed, **values}
        for name, names in self._lists:
            found.update(zip(names, values[name], strict=True))
        for name, convert in self._convert:
            found[name] = convert(found[name])
        return found if self._order is None else [found[name] for name in self._order]

    def converted(self, rows: Sequence[Any], description: Sequence[Any]) -> Sequence[Any]:
        """Return the rows with the values that the columns' types make of the driver's."""
        if self._read is None:
            found = (
                type_.dialect_impl(self._dialect).result_processor(self._dialect, described[1])
                for type_, described in zip(self._columns, description, strict=True)
            )
            self._read = [(place, convert) for place, convert in enumerate(found) if convert is not None]
        if not self._read or not rows:
            return rows
        columns: list[Any] = list(zip(*rows, strict=True))
        for place, convert in self._read:
            columns[place] = [convert(value) for value in columns[place]]
        return list(zip(*columns, strict=True))


def _bind_processor(type_: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    return type_.dialect_impl(dialect).bind_processor(dialect)

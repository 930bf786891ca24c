"""Lists, for each operation that has one: `limit`, `skip`, `cursor`, `sort`, `where`, `search` and `X-Total-Count`.

Every public field of the list's objects is a filter too: `?status=active`. A filter that stands several times means any
of its values. `api.conventions.router` says which filters an operation has.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Annotated, Any, TypeVar, cast

from fastapi import Query, Request
from sqlalchemy import ColumnElement, Select, bindparam, func, or_
from sqlmodel import Session, SQLModel
from sqlmodel.sql.expression import SelectOfScalar

from api.conventions.moments import zone_of
from api.conventions.resource import Resource, Shown
from api.conventions.sort import Order, after, make_cursor, order_by, parse_sort, place
from api.conventions.where import Reader, any_of, parse_where
from api.core.errors import ValidationFailed
from api.core.scope import Scope
from api.core.work import Work, work_of
from switchroom.deadlines import TooSlow, at_most
from switchroom.prepared import Prepared
from switchroom.texts import fold

Table = TypeVar("Table", bound=SQLModel)

DEFAULT_LIMIT = 100
MOST = 1000
SLOWEST = 5.0
"""Seconds that a list takes at most if the client says what to look for, or in which order."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What a client asked of a list."""

    limit: int
    skip: int
    cursor: str | None
    sort: str | None
    where: str | None
    search: str | None
    filters: Mapping[str, Sequence[str]]
    """Public field -> the values of which an object has one."""
    resource: Resource
    work: Work

    def fetch(self, scope: Scope, statement: SelectOfScalar[Table], **values: Any) -> Sequence[Table]:
        """Return the page's rows of those that `statement` (already scoped) selects. Sets the list's headers.

        Raises ValidationFailed, which names the parameters that are wrong, or that make it take too long.

        They are read only: plain rows with the table's columns, not objects of the session. `values` are parameters of
        the statement beside the scope's.
        """
        columns = tuple(self.resource.model.__table__.columns)  # type: ignore[attr-defined]
        return cast(Sequence[Table], self._read(scope, statement, columns, values, named=True))

    def show(
        self, scope: Scope, statement: SelectOfScalar[Any], *, known_total: int | None = None, **values: Any
    ) -> list[Shown]:
        """Return the page's rows as answers: what `Resource.shown` makes of them. Sets the list's headers.

        `known_total`: how many rows the statement selects, so that an unfiltered list need not count them.
        """
        columns = self.resource.read_columns
        return self.resource.shown(self._read(scope, statement, columns, values, known_total=known_total))

    def _read(
        self,
        scope: Scope,
        statement: SelectOfScalar[Any],
        columns: tuple[Any, ...],
        values: dict[str, Any],
        *,
        named: bool = False,
        known_total: int | None = None,
    ) -> Sequence[Any]:
        looked = [name for name in ("where", "search", "sort") if getattr(self, name)] + list(self.filters)
        if not looked:
            return self._rows(scope, statement, columns, values, named, known_total)
        try:
            with at_most(scope.session, SLOWEST):
                return self._rows(scope, statement, columns, values, named, known_total)
        except TooSlow:
            problem = f"Takes more than {SLOWEST:g} s. Look for less"
            raise ValidationFailed(dict.fromkeys(looked, problem)) from None

    def _rows(
        self,
        scope: Scope,
        statement: SelectOfScalar[Any],
        columns: tuple[Any, ...],
        values: dict[str, Any],
        named: bool,
        known_total: int | None,
    ) -> Sequence[Any]:
        resource = self.resource
        sort = self.sort or resource.sort
        reader = Reader(resource, partial(zone_of, scope, values.get("team")))
        values = {**scope.values, **values}
        times = [name for name in self.filters if resource.kind(name) == "time"]
        if self.filters:
            given = self._filter_values(reader)
            names = sorted(given.keys() - times)
            statement = _filtered(statement, resource, tuple(names))
            values |= {_parameter(name): given[name] for name in names}
            for name in times:
                statement = statement.where(any_of(resource.column(name), given[name]))
        if self.where or self.search or times:
            found = _statements(self._narrowed(statement, reader), resource, sort, columns, _Built)
        else:
            found = _prepared(statement, resource, sort, columns, named)
        bounds = {**values, "limit": self.limit, "skip": self.skip}
        if self.cursor is None:
            rows = found.page.rows(scope.session, bounds)
        elif found.next_page is None:
            raise ValidationFailed(
                {"cursor": "A list that is sorted by a field that may be null has no cursor"}
            )
        else:
            bounds |= place(self.cursor, found.orders, resource)
            rows = found.next_page.rows(scope.session, bounds)
        if not rows:
            scope.require_readable(statement)
        total = self.skip + len(rows)
        if self.cursor is not None or len(rows) == self.limit or (self.skip and not rows):
            # The page may not hold the last row.
            if known_total is None or self.filters or self.where or self.search:
                [(total,)] = found.count.rows(scope.session, values)
            else:
                total = known_total
        self.work.headers["X-Total-Count"] = str(total)
        if len(rows) == self.limit and found.places:
            *sorted_by, id = (rows[-1][number] for number in found.places)
            self.work.headers["X-Next-Cursor"] = make_cursor(found.orders, sorted_by, id, resource)
        return rows

    def _filter_values(self, reader: Reader) -> dict[str, Any]:
        """Return the values of the filters by name. Raises ValidationFailed for a value of a wrong type."""
        return {
            name: [reader.filter_value(name, value) for value in given]
            for name, given in self.filters.items()
        }

    def _narrowed(self, statement: SelectOfScalar[Any], reader: Reader) -> SelectOfScalar[Any]:
        if self.where:
            statement = statement.where(parse_where(self.where, reader))
        if self.search:
            statement = statement.where(search_clause(self.search, self.resource))
        return statement


def _parameter(name: str) -> str:
    return f"filter_{name}"


@lru_cache(maxsize=500)
def _filtered(
    statement: SelectOfScalar[Any], resource: Resource, names: tuple[str, ...]
) -> SelectOfScalar[Any]:
    """Return the statement for those rows whose fields of these names have one of the values of the parameters."""
    return statement.where(
        *(resource.compared(name).in_(bindparam(_parameter(name), expanding=True)) for name in names)
    )


@dataclass(frozen=True, slots=True)
class _Built:
    """A statement that is built for one request. Its rows have names anyway."""

    statement: Select[Any]
    named: bool = False

    def rows(self, session: Session, values: dict[str, Any]) -> Sequence[Any]:
        session.flush()
        return session.connection().execute(self.statement, values).all()


@dataclass(frozen=True, slots=True)
class _Statements:
    """What a list asks the database. `page` takes `limit` and `skip`, `next_page` also a cursor's place."""

    page: Prepared | _Built
    next_page: Prepared | _Built | None
    count: Prepared | _Built
    orders: tuple[Order, ...]
    places: tuple[int, ...] | None
    """Where a row has the values of its cursor. None: a list in this order has no cursor, and no `next_page`."""


@lru_cache(maxsize=500)
def _prepared(
    statement: SelectOfScalar[Any], resource: Resource, sort: str, columns: tuple[Any, ...], named: bool
) -> _Statements:
    """Return the same for a constant statement: they are built once."""
    return _statements(statement, resource, sort, columns, Prepared, named=named)


def _statements(
    statement: SelectOfScalar[Any],
    resource: Resource,
    sort: str,
    columns: tuple[Any, ...],
    make: type[Prepared] | type[_Built],
    *,
    named: bool = False,
) -> _Statements:
    """Return the statements of a list. Raises ValidationFailed for a bad `sort`."""
    orders = parse_sort(sort, resource)
    places = resource.places([order.field for order in orders], columns)
    page = statement.with_only_columns(*columns, maintain_column_froms=True)
    page = page.order_by(*order_by(orders, resource)).limit(bindparam("limit")).offset(bindparam("skip"))
    next_page = make(page.where(after(orders, resource)), named=named) if places else None
    count = statement.with_only_columns(func.count(), maintain_column_froms=True).order_by(None)
    return _Statements(make(page, named=named), next_page, make(count), orders, places)


@dataclass(frozen=True, slots=True)
class Lists:
    """The dependency of an operation that lists objects of `resource`: `Annotated[Listing, Depends(Lists(QUEUE))]`."""

    resource: Resource

    async def __call__(
        self,
        request: Request,
        limit: Annotated[int, Query(ge=1, le=MOST)] = DEFAULT_LIMIT,
        skip: Annotated[int, Query(ge=0, le=2**31)] = 0,
        cursor: Annotated[str | None, Query(max_length=2000)] = None,
        sort: Annotated[str | None, Query(max_length=200)] = None,
        where: Annotated[str | None, Query(max_length=20000)] = None,
        search: Annotated[str | None, Query(max_length=200)] = None,
    ) -> Listing:
        if cursor is not None and skip:
            raise ValidationFailed({"skip": "A cursor says where the page begins"})
        filters: Mapping[str, Sequence[str]] = {}
        if request.scope["query_string"]:
            known, given = request.scope["route"].filters, request.query_params
            filters = {name: given.getlist(name) for name in given if name in known}
        return Listing(limit, skip, cursor, sort, where, search, filters, self.resource, work_of(request))


def search_clause(text: str, resource: Resource) -> ColumnElement[bool]:
    """Select rows in which any of the searched fields contains the text, whatever its case and accents."""
    if not resource.search:
        raise ValidationFailed({"search": "This list cannot be searched"})
    if "\0" in text:
        raise ValidationFailed({"search": "Contains a NUL character"})
    sought = fold(text)
    return or_(*(resource.compared(name).contains(sought, autoescape=True) for name in resource.search))

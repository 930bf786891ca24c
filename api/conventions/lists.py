"""Lists, for each operation that has one: `limit`, `skip`, `sort`, `where`, `search` and `X-Total-Count`."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, TypeVar, cast

from fastapi import Depends, Query, Request
from sqlalchemy import ColumnElement, Select, bindparam, func, or_
from sqlmodel import SQLModel
from sqlmodel.sql.expression import SelectOfScalar

from api.conventions.resource import Resource, Shown, plain_rows
from api.conventions.where import parse_where
from api.core.errors import ValidationFailed
from api.core.scope import Scope
from api.core.work import Work, work_of
from models.folded import folded
from switchroom.texts import fold

Table = TypeVar("Table", bound=SQLModel)

DEFAULT_LIMIT = 100
MOST = 1000


@dataclass(frozen=True, slots=True)
class Listing:
    """What a client asked of a list."""

    limit: int
    skip: int
    sort: str | None
    where: str | None
    search: str | None
    work: Work

    def fetch(
        self, scope: Scope, statement: SelectOfScalar[Table], resource: Resource, **values: Any
    ) -> Sequence[Table]:
        """Return the page's rows of those that `statement` (already scoped) selects. Sets `X-Total-Count`.

        They are read only: plain rows with the table's columns, not objects of the session. `values` are parameters of
        the statement beside the scope's.
        """
        columns = tuple(resource.model.__table__.columns)  # type: ignore[attr-defined]
        return cast(Sequence[Table], self._read(scope, statement, resource, columns, values))

    def show(
        self, scope: Scope, statement: SelectOfScalar[Any], resource: Resource, **values: Any
    ) -> list[Shown]:
        """Return the page's rows as answers: what `Resource.shown` makes of them. Sets `X-Total-Count`."""
        return resource.shown(self._read(scope, statement, resource, resource.read_columns, values))

    def _read(
        self,
        scope: Scope,
        statement: SelectOfScalar[Any],
        resource: Resource,
        columns: tuple[Any, ...],
        values: dict[str, Any],
    ) -> Sequence[Any]:
        sort = self.sort or resource.sort
        if self.where or self.search:
            page, count = _statements.__wrapped__(
                self._narrowed(statement, resource), resource, sort, columns
            )
        else:
            page, count = _statements(statement, resource, sort, columns)
        values = {**scope.values, **values}
        rows = plain_rows(scope.session, page, {**values, "limit": self.limit, "skip": self.skip})
        total = self.skip + len(rows)
        if len(rows) == self.limit or (self.skip and not rows):
            # The page may not hold the last row.
            [(total,)] = plain_rows(scope.session, count, values)
        self.work.headers["X-Total-Count"] = str(total)
        return rows

    def _narrowed(self, statement: SelectOfScalar[Any], resource: Resource) -> SelectOfScalar[Any]:
        if self.where:
            statement = statement.where(parse_where(self.where, resource))
        if self.search:
            statement = statement.where(search_clause(self.search, resource))
        return statement


@lru_cache(maxsize=500)
def _statements(
    statement: SelectOfScalar[Any], resource: Resource, sort: str, columns: tuple[Any, ...]
) -> tuple[Select[Any], Select[Any]]:
    """Return what reads a page (parameters `limit` and `skip`), and what counts all rows.

    For a constant statement they are built once. Raises ValidationFailed for a bad `sort`.
    """
    page = statement.with_only_columns(*columns, maintain_column_froms=True)
    page = page.order_by(*parse_sort(sort, resource)).limit(bindparam("limit")).offset(bindparam("skip"))
    return page, statement.with_only_columns(func.count(), maintain_column_froms=True).order_by(None)


async def listing(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=MOST)] = DEFAULT_LIMIT,
    skip: Annotated[int, Query(ge=0, le=2**31)] = 0,
    sort: Annotated[str | None, Query(max_length=200)] = None,
    where: Annotated[str | None, Query(max_length=20000)] = None,
    search: Annotated[str | None, Query(max_length=200)] = None,
) -> Listing:
    return Listing(limit, skip, sort, where, search, work_of(request))


ListingDep = Annotated[Listing, Depends(listing)]


def search_clause(text: str, resource: Resource) -> ColumnElement[bool]:
    """Select rows in which any of the searched fields contains the text, whatever its case and accents."""
    if not resource.search:
        raise ValidationFailed({"search": "This list cannot be searched"})
    if "\0" in text:
        raise ValidationFailed({"search": "Contains a NUL character"})
    return or_(
        *(folded(resource.column(name)).contains(fold(text), autoescape=True) for name in resource.search)
    )


def parse_sort(text: str, resource: Resource) -> list[ColumnElement[Any]]:
    """Parse `name`, `name DESC`, `a ASC, b DESC` or `{"name": -1}`. Equal rows are sorted by id.

    Raises ValidationFailed.
    """
    orders: list[ColumnElement[Any]] = []
    for name, direction in _sort_pairs(text):
        if name not in resource.fields or resource.kind(name) == "json":
            raise ValidationFailed({"sort": f"'{name[:80]}' is not a field that can be sorted by"})
        if direction not in ("ASC", "DESC", "1", "-1"):
            raise ValidationFailed({"sort": "The direction is ASC or DESC"})
        column = resource.column(name)
        if resource.kind(name) == "text":
            column = folded(column)
        orders.append(column.desc() if direction in ("DESC", "-1") else column.asc())
    key: ColumnElement[Any] = next(iter(resource.model.__table__.primary_key))  # type: ignore[attr-defined]
    return [*orders, key.asc()]


def _sort_pairs(text: str) -> list[tuple[str, str]]:
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

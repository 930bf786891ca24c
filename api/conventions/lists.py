"""Lists in one place: `limit`, `skip`, `sort`, `where`, `search`, and the total in `X-Total-Count`."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar, cast

from fastapi import Depends, Query
from sqlalchemy import ColumnElement, func, or_
from sqlmodel import Session, SQLModel
from sqlmodel.sql.expression import SelectOfScalar

from api.conventions.resource import Resource, Shown
from api.conventions.where import parse_where
from api.core.errors import ValidationFailed
from api.core.route import WorkDep
from api.core.work import Work

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
        self, session: Session, statement: SelectOfScalar[Table], resource: Resource
    ) -> Sequence[Table]:
        """The rows of the page, of those that `statement` (already scoped) selects; sets `X-Total-Count`.

        They are read only: plain rows with the table's columns, not objects of the session.
        """
        statement = self._narrowed(statement, resource)
        columns = resource.model.__table__.columns  # type: ignore[attr-defined]
        plain = statement.with_only_columns(*columns, maintain_column_froms=True)
        rows = session.execute(self._page(plain, resource)).all()
        self.work.headers["X-Total-Count"] = str(self._total(session, statement, len(rows)))
        return cast(Sequence[Table], rows)

    def show(
        self, session: Session, statement: SelectOfScalar[Any], resource: Resource, **more: Any
    ) -> list[Shown]:
        """The rows of the page as answers, read as `Resource.rows` does; sets `X-Total-Count`."""
        statement = self._narrowed(statement, resource)
        rows = resource.rows(session, self._page(statement, resource), **more)
        self.work.headers["X-Total-Count"] = str(self._total(session, statement, len(rows)))
        return rows

    def _narrowed(self, statement: SelectOfScalar[Any], resource: Resource) -> SelectOfScalar[Any]:
        if self.where:
            statement = statement.where(parse_where(self.where, resource))
        if self.search:
            statement = statement.where(search_clause(self.search, resource))
        return statement

    def _page(self, statement: Any, resource: Resource) -> Any:
        ordered = statement.order_by(*parse_sort(self.sort or resource.sort, resource))
        return ordered.limit(self.limit).offset(self.skip)

    def _total(self, session: Session, statement: SelectOfScalar[Table], found: int) -> int:
        """How many rows there are: known without a query if the page holds the last one."""
        if found < self.limit and (found or not self.skip):
            return self.skip + found
        count = statement.with_only_columns(func.count(), maintain_column_froms=True).order_by(None)
        return int(session.connection().execute(count).scalar_one())


async def listing(
    work: WorkDep,
    limit: Annotated[int, Query(ge=1, le=MOST)] = DEFAULT_LIMIT,
    skip: Annotated[int, Query(ge=0, le=2**31)] = 0,
    sort: Annotated[str | None, Query(max_length=200)] = None,
    where: Annotated[str | None, Query(max_length=20000)] = None,
    search: Annotated[str | None, Query(max_length=200)] = None,
) -> Listing:
    return Listing(limit, skip, sort, where, search, work)


ListingDep = Annotated[Listing, Depends(listing)]


def search_clause(text: str, resource: Resource) -> ColumnElement[bool]:
    """Rows in which any of the searched fields contains the text, whatever its case."""
    if not resource.search:
        raise ValidationFailed({"search": "This list cannot be searched"})
    if "\0" in text:
        raise ValidationFailed({"search": "Contains a NUL character"})
    return or_(*(resource.column(name).icontains(text, autoescape=True) for name in resource.search))


def parse_sort(text: str, resource: Resource) -> list[ColumnElement[Any]]:
    """`name`, `name DESC`, `a ASC, b DESC`, `{"name": -1}`; ties break by id. Raises ValidationFailed."""
    orders: list[ColumnElement[Any]] = []
    for name, direction in _sort_pairs(text):
        if name not in resource.fields or resource.kind(name) == "json":
            raise ValidationFailed({"sort": f"'{name[:80]}' is not a field that can be sorted by"})
        if direction not in ("ASC", "DESC", "1", "-1"):
            raise ValidationFailed({"sort": "The direction is ASC or DESC"})
        column = resource.column(name)
        if resource.kind(name) == "text":
            column = func.lower(column)
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

"""Lists by pages. A cursor says behind, or before, which row a page lies, so pages are stable while rows arrive."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Generic, TypeVar

from pydantic import Field, StringConstraints
from sqlalchemy import Integer, bindparam, tuple_
from sqlmodel import Session

from api.conventions.answers import Answer
from api.conventions.body import Body
from api.core.errors import ValidationFailed
from api.inbox.fields import InboxId
from switchroom.prepared import Joined, Prepared

PAGE_SIZE, MOST = 10, 100
Row = TypeVar("Row")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CURSOR = re.compile(r"([np])((?:\.[0-9a-f]{1,32})+)")


class Paged(Body):
    """Which page of a list the client wants."""

    cursor: Annotated[str, StringConstraints(max_length=200)] = ""
    """`next_cursor` or `previous_cursor` of another page. Empty: the first page."""
    page_size: Annotated[int, Field(ge=1, le=MOST)] = PAGE_SIZE


class PagedOfOrganization(Paged):
    """A page of an organization's list."""

    organization_id: InboxId


class Metadata(Answer):
    """What stands around a page."""

    previous_cursor: str
    """Empty if this is the first page."""
    next_cursor: str
    """Empty if this is the last page."""
    filtered_total: int
    """How many objects meet the filter."""
    total: int
    """How many objects there are."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a list is ordered by, the highest first. `kinds`: `time`, `number` or `id` for each column."""

    columns: tuple[Any, ...]
    kinds: tuple[str, ...]

    def cursor(self, key: Sequence[Any], *, backwards: bool = False) -> str:
        """Return the cursor of the page behind the row with these values, or before it."""
        parts = [_WRITE[kind](value) for kind, value in zip(self.kinds, key, strict=True)]
        return ".".join(["p" if backwards else "n", *parts])

    def parse(self, text: str) -> tuple[bool, tuple[Any, ...]]:
        """Return whether the page lies before the row, and the row's values. Raises ValidationFailed."""
        found = _CURSOR.fullmatch(text)
        parts = found[2].split(".")[1:] if found else []
        try:
            key = tuple(_READ[kind](part) for kind, part in zip(self.kinds, parts, strict=True))
        except (ValueError, OverflowError):
            raise ValidationFailed({"cursor": "Not a cursor of this list"}) from None
        return bool(found) and found[1] == "p", key  # type: ignore[index]


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    rows: list[Row]
    previous_cursor: str
    next_cursor: str

    def metadata(self, *, total: int, filtered_total: int | None = None, **more: Any) -> dict[str, Any]:
        """Return what stands around the page. Without a filter both totals are the same."""
        return {
            "previous_cursor": self.previous_cursor,
            "next_cursor": self.next_cursor,
            "filtered_total": total if filtered_total is None else filtered_total,
            "total": total,
            **more,
        }


def read_page(
    session: Session,
    statement: Any,
    order: Order,
    asked: Paged,
    key_of: Callable[[Any], Sequence[Any]],
) -> Page[Any]:
    """Return the page of the rows that `statement` selects. `key_of` returns a row's values of the order's columns.

    It is one statement, and it costs the same for every page. Raises ValidationFailed for a wrong cursor.
    """
    backwards, key = order.parse(asked.cursor) if asked.cursor else (False, None)
    ordered = _ordered(statement, order, key, backwards=backwards).limit(asked.page_size + 1)
    return _page(list(session.execute(ordered).all()), order, asked, key_of, backwards=backwards)


class Pages:
    """The pages of a statement that never changes: read as `read_page` does, in less time."""

    def __init__(self, statement: Any, order: Order, *parts: Any) -> None:
        """Without `parts` a row is what the statement selects, named. Else it has these parts (see `Joined`), the
        first of which has the order's columns."""
        self._order, self._in_parts = order, bool(parts)
        self._names = [column.key for column in order.columns]
        key = [
            bindparam(f"key_{name}", type_=column.type)
            for name, column in zip(self._names, order.columns, strict=True)
        ]

        def prepared(key: Any, *, backwards: bool) -> Joined | Prepared:
            read = _ordered(statement, order, key, backwards=backwards).limit(
                bindparam("limit", type_=Integer)
            )
            return Joined(read, *parts) if parts else Prepared(read, named=True)

        self._first = prepared(None, backwards=False)
        self._behind, self._before = prepared(key, backwards=False), prepared(key, backwards=True)

    def read(self, session: Session, asked: Paged, values: Mapping[str, Any]) -> Page[Any]:
        """Return the page. Raises ValidationFailed for a wrong cursor."""
        backwards, prepared, given = False, self._first, {**values, "limit": asked.page_size + 1}
        if asked.cursor:
            backwards, key = self._order.parse(asked.cursor)
            prepared = self._before if backwards else self._behind
            given |= {f"key_{name}": value for name, value in zip(self._names, key, strict=True)}
        found = list(prepared.rows(session, given))
        return _page(found, self._order, asked, self._key_of, backwards=backwards)

    def _key_of(self, row: Any) -> list[Any]:
        first = row[0] if self._in_parts else row
        return [getattr(first, name) for name in self._names]


def _ordered(statement: Any, order: Order, key: Any, *, backwards: bool) -> Any:
    """Return the statement for the rows behind the key, or before it, in the order in which they are read."""
    if key is not None:
        place = tuple_(*order.columns)
        statement = statement.where(place > tuple_(*key) if backwards else place < tuple_(*key))
    return statement.order_by(*(column.asc() if backwards else column.desc() for column in order.columns))


def _page(
    found: list[Any], order: Order, asked: Paged, key_of: Callable[[Any], Sequence[Any]], *, backwards: bool
) -> Page[Any]:
    """Return the page of the rows that were found, of which one may be too much."""
    size = asked.page_size
    more, rows = len(found) > size, found[:size]
    if backwards:
        rows.reverse()
    has_previous, has_next = (more, True) if backwards else (bool(asked.cursor), more)
    return Page(
        rows,
        order.cursor(key_of(rows[0]), backwards=True) if rows and has_previous else "",
        order.cursor(key_of(rows[-1])) if rows and has_next else "",
    )


def _read_time(text: str) -> datetime:
    return _EPOCH + timedelta(microseconds=int(text, 16))


def _read_number(text: str) -> int:
    number = int(text, 16)
    if number >= 2**31:
        raise ValueError("too large")
    return number


_WRITE: dict[str, Callable[[Any], str]] = {
    "time": lambda value: f"{(value - _EPOCH) // timedelta(microseconds=1):x}",
    "number": lambda value: f"{value:x}",
    "id": str,
}
_READ: dict[str, Callable[[str], Any]] = {"time": _read_time, "number": _read_number, "id": str}

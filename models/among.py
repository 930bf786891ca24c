"""`among`: the condition that a column is one of a list of ids, whose list is one parameter.

SQLAlchemy's `in_` writes a parameter for each id, and so prepares another statement for each length of the list. For a
page's hundred ids that takes longer than the database does. Use it for ids only: a list of one id in `in_` lets SQLite
read an index in order, and this does not.
"""

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import Boolean, Dialect, Text, TypeDecorator, bindparam
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class Ids(TypeDecorator[Sequence[str]]):
    """A list of ids as one value: an array on PostgreSQL, a JSON array on SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(ARRAY(Text()) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Sequence[str] | None, dialect: Dialect) -> Any:
        return value if dialect.name == "postgresql" or value is None else orjson.dumps(value).decode()


class among(FunctionElement[bool]):
    """`among(column, "queues")`: whether the column is one of the ids that the parameter `queues` lists."""

    type = Boolean()
    inherit_cache = True

    def __init__(self, column: Any, parameter: str) -> None:
        super().__init__(column, bindparam(parameter, type_=Ids()))

    def self_group(self, against: Any = None) -> Any:
        """Stand alone. SQLAlchemy would write `(...) = 1` for SQLite, which then reads the whole table."""
        return self


@compiles(among)
def _array(element: among, compiler: Any, **options: Any) -> str:
    column, ids = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} = ANY({ids})"


@compiles(among, "sqlite")
def _json(element: among, compiler: Any, **options: Any) -> str:
    column, ids = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({ids}))"  # noqa: S608 - both are written by the compiler

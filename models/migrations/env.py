"""Alembic's entry: runs migrations against the url of `switchroom.database.alembic_config`, else of the settings."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString

import models  # noqa: F401  (fills the metadata)
from models.base import Json, UTCDateTime
from switchroom.database import make_engine
from switchroom.settings import get_settings


def render_item(kind: str, item: Any, autogen_context: Any) -> str | Literal[False]:
    """Migrations name SQLAlchemy's own types, so that they stay as they are when ours change."""
    if kind != "type":
        return False
    if isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if isinstance(item, Json):
        autogen_context.imports.add("from sqlalchemy.dialects import postgresql")
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    if isinstance(item, AutoString):
        return f"sa.String(length={item.length})" if item.length else "sa.String()"
    return False


def include_object(_object: Any, name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:
    """Leave out what only one of the databases has: the tables of SQLite's index, and the columns of PostgreSQL's."""
    only_there = {"column": ("lexemes",), "index": ("ix_search_entries_lexemes",)}
    return name not in only_there.get(kind, ()) and not (
        kind == "table" and str(name).startswith("search_index")
    )


def configure(connection: Connection | None, url: str | None = None) -> None:
    context.configure(
        connection=connection,
        url=url,
        target_metadata=SQLModel.metadata,
        render_item=render_item,
        include_object=include_object,
        compare_type=True,
        render_as_batch=(connection.dialect.name if connection else url or "").startswith("sqlite"),
        literal_binds=connection is None,
        dialect_opts={"paramstyle": "named"},
    )


def run() -> None:
    url = context.config.attributes.get("url") or get_settings().database_url
    if context.is_offline_mode():
        configure(None, url)
        with context.begin_transaction():
            context.run_migrations()
        return
    engine = make_engine(url, pooler=True)  # no statement runs so often that preparing it would help
    with engine.connect() as connection:
        configure(connection)
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
    engine.dispose()


run()

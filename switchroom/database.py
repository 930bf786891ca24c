"""The database: engines, one transaction per unit of work, migrations.

SQLite runs in WAL mode with foreign keys on and a busy timeout of 5 s. Its transactions begin with
`BEGIN IMMEDIATE`, so that two of them cannot both read and then write (a lost update); read-only ones
(`session(readonly=True)`) begin plainly and never wait for a writer.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlmodel import Session

from switchroom.settings import get_settings

MIGRATIONS = Path(__file__).resolve().parent.parent / "models" / "migrations"
BUSY_TIMEOUT_MS = 5000


def make_engine(url: str) -> Engine:
    """An engine for `sqlite:///file` or `postgresql+psycopg://...`. Makes SQLite's folder if missing."""
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=20)
    database = make_url(url).database
    if database and database != ":memory:":
        Path(database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"check_same_thread": False}, pool_size=10, max_overflow=20)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own transaction handling is switched off: it begins late and never IMMEDIATE.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "synchronous=NORMAL",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    readonly = connection.get_execution_options().get("readonly", False)
    connection.exec_driver_sql("BEGIN" if readonly else "BEGIN IMMEDIATE")


@lru_cache
def get_engine() -> Engine:
    """The process's engine, made once from the settings."""
    return make_engine(get_settings().database_url)


def ping(engine: Engine) -> None:
    """Return if the database answers; never waits for a writer. Raises SQLAlchemy's errors."""
    with engine.execution_options(readonly=True).connect() as connection:
        connection.exec_driver_sql("SELECT 1")


@contextmanager
def session(engine: Engine | None = None, *, readonly: bool = False) -> Iterator[Session]:
    """One transaction: committed at the end of the block, rolled back if it raises. Objects stay readable."""
    bind = engine or get_engine()
    with Session(bind.execution_options(readonly=readonly), expire_on_commit=False) as current:
        try:
            yield current
            current.commit()
        except BaseException:
            current.rollback()
            raise


def alembic_config(url: str) -> Config:
    """Alembic's configuration for our migrations against this database."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url
    return config


def upgrade(url: str | None = None) -> None:
    """Bring the database (the settings' by default) to the newest schema. Does nothing if it is there."""
    command.upgrade(alembic_config(url or get_settings().database_url), "head")

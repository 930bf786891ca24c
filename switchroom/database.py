"""The database: engines, one transaction per unit of work, migrations.

SQLite runs in WAL mode with foreign keys on and a busy timeout of 15 s. Its transactions begin with
`BEGIN IMMEDIATE`, so that two of them cannot both read and then write (a lost update); read-only ones
(`session(readonly=True)`) begin plainly and never wait for a writer.
"""

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

import orjson
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, DisconnectionError, InvalidRequestError
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import Session

from switchroom.search_words import search_pairs, search_words
from switchroom.settings import Settings, get_settings
from switchroom.texts import fold

Result = TypeVar("Result")
TRIES = 3
"""How often a transaction is tried that loses to others."""

MIGRATIONS = Path(__file__).resolve().parent.parent / "models" / "migrations"
BUSY_TIMEOUT_MS = 15_000
"""How long a writer of SQLite waits for those of other processes."""
_CONTESTS = frozenset({"23503", "23505", "40001", "40P01"})
"""PostgreSQL's codes: a foreign key, a unique value, a serialization failure, a deadlock."""
RESTED = 1.0
"""Seconds after which a connection to PostgreSQL is checked before it is used again."""


def make_engine(url: str, *, pooler: bool = False) -> Engine:
    """An engine for `sqlite:///file` or `postgresql+psycopg://...`. Makes SQLite's folder if missing.

    `pooler`: between us and PostgreSQL is a pooler in transaction mode. Each transaction may have another connection to
    the server, so no statement is prepared on one.
    """
    if make_url(url).get_backend_name() != "sqlite":
        engine = create_engine(
            url,
            connect_args={"prepare_threshold": None} if pooler else {},
            pool_size=16,
            max_overflow=16,
            json_serializer=_dump_json,
            json_deserializer=orjson.loads,
            hide_parameters=True,  # callers' numbers: an error is logged
        )
        event.listen(engine, "checkin", _note_checkin)
        event.listen(engine, "checkout", _check_rested)
        return engine
    database = make_url(url).database
    if database and database != ":memory:":
        Path(database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url,
        connect_args={"check_same_thread": False},
        pool_size=16,
        max_overflow=16,
        json_serializer=_dump_json,
        json_deserializer=orjson.loads,
        hide_parameters=True,
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _dump_json(value: Any) -> str:
    """Return the value as JSON. Raises TypeError if it has something that is no JSON."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        # orjson refuses integers of more than 64 bits and halves of surrogate pairs.
        return json.dumps(value)


def _note_checkin(_connection: Any, record: Any) -> None:
    record.info["checked in"] = monotonic()


def _check_rested(connection: Any, record: Any, _proxy: Any) -> None:
    """Ask whether the server is still there, but only if the connection has rested for `RESTED` seconds."""
    if monotonic() - record.info.get("checked in", monotonic()) < RESTED:
        return
    try:
        connection.execute("SELECT 1")
        connection.rollback()
    except Exception as error:
        raise DisconnectionError from error


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
    connection.create_function("fold_text", 1, _fold, deterministic=True)
    connection.create_function("search_words", 1, _search_words, deterministic=True)
    connection.create_function("search_pairs", 1, search_pairs, deterministic=True)


@lru_cache(maxsize=16)
def _fold(value: Any) -> Any:
    """Fold a text. A query asks for the same one again for each of its conditions."""
    return fold(value) if isinstance(value, str) else value


def _search_words(value: Any) -> Any:
    return search_words(value) if isinstance(value, str) else value


def _begin_sqlite(connection: Connection) -> None:
    readonly = connection.get_execution_options().get("readonly", False)
    # Straight to the driver: this is said once for each transaction.
    driver: Any = connection.connection.driver_connection
    statement = "BEGIN" if readonly else "BEGIN IMMEDIATE"
    try:
        driver.execute(statement)
    except sqlite3.Error as error:
        # As SQLAlchemy does it: who asks for its errors must get this one, too.
        raise DBAPIError.instance(statement, None, error, sqlite3.Error) from error


def for_reading(engine: Engine) -> Engine:
    """Return the same database for transactions that change nothing.

    On SQLite they begin plainly, so they never wait for a writer. On PostgreSQL each statement sees what is committed
    when it begins, as in its default isolation, without the two round trips of BEGIN and COMMIT.
    """
    if engine.dialect.name == "sqlite":
        return engine.execution_options(readonly=True)
    return engine.execution_options(isolation_level="AUTOCOMMIT")


def engine_of(settings: Settings) -> Engine:
    """An engine of the settings' database."""
    return make_engine(settings.database_url, pooler=settings.database_pooler)


@lru_cache
def get_engine() -> Engine:
    """The process's engine, made once from the settings."""
    return engine_of(get_settings())


def ping(engine: Engine) -> bool:
    """Return whether the database takes what is written, if it answers. Never waits for a writer.

    PostgreSQL is read-only while it is a standby, or after its disk was full. Raises SQLAlchemy's errors.
    """
    if engine.dialect.name == "sqlite":
        with engine.execution_options(readonly=True).connect() as connection:
            connection.exec_driver_sql("SELECT 1")
        return True
    with engine.connect() as connection:
        return bool(connection.exec_driver_sql("SHOW transaction_read_only").scalar_one() == "off")


_of_thread = threading.local()


def kept_by_thread(engine: Engine) -> Engine | Connection:
    """Return what a session of this thread is bound to, for threads that have one transaction after the other.

    On SQLite it is a connection that the thread keeps: to take it from the pool and to give it back costs as much as a
    small statement. A connection to PostgreSQL is shared, and checked when it has rested.
    """
    if engine.dialect.name != "sqlite":
        return engine
    kept: dict[Engine, Connection] = _of_thread.__dict__.setdefault("kept", {})
    connection = kept.get(engine)
    if connection is None:
        connection = kept[engine] = engine.connect()
    return connection


@contextmanager
def session(engine: Engine | None = None, *, readonly: bool = False) -> Iterator[Session]:
    """One transaction: committed at the end of the block, rolled back if it raises. Objects stay readable."""
    bind = engine or get_engine()
    with Session(for_reading(bind) if readonly else bind, expire_on_commit=False) as current:
        try:
            yield current
            current.commit()
        except BaseException:
            current.rollback()
            raise


def lost_to_another(error: BaseException) -> bool:
    """Return whether another transaction of this moment made this one fail, so that it may succeed if it is done again.

    The other one wrote the same unique value, deleted a row that this one has read, or waited for it while it was
    waited for. SQLite has one writer at a time, so there it never happens.
    """
    if isinstance(error, DBAPIError):
        return getattr(error.orig, "sqlstate", None) in _CONTESTS
    return isinstance(error, InvalidRequestError | StaleDataError)


def again_if_lost(work: Callable[[], Result], tries: int = TRIES) -> Result:
    """Do `work`, a transaction, and do it again if it lost to another one: then it finds what that one left.

    Raises what the last of so many tries raised.
    """
    for _ in range(tries - 1):
        try:
            return work()
        except Exception as error:
            if not lost_to_another(error):
                raise
    return work()


def alembic_config(url: str) -> Config:
    """Alembic's configuration for our migrations against this database."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url
    return config


def upgrade(url: str | None = None) -> None:
    """Bring the database (the settings' by default) to the newest schema. Does nothing if it is there."""
    command.upgrade(alembic_config(url or get_settings().database_url), "head")

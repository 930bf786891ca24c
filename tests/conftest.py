"""Fixtures that every test may use. Servers are real and private, started once a session."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from switchroom import database
from tests.support.parallel import (
    pytest_collection_finish,
    pytest_collection_modifyitems,
    pytest_runtest_setup,
    pytest_xdist_make_scheduler,
)
from tests.support.servers import (
    RedisServer,
    S3Server,
    empty_tables,
    new_postgres_database,
    new_redis,
    new_sqlite_database,
    postgres_cluster,
    s3_server_on,
)

__all__ = [
    "pytest_collection_finish",
    "pytest_collection_modifyitems",
    "pytest_runtest_setup",
    "pytest_xdist_make_scheduler",
]


@pytest.fixture(scope="session")
def redis_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A private Redis that a test may stop, kill and start again."""
    server = new_redis(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def redis_server(redis_process: RedisServer) -> str:
    """URL of the session's private Redis. Use keys of your own (a random shard), or flush before use."""
    return redis_process.url


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """SQLAlchemy URL of a fresh PostgreSQL database."""
    with postgres_cluster() as server:
        yield server.url


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: str) -> str:
    """URL of the session's migrated PostgreSQL database: `postgres_url` is it without rows."""
    url = new_postgres_database(postgres_server)
    database.upgrade(url)
    return url


@pytest.fixture
def postgres_url(migrated_postgres: str) -> str:
    """URL of a migrated PostgreSQL database without rows."""
    empty_tables(migrated_postgres)
    return migrated_postgres


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """URL of a migrated SQLite database without rows."""
    return new_sqlite_database(tmp_path / "switchroom.db")


@pytest.fixture
def fresh_postgres(postgres_server: str) -> str:
    """URL of an empty PostgreSQL database of this test's own, without tables."""
    return new_postgres_database(postgres_server)


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """A private S3 server with the empty bucket `switchroom`."""
    with s3_server_on(tmp_path_factory.mktemp("s3")) as server:
        yield server

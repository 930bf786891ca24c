"""Fixtures that every test may use. Servers are real and private. They start once in a session."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from switchroom import database
from tests.support.api_coverage import (
    pytest_addoption,
    pytest_runtest_logreport,
    pytest_runtest_makereport,
    pytest_sessionfinish,
)
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
    "pytest_addoption",
    "pytest_collection_finish",
    "pytest_collection_modifyitems",
    "pytest_runtest_logreport",
    "pytest_runtest_makereport",
    "pytest_runtest_setup",
    "pytest_sessionfinish",
    "pytest_xdist_make_scheduler",
]


@pytest.fixture(scope="session")
def redis_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """Start a private Redis. The test may stop, kill and restart it."""
    server = new_redis(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def redis_server(redis_process: RedisServer) -> str:
    """Return the URL of the session's private Redis. Use your own keys (a random shard), or flush it first."""
    return redis_process.url


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Return SQLAlchemy's URL of a new PostgreSQL database."""
    with postgres_cluster() as server:
        yield server.url


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: str) -> str:
    """Return the URL of the session's migrated PostgreSQL database. `postgres_url` is the same without rows."""
    url = new_postgres_database(postgres_server)
    database.upgrade(url)
    return url


@pytest.fixture
def postgres_url(migrated_postgres: str) -> str:
    """Return the URL of a migrated PostgreSQL database without rows."""
    empty_tables(migrated_postgres)
    return migrated_postgres


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Return the URL of a migrated SQLite database without rows."""
    return new_sqlite_database(tmp_path / "switchroom.db")


@pytest.fixture(
    params=[
        pytest.param("sqlite", marks=pytest.mark.unit),
        pytest.param("postgresql", marks=pytest.mark.service),
    ]
)
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Yield a migrated database without rows. The test runs on each kind."""
    url = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    engine = database.make_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture
def fresh_postgres(postgres_server: str) -> str:
    """Return the URL of an empty PostgreSQL database for this test, without tables."""
    return new_postgres_database(postgres_server)


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """Start a private S3 server with the empty bucket `switchroom`."""
    with s3_server_on(tmp_path_factory.mktemp("s3")) as server:
        yield server

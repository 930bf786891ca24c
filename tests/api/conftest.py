"""An api with a new database for each test, on SQLite and on PostgreSQL, and people who can sign in."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from argon2 import PasswordHasher

from api.core import passwords
from api.main import create_app
from switchroom.ids import new_id
from switchroom.settings import Settings
from tests.support.api.client import Api, RelayedClient
from tests.support.api.world import any_world, refuses_outsiders, world

__all__ = ["any_world", "refuses_outsiders", "world"]


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give Argon2id the least work, because tests hash hundreds of passwords."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", hasher)
    monkeypatch.setattr(passwords, "_DUMMY", hasher.hash("nobody's"))


@pytest.fixture(params=["sqlite", "postgresql"])
def any_database_url(request: pytest.FixtureRequest) -> str:
    """Return the URL of a migrated database without rows. The test runs on each kind."""
    return str(request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url"))


@contextmanager
def apis(redis_server: str) -> Iterator[Callable[..., Api]]:
    """Yield a function that starts an api on a database. Keyword arguments are settings."""
    clients: list[RelayedClient] = []

    def make(url: str, **changes: Any) -> Api:
        values = {
            "secret_key": secrets.token_hex(32),
            "database_url": url,
            "redis_url": redis_server,
            "shard": f"t{new_id()[-20:]}",
            "sip_ws_port": 8088,
            **changes,
        }
        app = create_app(Settings(_env_file=None, **values), checks_answers=True)
        client = RelayedClient(app)
        client.__enter__()
        clients.append(client)
        return Api(client, app.state.context)

    yield make
    for client in clients:
        client.__exit__(None, None, None)


@pytest.fixture
def make_api(redis_server: str) -> Iterator[Callable[..., Api]]:
    """Yield a function that starts an api on a database. Keyword arguments are settings."""
    with apis(redis_server) as make:
        yield make


@pytest.fixture
def api(make_api: Callable[..., Api], sqlite_url: str) -> Api:
    """Start an api on SQLite."""
    return make_api(sqlite_url)


@pytest.fixture
def any_api(make_api: Callable[..., Api], any_database_url: str) -> Api:
    """Start an api on SQLite and, in a second run of the test, on PostgreSQL."""
    return make_api(any_database_url)

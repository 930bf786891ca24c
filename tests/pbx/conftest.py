"""A private Redis that these tests may stop and kill, and the engine's store with its own shard."""

import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from pbx.persistence.store import Store, connect
from switchroom.redis_keys import Keys
from tests.support.servers import RedisServer, new_redis


@pytest.fixture(scope="module")
def own_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """Start a Redis for this test alone. The test may stop and start it."""
    server = new_redis(tmp_path_factory.mktemp("own-redis"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def store(own_redis: RedisServer) -> AsyncIterator[Store]:
    redis = connect(own_redis.url)
    yield Store(redis, Keys(secrets.token_hex(6)))
    await redis.aclose()


@pytest.fixture
def spools(tmp_path: Path) -> Path:
    return tmp_path / "spools"

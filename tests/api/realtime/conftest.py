"""Two api processes on one database and one Redis, people who can sign in, and clients of both."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from api.core.context import Context, make_context
from models.outbox import emit_event
from switchroom.ids import new_id
from switchroom.messages.events import Audience
from switchroom.settings import Settings
from tests.support.api.client import Api, Person
from tests.support.node import install
from tests.support.realtime.clients import EventReader, SailsClient
from tests.support.realtime.process import ApiProcess
from tests.support.servers import RedisServer, new_redis

NODE = Path(__file__).parent / "node"


@dataclass
class Realtime:
    """The processes, and `api`: this test's own hand in their database and Redis, without a client."""

    api: Api
    processes: list[ApiProcess]
    redis: RedisServer
    packages: Path | None = None
    _clients: list[SailsClient] = field(default_factory=list)
    _readers: list[EventReader] = field(default_factory=list)

    @property
    def context(self) -> Context:
        return self.api.context

    def socket(self, person: Person | None = None, *, version: int = 2, process: int = 0) -> SailsClient:
        """Connect the SDK. It sends this person's token with each request."""
        assert self.packages is not None, "the test needs the fixture `sockets`"
        token = person.headers["Authorization"].partition(" ")[2] if person else ""
        client = SailsClient(self.packages, self.processes[process].url, version, token)
        self._clients.append(client)
        return client

    def stream(self, person: Person, *, team: str = "", process: int = 0, last_id: str = "") -> EventReader:
        """Read the stream of the person's team, from after `last_id` on."""
        url = f"{self.processes[process].url}/v1/team/{team or person.team}/stream"
        reader = EventReader(url, person.headers, last_id).start()
        self._readers.append(reader)
        return reader

    def tell(self, audience: Audience, model: str = "thing", verb: str = "updated", **data: Any) -> str:
        """Emit an event in a transaction of its own. Return the object's id."""
        id = new_id()
        self.context.write(lambda session: emit_event(session, model, verb, id, data, audience))
        assert self.context.relay.flush()
        return id

    def stop(self) -> None:
        for client in self._clients:
            client.stop()
        for reader in self._readers:
            reader.stop()
        for process in self.processes:
            process.stop()
        self.context.relay.close()
        self.context.pools.close()
        self.context.engine.dispose()


@pytest.fixture
def make_realtime(postgres_url: str, tmp_path: Path) -> Iterator[Callable[..., Realtime]]:
    """Yield a function that starts so many api processes, on a Redis of their own."""
    started: list[Realtime] = []

    def make(processes: int = 1, **changes: str) -> Realtime:
        redis = new_redis(tmp_path)
        redis.start()
        settings = {
            "secret_key": secrets.token_hex(32),
            "database_url": postgres_url,
            "redis_url": redis.url,
            "shard": f"t{new_id()[-20:]}",
            **changes,
        }
        context = make_context(Settings(_env_file=None, **cast(dict[str, Any], settings)))
        apis = [ApiProcess(settings, tmp_path / f"api-{n}.log") for n in range(processes)]
        found = Realtime(Api(cast(Any, None), context), apis, redis)
        started.append(found)
        for api in apis:
            api.start()
        return found

    yield make
    for found in started:
        found.stop()
        found.redis.stop()


@pytest.fixture
def realtime(make_realtime: Callable[..., Realtime]) -> Realtime:
    """One api process."""
    return make_realtime()


@pytest.fixture
def two(make_realtime: Callable[..., Realtime]) -> Realtime:
    """Two api processes."""
    return make_realtime(2)


@pytest.fixture(scope="session")
def packages(request: pytest.FixtureRequest) -> Path:
    """The folder with the SDK and both socket clients."""
    return install(NODE, Path(request.config.cache.mkdir("realtime")))


@pytest.fixture
def sockets(realtime: Realtime, packages: Path) -> Realtime:
    """One api process, and the SDK."""
    realtime.packages = packages
    return realtime

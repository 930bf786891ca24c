from collections.abc import AsyncIterator, Callable

import pytest

from pbx.ami import AmiClient, ConnectionState, Message, Timing
from tests.support.pbx import waiting
from tests.support.pbx.fake_ami import FakeAmi

QUICK = Timing(
    connect=1.0,
    action=0.3,
    ping_every=30.0,
    ping_deadline=0.1,
    backoff=0.01,
    backoff_limit=0.05,
    refused=30.0,
)


async def until(condition: Callable[[], object], seconds: float = 5.0) -> None:
    """Wait for `condition()`. Fail after the deadline."""
    await waiting.until(lambda: bool(condition()), "the condition", seconds)


class Client:
    """The client under test, and everything that it reported."""

    def __init__(self, server: FakeAmi, timing: Timing) -> None:
        self.messages: list[Message] = []
        self.states: list[ConnectionState] = []
        self.ami = AmiClient(server.node, self.messages.append, self.states.append, timing=timing)

    async def connected(self, times: int = 1) -> None:
        await until(lambda: self.states.count(ConnectionState.CONNECTED) >= times)


@pytest.fixture
async def server() -> AsyncIterator[FakeAmi]:
    async with FakeAmi() as fake:
        yield fake


@pytest.fixture
async def make_client(server: FakeAmi) -> AsyncIterator[Callable[..., Client]]:
    made: list[Client] = []

    def make(timing: Timing = QUICK) -> Client:
        made.append(Client(server, timing))
        return made[-1]

    yield make
    for client in made:
        await client.ami.close()


@pytest.fixture
async def client(make_client: Callable[..., Client]) -> Client:
    one = make_client()
    await one.ami.start()
    await one.connected()
    return one

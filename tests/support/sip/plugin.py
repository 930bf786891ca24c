"""Fixtures of the SIP tests. `tests/asterisk` shows how to use them. Other folders import them in their conftest."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cli.run.asterisk_config import PeerNode
from tests.support.sip.asterisk import AsteriskServer, new_asterisk, realtime_for
from tests.support.sip.ports import free_port
from tests.support.sip.realtime import Account, RealtimeServer

ACCOUNTS = [
    Account("101", "secret-of-101"),
    Account("102", "secret-of-102"),
    Account("103", "other", team="b" * 12),
]
"""Two agents of one team, and one agent of another team."""

_NODE_A, _NODE_B = "127.0.0.6", "127.0.0.5"
"""Nodes know each other by these addresses."""

AsteriskFactory = Callable[..., AsteriskServer]


@pytest.fixture
def asterisk_factory(tmp_path: Path) -> Iterator[AsteriskFactory]:
    """Return a function that makes and starts private Asterisks: `asterisk_factory(name="a", **fields of
    AsteriskInstance)`."""
    servers: list[AsteriskServer] = []

    def make(name: str = "a", **changes: object) -> AsteriskServer:
        server = new_asterisk(tmp_path / f"asterisk-{name}", name, **changes)  # type: ignore[arg-type]
        servers.append(server)
        server.start()
        return server

    yield make
    for server in servers:
        server.stop()
        print(f"--- log of Asterisk {server.instance.name}\n{server.log()}")


@pytest.fixture
def two_asterisks(asterisk_factory: AsteriskFactory) -> Iterator[tuple[AsteriskServer, AsteriskServer]]:
    """Start nodes `a` and `b`, which reach each other. Callers come to a. The agents of `ACCOUNTS` register at b."""
    accounts = realtime_for(ACCOUNTS, "b")
    accounts.start()
    api = {"api_url": accounts.url, "node_secret": accounts.password}
    port, secret = free_port(), "between-a-and-b"

    def node(name: str, address: str, other: PeerNode, **changes: object) -> AsteriskServer:
        return asterisk_factory(name, sip_bind=address, sip_port=port, nodes=(other,), **api, **changes)

    b = node("b", _NODE_B, PeerNode("a", _NODE_A, port, secret), trunks=())
    a = node("a", _NODE_A, PeerNode("b", _NODE_B, port, secret))
    a.wait_for_contact("node-b", seconds=30)
    b.wait_for_contact("node-a", seconds=30)
    yield a, b
    accounts.stop()


@pytest.fixture(scope="session")
def realtime() -> Iterator[RealtimeServer]:
    """Answer look-ups of `ACCOUNTS`, for the session's Asterisk."""
    server = realtime_for(ACCOUNTS)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def asterisk(tmp_path_factory: pytest.TempPathFactory, realtime: RealtimeServer) -> Iterator[AsteriskServer]:
    """Start one Asterisk for the session: node `a` with the agents of `ACCOUNTS`. Tests must leave no calls."""
    folder = tmp_path_factory.mktemp("asterisk")
    server = new_asterisk(folder, api_url=realtime.url, node_secret=realtime.password)
    server.start()
    yield server
    server.stop()

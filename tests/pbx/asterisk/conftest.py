"""The session's private Asterisk, with a provider for outside numbers."""

from collections.abc import Iterator

import pytest

from cli.run.asterisk_config import Trunk
from tests.support.sip.asterisk import CALLERS, AsteriskServer, new_asterisk
from tests.support.sip.plugin import asterisk_factory, realtime, two_asterisks
from tests.support.sip.ports import free_port
from tests.support.sip.realtime import RealtimeServer

__all__ = ["asterisk_factory", "realtime", "two_asterisks"]

PROVIDER = "127.0.0.3"


@pytest.fixture(scope="session")
def provider_port() -> int:
    """Return the port where the far end of the trunk `provider` listens, once a test starts it."""
    return free_port()


@pytest.fixture(scope="session")
def asterisk(
    tmp_path_factory: pytest.TempPathFactory, realtime: RealtimeServer, provider_port: int
) -> Iterator[AsteriskServer]:
    """Start one Asterisk for the session: node `a` with the agents of `ACCOUNTS`. Tests must leave no calls."""
    folder = tmp_path_factory.mktemp("asterisk")
    trunks = (Trunk("test", (CALLERS,)), Trunk("provider", (PROVIDER,), host=f"{PROVIDER}:{provider_port}"))
    server = new_asterisk(folder, api_url=realtime.url, node_secret=realtime.password, trunks=trunks)
    server.start()
    yield server
    server.stop()

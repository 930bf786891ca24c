"""One STOMP client, without a network."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from api.core.identities import Identity
from api.realtime.stomp import socket
from api.realtime.stomp.socket import StompSocket

pytestmark = pytest.mark.unit


class Connection:
    """Takes so many frames, and then no more."""

    def __init__(self, takes: int = 1000) -> None:
        self.written: list[bytes] = []
        self._left = takes
        self.full = asyncio.Event()

    def write(self, frame: bytes) -> None:
        self.written.append(frame)
        self._left -= 1

    async def room(self) -> None:
        if self._left <= 0:
            self.full.set()
            await asyncio.Event().wait()


class Talk:
    """What a client sends."""

    def __init__(self, says: Callable[[], str], connection: Connection, *, connected: bool = False) -> None:
        self.heard, self._says = 0, says
        fan_out = SimpleNamespace(add=lambda _: None, remove=lambda _: None)
        self.socket = StompSocket(cast(Any, fan_out), cast(Any, None), cast(Any, connection))
        if connected:
            self.socket._identity = cast(Identity, SimpleNamespace(user_id="u"))

    async def receive(self) -> Any:
        await asyncio.sleep(0.01)
        self.heard += 1
        return {"type": "websocket.receive", "text": self._says()}

    async def serve(self) -> bool:
        return await self.socket.serve(self.receive)


def test_heart_beats_do_not_keep_a_client_that_is_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "CONNECT_SECONDS", 0.2)

    async def talk() -> None:
        found = Talk(lambda: "\n", Connection())
        assert await asyncio.wait_for(found.serve(), 10), "it is closed"

    asyncio.run(talk())


def test_a_client_that_takes_no_receipts_is_heard_no_further() -> None:
    async def talk() -> None:
        connection = Connection(takes=3)
        found = Talk(lambda: "ACK\nid:1\nreceipt:r\n\n\0" * 5, connection, connected=True)
        serving = asyncio.create_task(found.serve())
        await asyncio.wait_for(connection.full.wait(), 10)
        await asyncio.sleep(0)
        assert (found.heard, len(connection.written)) == (1, 3)
        serving.cancel()

    asyncio.run(talk())

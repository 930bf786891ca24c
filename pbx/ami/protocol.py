"""One AMI connection: panoramisk's protocol, with its reading, matching and closing replaced.

panoramisk loses a UTF-8 character that is split over two reads. An exception in a callback ends its connection. It
sends unanswered actions again after a reconnect.
"""

import asyncio
from collections.abc import Callable
from typing import cast

from panoramisk.ami_protocol import AMIProtocol
from panoramisk.manager import Manager

from pbx.ami.message import SEPARATOR, Message, parse

MAX_MESSAGE = 4 * 1024 * 1024
"""Bytes without an end of message, after which the connection is dropped: the other side is no AMI."""


class Connection(AMIProtocol):  # type: ignore[misc]
    """Reads messages and hands each to `on_message`, in order. `lost` is set when the connection is gone."""

    transport: asyncio.Transport

    def __init__(self, on_message: Callable[[Message], None]) -> None:
        self._on_message = on_message
        self._buffer = b""
        self.lost: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()

    def data_received(self, data: bytes) -> None:
        blocks = (self._buffer + data).split(SEPARATOR)
        self._buffer = blocks.pop()
        if len(self._buffer) > MAX_MESSAGE:
            self.transport.abort()
            return
        for block in blocks:
            message = parse(block)
            if "Event" in message or "Response" in message:
                self._on_message(message)

    def write(self, data: bytes) -> None:
        """Write, unless the connection is closing (uvloop would raise then). `lost` tells that it closed."""
        if not self.transport.is_closing():
            self.transport.write(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        if not self.lost.done():
            self.lost.set_result(exc)

    def close(self) -> None:
        """Drop the connection now. What is not sent yet is not sent."""
        self.closed = True
        self.transport.abort()


class Connector(Manager):  # type: ignore[misc]
    """panoramisk's connector without its login, ping and reconnecting: the client does those."""

    def connection_made(self, f: object) -> None:
        """Do nothing: the client awaits the connection itself."""

    async def open(self) -> Connection:
        """Open the connection. Raises OSError if there is no answer."""
        _, connection = await self.connect()
        return cast(Connection, connection)

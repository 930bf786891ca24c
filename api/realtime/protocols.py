"""uvicorn's protocols, which also give the application the connection (ASGI extension `switchroom.connection`).

ASGI's `send` waits until a client takes what was written before. The fan-out may wait for no client. So it writes to
the connection itself, sees how much is not taken yet, and cuts off a client that takes too little.
"""

import logging
from typing import Any

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame, Opcode

EXTENSION = "switchroom.connection"
_log = logging.getLogger("uvicorn.error.websocket")
_log.setLevel(logging.WARNING)
"""At the level info uvicorn logs the address and the query string of each connection."""


def connection_of(scope: Scope) -> Any:
    """Return the connection of this request, or None under another server."""
    return scope.get("extensions", {}).get(EXTENSION)


def text_frame(text: bytes) -> bytes:
    """Return a WebSocket message as the bytes that a server sends. They are the same for all clients (RFC 6455, 5.3:
    a server masks nothing)."""
    return Frame(Opcode.TEXT, text).serialize(mask=False)


class HttpProtocol(HttpToolsProtocol):
    """HTTP. The extension is the transport."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {EXTENSION: self.transport}  # type: ignore[dict-item]


class SocketProtocol(WebSocketsSansIOProtocol):
    """A WebSocket without compression. The extension is this protocol."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.logger = _log

    async def run_asgi(self) -> None:
        self.scope["extensions"][EXTENSION] = self  # type: ignore[assignment]
        await super().run_asgi()

    def write(self, frame: bytes) -> None:
        """Send an encoded frame. It is thrown away if the connection is closing."""
        if self.handshake_complete and not self.close_sent and not self.transport.is_closing():
            self.transport.write(frame)

    def offer(self, frames: bytes, most: int) -> bool:
        """Send encoded frames. Return False, and send nothing, if the client has not taken more than `most` bytes."""
        transport = self.transport
        if transport.get_write_buffer_size() > most:
            return False
        if frames and not self.close_sent and not transport.is_closing():
            transport.write(frames)
        return True

    async def room(self) -> None:
        """Wait until the client has taken most of what was written, or is gone."""
        await self.writable.wait()

    def abort(self) -> None:
        """Cut the client off: what was written and not taken is thrown away."""
        self.transport.abort()

    def keepalive_timeout(self) -> None:
        """Cut off a client that does not answer pings. It would not take a close frame either."""
        self.pong_timer = None
        self.abort()

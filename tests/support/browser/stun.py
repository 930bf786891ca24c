"""A STUN server (RFC 8489) for browsers on this machine: it tells every asker the same public address."""

import socket
import struct
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self

ADDRESS = "203.0.113.7"
"""Of nobody (RFC 5737). A browser leaves out an address that it has itself."""
_COOKIE = 0x2112A442
_REQUEST, _SUCCESS, _XOR_MAPPED_ADDRESS, _IPV4 = 0x0001, 0x0101, 0x0020, 0x01


class StunServer:
    """Answers binding requests at `port` until it is left."""

    def __enter__(self) -> Self:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # An empty datagram wakes the thread, which ends.
        self._socket.sendto(b"", self._socket.getsockname())
        self._thread.join(5)
        self._socket.close()

    def _serve(self) -> None:
        while datagram := self._receive():
            asked, sender = datagram
            with suppress(OSError):
                if reply := answer(asked, sender[1]):
                    self._socket.sendto(reply, sender)

    def _receive(self) -> tuple[bytes, tuple[str, int]] | None:
        asked, sender = self._socket.recvfrom(2048)
        return (asked, sender) if asked else None


def answer(asked: bytes, port: int) -> bytes | None:
    """Return the answer to a binding request. None: it is none."""
    if len(asked) < 20:
        return None
    kind, _, cookie = struct.unpack("!HHI", asked[:8])
    if (kind, cookie) != (_REQUEST, _COOKIE):
        return None
    (address,) = struct.unpack("!I", socket.inet_aton(ADDRESS))
    value = struct.pack("!BBHI", 0, _IPV4, port ^ (_COOKIE >> 16), address ^ _COOKIE)
    attribute = struct.pack("!HH", _XOR_MAPPED_ADDRESS, len(value)) + value
    return struct.pack("!HHI", _SUCCESS, len(attribute), _COOKIE) + asked[8:20] + attribute

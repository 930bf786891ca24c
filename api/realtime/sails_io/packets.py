"""Packets on a WebSocket: Engine.IO 3 and 4 around Socket.IO.

| | Engine.IO 3, Socket.IO 1 and 2 | Engine.IO 4, Socket.IO 3 and 4 |
|---|---|---|
| who sends `ping` | the client | the server |
| the default namespace | the server says `40` by itself | the client asks with `40`, and is answered `40{"sid"}` |

A message of the WebSocket is one packet. Its first character is Engine.IO's type, and in a message the second is
Socket.IO's: `42["get",{...}]`, with the id of an acknowledgement `4217["get",{...}]`, in a namespace `42/admin,[...]`.
"""

import re
from dataclasses import dataclass
from typing import Any

import orjson

VERSIONS = (3, 4)
OPEN, CLOSE, PING, PONG, MESSAGE = "0", "1", "2", "3", "4"
CONNECT, DISCONNECT, EVENT, ACK, ERROR = "0", "1", "2", "3", "4"
PING_SECONDS, PONG_SECONDS = 25.0, 20.0
LARGEST_MESSAGE = 1024 * 1024
"""Bytes of one message of a client. uvicorn refuses larger ones."""
_PACKET = re.compile(r"([0-4])(?:(/[^,]*),?)?(\d{1,9})?", re.ASCII)


class BadPacket(ValueError):
    """What a client sent is no packet that we take."""


@dataclass(frozen=True, slots=True)
class Packet:
    """A Socket.IO packet. `id`: the acknowledgement that the client waits for."""

    type: str
    namespace: str
    id: int | None
    data: Any


def parse_packet(text: str) -> Packet:
    """Read a Socket.IO packet, without Engine.IO's type. Raises BadPacket, also for packets with binary parts."""
    found = _PACKET.match(text)
    if found is None:
        raise BadPacket("not a packet without binary parts")
    kind, namespace, id = found.groups()
    try:
        data = orjson.loads(text[found.end() :]) if found.end() < len(text) else None
    except orjson.JSONDecodeError as error:
        raise BadPacket("not JSON") from error
    return Packet(kind, (namespace or "/").partition("?")[0], None if id is None else int(id), data)


def open_packet(sid: str, version: int) -> bytes:
    """Return what the server says first."""
    said = {
        "sid": sid,
        "upgrades": [],
        "pingInterval": round(PING_SECONDS * 1000),
        "pingTimeout": round(PONG_SECONDS * 1000),
    }
    if version == 4:
        said["maxPayload"] = LARGEST_MESSAGE
    return OPEN.encode() + orjson.dumps(said)


def connected_packet(sid: str, version: int) -> bytes:
    """Return what tells the client that it is in the default namespace."""
    return b"40" if version == 3 else b"40" + orjson.dumps({"sid": sid})


def refused_packet(namespace: str, version: int) -> bytes:
    """Return what tells the client that there is no such namespace."""
    text = "Invalid namespace"
    return f"44{namespace},".encode() + orjson.dumps(text if version == 3 else {"message": text})


def ack_packet(id: int, value: Any) -> bytes:
    """Return the answer to the packet with this id."""
    return b"43%d" % id + orjson.dumps([value])

"""What clients are told of events, in the form of each surface."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson

from api.realtime.cursors import Place, place_of
from api.realtime.protocols import text_frame
from switchroom.ids import public_id
from switchroom.messages.events import Audience


@dataclass
class Change:
    """What one event tells clients. `cursor`: its place in the stream. The texts are made once, for all clients."""

    cursor: str
    model: str
    verb: str
    id: str
    data: dict[str, Any] | None
    previous: dict[str, Any] | None
    audience: Audience

    @cached_property
    def place(self) -> Place:
        """What the cursor is compared by."""
        return place_of(self.cursor)

    @cached_property
    def payload(self) -> dict[str, Any]:
        """`{verb, id, data?, previous?}`, with a public id."""
        told: dict[str, Any] = {"verb": self.verb, "id": public_id(self.id)}
        if self.data is not None:
            told["data"] = self.data
        if self.previous is not None:
            told["previous"] = self.previous
        return told

    @cached_property
    def data_json(self) -> bytes:
        """The object alone, as JSON."""
        return orjson.dumps(self.data)

    @cached_property
    def sails_frame(self) -> bytes:
        """The WebSocket frame with the Socket.IO event `[model, payload]`."""
        return text_frame(b"42" + orjson.dumps([self.model, self.payload]))

    @cached_property
    def server_sent(self) -> bytes:
        """The server-sent event."""
        data = orjson.dumps({"model": self.model, **self.payload})
        return b"id: %b\nevent: change\ndata: %b\n\n" % (self.cursor.encode(), data)


@dataclass
class Changes:
    """What clients who see the same are told at once. The bytes are made once, for all of them."""

    changes: Sequence[Change]

    @cached_property
    def sails_frames(self) -> bytes:
        """The WebSocket frames, one after the other."""
        return b"".join([change.sails_frame for change in self.changes])

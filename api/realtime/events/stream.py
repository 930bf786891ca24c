"""The answer that does not end: server-sent events of one team (WHATWG HTML, 9.2).

A client begins without a cursor, or with the one of its last event (`Last-Event-ID`). With one, it first gets what it
has missed. Then it joins the fan-out, at a moment when it has been told of exactly what the fan-out has handed over.

| event | data |
|---|---|
| `ready` | `{}`; its id is where the client begins |
| `change` | `{model, verb, id, data?, previous?}` |
| `reset` | `{}`: changes before its id are lost, read everything again |

From then on the events are written to the connection (see `api.realtime.protocols`): no task wakes up for them.

A comment every `HEARTBEAT_SECONDS` keeps proxies from closing the connection.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Sequence
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.core.identities import Identity
from api.realtime.change import Change, Changes
from api.realtime.cursors import Lost, Place, place_of
from api.realtime.fan_out import AWAY, RETRY_SECONDS, FanOut
from api.realtime.protocols import connection_of

log = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 15.0
MOST_UNSENT = 1024 * 1024
"""Bytes that wait for one client. More of them, and it is cut off: it resumes from its cursor."""
MEDIA_TYPE = "text/event-stream"
_HEARTBEAT = b":\n\n"


class EventStream(Response):
    """The answer for one client of one team. `cursor` None: it begins with what happens now."""

    media_type = MEDIA_TYPE

    def __init__(self, fan_out: FanOut, identity: Identity, team_id: str, cursor: str | None) -> None:
        super().__init__(headers={"X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._identity = identity
        self._fan_out, self._team_id, self._cursor = fan_out, team_id, cursor
        self._place: Place = place_of(cursor or "0-0")
        """Of the last event that the client was told of when it joined the fan-out, which may be behind that."""
        self._ended = asyncio.Event()
        self._connection: Any = None

    @property
    def identity(self) -> Identity:
        return self._identity

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._connection = connection_of(scope)
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        if scope.get("switchroom.head"):
            await send({"type": "http.response.body", "body": b""})
            return
        listening = asyncio.create_task(self._listen(receive))
        try:
            async for chunk in self._stream():
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            self.end()
            listening.cancel()

    def tell(self, told: Changes) -> None:
        self._write(self._wanted(told.changes))

    def reset(self, cursor: str) -> None:
        self._begin_at(cursor)
        self._write(_event("reset", cursor))

    def end(self) -> None:
        self._ended.set()
        self._fan_out.remove(self)

    def may_stay(self, identity: Identity) -> bool:
        return self._team_id in identity.memberships or self._team_id in identity.guest_team_ids

    def _begin_at(self, cursor: str) -> None:
        """Note that the client is told of what comes after this cursor."""
        self._cursor, self._place = cursor, place_of(cursor)

    def _wanted(self, changes: Sequence[Change]) -> bytes:
        """Return what belongs to the team, and what belongs to the user alone."""
        mine, told = (self._team_id, None), self._place
        return b"".join([it.server_sent for it in changes if it.audience.team in mine and it.place > told])

    def _write(self, events: bytes) -> None:
        """Write a chunk, as uvicorn does, to the connection (RFC 9112, 7.1), or cut the client off."""
        if not events or self._connection.is_closing():
            return
        unsent = self._connection.get_write_buffer_size()
        if unsent > MOST_UNSENT:
            log.info("a client of the stream is cut off: it is too slow", extra={"bytes": unsent})
            self.end()
            # Closing it would wait until the client takes what is on its way.
            self._connection.abort()
        else:
            self._connection.write(b"%x\r\n%b\r\n" % (len(events), events))

    async def _listen(self, receive: Receive) -> None:
        """End when the client is gone."""
        while (await receive())["type"] != "http.disconnect":
            pass
        self.end()

    async def _stream(self) -> AsyncIterator[bytes]:
        async for chunk in self._begin():
            yield chunk
        if self._connection is None:
            # Another server than ours: a client that reads too slowly could not be cut off. It comes again.
            return
        while not self._ended.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    await self._ended.wait()
                    return
            yield _HEARTBEAT

    async def _begin(self) -> AsyncIterator[bytes]:
        """Yield what the client has missed, and add it to the fan-out.

        Redis may be away: then the client waits, connected.
        """
        yield b"retry: 2000\n\n"
        while not self._ended.is_set():
            try:
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    place = await self._fan_out.place()
            except TimeoutError:
                yield _HEARTBEAT
                continue
            try:
                if self._cursor is None:
                    self._begin_at(place)
                    yield _event("ready", place)
                async for chunk in self._missed(self._cursor or place):
                    yield chunk
            except Lost:
                self._begin_at(place)
                yield _event("reset", place)
                continue
            except AWAY:
                yield _HEARTBEAT
                await asyncio.sleep(RETRY_SECONDS)
                continue
            # Nothing was awaited since the last look at the fan-out's place.
            if self._connection is not None:
                self._fan_out.add(self)
            return

    async def _missed(self, cursor: str) -> AsyncIterator[bytes]:
        """Yield the events after the cursor until there are none that the fan-out has handed over."""
        while place_of(cursor) < place_of(await self._fan_out.place()):
            async for page, changes in self._fan_out.after(cursor, self.identity):
                wanted = self._wanted(changes)
                self._begin_at(page)
                cursor = page
                if wanted:
                    yield wanted


def _event(name: str, cursor: str) -> bytes:
    return f"id: {cursor}\nevent: {name}\ndata: {{}}\n\n".encode()

"""The answer that does not end: server-sent events of one team (WHATWG HTML, 9.2).

A client begins without a cursor, or with the one of its last event (`Last-Event-ID`). With one, it first gets what it
has missed. Then it joins the fan-out, at a moment when it has been told of exactly what the fan-out has handed over.

| event | data |
|---|---|
| `ready` | `{}`; its id is where the client begins |
| `change` | `{model, verb, id, data?, previous?}` |
| `reset` | `{}`: changes before its id are lost, read everything again |

A comment every `HEARTBEAT_SECONDS` keeps proxies from closing the connection.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.core.identities import Identity
from api.realtime.change import Change
from api.realtime.cursors import Lost, place_of
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
        self._chunks: list[bytes] = []
        self._unsent = 0
        self._woken = asyncio.Event()
        self._ended = False
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
            self._fan_out.remove(self)
            listening.cancel()

    def wants(self, change: Change) -> bool:
        """Take what belongs to the team, and what belongs to the user alone."""
        if change.audience.team not in (self._team_id, None):
            return False
        return self._cursor is None or place_of(change.cursor) > place_of(self._cursor)

    def deliver(self, change: Change) -> None:
        self._put(change.server_sent)

    def reset(self, cursor: str) -> None:
        self._cursor = cursor
        self._put(_event("reset", cursor))

    def end(self) -> None:
        self._ended = True
        self._woken.set()
        self._fan_out.remove(self)

    def _put(self, chunk: bytes) -> None:
        self._chunks.append(chunk)
        self._unsent += len(chunk)
        self._woken.set()
        if self._unsent > MOST_UNSENT:
            log.info("a client of the stream is cut off: it is too slow", extra={"bytes": self._unsent})
            self.end()
            if self._connection is not None:
                # Closing it would wait until the client takes what is on its way.
                self._connection.abort()

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
        while not self._ended:
            yield await self._next()

    async def _next(self) -> bytes:
        """Return what was put, or a heartbeat if that is nothing for a while."""
        try:
            async with asyncio.timeout(HEARTBEAT_SECONDS):
                await self._woken.wait()
        except TimeoutError:
            return _HEARTBEAT
        self._woken.clear()
        found, self._chunks, self._unsent = b"".join(self._chunks), [], 0
        return found

    async def _begin(self) -> AsyncIterator[bytes]:
        """Yield what the client has missed, and add it to the fan-out.

        Redis may be away: then the client waits, connected.
        """
        yield b"retry: 2000\n\n"
        while not self._ended:
            try:
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    place = await self._fan_out.place()
            except TimeoutError:
                yield _HEARTBEAT
                continue
            try:
                if self._cursor is None:
                    self._cursor = place
                    yield _event("ready", place)
                async for chunk in self._missed(self._cursor):
                    yield chunk
            except Lost:
                self._cursor = place
                yield _event("reset", place)
                continue
            except AWAY:
                yield _HEARTBEAT
                await asyncio.sleep(RETRY_SECONDS)
                continue
            # Nothing was awaited since the last look at the fan-out's place.
            self._fan_out.add(self)
            return

    async def _missed(self, cursor: str) -> AsyncIterator[bytes]:
        """Yield the events after the cursor until there are none that the fan-out has handed over."""
        while place_of(cursor) < place_of(await self._fan_out.place()):
            async for page, changes in self._fan_out.after(cursor, self.identity):
                wanted = b"".join(change.server_sent for change in changes if self.wants(change))
                self._cursor = cursor = page
                if wanted:
                    yield wanted


def _event(name: str, cursor: str) -> bytes:
    return f"id: {cursor}\nevent: {name}\ndata: {{}}\n\n".encode()

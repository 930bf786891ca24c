"""One socket: its packets, its virtual requests, and the events that it gets.

A socket that is registered (`POST /v1/socket/register`) gets every event that its user may see. One that has read chats
(`GET /v1/chat`, `GET /v1/chat/:id`) gets the events of these chats, and of new ones. Who the user is, the request says
that registered or read; it holds as long as that session.
"""

import asyncio
import logging
import re
import secrets
from typing import Any

import orjson
from starlette.types import ASGIApp, Receive, Scope

from api.core.context import Context
from api.core.deps import identity_of
from api.core.errors import DomainError
from api.core.identities import Identity
from api.realtime.change import Change, Changes
from api.realtime.fan_out import FanOut
from api.realtime.protocols import SocketProtocol, text_frame
from api.realtime.sails_io import packets
from api.realtime.sails_io.virtual_request import Answered, Asked, BadRequest, parse_request, perform
from switchroom.ids import parse_id

log = logging.getLogger(__name__)

MOST_IN_FLIGHT = 16
"""Requests of one socket that run at the same time. The next one is read when one of them is answered."""
MOST_UNSENT = 2 * 1024 * 1024
"""Bytes that a client has not taken. More of them when an event comes, and it is cut off."""
_CHATS = re.compile(r"/v1/chat(/[^/]+)?/?", re.IGNORECASE)


class SailsSocket:
    """A connected client of the sails.io SDK. `version` is Engine.IO's."""

    def __init__(
        self,
        app: ASGIApp,
        fan_out: FanOut,
        context: Context,
        handshake: Scope,
        connection: SocketProtocol,
        version: int,
    ) -> None:
        self.sid = secrets.token_urlsafe(15)
        self._app, self._fan_out, self._context = app, fan_out, context
        self._handshake, self._connection, self._version = handshake, connection, version
        self._identity: Identity | None = None
        self._everything = False
        self._chats: set[str] = set()
        self._in = False
        """Whether the client is in the default namespace."""
        self._gone = asyncio.Event()
        self._room = asyncio.Semaphore(MOST_IN_FLIGHT)
        self._running: set[asyncio.Task[None]] = set()
        self._ping: asyncio.TimerHandle | None = None

    @property
    def identity(self) -> Identity:
        """Who gets the events. Raises RuntimeError for a socket that is not in the fan-out."""
        if self._identity is None:
            raise RuntimeError("the socket is nobody's")
        return self._identity

    async def serve(self, receive: Receive) -> None:
        """Speak with the client until it leaves."""
        self._say(packets.open_packet(self.sid, self._version))
        if self._version == 3:
            self._enter()
        else:
            self._ping_later()
        try:
            await self._listen(receive)
        except packets.BadPacket as error:
            log.info("a socket is closed: bad packet", extra={"reason": str(error)})
        except TimeoutError:
            log.debug("a socket is closed: the client is silent")
        finally:
            self._leave()
            # What was asked is done, though its client is gone.
            while self._running:
                await asyncio.wait(self._running)

    def register(self, identity: Identity) -> None:
        """Get every event that this user may see. Raises RateLimited."""
        self._join(identity)
        self._everything = True

    def unregister(self) -> None:
        """Get no more events."""
        self._everything = False
        self._chats.clear()
        if self._identity is not None:
            self._fan_out.remove(self)
            self._identity = None

    def tell(self, told: Changes) -> None:
        if self._everything:
            frames = told.sails_frames
        else:
            frames = b"".join([change.sails_frame for change in told.changes if self._wants(change)])
        if not self._connection.offer(frames, MOST_UNSENT):
            log.info("a socket is cut off: it is too slow")
            self._fan_out.remove(self)
            self._connection.abort()

    def _wants(self, change: Change) -> bool:
        """Say whether the change is of the chats that were read, or of new ones."""
        chat = change.audience.chat
        if change.model == "chat" and change.verb in ("created", "addedTo"):
            self._chats.add(change.id)
        return chat is not None and (chat in self._chats or change.id in self._chats)

    def reset(self, cursor: str) -> None:
        """Close: the client connects again and reads everything again."""
        self._close()

    def end(self) -> None:
        self._close()

    def may_stay(self, identity: Identity) -> bool:
        # A socket is of no team. Its user is told of those that they are in.
        return True

    async def _listen(self, receive: Receive) -> None:
        while True:
            async with asyncio.timeout(packets.PING_SECONDS + packets.PONG_SECONDS):
                message = await receive()
            if message["type"] == "websocket.disconnect":
                return
            text = message.get("text")
            if text is None:
                raise packets.BadPacket("binary")
            if text[:1] == packets.CLOSE:
                return
            if not await self._take(text):
                return

    async def _take(self, text: str) -> bool:
        """Carry out a packet. Return whether the client stays."""
        match text[:1]:
            case packets.PING:
                self._say(packets.PONG.encode() + text[1:100].encode())
            case packets.MESSAGE:
                packet = packets.parse_packet(text[1:])
                if packet.namespace != "/":
                    self._say(packets.refused_packet(packet.namespace, self._version))
                elif packet.type == packets.CONNECT:
                    self._enter()
                elif packet.type == packets.DISCONNECT:
                    return False
                elif packet.type == packets.EVENT and self._in:
                    await self._asked(packet)
            case packets.PONG | "5" | "6":
                pass
            case _:
                raise packets.BadPacket("unknown type")
        return True

    def _enter(self) -> None:
        if not self._in:
            self._in = True
            self._say(packets.connected_packet(self.sid, self._version))

    async def _asked(self, packet: packets.Packet) -> None:
        """Begin a virtual request, as soon as few enough run."""
        if not isinstance(packet.data, list) or not packet.data or not isinstance(packet.data[0], str):
            raise packets.BadPacket("an event is [name, arguments...]")
        event, *arguments = packet.data
        try:
            asked = parse_request(event, arguments)
        except BadRequest as error:
            wrong = {"errorType": "validation", "response": {error.field: str(error)}}
            self._answer(packet.id, {"body": wrong, "headers": {}, "statusCode": 400})
            return
        await self._room.acquire()
        task = asyncio.create_task(self._perform(packet.id, asked))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _perform(self, id: int | None, asked: Asked) -> None:
        try:
            answered = await perform(self._app, self._handshake, asked, self, self._gone)
            if asked.method == "GET" and answered.status == 200 and _CHATS.fullmatch(asked.path):
                await self._subscribe(asked, answered)
            # A client that takes no answers gets no more of them.
            await self._connection.room()
            self._answer(id, answered.shown())
        finally:
            self._room.release()

    async def _subscribe(self, asked: Asked, answered: Answered) -> None:
        """Get the events of the chats that were just read."""
        shown = orjson.loads(answered.body)
        chats = {parse_id(chat["id"]) for chat in (shown if isinstance(shown, list) else [shown])} - {None}
        try:
            self._join(await self._caller(asked))
        except DomainError as error:
            log.info("a socket is not subscribed", extra={"reason": type(error).__name__})
            return
        self._chats |= chats  # type: ignore[arg-type]

    async def _caller(self, asked: Asked) -> Identity:
        """Return who made this request, which was answered. Raises Unauthenticated."""
        own = asked.headers.get("authorization")
        said = dict(self._handshake["headers"]).get(b"authorization", b"").decode("latin-1")
        return await identity_of(self._context, own or said)

    def _join(self, identity: Identity) -> None:
        """Be in the fan-out as this user. Raises RateLimited."""
        if self._gone.is_set():
            return
        mine = self._identity
        if mine is not None and mine.session_id == identity.session_id:
            return
        self._fan_out.require_room(identity.user_id)
        self.unregister()
        self._identity = identity
        self._fan_out.add(self)

    def _answer(self, id: int | None, value: dict[str, Any]) -> None:
        if id is not None:
            self._say(packets.ack_packet(id, value))

    def _say(self, packet: bytes) -> None:
        self._connection.write(text_frame(packet))

    def _ping_later(self) -> None:
        self._ping = asyncio.get_running_loop().call_later(packets.PING_SECONDS, self._send_ping)

    def _send_ping(self) -> None:
        self._say(packets.PING.encode())
        self._ping_later()

    def _close(self) -> None:
        """Say that the connection ends, and end it."""
        self._say(b"41")
        self._say(packets.CLOSE.encode())
        self._leave()
        self._connection.transport.close()

    def _leave(self) -> None:
        self._gone.set()
        self.unregister()
        if self._ping is not None:
            self._ping.cancel()

"""One client: what it subscribed to, and what it is told.

A subscription with the header `last-event-id` first gets what came after that message, and then what comes. While it
reads what it missed, new events are not sent to it: they are in what it reads.
"""

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.types import Receive

from api.core.context import Context
from api.core.deps import identity_of
from api.core.errors import DomainError
from api.core.identities import Identity
from api.realtime.change import Change, Changes
from api.realtime.cursors import Lost, Place, parse_cursor, place_of
from api.realtime.fan_out import AWAY, FanOut
from api.realtime.protocols import SocketProtocol, text_frame
from api.realtime.stomp.destinations import DESTINATIONS, body_of, name_of
from api.realtime.stomp.frames import HEART_BEAT, BadFrame, Frame, Parser, encode

log = logging.getLogger(__name__)

BEAT_MILLISECONDS = 10_000
"""How often we say that we are there, and want to hear it, at the most."""
CONNECT_SECONDS = 15.0
MOST_SUBSCRIPTIONS = 20
MOST_UNSENT = 2 * 1024 * 1024
LOST = "Events are lost. Read everything again, and subscribe without last-event-id"


@dataclass
class Subscription:
    """`after`: nothing up to this place is sent any more. `live`: whether new events are sent."""

    id: str
    destination: str
    name: str
    after: Place = (0, 0)
    live: bool = True


class StompSocket:
    """See `api.realtime.fan_out.Client`."""

    def __init__(self, fan_out: FanOut, context: Context, connection: SocketProtocol) -> None:
        self._fan_out, self._context, self._connection = fan_out, context, connection
        self._identity: Identity | None = None
        self._subscriptions: dict[str, Subscription] = {}
        self._reading: set[asyncio.Task[None]] = set()
        self._beat: asyncio.TimerHandle | None = None
        self._silence: float | None = None
        """Seconds after which a silent client is cut off; None: never."""

    @property
    def identity(self) -> Identity:
        """Who it is. Raises RuntimeError before it has connected."""
        if self._identity is None:
            raise RuntimeError("the socket is nobody's")
        return self._identity

    async def serve(self, receive: Receive) -> bool:
        """Speak with the client until it leaves or must go. Return whether it is still there."""
        parser, time = Parser(), asyncio.get_running_loop().time
        connects_by = time() + CONNECT_SECONDS
        try:
            while True:
                # Who is nobody yet gains no time by heart-beats.
                async with asyncio.timeout(connects_by - time() if self._identity is None else self._silence):
                    message = await receive()
                if message["type"] == "websocket.disconnect":
                    return False
                data = message.get("bytes") or (message.get("text") or "").encode()
                for frame in parser.feed(data):
                    if not await self._take(frame):
                        return True
                    await self._connection.room()  # Who takes no receipts is heard no further.
        except BadFrame as error:
            self._refuse(str(error))
        except DomainError as error:
            self._refuse(str(error.response.get("message", "Refused")))
        except TimeoutError:
            log.debug("a socket is closed: the client is silent")
        finally:
            self._leave()
        return True

    def tell(self, told: Changes) -> None:
        frames = b"".join([self._frames(change) for change in told.changes])
        if not self._connection.offer(frames, MOST_UNSENT):
            log.info("a socket is cut off: it is too slow")
            self._fan_out.remove(self)
            self._connection.abort()

    def reset(self, cursor: str) -> None:
        self._refuse(LOST)
        self._close()

    def end(self) -> None:
        self._refuse("The session is over, or the server ends")
        self._close()

    def may_stay(self, identity: Identity) -> bool:
        # A socket is of no team. Its user is told of those that they are in.
        return True

    def _frames(self, change: Change) -> bytes:
        name = name_of(change)
        if name is None:
            return b""
        return b"".join(
            self._message(subscription, change)
            for subscription in self._subscriptions.values()
            if subscription.live and subscription.name == name and change.place > subscription.after
        )

    def _message(self, subscription: Subscription, change: Change) -> bytes:
        headers = {
            "subscription": subscription.id,
            "message-id": change.cursor,
            "destination": subscription.destination,
            "content-type": "application/json",
        }
        return text_frame(encode("MESSAGE", headers, body_of(change, self.identity.user_id)))

    async def _take(self, frame: Frame) -> bool:
        """Carry out a frame. Return whether the client stays."""
        command = frame.command
        if self._identity is None:
            if command not in ("CONNECT", "STOMP"):
                raise BadFrame("The first frame must be CONNECT")
            await self._connect(frame.headers)
            return True
        match command:
            case "SUBSCRIBE":
                self._subscribe(frame.headers)
            case "UNSUBSCRIBE":
                self._subscriptions.pop(_header(frame, "id"), None)
            case "ACK" | "NACK" | "DISCONNECT":
                pass
            case _:
                raise BadFrame(f"The server takes no {command[:20]}: send requests over HTTP")
        if receipt := frame.headers.get("receipt"):
            self._say("RECEIPT", {"receipt-id": receipt})
        return command != "DISCONNECT"

    async def _connect(self, headers: Mapping[str, str]) -> None:
        if "1.2" not in headers.get("accept-version", "").split(","):
            raise BadFrame("The server speaks STOMP 1.2 only")
        given = {name.lower(): value for name, value in headers.items()}
        identity = await identity_of(self._context, given.get("authorization", ""))
        self._fan_out.require_room(identity.user_id)
        self._identity = identity
        self._fan_out.add(self)
        theirs, wanted = _beats(headers.get("heart-beat", "0,0"))
        self._silence = 2 * max(theirs, BEAT_MILLISECONDS) / 1000 if theirs else None
        if wanted:
            self._beat_every(max(wanted, BEAT_MILLISECONDS) / 1000)
        self._say(
            "CONNECTED",
            {
                "version": "1.2",
                "session": secrets.token_urlsafe(12),
                "server": "switchroom",
                "heart-beat": f"{BEAT_MILLISECONDS},{BEAT_MILLISECONDS}",
            },
        )

    def _subscribe(self, headers: Mapping[str, str]) -> None:
        id, destination = headers.get("id", ""), headers.get("destination", "")
        name = DESTINATIONS.get(destination)
        if not id or len(id) > 100:
            raise BadFrame("SUBSCRIBE needs an id")
        if name is None:
            raise BadFrame(f"No such destination. Known: {', '.join(DESTINATIONS)}")
        if len(self._subscriptions) >= MOST_SUBSCRIPTIONS or id in self._subscriptions:
            raise BadFrame(
                f"A client has {MOST_SUBSCRIPTIONS} subscriptions at most, each with an id of its own"
            )
        subscription = self._subscriptions[id] = Subscription(id, destination, name)
        last = headers.get("last-event-id", "")
        if not last:
            return
        cursor = parse_cursor(last)
        if cursor is None:
            raise BadFrame("last-event-id must be the message-id of a message")
        subscription.live = False
        task = asyncio.create_task(self._catch_up(subscription, cursor))
        self._reading.add(task)
        task.add_done_callback(self._reading.discard)

    async def _catch_up(self, subscription: Subscription, cursor: str) -> None:
        """Send what came after the cursor, and then let the fan-out go on."""
        try:
            while True:
                async for page, changes in self._fan_out.after(cursor, self.identity):
                    cursor = page
                    for change in changes:
                        if name_of(change) == subscription.name:
                            self._connection.write(self._message(subscription, change))
                    await self._connection.room()
                if place_of(cursor) >= place_of(await self._fan_out.place()):
                    # From here on nothing is awaited: what the fan-out hands over next comes after the cursor.
                    subscription.after, subscription.live = place_of(cursor), True
                    return
        except Lost:
            self.reset(cursor)
        except AWAY:
            self._refuse("A part of the server is away. Connect again")
            self._close()

    def _beat_every(self, seconds: float) -> None:
        self._connection.write(text_frame(HEART_BEAT))
        self._beat = asyncio.get_running_loop().call_later(seconds, self._beat_every, seconds)

    def _say(self, command: str, headers: Mapping[str, str], body: bytes = b"") -> None:
        self._connection.write(text_frame(encode(command, headers, body)))

    def _refuse(self, message: str) -> None:
        """Say what is wrong. The connection ends then."""
        self._say("ERROR", {"message": message, "content-type": "text/plain"}, message.encode())

    def _close(self) -> None:
        self._leave()
        self._connection.transport.close()

    def _leave(self) -> None:
        if self._beat is not None:
            self._beat.cancel()
        for task in tuple(self._reading):
            if task is not asyncio.current_task():
                task.cancel()
        if self._identity is not None:
            self._fan_out.remove(self)


def _header(frame: Frame, name: str) -> str:
    value = frame.headers.get(name)
    if not value:
        raise BadFrame(f"{frame.command} needs the header {name}")
    return value


def _beats(text: str) -> tuple[int, int]:
    """Return how often the client sends heart-beats, and how often it wants them, in milliseconds; 0: never."""
    with contextlib.suppress(ValueError):
        theirs, wanted = (int(part) for part in text.split(","))
        if 0 <= theirs < 10**7 and 0 <= wanted < 10**7:
            return theirs, wanted
    raise BadFrame("heart-beat must be two numbers of milliseconds")

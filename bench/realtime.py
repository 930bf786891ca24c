"""Events to many clients of one api process: the delay from the commit to the client, and the CPU of a delivered event.

Beside it, in the same run, the bare minimum: a uvicorn application that writes the same frame to each of its sockets.
Its emitter sends it the frame by a socket; ours commits the event to the database. Both emitters and both servers are
processes of their own. A part of our sockets never reads: they must be cut off and cost the others nothing.

A twentieth of the clients is timed. The others are only read now and then, and counted: a program that reads a hundred
thousand frames a second one by one would be what is measured.
"""

import asyncio
import multiprocessing
import re
import secrets
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, cast

import orjson
import uvicorn
from websockets.frames import Frame, Opcode
from websockets.sync.client import connect

from api.core.context import make_context
from api.realtime.protocols import HttpProtocol, SocketProtocol, connection_of, text_frame
from bench.cpu import cpu_seconds
from models.outbox import emit_event
from switchroom.ids import new_id
from switchroom.messages.events import to_team
from switchroom.settings import Settings
from tests.support.api.client import Api, Person
from tests.support.realtime.process import ApiProcess
from tests.support.servers import free_port, new_redis, new_sqlite_database, wait_until

OF_USER = 20
TIMED = 20
"""Every twentieth client is timed."""
READ_SECONDS = 0.25
"""How often each of the others is read."""
TEXT = "x" * 200
_FORKS = multiprocessing.get_context("fork")
_AT = re.compile(rb'"at":([0-9.]+)')
_UPGRADE = (
    "GET {} HTTP/1.1\r\nHost: bench\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


@dataclass(frozen=True, slots=True)
class Figures:
    """What one side did. `cpu`: the server's seconds."""

    wanted: int
    delivered: int
    cpu: float
    delays: list[float]

    def show(self, name: str) -> None:
        at = (
            [self.delays[int(len(self.delays) * part)] * 1000 for part in (0.5, 0.99)]
            if self.delays
            else [0, 0]
        )
        print(
            f"{name:22} {self.delivered:9} of {self.wanted:9}  p50 {at[0]:7.1f} ms  p99 {at[1]:7.1f} ms  "
            f"{self.cost:6.1f} µs CPU a delivered event"
        )

    @property
    def cost(self) -> float:
        """Microseconds of the server's CPU for each delivered event."""
        return 1e6 * self.cpu / self.delivered


def run(sockets: int, slow: int, rate: int, seconds: int) -> None:
    """Measure both, and print them with their ratio."""
    load = Load(sockets, rate, seconds)
    with tempfile.TemporaryDirectory() as folder:
        bare = _bare(load)
        ours, streams = _ours(Path(folder), load, slow)
    bare.show("bare uvicorn, sockets")
    ours.show("Switchroom, sockets")
    streams.show("Switchroom, streams")
    ratios = ", ".join(f"{it.cost / bare.cost:.2f}" for it in (ours, streams))
    print(f"CPU of a delivered event, sockets and streams: {ratios} times that of the bare application")


@dataclass
class Listener:
    """A client that is connected. It answers WebSocket pings."""

    socket: socket.socket
    timed: bool
    is_stream: bool = False
    count: int = 0
    delays: list[float] = field(default_factory=list)
    _rest: bytes = b""

    def read(self) -> None:
        """Take what has come."""
        try:
            while data := self.socket.recv(1 << 18):
                self._take(data)
        except BlockingIOError:
            pass

    def _take(self, data: bytes) -> None:
        now, data = time.time(), self._rest + data
        end = data.rfind(b"\n\n") + 2 if self.is_stream else self._frames(data)
        self._rest, data = data[end:], data[:end]
        if self.timed:
            found = _AT.findall(data)
            self.count += len(found)
            self.delays += [now - float(at) for at in found]
        else:
            self.count += data.count(b'"at":')

    def _frames(self, data: bytes) -> int:
        """Return where the last whole frame ends."""
        at = 0
        while len(data) - at >= 2:
            length, head = data[at + 1], 2
            if length == 126:
                length, head = int.from_bytes(data[at + 2 : at + 4]), 4
            if len(data) - at < head + length:
                break
            if data[at] & 15 == Opcode.PING:
                self.socket.send(
                    Frame(Opcode.PONG, data[at + head : at + head + length]).serialize(mask=True)
                )
            at += head + length
        return at


@dataclass(frozen=True, slots=True)
class Load:
    """So many clients, and events a second for so many seconds."""

    clients: int
    rate: int
    seconds: int

    def measure(self, pid: int, listeners: list[Listener], emit: Callable[["Load"], None]) -> Figures:
        """Let another process emit, and read until every client has every event. `pid`: the server's."""
        wanted, before = self.rate * self.seconds * len(listeners), cpu_seconds(pid)
        emitter = _FORKS.Process(target=emit, args=(self,), daemon=True)
        emitter.start()
        asyncio.run(_read(listeners, wanted, self.seconds + 60))
        emitter.join(30)
        delays = sorted(delay for it in listeners for delay in it.delays)
        cpu = cpu_seconds(pid) - before
        for listener in listeners:
            listener.socket.close()
        return Figures(wanted, sum(it.count for it in listeners), cpu, delays)

    def paced(self) -> Iterator[dict[str, Any]]:
        """Yield what each event says, at its time."""
        began = time.time()
        for number in range(self.rate * self.seconds):
            time.sleep(max(0.0, began + number / self.rate - time.time()))
            yield {"at": time.time(), "text": TEXT}


async def _read(listeners: list[Listener], wanted: int, seconds: float) -> None:
    loop, deadline = asyncio.get_running_loop(), time.monotonic() + seconds
    for listener in listeners:
        listener.socket.setblocking(False)
        if listener.timed:
            loop.add_reader(listener.socket, listener.read)
    others = [listener for listener in listeners if not listener.timed]
    pause = READ_SECONDS * TIMED / len(listeners)
    while time.monotonic() < deadline and sum(it.count for it in listeners) < wanted:
        for start in range(0, len(others), TIMED):
            for listener in others[start : start + TIMED]:
                listener.read()
            await asyncio.sleep(pause)
    for listener in listeners:
        loop.remove_reader(listener.socket)


def _connected(port: int, number: int, path: str = "/") -> Listener:
    """Connect a WebSocket."""
    made = socket.create_connection(("127.0.0.1", port))
    made.sendall(_UPGRADE.format(path).encode())
    _until(made, b"\r\n\r\n")
    return Listener(made, number % TIMED == 0)


def _until(made: socket.socket, text: bytes) -> None:
    got = b""
    while text not in got:
        data = made.recv(65536)
        if not data:
            raise RuntimeError(got.decode(errors="replace"))
        got += data


def _bare(load: Load) -> Figures:
    port = free_port()
    server = _FORKS.Process(target=_serve_bare, args=(port,), daemon=True)
    server.start()
    wait_until(lambda: _listens(port), "the bare application", 30)

    def emit(load: Load) -> None:
        with connect(f"ws://127.0.0.1:{port}/send", compression=None) as sender:
            for data in load.paced():
                payload = {"verb": "updated", "id": new_id(), "data": data}
                sender.send(b"42" + orjson.dumps(["thing", payload]), text=True)

    with _ending(server):
        listeners = [_connected(port, number) for number in range(load.clients)]
        return load.measure(cast(int, server.pid), listeners, emit)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def _ending(process: BaseProcess) -> Iterator[None]:
    try:
        yield
    finally:
        process.kill()
        process.join()


def _serve_bare(port: int) -> None:
    everyone: set[Any] = set()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        if scope["path"] != "/send":
            everyone.add(connection_of(scope).transport)
        while (message := await receive())["type"] != "websocket.disconnect":
            frame = text_frame(message["text"].encode())
            for transport in everyone:
                transport.write(frame)

    config = uvicorn.Config(
        app,
        port=port,
        loop="uvloop",
        http=HttpProtocol,
        ws=SocketProtocol,
        ws_per_message_deflate=False,
        lifespan="off",
        log_config=None,
    )
    uvicorn.Server(config).run()


def _ours(folder: Path, load: Load, slow: int) -> tuple[Figures, Figures]:
    redis = new_redis(folder)
    redis.start()
    values = {
        "secret_key": secrets.token_hex(32),
        "database_url": new_sqlite_database(folder / "bench.db"),
        "redis_url": redis.url,
        "shard": "bench",
    }
    settings = Settings(_env_file=None, **cast(dict[str, Any], values))
    context = make_context(settings)
    process = ApiProcess(values, folder / "api.log")
    process.start()
    try:
        api = Api(cast(Any, None), context)
        team = api.team("Bench")
        people = [api.person(team) for _ in range((load.clients + slow) // OF_USER + 1)]
        context.engine.dispose()

        def emit(load: Load) -> None:
            # A context of this process: connections and threads do not outlive a fork.
            mine = make_context(settings)
            for data in load.paced():

                def write(session: Any, data: Any = data) -> None:
                    emit_event(session, "thing", "updated", new_id(), data, to_team(team.id))

                mine.write(write)
            mine.relay.close()

        listeners = [
            _registered(process.port, number, people[number // OF_USER])
            for number in range(load.clients + slow)
        ]
        sockets = load.measure(process.pid, listeners[: load.clients], emit)
        for deaf in listeners[load.clients :]:
            deaf.socket.close()
        time.sleep(1)
        listeners = [
            _streamed(process.port, number, people[number // OF_USER]) for number in range(load.clients)
        ]
        return sockets, load.measure(process.pid, listeners, emit)
    finally:
        process.stop(kill=True)
        context.relay.close()
        redis.stop()


def _registered(port: int, number: int, person: Person) -> Listener:
    listener = _connected(port, number, "/socket.io/?EIO=4&transport=websocket")
    asked = {"method": "post", "url": "/v1/socket/register", "headers": person.headers}
    for text in (b"40", b"421" + orjson.dumps(["post", asked])):
        listener.socket.sendall(Frame(Opcode.TEXT, text).serialize(mask=True))
    _until(listener.socket, b'"registered":true')
    return listener


def _streamed(port: int, number: int, person: Person) -> Listener:
    made = socket.create_connection(("127.0.0.1", port))
    token = person.headers["Authorization"]
    made.sendall(
        f"GET /v1/team/{person.team}/stream HTTP/1.1\r\nHost: bench\r\nAuthorization: {token}\r\n\r\n".encode()
    )
    _until(made, b"event: ready")
    return Listener(made, number % TIMED == 0, is_stream=True)

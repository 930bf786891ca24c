"""Events to many sockets of one api process: events a second, and the delay from the commit to the client.

Beside it, in the same run, the bare minimum: a plain WebSocket server that broadcasts the same bytes at the same rate.
A part of the sockets never reads: they must be cut off and cost the others nothing.
"""

import asyncio
import multiprocessing
import secrets
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast

import orjson
import websockets
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.server import broadcast

from api.core.context import make_context
from models.outbox import emit_event
from switchroom.ids import new_id
from switchroom.messages.events import to_team
from switchroom.settings import Settings
from tests.support.api.client import Api, Person
from tests.support.realtime.process import ApiProcess
from tests.support.servers import free_port, new_redis, new_sqlite_database

OF_USER = 20
TEXT = "x" * 200
Emit = Callable[[], Awaitable[None]]


def run(sockets: int, slow: int, rate: int, seconds: int) -> None:
    """Measure both, and print them with their ratio."""
    with tempfile.TemporaryDirectory() as folder:
        bare = asyncio.run(_bare(sockets, rate, seconds))
        ours = asyncio.run(_ours(Path(folder), sockets, slow, rate, seconds))
    for name, figures in (("bare broadcast", bare), ("Switchroom", ours)):
        print(f"{name:15} {figures[0]:9.0f} events/s  p50 {figures[1]:7.1f} ms  p99 {figures[2]:7.1f} ms")
    print(f"events/s: {ours[0] / bare[0]:.2f} of the bare broadcast")


class Receiver:
    """Counts what its sockets get, and how late."""

    def __init__(self) -> None:
        self.delays: list[float] = []
        self.last = 0.0

    async def read(self, socket: ClientConnection) -> None:
        try:
            async for text in socket:
                if text[:2] == "2":
                    await socket.send("3")
                elif b'"at":' in (raw := text.encode() if isinstance(text, str) else text):
                    self.last = time.time()
                    start = raw.index(b'"at":') + 5
                    self.delays.append(self.last - float(raw[start : raw.index(b",", start)]))
        except websockets.ConnectionClosed:
            pass

    def figures(self, began: float) -> tuple[float, float, float]:
        """Return the events a second, and two percentiles of the delay in milliseconds."""
        ordered = sorted(self.delays)
        at = [ordered[int(len(ordered) * part)] * 1000 for part in (0.5, 0.99)]
        return len(ordered) / (self.last - began), at[0], at[1]


async def _paced(emit: Emit, rate: int, seconds: int) -> float:
    """Emit so many a second. Return when it began."""
    began = time.time()
    for number in range(rate * seconds):
        await asyncio.sleep(max(0.0, began + number / rate - time.time()))
        await emit()
    return began


async def _measured(
    sockets: list[ClientConnection], emit: Emit, rate: int, seconds: int
) -> tuple[float, float, float]:
    receiver = Receiver()
    readers = [asyncio.create_task(receiver.read(socket)) for socket in sockets]
    began = await _paced(emit, rate, seconds)
    wanted = len(sockets) * rate * seconds
    for _ in range(600):
        if len(receiver.delays) >= wanted:
            break
        await asyncio.sleep(0.1)
    if len(receiver.delays) < wanted:
        print(f"lost: {wanted - len(receiver.delays)} of {wanted}")
    for reader in readers:
        reader.cancel()
    return receiver.figures(began)


async def _bare(count: int, rate: int, seconds: int) -> tuple[float, float, float]:
    port = free_port()
    server = multiprocessing.get_context("fork").Process(target=_serve_bare, args=(port,), daemon=True)
    server.start()
    await asyncio.sleep(1)
    url = f"ws://127.0.0.1:{port}"
    sender = await websockets.connect(f"{url}/send", compression=None)
    sockets = [await websockets.connect(url, compression=None) for _ in range(count)]

    async def emit() -> None:
        await sender.send(b'42["thing",{"data":{"at":%r,"text":"%b"}}]' % (time.time(), TEXT.encode()))

    try:
        return await _measured(sockets, emit, rate, seconds)
    finally:
        server.kill()
        server.join()


def _serve_bare(port: int) -> None:
    everyone: set[Any] = set()

    async def handle(socket: Any) -> None:
        if socket.request.path == "/send":
            async for text in socket:
                broadcast(everyone, text.decode())
        else:
            everyone.add(socket)
            await socket.wait_closed()

    async def serve() -> None:
        async with websockets.serve(handle, "127.0.0.1", port, compression=None) as server:
            await server.serve_forever()

    asyncio.run(serve())


async def _ours(folder: Path, count: int, slow: int, rate: int, seconds: int) -> tuple[float, float, float]:
    redis = new_redis(folder)
    redis.start()
    values = {
        "secret_key": secrets.token_hex(32),
        "database_url": new_sqlite_database(folder / "bench.db"),
        "redis_url": redis.url,
        "shard": "bench",
    }
    context = make_context(Settings(_env_file=None, **cast(dict[str, Any], values)))
    process = ApiProcess(values, folder / "api.log")
    process.start()
    try:
        api = Api(cast(Any, None), context)
        team = api.team("Bench")
        people = [api.person(team) for _ in range((count + slow) // OF_USER + 1)]
        everyone = [
            await _registered(process.port, people[number // OF_USER]) for number in range(count + slow)
        ]
        for deaf in everyone[count:]:
            deaf.transport.pause_reading()

        async def emit() -> None:
            data = {"at": time.time(), "text": TEXT}
            await asyncio.to_thread(
                context.write,
                lambda session: emit_event(session, "thing", "updated", new_id(), data, to_team(team.id)),
            )

        return await _measured(everyone[:count], emit, rate, seconds)
    finally:
        process.stop(kill=True)
        context.relay.close()
        redis.stop()


async def _registered(port: int, person: Person) -> ClientConnection:
    url = f"ws://127.0.0.1:{port}/socket.io/?EIO=4&transport=websocket"
    socket = await websockets.connect(url, compression=None)
    await socket.recv()
    await socket.send("40")
    await socket.recv()
    asked = {"method": "post", "url": "/v1/socket/register", "headers": person.headers}
    await socket.send("421" + orjson.dumps(["post", asked]).decode())
    answer = str(await socket.recv())
    if '"registered":true' not in answer:
        raise RuntimeError(answer)
    return socket

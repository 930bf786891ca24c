"""The bare path of a request: ASGI without a framework, one stream of Redis, and one AMI connection.

What any REST request that reaches Asterisk through a second process must take. It checks no token, knows no call and
keeps nothing. Start its two processes with `python -m bench.bare_control api PORT REDIS` and
`python -m bench.bare_control engine REDIS AMI_PORT AMI_USERNAME`; the AMI secret is in `BENCH_AMI_SECRET`.
"""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
import uvicorn
from redis import asyncio as aioredis

from bench.api.bare import Message, Receive, Send

STREAM = "bench:actions"


def app(redis_url: str) -> Callable[..., Awaitable[None]]:
    """Make an app that adds each request's body to the stream: an AMI action's headers as a JSON object."""
    redis = aioredis.Redis.from_url(redis_url)

    async def serve(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        await redis.xadd(STREAM, {"body": (await receive())["body"]})
        await send({"type": "http.response.start", "status": 202, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"{}"})

    return serve


async def engine(redis_url: str, port: int, username: str) -> None:
    """Send what comes over the stream to Asterisk, until killed. What Asterisk answers is read and thrown away."""
    redis = aioredis.Redis.from_url(redis_url)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    login = {
        "Action": "Login",
        "Username": username,
        "Secret": os.environ["BENCH_AMI_SECRET"],
        "Events": "off",
    }
    writer.write(_text(login))
    await asyncio.gather(reader.read(), _send_on(redis, writer))


async def _send_on(redis: aioredis.Redis, writer: asyncio.StreamWriter) -> None:
    seen: bytes | str = "$"
    while True:
        streams: Any = await redis.xread({STREAM: seen}, block=1000)
        for _, entries in streams:
            for _, fields in entries:
                writer.write(_text(orjson.loads(fields[b"body"])))
            seen = entries[-1][0]


def _text(action: dict[str, str]) -> bytes:
    return ("".join(f"{name}: {value}\r\n" for name, value in action.items()) + "\r\n").encode()


if __name__ == "__main__":
    if sys.argv[1] == "api":
        uvicorn.run(
            app(sys.argv[3]), host="127.0.0.1", port=int(sys.argv[2]), log_level="warning", lifespan="off"
        )
    else:
        asyncio.run(engine(sys.argv[2], int(sys.argv[3]), sys.argv[4]))

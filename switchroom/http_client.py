"""HTTP requests to URLs that a team's users enter: checked and limited, without redirects, proxies or cookies.

The host's name is resolved once, every address is checked, and the connection goes to a checked address. So a name
that gets another address a moment later (DNS rebinding) has no effect. TLS is checked against the name.
"""

import asyncio
import re
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import httpcore
import httpx

from switchroom.public_addresses import is_public

Resolver = Callable[[str, int], Awaitable[list[str]]]
"""Host and port -> numeric addresses. Raises `OSError` if there are none."""

_THREADS = ThreadPoolExecutor(8, thread_name_prefix="outgoing")
"""Threads of its own: a name server that hangs must not hold up the threads of the database."""
_HOST = re.compile(rb"[A-Za-z0-9._-]{1,253}|[0-9A-Fa-f:.]{2,45}")
_OURS = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer", "keep-alive"}
    | {"expect", "accept-encoding", "proxy-authorization", "proxy-connection"}
)


class OutgoingError(Exception):
    """Why there is no answer, in a word or two: `timeout`, `refused address`, `bad url`, `no such host`,
    `no connection`, `bad request`, `bad answer`, `too large`. Never the address.
    """

    def __init__(self, why: str, status: int = 0) -> None:
        super().__init__(why)
        self.status = status
        """The status of the answer, if one was received; else 0."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of any status, with its whole body."""

    status: int
    body: bytes
    location: str = ""
    """Where a redirect leads, as the header has it."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Makes requests. `private`: addresses that are not public are allowed too."""

    private: bool = False
    resolve: Resolver | None = None
    tls: ssl.SSLContext | None = None

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Iterable[tuple[str, str]] = (),
        body: bytes | None = None,
        seconds: float,
        max_bytes: int,
    ) -> Answer:
        """Make one request, which ends after `seconds` at the latest. Raises `OutgoingError`."""
        request = _request(method, url, headers, body)
        guard = _Guard(self.resolve or resolve, self.private)
        try:
            async with asyncio.timeout(seconds):
                tls = self.tls or await _authorities()
                async with httpcore.AsyncConnectionPool(
                    ssl_context=tls, max_keepalive_connections=0, network_backend=guard
                ) as pool:
                    return await _exchange(pool, request, max_bytes)
        except TimeoutError as error:
            raise OutgoingError("timeout") from error
        except (httpcore.NetworkError, httpcore.TimeoutException, OSError) as error:
            raise OutgoingError("no connection") from error
        except httpcore.LocalProtocolError as error:
            raise OutgoingError("bad request") from error
        except (httpcore.ProtocolError, ssl.SSLError) as error:
            raise OutgoingError("bad answer") from error


async def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a host as the system gives them, each once, in the order of preference."""
    found = await asyncio.get_running_loop().run_in_executor(
        _THREADS, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    )
    return list(dict.fromkeys(str(info[4][0]) for info in found))


class _Guard(httpcore.AsyncNetworkBackend):
    """Opens connections for httpcore, to checked addresses only."""

    def __init__(self, resolve: Resolver, private: bool) -> None:
        self._resolve = resolve
        self._private = private
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            addresses = await self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise OutgoingError("no such host") from error
        if not addresses or not (self._private or all(map(is_public, addresses))):
            raise OutgoingError("refused address")
        for number, address in enumerate(addresses, 1):
            try:
                return await self._backend.connect_tcp(address, port, timeout, local_address, socket_options)
            except httpcore.ConnectError:
                if number == len(addresses):
                    raise
        raise OutgoingError("no connection")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


async def _exchange(pool: httpcore.AsyncConnectionPool, request: httpcore.Request, limit: int) -> Answer:
    response = await pool.handle_async_request(request)
    headers = {name.lower(): value for name, value in response.headers}
    try:
        length = headers.get(b"content-length", b"0")
        if length.isdigit() and int(length) > limit:
            raise OutgoingError("too large", response.status)
        body = bytearray()
        async for chunk in response.aiter_stream():
            body += chunk
            if len(body) > limit:
                raise OutgoingError("too large", response.status)
    finally:
        await response.aclose()
    return Answer(response.status, bytes(body), headers.get(b"location", b"").decode("latin-1"))


def parse_url(url: str) -> httpx.URL:
    """Return the parts of an address that requests can go to. Raises `OutgoingError` (`bad url`) for any other one."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise OutgoingError("bad url") from error
    named = _HOST.fullmatch(parsed.raw_host) and (parsed.port is None or 0 < parsed.port < 65_536)
    if parsed.scheme not in ("http", "https") or not named or parsed.userinfo:
        raise OutgoingError("bad url")
    return parsed


def _request(
    method: str, url: str, headers: Iterable[tuple[str, str]], body: bytes | None
) -> httpcore.Request:
    parsed = parse_url(url)
    kept = [(name, value) for name, value in headers if name.lower() not in _OURS]
    try:
        # A compressed body could be far larger than its length says.
        sent = [(b"Host", parsed.netloc), (b"Accept-Encoding", b"identity")]
        sent += [(name.encode("ascii"), value.encode("latin-1")) for name, value in kept]
    except UnicodeEncodeError as error:
        raise OutgoingError("bad request") from error
    if body is not None:
        sent.append((b"Content-Length", str(len(body)).encode()))
    target = httpcore.URL(
        scheme=parsed.raw_scheme, host=parsed.raw_host, port=parsed.port, target=parsed.raw_path
    )
    return httpcore.Request(method, target, headers=sent, content=body)


async def _authorities() -> ssl.SSLContext:
    """Return the system's certificate authorities. They are read once, in a thread, because reading takes long."""
    return await asyncio.get_running_loop().run_in_executor(_THREADS, _read_authorities)


@lru_cache(maxsize=1)
def _read_authorities() -> ssl.SSLContext:
    return ssl.create_default_context()

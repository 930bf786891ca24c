"""FetchUrl with real servers on loopback: its results, and every case in which it must refuse."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from pbx.effects import fetches as module
from pbx.effects.fetches import Fetches
from routing.commands import FetchUrl
from routing.events import UrlFetched
from routing.ids import CallId
from switchroom.http_client import Outgoing
from tests.support.certificates import Certificate, certificate
from tests.support.pbx.waiting import until
from tests.support.servers import free_port

pytestmark = pytest.mark.unit

CALL = CallId("c" * 32)
Writer = asyncio.StreamWriter


@dataclass
class Server:
    """Answers every request by `answer`; keeps what it was asked."""

    port: int = 0
    requests: list[bytes] = field(default_factory=list)
    answer: Callable[[Writer], Awaitable[None]] | None = None
    connections: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    async def handle(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        self.connections += 1
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                (
                    int(line[15:])
                    for line in head.split(b"\r\n")
                    if line.lower().startswith(b"content-length:")
                ),
                0,
            )
            self.requests.append(head + await reader.readexactly(length))
            assert self.answer is not None
            await self.answer(writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    def says(self, body: bytes, status: str = "200 OK", headers: str = "") -> "Server":
        async def answer(writer: Writer) -> None:
            length = "" if "Transfer-Encoding" in headers else f"Content-Length: {len(body)}\r\n"
            writer.write(f"HTTP/1.1 {status}\r\n{length}{headers}\r\n".encode() + body)
            await writer.drain()

        self.answer = answer
        return self


@asynccontextmanager
async def serving(
    server: Server, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> AsyncIterator[None]:
    listening = await asyncio.start_server(server.handle, host, 0, ssl=tls)
    server.port = listening.sockets[0].getsockname()[1]
    async with listening:
        yield


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    made = Server()
    async with serving(made):
        yield made


def fetches(outgoing: Outgoing | None = None, most: int = 10) -> Fetches:
    return Fetches(outgoing or Outgoing(private=True), lambda call: "team", most)


def get(url: str, **more: object) -> FetchUrl:
    return FetchUrl(CALL, 7, "GET", url, **more)  # type: ignore[arg-type]


def failed(error: str, status: int = 0) -> UrlFetched:
    return UrlFetched(CALL, 7, False, status, error=error)


async def test_values_of_a_json_reply(server: Server) -> None:
    server.says(b'{"customer": {"name": "Ann", "orders": [{"state": "sent", "price": 12.50}]}}')
    wanted = (("name", "customer.name"), ("state", "customer.orders.0.state"), ("no", "customer.phone"))
    got = await fetches().fetch(get(server.url + "c?id=1%202", extract=wanted))
    assert got == UrlFetched(CALL, 7, True, 200, {"name": "Ann", "state": "sent"})
    head = server.requests[0].decode()
    assert head.startswith("GET /c?id=1%202 HTTP/1.1\r\n")
    assert f"Host: 127.0.0.1:{server.port}\r\n" in head
    assert "User-Agent: Switchroom\r\n" in head


async def test_a_post_with_headers(server: Server) -> None:
    server.says(b"", "204 No Content")
    headers = (("X-Key", "secret"), ("Host", "elsewhere"), ("Content-Length", "999"))
    command = FetchUrl(CALL, 7, "POST", server.url, headers, '{"caller": "Zoë"}')
    assert await fetches().fetch(command) == UrlFetched(CALL, 7, True, 204)
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert body.decode() == '{"caller": "Zoë"}'
    assert b"X-Key: secret" in head
    assert b"Content-Type: application/json" in head
    assert b"elsewhere" not in head
    assert b"999" not in head


async def test_a_slow_server_ends_in_time(server: Server) -> None:
    async def drip(writer: Writer) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while True:
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(0.01)

    server.answer = drip
    began = asyncio.get_running_loop().time()
    assert await fetches().fetch(get(server.url, timeout=0.3)) == failed("timeout")
    assert asyncio.get_running_loop().time() - began < 2


async def test_a_silent_server_ends_in_time(server: Server) -> None:
    async def nothing(writer: Writer) -> None:
        await writer.wait_closed()

    server.answer = nothing
    assert await fetches().fetch(get(server.url, timeout=0.2)) == failed("timeout")


async def test_a_huge_reply_is_cut_off(server: Server) -> None:
    sent = 0

    async def flood(writer: Writer) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"1000\r\n" + b"x" * 0x1000 + b"\r\n")
            sent += 0x1000
            await writer.drain()

    server.answer = flood
    assert await fetches().fetch(get(server.url, max_bytes=65_536)) == failed("too large")
    assert sent < 20_000_000
    server.says(b"x" * 65_537)
    assert await fetches().fetch(get(server.url, max_bytes=65_536)) == failed("too large")
    server.says(b"x" * 65_536)
    got = await fetches().fetch(get(server.url, max_bytes=65_536, extract=(("all", ""),)))
    assert got == UrlFetched(CALL, 7, True, 200, {"all": "x" * 1000})


async def test_the_route_cannot_raise_the_size_beyond_ours(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 1000)
    server.says(b"x" * 1001)
    assert await fetches().fetch(get(server.url, max_bytes=10**9)) == failed("too large")


async def test_a_redirect_is_not_followed(server: Server) -> None:
    elsewhere = Server().says(b"{}")
    async with serving(elsewhere):
        server.says(b"", "302 Found", f"Location: {elsewhere.url}\r\n")
        assert await fetches().fetch(get(server.url)) == failed("status", 302)
    assert elsewhere.connections == 0


@pytest.mark.parametrize("status", ["404 Not Found", "500 Internal Server Error", "301 Moved"])
async def test_another_status_than_2xx(server: Server, status: str) -> None:
    server.says(b"{}", status)
    assert await fetches().fetch(get(server.url)) == failed("status", int(status[:3]))


@pytest.mark.parametrize(
    "body", [b"<html>", b"", b'{"a": 1', b"[" * 60_000, b'{"a":' * 9000, b"\xff\xfe\x00", b"9" * 5000]
)
async def test_what_is_not_json(server: Server, body: bytes) -> None:
    server.says(body)
    assert await fetches().fetch(get(server.url, extract=(("a", "a"),))) == failed("not json", 200)
    assert (await fetches().fetch(get(server.url))).ok, "nothing of it was wanted"


async def test_what_is_not_http(server: Server) -> None:
    async def nonsense(writer: Writer) -> None:
        writer.write(b"SSH-2.0-OpenSSH\r\n")
        await writer.drain()

    server.answer = nonsense
    assert await fetches().fetch(get(server.url)) == failed("bad answer")


async def test_nobody_there() -> None:
    assert await fetches().fetch(get(f"http://127.0.0.1:{free_port()}/")) == failed("no connection")
    assert await fetches().fetch(get("http://no-such-host.invalid/", timeout=5)) == failed("no such host")


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/", "file:///etc/passwd", "gopher://127.0.0.1/", "javascript:1", "", "//x", "http://",
        "http:///x", "http://user:pass@example.com/", "http://exa mple.com/", "http://example.com:99999/", "http://[::1/",
    ],
)  # fmt: skip
async def test_what_is_no_web_address(url: str) -> None:
    assert await fetches().fetch(get(url)) == failed("bad url")


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "localhost", "2130706433", "0x7f.1", "127.1", "0", "[::1]", "[::ffff:127.0.0.1]",
        "[0:0:0:0:0:ffff:7f00:1]", "169.254.169.254", "10.0.0.1", "[fd00:ec2::254]", "[fe80::1]", "[64:ff9b::7f00:1]",
        "224.0.0.1", "192.168.1.1", "100.64.0.1",
    ],
)  # fmt: skip
async def test_addresses_that_are_not_public_are_refused(server: Server, host: str) -> None:
    server.says(b"{}")
    guarded = fetches(Outgoing())
    assert await guarded.fetch(get(f"http://{host}:{server.port}/")) == failed("refused address")
    assert server.connections == 0


async def test_one_private_address_among_public_ones_is_refused(server: Server) -> None:
    async def both(host: str, port: int) -> list[str]:
        return ["8.8.8.8", "127.0.0.1"]

    assert await fetches(Outgoing(resolve=both)).fetch(get(server.url)) == failed("refused address")
    assert server.connections == 0


async def test_a_name_that_changes_its_address_leads_nowhere_else(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: the name is public at the check and this machine a moment later. The first answer is used."""
    asked: list[str] = []
    monkeypatch.setattr("switchroom.http_client.is_public", lambda address: address == "127.0.0.2")

    async def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.2"] if len(asked) == 1 else ["127.0.0.1"]

    public = Server().says(b'"public"')
    server.says(b'"private"')
    listening = await asyncio.start_server(public.handle, "127.0.0.2", server.port)
    async with listening:
        guarded = fetches(Outgoing(resolve=rebinding))
        url = f"http://rebinding.example:{server.port}/"
        got = await guarded.fetch(get(url, extract=(("all", ""),)))
        assert got == UrlFetched(CALL, 7, True, 200, {"all": '"public"'})
        assert asked == ["rebinding.example"]
        assert b"Host: rebinding.example:" in public.requests[0]
        assert await guarded.fetch(get(url)) == failed("refused address")
    assert server.connections == 0


async def test_the_next_address_is_tried_when_the_first_is_dead(server: Server) -> None:
    async def two(host: str, port: int) -> list[str]:
        return ["127.0.0.3", "127.0.0.1"]

    server.says(b"{}")
    assert (
        await fetches(Outgoing(private=True, resolve=two)).fetch(get(f"http://two.example:{server.port}/"))
    ).ok


async def test_no_proxy_of_the_environment_is_used(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    server.says(b"{}")
    assert (await fetches().fetch(get(server.url))).ok


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate(tmp_path_factory.mktemp("tls"), "good.example")


async def test_tls_is_checked_against_the_name(certified: Certificate) -> None:
    names: list[str | None] = []

    def sni(_: ssl.SSLObject, name: str | None, __: ssl.SSLContext) -> None:
        names.append(name)

    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certified.certificate, certified.key)
    tls.sni_callback = sni

    async def here(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    trusting = ssl.create_default_context(cafile=certified.certificate)
    server = Server().says(b"{}")
    async with serving(server, tls=tls):
        known = fetches(Outgoing(private=True, resolve=here, tls=trusting))
        assert (await known.fetch(get(f"https://good.example:{server.port}/"))).ok
        assert names == ["good.example"]
        other = await known.fetch(get(f"https://other.example:{server.port}/"))
        assert other == failed("no connection")
        by_number = await known.fetch(get(f"https://127.0.0.1:{server.port}/"))
        assert by_number == failed("no connection")
        stranger = fetches(Outgoing(private=True, resolve=here))
        assert await stranger.fetch(get(f"https://good.example:{server.port}/")) == failed("no connection")
    assert len(server.requests) == 1


async def test_a_team_has_so_many_at_once(server: Server) -> None:
    go = asyncio.Event()

    async def wait(writer: Writer) -> None:
        await go.wait()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        await writer.drain()

    server.answer = wait
    teams = {CALL: "one", CallId("d" * 32): "two"}
    shared = Fetches(Outgoing(private=True), lambda call: teams[call], 2)
    running = [asyncio.create_task(shared.fetch(get(server.url))) for _ in range(2)]
    await until(lambda: len(server.requests) == 2, "two requests")
    assert await shared.fetch(get(server.url)) == failed("busy")
    other = asyncio.create_task(shared.fetch(FetchUrl(CallId("d" * 32), 7, "GET", server.url)))
    await until(lambda: len(server.requests) == 3, "the other team's")
    go.set()
    assert all(got.ok for got in await asyncio.gather(*running, other))
    assert (await shared.fetch(get(server.url))).ok, "the places are free again"


async def test_headers_that_are_none(server: Server) -> None:
    server.says(b"{}")
    for header in (("X-A", "a\r\nX-B: b"), ("X A", "a"), ("X-Ä", "a"), ("X-A", "\u20ac")):
        assert await fetches().fetch(get(server.url, headers=(header,))) == failed("bad request")
    assert server.requests == []


async def test_a_fault_of_ours_is_an_answer_too(monkeypatch: pytest.MonkeyPatch, server: Server) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("bug")

    server.says(b"{}")
    monkeypatch.setattr(module, "extract", broken)
    assert await fetches().fetch(get(server.url)) == failed("failed")

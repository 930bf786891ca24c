"""Virtual requests: what a client emits runs as an HTTP request through the whole application.

So it meets the same middleware, the same sign-in, the same operations and the same errors. What the server or a proxy
says about the connection comes from the handshake: a virtual header cannot change it.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote, urlencode, urlsplit

import orjson
from fastapi import Request
from starlette.types import ASGIApp, Message, Scope

METHODS = frozenset({"get", "post", "put", "patch", "delete", "head", "options"})
KEY = "switchroom.socket"
_LONGEST_URL = 8192
_MOST_HEADERS = 50
_IN_QUERY = ("GET", "HEAD", "OPTIONS")
_OF_HANDSHAKE = (b"cookie", b"origin", b"host", b"user-agent", b"accept-language")
"""Headers that a virtual request has from the handshake alone."""
_REFUSED = (
    "accept-encoding",
    "connection",
    "content-length",
    "content-type",
    "forwarded",
    "sec-fetch-site",
    "transfer-encoding",
    "upgrade",
)


class BadRequest(ValueError):
    """What the client asked for is no request. The text says what is wrong, `field` where."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


@dataclass(frozen=True, slots=True)
class Asked:
    """A virtual request."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Answered:
    """Its answer."""

    status: int = 500
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def is_json(self) -> bool:
        return self.headers.get("content-type", "").startswith("application/json")

    def shown(self) -> dict[str, Any]:
        """Return `{body, headers, statusCode}`, as a client of the SDK expects it."""
        body: Any = (
            orjson.Fragment(self.body) if self.is_json and self.body else self.body.decode("utf-8", "replace")
        )
        return {"body": body, "headers": self.headers, "statusCode": self.status}


def socket_of(request: Request) -> Any:
    """Return the socket that this virtual request came over, or None for a request over HTTP."""
    return request.scope.get(KEY)


def parse_request(event: str, arguments: list[Any]) -> Asked:
    """Read what the client emitted: the method as the event's name, and `{method, url, data, headers}`.

    Raises BadRequest.
    """
    said = arguments[0] if arguments else None
    if not isinstance(said, dict):
        raise BadRequest("request", "Must be an object: {method, url, data, headers}")
    method = str(said.get("method") or event).lower()
    if method not in METHODS:
        raise BadRequest("method", f"Must be one of: {', '.join(sorted(METHODS))}")
    path, query = _split(said.get("url"))
    data, upper = said.get("data"), method.upper()
    body = b""
    if data not in (None, {}) and upper in _IN_QUERY:
        query = "&".join(filter(None, (query, _as_query(data))))
    elif data is not None and upper not in _IN_QUERY and (data or upper != "DELETE"):
        body = orjson.dumps(data)
    return Asked(upper, path, query, _headers(said.get("headers")), body)


def _split(url: Any) -> tuple[str, str]:
    if not isinstance(url, str) or not url or len(url) > _LONGEST_URL:
        raise BadRequest("url", "Must be a path such as /v1/chat")
    try:
        parts = urlsplit(url.strip())
    except ValueError as error:
        raise BadRequest("url", "Must be a path such as /v1/chat") from error
    if not parts.path.startswith("/"):
        raise BadRequest("url", "Must be a path such as /v1/chat")
    return parts.path, parts.query


def _as_query(data: Any) -> str:
    """Return the data of a GET as a query. Lists and objects are JSON, as in `where`."""
    if not isinstance(data, dict):
        raise BadRequest("data", "Must be an object: the query of a GET")
    return urlencode({name: _text(value) for name, value in data.items() if value is not None})


def _text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _headers(said: Any) -> dict[str, str]:
    if said is None:
        return {}
    if not isinstance(said, dict) or len(said) > _MOST_HEADERS:
        raise BadRequest("headers", f"Must be an object of at most {_MOST_HEADERS} texts")
    found: dict[str, str] = {}
    for name, value in said.items():
        text = value if isinstance(value, str) else _text(value)
        if not name.isascii() or not name.replace("-", "").replace("_", "").isalnum():
            raise BadRequest("headers", "A name has letters, digits, - and _ only")
        if not text.isprintable() or not text.isascii():
            raise BadRequest("headers", f"{name[:80]}: the value is not printable ASCII")
        found[name.lower()] = text
    return found


async def perform(app: ASGIApp, handshake: Scope, asked: Asked, socket: Any, gone: asyncio.Event) -> Answered:
    """Run the request through the application. `gone`: the client has left."""
    answered, chunks, waiting = Answered(), [], [asked.body]

    async def receive() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            answered.status = message["status"]
            answered.headers = {
                name.decode("latin-1"): value.decode("latin-1") for name, value in message.get("headers", ())
            }
        elif message["type"] == "http.response.body":
            chunks.append(message.get("body", b""))

    await app({**_scope(handshake, asked), KEY: socket}, receive, send)
    answered.body = b"".join(chunks)
    return answered


def _scope(handshake: Scope, asked: Asked) -> dict[str, Any]:
    path = unquote(asked.path)
    return {
        "type": "http",
        "asgi": handshake["asgi"],
        "http_version": "1.1",
        "method": asked.method,
        "scheme": "https" if handshake["scheme"] == "wss" else "http",
        "path": path,
        "raw_path": quote(path, safe="/:@!$&'()*+,;=~-._").encode(),
        "query_string": asked.query.encode("utf-8", "replace"),
        "root_path": "",
        "headers": _merged(handshake["headers"], asked),
        "client": handshake["client"],
        "server": handshake["server"],
        "state": {},
        "extensions": {},
    }


def _merged(handshake: list[tuple[bytes, bytes]], asked: Asked) -> list[tuple[bytes, bytes]]:
    mine = {
        name: value
        for name, value in asked.headers.items()
        if name not in _REFUSED and not name.startswith("x-forwarded-") and name.encode() not in _OF_HANDSHAKE
    }
    kept = [(name, value) for name, value in handshake if name in _OF_HANDSHAKE]
    if "authorization" not in mine:
        kept += [(name, value) for name, value in handshake if name == b"authorization"]
    if asked.body:
        kept += [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(asked.body))]
    return kept + [(name.encode(), value.encode()) for name, value in mine.items()]

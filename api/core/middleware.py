"""What happens to every request before and after its operation, as plain ASGI."""

import json
import logging
import re
import time
from collections.abc import Callable
from urllib.parse import parse_qsl

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.core.errors import DomainError, TooLarge, ValidationFailed
from switchroom.ids import new_id

access = logging.getLogger("api.access")
log = logging.getLogger(__name__)

LARGEST_BODY = 1024 * 1024
LARGEST_STRANGERS = 64 * 1024
"""Bytes that anybody may send without a token."""
MOST_VALUES = 20_000
"""In one JSON body: to parse more would hold up every other request."""
FIELDS_BESIDE = 1024 * 1024
"""Bytes that an upload may have beside its file."""
UPLOADS = re.compile(r"/v1/(?:file|prompt|mailbox/[^/]{1,80}/greeting/[a-z]{1,20})|/inbox/upload-attachment")
"""The paths, in lower case, whose operations read a body of many megabytes as it arrives."""
BATCHES = "/hooks/facebook"
"""Facebook puts up to a thousand events into one call, and repeats a call that is refused."""
VISITORS_UPLOADS = re.compile(r"/web-chat/[0-9a-f-]{32,40}/files")

JSON_PATHS = ("/v1", "/auth", "/inbox/", "/console/session")
"""Beginnings of the paths whose bodies are JSON."""

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
_NO_BODY = ("GET", "HEAD", "DELETE", "OPTIONS")


class RequestLog:
    """Gives the request an id (`X-Request-Id`), adds security headers, logs one line, turns what nobody
    caught into a 500 with that id, as `fault` has it. The line names the operation's path, not the caller's, which may
    hold an e-mail address."""

    def __init__(self, app: ASGIApp, fault: Callable[[Scope, str], ASGIApp]) -> None:
        self.app, self._fault = app, fault

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request, started, status = new_id(), time.perf_counter(), 0
        scope.setdefault("state", {})["request_id"] = request

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _add_headers(MutableHeaders(scope=message), request)
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        except Exception:
            log.exception("request failed", extra={"request": request})
            if status == 0:
                await self._fault(scope, request)(scope, receive, send_with_headers)
        finally:
            access.info(
                "request",
                extra={
                    "request": request,
                    "method": scope["method"],
                    "operation": getattr(scope.get("route"), "path", None),
                    "status": status,
                    "ms": round((time.perf_counter() - started) * 1000, 1),
                },
            )


def _add_headers(headers: MutableHeaders, request: str) -> None:
    headers["X-Request-Id"] = request
    for name, value in SECURITY_HEADERS.items():
        headers.setdefault(name, value)


class PrivatePaths:
    """Serves `/metrics` and `/asterisk/` at the private listener only, and nothing else there but `/health`.

    The listener is known by the port that the connection came in at. No header can change it. `absent` answers for a
    path that is not there.
    """

    def __init__(self, app: ASGIApp, port: int, absent: Callable[[Scope], ASGIApp]) -> None:
        self.app, self._port, self._absent = app, port, absent

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        served = scope["type"] != "http" or _is_served(scope, self._port)
        await (self.app if served else self._absent(scope))(scope, receive, send)


def is_private(path: str) -> bool:
    """Return whether the path is served at the private listener only. A slash at the end would be a redirect there."""
    return path.lower().rstrip("/") == "/metrics" or path.lower().startswith("/asterisk/")


def _is_served(scope: Scope, private_port: int) -> bool:
    path: str = scope["path"]
    _, port = scope.get("server") or ("", None)
    return path.lower() == "/health" or is_private(path) == bool(port == private_port)


class BodyReader:
    """Limits the body and reads JSON whatever the Content-Type says. CSV becomes JSON, and under `/auth` a form.

    `signed_in` says whether the request carries a valid token: without one, much less is read. `refuse` turns an error
    into the surface's answer. `largest_file`: the most bytes of a file that is uploaded.
    """

    def __init__(
        self,
        app: ASGIApp,
        signed_in: Callable[[Headers], bool],
        refuse: Callable[[Scope, DomainError], ASGIApp],
        largest_file: int,
    ) -> None:
        self.app, self._signed_in, self._refuse = app, signed_in, refuse
        self._largest_upload = largest_file + FIELDS_BESIDE

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = scope["path"].lower()
        if not path.startswith(JSON_PATHS):
            # The operation looks at the visitor's token before it reads the body.
            await self.app(scope, _limited(receive, self._limit(path)), send)
            return
        headers = MutableHeaders(scope=scope)
        content_type = headers.get("content-type", "").lower()
        try:
            _check_path(scope)
            if (
                scope["method"] in _NO_BODY
                and not headers.get("content-length")
                and "transfer-encoding" not in headers
            ):
                await self.app(scope, receive, send)
                return
            known = self._signed_in(headers)
            if UPLOADS.fullmatch(path) and content_type.startswith("multipart/") and known:
                _check_length(headers, self._largest_upload)
                await self.app(scope, _limited(receive, self._largest_upload), send)
                return
            limit = LARGEST_BODY if known else LARGEST_STRANGERS
            _check_length(headers, limit)
            body = await _read(receive, limit)
            if path.startswith("/auth") and _is_form(content_type, body):
                body = _form_as_json(body)
            if content_type.startswith("text/csv"):
                body = _csv_as_json(body)
            elif body.count(b",") > MOST_VALUES:
                raise TooLarge(MOST_VALUES, "values")
        except DomainError as error:
            await self._refuse(scope, error)(scope, receive, send)
            return
        if body:
            headers["content-type"] = "application/json"
            headers["content-length"] = str(len(body))
        await self.app(scope, _replay(body, receive), send)

    def _limit(self, path: str) -> int:
        """Return how many bytes a path takes whose operation reads the body itself."""
        if VISITORS_UPLOADS.fullmatch(path):
            return self._largest_upload
        return LARGEST_BODY if path == BATCHES else LARGEST_STRANGERS


_TEAM_API = ("/v1/", "/auth/")


class TrailingSlash:
    """Serves a path with a slash at its end as the one without, as the document of the team API writes `/chat/`.

    A redirect would not do: not every client sends its body again. It stands outside of `PrivatePaths`, which must see
    the path that is served.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].endswith("/") and scope["path"].startswith(_TEAM_API):
            scope["path"] = scope["path"].rstrip("/")
        await self.app(scope, receive, send)


class HeadAsGet:
    """Answers HEAD like GET, without the body. `switchroom.head` tells an answer that does not end."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def bare(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        scope["method"], scope["switchroom.head"] = "GET", True
        try:
            await self.app(scope, receive, bare)
        finally:
            scope["method"] = "HEAD"


class OptionsAnswer:
    """Answers OPTIONS with 204 and the methods that the path takes. `methods` returns them."""

    def __init__(self, app: ASGIApp, methods: Callable[[Scope], list[str]]) -> None:
        self.app, self._methods = app, methods

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        allowed = self._methods(scope) if scope["type"] == "http" and scope["method"] == "OPTIONS" else []
        answer = Response(status_code=204, headers={"Allow": ", ".join(allowed)}) if allowed else self.app
        await answer(scope, receive, send)


def _check_path(scope: Scope) -> None:
    if "\0" in scope["path"]:
        raise ValidationFailed({"path": "Contains a NUL character"})


def _check_length(headers: Headers, limit: int) -> None:
    declared = headers.get("content-length", "0")
    if declared.isdigit() and int(declared) > limit:
        raise TooLarge(limit)


def _is_form(content_type: str, body: bytes) -> bool:
    return content_type.startswith("application/x-www-form-urlencoded") and body.lstrip()[:1] not in (
        b"{",
        b"[",
    )


def _form_as_json(body: bytes) -> bytes:
    return json.dumps(dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))).encode()


def _csv_as_json(body: bytes) -> bytes:
    """Return the body of an import. A spreadsheet's file may be in an older encoding than UTF-8."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = body.decode("cp1252", "replace")
    return json.dumps({"csv": text}).encode()


async def _read(receive: Receive, limit: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            # The client is gone. Without its whole body nothing is done.
            raise ValidationFailed({"body": "Broke off"})
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > limit:
            raise TooLarge(limit)
        if not message.get("more_body", False):
            return b"".join(chunks)


def _replay(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def replay() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _limited(receive: Receive, limit: int) -> Receive:
    size = 0

    async def limited() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > limit:
            raise TooLarge(limit)
        return message

    return limited

"""Where sockets connect: `/socket.io/` and, for a 4.x client that the SDK was given, `/engine.io/`."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers, QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import Receive, Scope, Send

from api.core.context import Context
from api.realtime.fan_out import fan_out_of
from api.realtime.protocols import connection_of
from api.realtime.sails_io.packets import VERSIONS
from api.realtime.sails_io.socket import SailsSocket
from switchroom.settings import Settings

PATHS = ("/socket.io", "/socket.io/", "/engine.io", "/engine.io/")
MOST_SOCKETS = 20_000
"""Of one process."""


class SocketEndpoint:
    """Takes a WebSocket and serves it until it ends."""

    def __init__(self) -> None:
        self._open = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = scope["app"]
        context: Context = app.state.context
        await receive()
        refused = self._refused(scope, context.settings)
        if refused is not None:
            await _deny(send, *refused)
            return
        self._open += 1
        try:
            await send({"type": "websocket.accept"})
            version = int(QueryParams(scope["query_string"])["EIO"])
            await SailsSocket(app, fan_out_of(app), context, scope, connection_of(scope), version).serve(
                receive
            )
        finally:
            self._open -= 1

    def _refused(self, scope: Scope, settings: Settings) -> tuple[int, int, str] | None:
        """Return the status, and Engine.IO's code and text, if the connection is not taken."""
        query = QueryParams(scope["query_string"])
        if query.get("EIO") not in [str(version) for version in VERSIONS]:
            return 400, 5, "Unsupported protocol version"
        if query.get("transport", "websocket") != "websocket":
            return 400, 0, "Transport unknown"
        _, port = scope.get("server") or ("", None)
        if not is_own_origin(Headers(scope=scope), settings) or port == settings.private_port:
            return 403, 4, "Forbidden"
        if connection_of(scope) is None or self._open >= MOST_SOCKETS:
            return 503, 4, "Forbidden"
        return None


def is_own_origin(headers: Headers, settings: Settings) -> bool:
    """Say whether the page that connects, if one does, is ours or one that a setting allows."""
    origin = headers.get("origin")
    if origin is None or "*" in settings.cors_origins or origin in settings.cors_origins:
        return True
    here = urlsplit(settings.public_url)
    return origin == f"{here.scheme}://{here.netloc}" or urlsplit(origin).netloc == headers.get("host")


async def _deny(send: Send, status: int, code: int, text: str) -> None:
    answer = JSONResponse({"code": code, "message": text}, status)
    head = {"type": "websocket.http.response.start", "status": status, "headers": answer.raw_headers}
    await send(head)
    await send({"type": "websocket.http.response.body", "body": answer.body})


async def refuse_polling(_request: Request) -> Response:
    """Tell a client without a WebSocket that there is no other way."""
    return JSONResponse({"code": 0, "message": "Transport unknown"}, 400)


async def get_cookie(_request: Request) -> Response:
    """Answer the SDK's question before it connects from another origin. We need no cookie."""
    return Response("_sailsIoJSConnect();", media_type="application/javascript")


def socket_routes() -> list[BaseRoute]:
    """Return the routes that are no operations of an API."""
    endpoint = SocketEndpoint()
    return [
        *(WebSocketRoute(path, endpoint) for path in PATHS),
        *(Route(path, refuse_polling, methods=["GET", "POST"]) for path in PATHS),
        Route("/__getcookie", get_cookie),
    ]

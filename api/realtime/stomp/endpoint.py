"""Where clients of the inbox connect: `/inbox/ws`."""

from starlette.datastructures import Headers
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.types import Receive, Scope, Send

from api.core.context import Context
from api.realtime.fan_out import fan_out_of
from api.realtime.protocols import connection_of
from api.realtime.sails_io.endpoint import MOST_SOCKETS, is_own_origin
from api.realtime.stomp.socket import StompSocket

PATH, SUBPROTOCOL = "/inbox/ws", "v12.stomp"


class StompEndpoint:
    """Takes a WebSocket and serves it until it ends."""

    def __init__(self) -> None:
        self._open = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        context: Context = scope["app"].state.context
        await receive()
        connection = connection_of(scope)
        if not self._may(scope, context) or connection is None or self._open >= MOST_SOCKETS:
            await send({"type": "websocket.close", "code": 1008})
            return
        offered = scope.get("subprotocols") or ()
        chosen = {"subprotocol": SUBPROTOCOL} if SUBPROTOCOL in offered else {}
        self._open += 1
        try:
            await send({"type": "websocket.accept", **chosen})
            if await StompSocket(fan_out_of(scope["app"]), context, connection).serve(receive):
                await send({"type": "websocket.close", "code": 1000})
        finally:
            self._open -= 1

    def _may(self, scope: Scope, context: Context) -> bool:
        _, port = scope.get("server") or ("", None)
        return is_own_origin(Headers(scope=scope), context.settings) and port != context.settings.private_port


def stomp_routes() -> list[BaseRoute]:
    """Return the route, which is no operation of an API."""
    return [WebSocketRoute(PATH, StompEndpoint())]

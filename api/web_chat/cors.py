"""CORS of web chats: the origins that a web chat names may use it, and no others.

Each operation refuses pages of other origins by itself (`visitors.get_chat`).
"""

import re
import time
from collections.abc import Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.core.context import Context, run_on
from models.inbox_web_chat import open_chat
from switchroom.ids import parse_id

PATH = re.compile(r"/web-chat/([0-9A-Fa-f-]{32,40})/[a-z]{1,20}")
_METHODS, _HEADERS = "GET, POST", "Authorization, Content-Type"
KNOWN_SECONDS, MOST_KNOWN = 10.0, 1000


class WebChatCors:
    """Answers preflights, and lets allowed pages read answers, errors too."""

    def __init__(self, app: ASGIApp, context: Context) -> None:
        self.app, self._context = app, context
        self._known: dict[str, tuple[float, Sequence[str]]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = PATH.fullmatch(scope["path"]) if scope["type"] == "http" else None
        origin = Headers(scope=scope).get("origin") if found else None
        if found is None or origin is None:
            await self.app(scope, receive, send)
            return
        allowed = origin in await self._origins(found[1])
        if scope["method"] == "OPTIONS":
            headers = {**_allow(origin), "Access-Control-Max-Age": "600"} if allowed else {}
            await Response(status_code=204 if allowed else 403, headers={"Vary": "Origin", **headers})(
                scope, receive, send
            )
            return

        async def readable(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.add_vary_header("Origin")
                if allowed:
                    headers.update({**_allow(origin), "Cross-Origin-Resource-Policy": "cross-origin"})
            await send(message)

        await self.app(scope, receive, readable)

    async def _origins(self, channel: str) -> Sequence[str]:
        """Return the origins of a web chat, as of some seconds ago."""
        id, now = parse_id(channel), time.monotonic()
        if id is None:
            return ()
        ends, origins = self._known.get(id, (0.0, ()))
        if ends > now:
            return origins
        context = self._context
        row = await run_on(context.pools.reads, lambda: context.read(lambda session: open_chat(session, id)))
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        self._known[id] = (now + KNOWN_SECONDS, row[1].origins if row else ())
        return self._known[id][1]


def _allow(origin: str) -> dict[str, str]:
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Methods": _METHODS,
        "Access-Control-Allow-Headers": _HEADERS,
        "Access-Control-Expose-Headers": "Retry-After",
    }

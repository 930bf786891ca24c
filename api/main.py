"""The api process: the application, and its public and its private listener."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any

import uvicorn
from fastapi import FastAPI
from fastapi.responses import RedirectResponse
from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Scope
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from api import routers
from api.console.files import console_routes
from api.conventions import openapi
from api.conventions.error_answers import TeamSurface
from api.core import error_handlers
from api.core.context import make_context
from api.core.cookies import has_valid_cookie
from api.core.errors import DomainError
from api.core.metrics import HttpMetrics, Metrics
from api.core.middleware import BodyReader, HeadAsGet, OptionsAnswer, PrivatePaths, RequestLog, TrailingSlash
from api.core.quotas import MEGABYTE
from api.core.route import Shortcut, methods_of
from api.core.tokens import check_secret_key, has_valid_token
from api.inbox.surface import InboxSurface
from api.realtime.fan_out import FanOut, fan_out_of
from api.realtime.protocols import HttpProtocol, SocketProtocol
from api.realtime.sails_io.endpoint import socket_routes
from api.realtime.sails_io.packets import LARGEST_MESSAGE
from api.realtime.stomp.endpoint import stomp_routes
from api.web_chat.cors import WebChatCors
from switchroom import garbage
from switchroom.logs import configure_logs
from switchroom.settings import Settings, get_settings

SURFACES = (InboxSurface(), TeamSurface())
"""Each API's own answers to errors, by the start of its paths; the last one takes what is left."""
LEAST_COMPRESSED = 1024
"""Bytes. A smaller answer is not compressed."""
EXPOSED_HEADERS = ("ETag", "Location", "Retry-After", "X-Next-Cursor", "X-Request-Id", "X-Total-Count")
"""What scripts of other origins may read of an answer's headers."""


def create_app(settings: Settings, *, checks_answers: bool = False) -> FastAPI:
    """Make the application for these settings. The database must be at the newest schema.

    `checks_answers`, for tests: each answer is held against its operation's model. Raises ValueError for settings that
    it cannot start with.
    """
    check_secret_key(settings)
    context = make_context(settings, checks_answers=checks_answers)

    fan_out = FanOut(context)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with context.running(), fan_out.running():
            yield

    app = FastAPI(
        title="Switchroom",
        description="The API of the contact-center engine. Sign in at `POST /auth/login-user`.",
        version="0.1.0",
        license_info={"name": "Apache 2.0", "identifier": "Apache-2.0"},
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.state.context, app.state.fan_out = context, fan_out
    app.state.metrics = Metrics(context)
    error_handlers.install(app, SURFACES)
    for router in routers.ROUTERS:
        # Not included but taken over as they are: an operation knows its whole path, and is matched once.
        app.router.routes.extend(router.routes)
    app.router.routes.extend([*socket_routes(), *stomp_routes(), *console_routes(settings)])
    app.add_api_route("/", to_docs, include_in_schema=False)
    app.router.middleware_stack = Shortcut(app.router)
    openapi.install(app)

    def signed_in(headers: Headers) -> bool:
        return has_valid_token(settings, headers.get("authorization", "")) or has_valid_cookie(
            settings, headers
        )

    def refuse(scope: Scope, error: DomainError) -> ASGIApp:
        return error_handlers.surface_of(SURFACES, scope).answer(error)

    def absent(scope: Scope) -> ASGIApp:
        return error_handlers.surface_of(SURFACES, scope).http_error(404, "Not Found", {})

    def fault(scope: Scope, request: str) -> ASGIApp:
        return error_handlers.surface_of(SURFACES, scope).fault(request)

    app.add_middleware(OptionsAnswer, methods=lambda scope: methods_of(app.routes, scope))
    app.add_middleware(HeadAsGet)
    app.add_middleware(HttpMetrics, metrics=app.state.metrics)
    app.add_middleware(
        BodyReader,
        signed_in=signed_in,
        refuse=refuse,
        largest_file=max(
            settings.upload_megabytes, settings.prompt_megabytes, settings.inbox_attachment_megabytes
        )
        * MEGABYTE,
    )
    # Level 9 takes more than twice the time of level 3, and makes a list's answer an eighth smaller.
    app.add_middleware(GZipMiddleware, minimum_size=LEAST_COMPRESSED, compresslevel=3)
    app.add_middleware(PrivatePaths, port=settings.private_port, absent=absent)
    app.add_middleware(TrailingSlash)
    app.add_middleware(WebChatCors, context=context)
    app.add_middleware(RequestLog, fault=fault)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "If-Match"],
            expose_headers=EXPOSED_HEADERS,
        )
    app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=settings.trusted_proxies)
    return app


class Server(uvicorn.Server):
    """uvicorn, which first ends the connections that would not end by themselves."""

    def __init__(self, config: uvicorn.Config, fan_out: FanOut) -> None:
        super().__init__(config)
        self._fan_out = fan_out

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._fan_out.close()
        await super().shutdown(sockets)


def serve(settings: Settings) -> None:
    """Serve at the public and at the private listener until SIGTERM."""
    app = _app()
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=HttpProtocol,
        ws=SocketProtocol,
        ws_max_size=LARGEST_MESSAGE,
        ws_per_message_deflate=False,
        access_log=False,
        log_config=None,
        proxy_headers=False,
        timeout_graceful_shutdown=10,
    )
    places = (settings.api_host, settings.api_port), (settings.private_host, settings.private_port)
    Server(config, fan_out_of(app)).run(sockets=[_listen(host, port) for host, port in places])


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family)


async def to_docs() -> RedirectResponse:
    """Lead whoever opens the bare address to the reference."""
    return RedirectResponse("/docs")


@lru_cache
def _app() -> FastAPI:
    settings = get_settings()
    configure_logs("api", settings.log_level)
    app = create_app(settings)
    garbage.freeze()
    return app


def __getattr__(name: str) -> Any:
    """`app` is made when uvicorn asks for it, so that importing this module reads no settings."""
    if name == "app":
        return _app()
    raise AttributeError(name)

"""Serves the engine's `/health` and `/metrics` at the private address."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pbx.metrics import Metrics

Report = Callable[[], Awaitable[dict[str, Any]]]


def application(report: Report, metrics: Metrics) -> Starlette:
    """Serve `GET /health`, the report (200 if its `ok` is true, else 503), and `GET /metrics`, for Prometheus."""

    async def health(_: Request) -> Response:
        body = await report()
        return JSONResponse(body, 200 if body["ok"] else 503)

    async def scrape(_: Request) -> Response:
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)

    return Starlette(routes=[Route("/health", health), Route("/metrics", scrape)])


class _Server(uvicorn.Server):
    """Leaves SIGTERM and SIGINT to the engine."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(report: Report, metrics: Metrics, port: int, *, host: str = "127.0.0.1") -> None:
    """Serve until cancelled."""
    config = uvicorn.Config(
        application(report, metrics), host=host, port=port, log_config=None, access_log=False, lifespan="off"
    )
    server = _Server(config)
    try:
        await server.serve()
    except asyncio.CancelledError:
        await server.shutdown()
        raise

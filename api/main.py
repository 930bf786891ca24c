"""The api process: `uvicorn api.main:app`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any

from fastapi import Depends, FastAPI

from api import routers
from api.conventions.populate import refuse_populate
from api.core import error_handlers
from api.core.context import make_context
from api.core.metrics import HttpMetrics, Metrics
from api.core.middleware import AnyCase, BodyReader, RequestLog
from api.core.tokens import check_secret_key
from switchroom.logs import configure_logs
from switchroom.settings import Settings, get_settings

V1 = "/v1"


def create_app(settings: Settings) -> FastAPI:
    """The application for these settings. The database must be at the newest schema. Raises ValueError for
    settings
    that it cannot start with."""
    check_secret_key(settings)
    context = make_context(settings)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        context.engine.dispose()
        context.redis.close()

    app = FastAPI(title="Switchroom", version="0.1.0", lifespan=lifespan)
    app.state.context = context
    app.state.metrics = Metrics(context)
    error_handlers.install(app)
    for router in routers.V1:
        app.include_router(router, prefix=V1, dependencies=[Depends(refuse_populate)])
    for router in routers.ROOT:
        app.include_router(router)
    paths = [V1 + getattr(route, "path", "") for router in routers.V1 for route in router.routes]
    app.add_middleware(HttpMetrics, metrics=app.state.metrics)
    app.add_middleware(AnyCase, paths=paths)
    app.add_middleware(BodyReader)
    app.add_middleware(RequestLog)
    return app


@lru_cache
def _app() -> FastAPI:
    settings = get_settings()
    configure_logs("api", settings.log_level)
    return create_app(settings)


def __getattr__(name: str) -> Any:
    """`app` is made when uvicorn asks for it, so that importing this module reads no settings."""
    if name == "app":
        return _app()
    raise AttributeError(name)

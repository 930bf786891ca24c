"""The api process: `uvicorn api.main:app`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any

from fastapi import Depends, FastAPI

from api import features, handlers
from api.context import make_context
from api.metrics import HttpMetrics, Metrics
from api.middleware import AnyCase, BodyReader, RequestLog
from api.populate import refuse_populate
from api.tokens import check_secret_key
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
    handlers.install(app)
    for router in features.V1:
        app.include_router(router, prefix=V1, dependencies=[Depends(refuse_populate)])
    for router in features.ROOT:
        app.include_router(router)
    paths = [V1 + getattr(route, "path", "") for router in features.V1 for route in router.routes]
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

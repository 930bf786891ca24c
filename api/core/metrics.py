"""What the api measures: requests by operation, and at each scrape the jobs and the outbox."""

import time
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from redis import RedisError
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import func
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col, select
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.core.context import Context
from models import Outbox


class Metrics:
    """One app's figures, in a registry of its own so that tests may make several."""

    def __init__(self, context: Context) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "switchroom_http_requests",
            "Requests by operation and status",
            ["method", "operation", "status"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "switchroom_http_request_seconds",
            "Time to the end of the answer",
            ["method", "operation"],
            registry=self.registry,
        )
        self.registry.register(Backlogs(context))


class Backlogs(Collector):
    """Read when scraped; what cannot be read is left out, and `switchroom_scrape_failed` says of which server."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def describe(self) -> Iterator[Metric]:
        yield from ()

    def collect(self) -> Iterator[Metric]:
        failed = GaugeMetricFamily(
            "switchroom_scrape_failed", "Servers that did not answer", labels=["server"]
        )
        jobs, outbox = None, None
        try:
            jobs = _jobs(self._context)
        except RedisError:
            failed.add_metric(["redis"], 1)
        try:
            outbox = _outbox(self._context)
        except SQLAlchemyError:
            failed.add_metric(["database"], 1)
        yield from (family for family in (jobs, outbox, failed) if family is not None)


def _jobs(context: Context) -> Metric:
    family = GaugeMetricFamily("switchroom_jobs", "Jobs by queue and registry", labels=["queue", "registry"])
    for queue in Queue.all(connection=context.redis, serializer=JSONSerializer):
        family.add_metric([queue.name, "queued"], queue.count)
        registries = {
            "started": queue.started_job_registry,
            "scheduled": queue.scheduled_job_registry,
            "deferred": queue.deferred_job_registry,
            "failed": queue.failed_job_registry,
        }
        for name, registry in registries.items():
            family.add_metric([queue.name, name], len(registry.get_job_ids(cleanup=False)))
    return family


def _outbox(context: Context) -> Metric:
    family = GaugeMetricFamily("switchroom_outbox_backlog", "Outbox rows not yet delivered", labels=["kind"])
    waiting = (
        select(Outbox.kind, func.count()).where(col(Outbox.delivered_at).is_(None)).group_by(Outbox.kind)
    )
    for kind, count in context.read(lambda session: session.exec(waiting).all()):
        family.add_metric([kind], count)
    return family


class HttpMetrics:
    """Counts and times each request under its operation's path template, never the caller's path."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app, self.metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, status = time.perf_counter(), 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, noting)
        finally:
            operation = _operation(scope)
            self.metrics.requests.labels(scope["method"], operation, str(status)).inc()
            self.metrics.seconds.labels(scope["method"], operation).observe(time.perf_counter() - started)


def _operation(scope: Scope) -> str:
    """The path template of what answered; FastAPI leaves the prefix of an included router out of it."""
    path: str | None = getattr(scope.get("route"), "path", None)
    if path is None:
        return "unknown"
    return f"/v1{path}" if scope["path"].startswith("/v1/") and not path.startswith("/v1/") else path

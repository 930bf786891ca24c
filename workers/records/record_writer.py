"""The record writer: it writes the records stream to the database, relays the outbox and starts periodic jobs."""

import logging
import signal
import time
from collections.abc import Callable
from threading import Event
from typing import Any

from redis import RedisError
from sqlalchemy.exc import SQLAlchemyError

from switchroom import garbage
from switchroom.logs import configure_logs
from workers.disks import disk_of
from workers.failed import count_jobs
from workers.health import serve_health
from workers.metrics import (
    DISK_USED,
    JOBS,
    OUTBOX_BACKLOG,
    OUTBOX_SENT,
    RECORDS_LAG,
    RETENTION_REFUSED,
    WRITE_ERRORS,
)
from workers.outbox import backlog, relay
from workers.records.consumer import BATCH, RecordConsumer
from workers.resources import Resources, get_resources
from workers.schedule import tick

logger = logging.getLogger(__name__)

FIRST_WAIT, LONGEST_WAIT = 0.25, 10.0
"""Seconds between tries while the database or Redis is away. The wait doubles each time."""
REST_SECONDS = 0.25
"""Pause after a batch that was not full: records gather, and a batch of one costs nearly as much as one of twenty."""
OUTBOX_SECONDS, CLAIM_SECONDS, TICK_SECONDS = 2.0, 30.0, 10.0
BEAT_SECONDS, BEAT_EXPIRY_SECONDS = 5.0, 20


class RecordWriter:
    """The loop. `run` returns after `stop`; a batch that is being written is finished first."""

    def __init__(self, resources: Resources, name: str | None = None) -> None:
        self._resources = resources
        self._consumer = RecordConsumer(resources, name)
        self._stopped = Event()
        self._failing: str | None = None
        self._outbox = _Periodic(OUTBOX_SECONDS, self._relay)
        self._periodic = [
            _Periodic(BEAT_SECONDS, self._beat),
            self._outbox,
            _Periodic(CLAIM_SECONDS, self._consumer.claim_abandoned),
            _Periodic(TICK_SECONDS, self._tick),
        ]

    def stop(self) -> None:
        self._stopped.set()

    def run(self) -> None:
        wait = FIRST_WAIT
        while not self._stopped.is_set():
            try:
                self._turn()
            except (RedisError, SQLAlchemyError) as error:
                self._failed(error, wait)
                self._stopped.wait(wait)
                wait = min(wait * 2, LONGEST_WAIT)
            else:
                self._recovered()
                wait = FIRST_WAIT

    def health(self) -> tuple[bool, dict[str, Any]]:
        """See `workers.health.Health`."""
        return self._failing is None, {"record-writer": self._failing or "ok"}

    def refresh_metrics(self) -> None:
        """Set the gauges. If a server is away, its gauges keep their last values and the error counter rises."""
        try:
            RECORDS_LAG.set(self._consumer.lag())
            OUTBOX_BACKLOG.set(backlog(self._resources.engine))
            RETENTION_REFUSED.set(int(self._resources.redis.get(self._resources.keys.retention_refused) or 0))
            for node in self._resources.settings.nodes:
                if use := disk_of(self._resources.redis, self._resources.keys, node.name):
                    DISK_USED.labels(node.name).set(use.share)
            for (queue, state), count in count_jobs(self._resources.redis).items():
                JOBS.labels(queue, state).set(count)
        except (RedisError, SQLAlchemyError) as error:
            WRITE_ERRORS.labels(_server(error)).inc()

    def _turn(self) -> None:
        written = self._consumer.step(block_ms=1000)
        if written:
            self._outbox.make_due()
        for job in self._periodic:
            job.run_if_due()
        if 0 < written < BATCH:
            self._stopped.wait(REST_SECONDS)

    def _beat(self) -> None:
        """Write the heartbeat by which the api's `/health` knows that records are being written."""
        resources = self._resources
        resources.redis.set(resources.keys.writer, int(time.time()), ex=BEAT_EXPIRY_SECONDS)

    def _relay(self) -> None:
        resources = self._resources
        # Asked first, since a relay takes SQLite's write lock.
        if backlog(resources.engine):
            OUTBOX_SENT.inc(relay(resources.engine, resources.redis, resources.keys))

    def _tick(self) -> None:
        resources = self._resources
        tick(resources.redis, resources.keys)

    def _failed(self, error: Exception, wait: float) -> None:
        self._consumer.start_over()
        self._failing = f"{_server(error)} is away: {type(error).__name__}"
        WRITE_ERRORS.labels(_server(error)).inc()
        logger.warning("a server is away", extra={"server": _server(error), "retry_in": wait}, exc_info=error)

    def _recovered(self) -> None:
        if self._failing is not None:
            logger.info("all servers answer again")
            self._failing = None


class _Periodic:
    """An action to run every `seconds`, first at once. If it raises, it stays due."""

    def __init__(self, seconds: float, action: Callable[[], object]) -> None:
        self._seconds, self._action, self._due = seconds, action, 0.0

    def make_due(self) -> None:
        self._due = 0.0

    def run_if_due(self) -> None:
        if time.monotonic() >= self._due:
            self._action()
            self._due = time.monotonic() + self._seconds


def _server(error: Exception) -> str:
    return "redis" if isinstance(error, RedisError) else "database"


def main() -> None:
    """Run `switchroom record-writer` until SIGTERM or SIGINT."""
    resources = get_resources()
    configure_logs("record-writer", resources.settings.log_level)
    writer = RecordWriter(resources)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: writer.stop())
    settings = resources.settings
    server = serve_health(
        settings.worker_port, writer.health, writer.refresh_metrics, host=settings.private_host
    )
    logger.info("record writer started", extra={"port": settings.worker_port})
    garbage.freeze()
    writer.run()
    server.shutdown()

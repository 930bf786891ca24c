"""What one api process holds: settings, database, Redis, rate limits, the outbox's senders."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from redis import Redis
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from api.core.rate_limits import RateLimiter
from models import outbox
from models.outbox import Outbox, OutboxKind, Sender
from switchroom import database
from switchroom.messages.outbox import JobRequest
from switchroom.redis_keys import Keys
from switchroom.settings import Settings
from workers.enqueue import enqueue

log = logging.getLogger(__name__)

REDIS_SECONDS = 1.0
"""How long a request waits for a silent Redis before it leaves the outbox to the record writer."""


@dataclass(frozen=True, slots=True)
class Context:
    settings: Settings
    engine: Engine
    redis: Redis
    limiter: RateLimiter

    @property
    def keys(self) -> Keys:
        """Names in Redis."""
        return Keys(self.settings.shard)

    @contextmanager
    def session(self, *, readonly: bool = False) -> Iterator[Session]:
        """One transaction of one request; what it wrote to the outbox is relayed right after the commit."""
        with database.session(self.engine, readonly=readonly) as session:
            yield session
        if session.info.get("outbox"):
            self.relay()

    def relay(self) -> None:
        """Send what the outbox holds; what cannot be sent now waits for the record writer."""
        try:
            outbox.relay(self.engine, self._senders())
        except SQLAlchemyError:
            log.exception("outbox not relayed; the record writer will")

    def _senders(self) -> dict[str, Sender]:
        return {
            OutboxKind.COMMAND.value: outbox.command_sender(self.redis, self.keys),
            OutboxKind.JOB.value: self._enqueue_job,
            OutboxKind.MAIL.value: self._enqueue_mail,
            OutboxKind.EVENT.value: outbox.stream_sender(self.redis, self.keys.events),
        }

    def _enqueue_job(self, row: Outbox) -> None:
        job = JobRequest.model_validate(row.payload)
        enqueue(self.redis, job.name, *job.args, queue=job.queue, delay=job.delay)

    def _enqueue_mail(self, row: Outbox) -> None:
        enqueue(self.redis, "send_mail", row.id)


def make_context(settings: Settings) -> Context:
    """Connections are opened when first used, so an api starts while its servers are away."""
    redis: Redis = Redis.from_url(
        settings.redis_url, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS
    )
    return Context(
        settings=settings,
        engine=database.make_engine(settings.database_url),
        redis=redis,
        limiter=RateLimiter(settings.redis_url, f"switchroom:{settings.shard}:rate"),
    )

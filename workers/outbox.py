"""How the kinds of outbox rows are sent. `models.outbox` keeps and relays them; `switchroom.messages.outbox` says what
payload each kind has.
"""

import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from pydantic import ValidationError
from redis import Redis
from sqlalchemy import Engine, func, or_
from sqlmodel import Session, col, select

from models import Outbox, OutboxKind
from models.outbox import Sender, one_by_one, stream_sender
from models.outbox import relay as relay_rows
from switchroom.database import session
from switchroom.messages.outbox import JobRequest
from switchroom.redis_keys import Keys
from workers.enqueue import DEFAULT, UnknownJobError, enqueue

logger = logging.getLogger(__name__)

BATCH = 200


def job_row(
    name: str, *args: str | int | float | None, queue: str = DEFAULT, delay: float | None = None
) -> Outbox:
    """A row that enqueues this job after the commit."""
    return Outbox(**job_columns(name, *args, queue=queue, delay=delay))


def job_columns(
    name: str, *args: str | int | float | None, queue: str = DEFAULT, delay: float | None = None
) -> dict[str, Any]:
    """The columns of `job_row`, for many rows at once."""
    job = JobRequest(name=name, args=list(args), queue=queue, delay=delay)
    return {"kind": OutboxKind.JOB.value, "payload": job.model_dump()}


def senders(redis: Redis, keys: Keys) -> Mapping[str, Sender]:
    """Every kind's way out of the database."""
    streams = stream_sender(redis, keys)
    return {
        OutboxKind.COMMAND.value: streams,
        OutboxKind.EVENT.value: streams,
        OutboxKind.JOB.value: job_sender(redis),
        OutboxKind.MAIL.value: enqueues(redis, "send_mail"),
        OutboxKind.NOTIFICATION.value: enqueues(redis, "send_notification"),
        OutboxKind.PUSH.value: enqueues(redis, "send_push"),
    }


def job_sender(redis: Redis) -> Sender:
    """Enqueues the row's job. A row that names no job of ours is logged and left out: the rows behind it would wait."""

    def send(row: Outbox) -> None:
        try:
            job = JobRequest.model_validate(row.payload)
            enqueue(redis, job.name, *job.args, queue=job.queue, delay=job.delay)
        except (UnknownJobError, ValidationError) as error:
            logger.error("outbox row names no job", extra={"outbox": row.id, "error": repr(error)})

    return one_by_one(send)


def enqueues(redis: Redis, job: str) -> Sender:
    """Enqueue this job for each row, with the row's id."""

    def send(row: Outbox) -> None:
        enqueue(redis, job, row.id)

    return one_by_one(send)


def relay(
    engine: Engine, redis: Redis, keys: Keys, run: Callable[[Callable[[], int]], int] = lambda work: work()
) -> int:
    """Send all that waits and return how many rows. `run` does what it is given, in its turn among the writers.

    Raises `redis.RedisError`, before any writer has to wait.
    """
    redis.ping()
    sent, ways = 0, senders(redis, keys)
    while batch := run(partial(relay_rows, engine, ways, limit=BATCH)):
        sent += batch
        if batch < BATCH:
            break
    return sent


def backlog(engine: Engine) -> int:
    """Return how many rows wait to be sent."""
    with session(engine, readonly=True) as db:
        return db.exec(
            select(func.count()).select_from(Outbox).where(col(Outbox.delivered_at).is_(None))
        ).one()


def mails_waiting(db: Session) -> int:
    """Return how many mails and notifications of the last day are not sent yet, or failed."""
    waits = or_(col(Outbox.delivered_at).is_(None), col(Outbox.error).is_not(None))
    kinds = col(Outbox.kind).in_((OutboxKind.MAIL.value, OutboxKind.NOTIFICATION.value))
    return db.exec(select(func.count()).select_from(Outbox).where(kinds, waits)).one()

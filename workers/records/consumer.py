"""The record stream's consumer: read a batch, commit it, acknowledge and delete it.

No entry is lost, and none is written twice.
"""

import json
import logging
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from redis import Redis
from redis.exceptions import ResponseError
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, StatementError
from sqlalchemy.exc import TimeoutError as SQLAlchemyTimeout

from switchroom.database import session
from switchroom.logs import about_call
from switchroom.messages.records import CallEntry, Entry, parse_entry
from workers.metrics import RECORDS_DEAD, RECORDS_WRITTEN
from workers.records.write_batch import write_batch
from workers.resources import Resources

logger = logging.getLogger(__name__)

GROUP = "record-writer"
BATCH = 500
CLAIM_IDLE_MS = 60_000
"""A consumer that holds an entry this long is taken for dead."""
DEAD_KEPT = 100_000


@dataclass(frozen=True, slots=True)
class Delivery:
    id: str
    fields: dict[bytes, bytes]


class RecordConsumer:
    """Consumer of the group `record-writer`. Not thread-safe; one a process.

    Every method may raise `redis.RedisError`, and those that write SQLAlchemy's errors: call `step` again
    later, the entries are still pending.
    """

    def __init__(self, resources: Resources, name: str | None = None) -> None:
        self._resources = resources
        self._redis: Redis = resources.redis
        self._stream = resources.keys.records
        self._name = name or socket.gethostname()
        self._recover = True

    def start_over(self) -> None:
        """Read what is pending again before anything new. To be called after an error."""
        self._recover = True

    def step(self, block_ms: int = 1000) -> int:
        """Write one batch and return how many entries it had. Waits up to `block_ms` for the first one."""
        deliveries = self._read(block_ms)
        if deliveries:
            self._write(deliveries)
        return len(deliveries)

    def claim_abandoned(self) -> int:
        """Write what a dead consumer left pending. Returns how many entries."""
        answer: Any = self._redis.xautoclaim(
            self._stream, GROUP, self._name, min_idle_time=CLAIM_IDLE_MS, count=BATCH
        )
        deliveries = _deliveries(answer[1])
        if deliveries:
            logger.warning("taken over from a dead consumer", extra={"entries": len(deliveries)})
            self._write(deliveries)
        return len(deliveries)

    def lag(self) -> int:
        """Count the entries that are not yet committed: undelivered and pending ones."""
        return int(self._redis.xlen(self._stream))

    def make_group(self) -> None:
        try:
            self._redis.xgroup_create(self._stream, GROUP, id="0", mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise

    def _read(self, block_ms: int) -> list[Delivery]:
        try:
            if self._recover:
                pending = self._read_from("0", None)
                if pending:
                    return pending
                self._recover = False
            return self._read_from(">", block_ms)
        except ResponseError as error:
            if "NOGROUP" not in str(error):
                raise
            # Made only now, because a Redis without memory refuses to make one, though it would let us read.
            self.make_group()
            self._recover = True
            return self._read(block_ms)

    def _read_from(self, start: str, block_ms: int | None) -> list[Delivery]:
        answer: Any = self._redis.xreadgroup(
            GROUP, self._name, {self._stream: start}, count=BATCH, block=block_ms
        )
        return _deliveries(answer[0][1]) if answer else []

    def _write(self, deliveries: Sequence[Delivery]) -> None:
        parsed: list[tuple[Delivery, Entry]] = []
        for delivery in deliveries:
            try:
                parsed.append((delivery, parse_entry(delivery.fields.get(b"body", b""))))
            except ValueError as error:
                self._bury(delivery, error)
        try:
            self._commit([entry for _, entry in parsed])
        except Exception as error:
            if _is_outage(error):
                raise
            self._write_one_by_one(parsed)
        else:
            self._acknowledge([delivery.id for delivery, _ in parsed])

    def _write_one_by_one(self, parsed: Sequence[tuple[Delivery, Entry]]) -> None:
        """Write each entry in a transaction of its own.

        The batch has failed: one of its entries can never be written, or another writer wrote the same call meanwhile.
        """
        for delivery, entry in parsed:
            try:
                self._commit([entry])
            except Exception as error:  # no other entry has to wait for this one
                if _is_outage(error):
                    raise
                self._bury(delivery, error)
            else:
                self._acknowledge([delivery.id])

    def _commit(self, entries: Sequence[Entry]) -> None:
        with session(self._resources.engine) as db:
            new = write_batch(db, entries)
        RECORDS_WRITTEN.inc(new)
        for entry in entries:
            if isinstance(entry, CallEntry):
                with about_call(entry.record.id):
                    logger.info("call written", extra={"disposition": entry.record.disposition})

    def _acknowledge(self, ids: Sequence[str]) -> None:
        """Acknowledge these entries and delete them from the stream, in one step."""
        if ids:
            with self._redis.pipeline(transaction=True) as pipe:
                pipe.xack(self._stream, GROUP, *ids)
                pipe.xdel(self._stream, *ids)
                pipe.execute()

    def _bury(self, delivery: Delivery, error: Exception) -> None:
        """Move an entry that can never be written to the stream of dead letters, in one step."""
        kind = type(error).__name__
        logger.error("record moved to the dead letters", extra={"entry": delivery.id, "error": kind})
        fields: dict[Any, Any] = {**delivery.fields, b"entry": delivery.id, b"error": _reason(error)}
        with self._redis.pipeline(transaction=True) as pipe:
            pipe.xadd(f"{self._stream}:dead", fields, maxlen=DEAD_KEPT)
            pipe.xack(self._stream, GROUP, delivery.id)
            pipe.xdel(self._stream, delivery.id)
            pipe.execute()
        RECORDS_DEAD.inc()


def _deliveries(answer: Any) -> list[Delivery]:
    # An entry that was deleted while pending comes without fields.
    return [Delivery(entry.decode(), fields or {}) for entry, fields in answer]


def _is_outage(error: Exception) -> bool:
    """Whether the error comes from the server (its connection, a missing table, a pooler) and not from a record.

    `StatementError` is the base of every database error. PostgreSQL's class 54 are values that are too large for it.
    """
    if isinstance(error, DBAPIError) and str(getattr(error.orig, "sqlstate", "")).startswith("54"):
        return False
    return isinstance(error, MemoryError | SQLAlchemyTimeout) or (
        isinstance(error, StatementError)
        and not (isinstance(error, DataError | IntegrityError) or type(error) is StatementError)
    )


def _reason(error: Exception) -> str:
    return json.dumps({"type": type(error).__name__, "text": str(error)[:1000]})

"""The outbox: what must leave the process if, and only if, the transaction commits."""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import orjson
from redis import Redis, RedisError
from sqlalchemy import Engine, Index, Table, Update, bindparam, insert, or_
from sqlalchemy import select as sa_select
from sqlalchemy import update as sa_update
from sqlmodel import Field, Session

from models.among import among
from models.base import Row, json_field, time_field, utcnow
from models.turns import take_turn
from switchroom import database
from switchroom.ids import new_id
from switchroom.messages.commands import Command
from switchroom.messages.events import EVENTS_KEPT, Audience, Changed, Published
from switchroom.prepared import Prepared
from switchroom.redis_keys import Keys

log = logging.getLogger(__name__)

_RELAY_LOCK = 0x5C17C4B0
_LONGEST_BACKOFF = timedelta(minutes=10)


class OutboxKind(StrEnum):
    """What a row is for; `switchroom.messages.outbox` says what payload each kind has."""

    COMMAND = "command"
    JOB = "job"
    MAIL = "mail"
    EVENT = "event"
    NOTIFICATION = "notification"
    PUSH = "push"


class Outbox(Row, table=True):
    """`delivered_at` None: still to be sent, not before `available_at`. Ids rise in the order of writing."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_delivered_at_id", "delivered_at", "id"),)

    kind: str = Field(max_length=20)
    payload: dict[str, Any] = json_field(dict)
    attempts: int = 0
    error: str | None = None
    available_at: datetime = time_field(nullable=False)
    delivered_at: datetime | None = time_field()


IN_ORDER = (OutboxKind.COMMAND.value, OutboxKind.EVENT.value)
"""Kinds of which no row may pass one that could not be sent: they are tried at each round."""

Sender = Callable[[Sequence[Outbox]], tuple[int, Exception | None]]
"""Hands rows over in their order. Returns how many, and what went wrong with the next one."""

_TABLE: Table = Outbox.__table__  # type: ignore[attr-defined]
_COLUMNS = ("id", "created_at", "kind", "payload", "attempts", "available_at")
_INSERT = Prepared(insert(_TABLE).values({name: bindparam(f"new_{name}") for name in _COLUMNS}))
_WAITING = Prepared(
    sa_select(_TABLE.c.id, _TABLE.c.kind, _TABLE.c.payload, _TABLE.c.attempts)
    .where(
        _TABLE.c.delivered_at.is_(None),
        _TABLE.c.kind.in_(bindparam("kinds", expanding=True)),
        or_(_TABLE.c.kind.in_(IN_ORDER), _TABLE.c.available_at <= bindparam("now")),
    )
    .order_by(_TABLE.c.id)
    .limit(bindparam("limit")),
    named=True,
)
_SENT = Prepared(
    sa_update(_TABLE).where(among(_TABLE.c.id, "sent")).values(delivered_at=bindparam("now"), error=None)
)


def emit(session: Session, kind: OutboxKind, payload: dict[str, Any]) -> None:
    """Write a row in the session's transaction. `session.info["outbox"]` says that there is something to relay."""
    now = utcnow()
    row = (new_id(), now, kind.value, payload, 0, now)
    _INSERT.rows(session, {f"new_{name}": value for name, value in zip(_COLUMNS, row, strict=True)})
    session.info["outbox"] = True


def emit_command(session: Session, command: Command) -> None:
    """Send a message to the engine, after the commit. What changes nothing in the database, and is about calls of this
    moment, goes to it at once: `api.telephony.live_views.Live.ask`."""
    emit(session, OutboxKind.COMMAND, command.model_dump())


def emit_event(
    session: Session,
    model: str,
    verb: str,
    id: str,
    data: dict[str, Any] | None,
    audience: Audience,
    *,
    previous: dict[str, Any] | None = None,
) -> None:
    """Tell clients of a change, after the commit. `switchroom.messages.events` says what the parameters mean.

    `data` goes out as it is at this moment. Its times and ids have the form that REST shows. It may hold JSON that is
    not parsed (`orjson.Fragment`).
    """
    event = Changed(model=model, verb=verb, id=id, previous=previous, audience=audience)
    payload = event.model_dump(mode="json", exclude_defaults=True)
    emit(
        session, OutboxKind.EVENT, {"type": event.type, **payload, **({} if data is None else {"data": data})}
    )


def record_columns(kind: str, verb: str, id: str, team_id: str) -> dict[str, Any]:
    """Return the columns of a row that tells clients of a record (`switchroom.messages.events`), for many at once."""
    event = Published(team=team_id, kind=kind, id=id, verb=verb)
    return {"kind": OutboxKind.EVENT.value, "payload": event.model_dump()}


def emit_record(session: Session, kind: str, verb: str, id: str, team_id: str | None) -> None:
    """Tell clients of a record, after the commit. A record of no team is seen by no user."""
    if team_id is not None:
        emit(session, OutboxKind.EVENT, record_columns(kind, verb, id, team_id)["payload"])


def one_by_one(send: Callable[[Outbox], None]) -> Sender:
    """Make a sender of what hands one row over and raises if it cannot."""

    def send_all(rows: Sequence[Outbox]) -> tuple[int, Exception | None]:
        for done, row in enumerate(rows):
            try:
                send(row)
            except Exception as error:  # whatever it was, the row waits for another try and says why
                return done, error
        return len(rows), None

    return send_all


def stream_sender(redis: Redis, keys: Keys) -> Sender:
    """Adds the payloads to Redis streams as the field `body`: all of them or none, in one round trip.

    Commands go to the engine's stream, events to the one that the clients' api processes read, which keeps the newest.
    """
    streams = {OutboxKind.COMMAND: (keys.commands, None), OutboxKind.EVENT: (keys.events, EVENTS_KEPT)}

    def send(rows: Sequence[Outbox]) -> tuple[int, Exception | None]:
        with redis.pipeline(transaction=True) as pipeline:
            for row in rows:
                stream, most = streams[OutboxKind(row.kind)]
                pipeline.xadd(stream, {"body": orjson.dumps(row.payload)}, maxlen=most)
            try:
                pipeline.execute()
            except RedisError as error:
                return 0, error
        return len(rows), None

    return send


def relay(engine: Engine, senders: Mapping[str, Sender], *, limit: int = 500) -> int:
    """Send what waits, oldest first, and mark it. Return how many rows were sent.

    One relay works at a time over all processes, so commands arrive in the order of their transactions. A row that
    fails keeps those of its sender behind it. Unless its kind is `IN_ORDER`, it then waits, longer each time, before
    the next try. A row may be sent twice (after a crash between sending and marking), but is never lost.
    """
    with database.session(engine) as session:
        take_turn(session, _RELAY_LOCK)
        now = utcnow()
        by_sender: dict[Sender, list[Any]] = {}
        for row in _WAITING.rows(session, {"kinds": list(senders), "now": now, "limit": limit}):
            by_sender.setdefault(senders[row.kind], []).append(row)
        sent: list[str] = []
        for send, rows in by_sender.items():
            done, error = send(rows)
            sent += [row.id for row in rows[:done]]
            if error is not None:
                session.connection().execute(_tried(rows[done], error, now))
        if sent:
            _SENT.rows(session, {"sent": sent, "now": now})
    return len(sent)


def _tried(row: Any, error: Exception, now: datetime) -> Update:
    """Return what notes that the row was not delivered: it is tried again, ever later."""
    text = f"{type(error).__name__}: {error}"[:500]
    log.warning("outbox row not delivered", extra={"outbox": row.id, "kind": row.kind, "error": text})
    attempts = row.attempts + 1
    backoff = min(timedelta(seconds=2 ** min(attempts, 20)), _LONGEST_BACKOFF)
    values = {"attempts": attempts, "error": text, "available_at": now + backoff}
    return sa_update(_TABLE).where(_TABLE.c.id == row.id).values(values)

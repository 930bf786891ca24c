"""Checks of every part. Each runs in a thread with a deadline, and once at a time however often it is asked."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, cast

from redis import RedisError
from rq import Worker
from sqlalchemy.exc import SQLAlchemyError

from api.core.context import Context
from models.inbox_channel import connected_ids
from switchroom.database import ping
from switchroom.inbox import Source
from switchroom.messages.live import Heartbeat
from switchroom.storage import Storage
from workers.disks import WARN_SHARE, disk_of, measure
from workers.enqueue import DEFAULT, TRANSCRIPTS, recordings_queue
from workers.outbox import mails_waiting

DEADLINE_SECONDS = 3.0
READY = "ready"


@dataclass(frozen=True, slots=True)
class PartState:
    """`reason` is empty if the part is well; it names no secret. `details` are for the reader."""

    reason: str = ""
    details: dict[str, Any] = field(default_factory=dict)


Check = Callable[[], PartState]


class Probe:
    """A check that may hang. It gives the check's answer, or after the deadline that there is none yet."""

    def __init__(self, check: Check, pool: ThreadPoolExecutor) -> None:
        self._check, self._pool = check, pool
        self._running: Future[PartState] | None = None

    async def state(self) -> PartState:
        if self._running is None or self._running.done():
            self._running = self._pool.submit(self._check)
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                return await asyncio.shield(cast(Awaitable[PartState], asyncio.wrap_future(self._running)))
        except TimeoutError:
            return PartState(f"no answer within {DEADLINE_SECONDS:g} s")


def make_probes(context: Context, storage: Storage) -> dict[str, Probe]:
    """Make a probe for each part, by name."""
    checks: dict[str, Check] = {
        "database": lambda: database(context),
        "redis": lambda: redis(context),
        "storage": lambda: s3(storage),
        "engine": lambda: engine(context),
        "record-writer": lambda: record_writer(context),
        "mail-reader": lambda: mail_reader(context),
        "workers": lambda: workers(context),
        "disks": lambda: disks(context),
        "mail": lambda: mail(context),
    }
    pool = ThreadPoolExecutor(max_workers=len(checks), thread_name_prefix="health")
    return {name: Probe(check, pool) for name, check in checks.items()}


def database(context: Context) -> PartState:
    try:
        writable = ping(context.engine)
    except SQLAlchemyError as error:
        return PartState(f"does not answer: {type(error).__name__}")
    return PartState("" if writable else "it is read-only")


def redis(context: Context) -> PartState:
    """Say whether Redis takes what is written. `memory`: used bytes, and the most that it may use (0: no limit)."""
    try:
        info = context.redis.info()
    except RedisError as error:
        return PartState(f"does not answer: {type(error).__name__}")
    used, most = info["used_memory"], info.get("maxmemory", 0)
    details = {"memory": {"used": used, "most": most}}
    if 0 < most <= used:
        return PartState("its memory is full: it takes nothing until it has more", details)
    if info.get("aof_last_write_status", "ok") != "ok":
        return PartState("it cannot write to its disk", details)
    return PartState("", details)


def s3(storage: Storage) -> PartState:
    return PartState(storage.trouble())


def engine(context: Context) -> PartState:
    """Say whether the engine is well: its heartbeat and its process are there, and an Asterisk node is ready.

    A killed process is seen at once, since its connections to Redis are closed. The heartbeat, which expires after 10
    seconds, tells of an engine that hangs or whose machine is away: a busy one may be late by seconds.
    """
    try:
        beat = cast(bytes | None, context.redis.get(context.keys.heartbeat))
        if beat is None:
            return PartState("no heartbeat")
        engine = Heartbeat.model_validate_json(beat)
        connected = not engine.connection or _is_connected(context, engine.connection)
    except RedisError:
        return PartState("not known: Redis is away")
    if not connected:
        return PartState("its process has ended")
    details = {"nodes": engine.nodes, "calls": engine.calls}
    if READY not in engine.nodes.values():
        return PartState("no Asterisk node is ready", details)
    return PartState("", details)


def _is_connected(context: Context, name: str) -> bool:
    """Return whether Redis has a connection of this name."""
    return any(client["name"] == name for client in context.redis.client_list())


def record_writer(context: Context) -> PartState:
    """Say whether the record writer is well: its heartbeat is there. `waiting`: records not yet in the database."""
    keys = context.keys
    try:
        beats, waiting = context.redis.exists(keys.writer), context.redis.xlen(keys.records)
    except RedisError:
        return PartState("not known: Redis is away")
    return PartState("" if beats else "no heartbeat", {"waiting": waiting})


def mail_reader(context: Context) -> PartState:
    """Say whether the mailboxes of the inbox are read, if there are any."""
    try:
        if not context.read(lambda session: connected_ids(session, Source.EMAIL.value)):
            return PartState("", {"state": "off"})
        beats = context.redis.exists(context.keys.mail_reader)
    except SQLAlchemyError:
        return PartState("not known: the database is away")
    except RedisError:
        return PartState("not known: Redis is away")
    return PartState("" if beats else "no heartbeat")


def workers(context: Context) -> PartState:
    """Say whether every queue of jobs has a worker: the default one, the transcripts', and each node's recordings."""
    try:
        served = {name for worker in Worker.all(connection=context.redis) for name in worker.queue_names()}
    except RedisError:
        return PartState("not known: Redis is away")
    wanted = [DEFAULT, *(recordings_queue(node.name) for node in context.settings.nodes)]
    if context.settings.transcriber != "none":
        wanted.append(TRANSCRIPTS)
    missing = [name for name in wanted if name not in served]
    return PartState(f"no worker for {', '.join(missing)}" if missing else "", {"queues": sorted(served)})


def disks(context: Context) -> PartState:
    """Say how full the disks of the nodes' spools are, and that of `var_dir` on this machine. From 90 % on it fails."""
    shares: dict[str, float] = {}
    try:
        for node in context.settings.nodes:
            if use := disk_of(context.redis, context.keys, node.name):
                shares[f"node {node.name}"] = use.share
    except RedisError:
        return PartState("not known: Redis is away")
    var = context.settings.var_dir
    if var.is_dir():
        shares["here"] = measure(var).share
    percents = {name: int(100 * share) for name, share in shares.items()}
    full = [f"{name}: {percents[name]} %" for name, share in shares.items() if share >= WARN_SHARE]
    return PartState(f"nearly full: {', '.join(full)}" if full else "", {"used_percent": percents})


def mail(context: Context) -> PartState:
    """Say whether mail is configured. `waiting`: mails of the last day that are not sent yet, or failed."""
    state = {} if context.settings.smtp_url else {"state": "off"}
    try:
        return PartState("", {**state, "waiting": context.read(mails_waiting)})
    except SQLAlchemyError:
        return PartState("", state)

"""The record writer's CPU for each call. The peer is a bare record writer.

The writer is the real process, on a private Redis, SQLite and PostgreSQL. Each call leaves two records, as the
engine writes them: one of the call and one of the agent's wrap-up. The peer reads the same stream and executes the
same INSERTs with one commit for each batch. It uses only the drivers, enqueues no job and sends nothing from the
outbox.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from redis import Redis
from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine, func
from sqlmodel import col, select

from bench.cpu import cpu_seconds
from models import CallLog, Outbox, Recording, WrapUp
from switchroom.database import make_engine, session, upgrade
from switchroom.ids import new_id
from switchroom.redis_keys import Keys
from tests.support.servers import (
    RedisServer,
    free_port,
    new_postgres_database,
    new_redis,
    postgres_cluster,
    wait_until,
)

console = Console(width=120)
SHARD, NODE = "bench", "a"
KEYS = Keys(SHARD)
PEER_NODE = "peer"
LONGEST_WAIT = 300.0


@dataclass(frozen=True, slots=True)
class Figures:
    """CPU seconds of the writer and of Redis. `took` is the time until the last record was in the database."""

    calls: int
    writer: float
    redis: float
    took: float

    def row(self) -> tuple[str, str, str]:
        per_call = 1000 / self.calls
        return f"{self.writer * per_call:.2f}", f"{self.redis * per_call:.2f}", f"{self.took:.1f}"


def records_of_a_call(now: float) -> list[dict[str, Any]]:
    """Return the stream's entries of one answered and recorded call, with new ids."""
    call, agent, queue, team = new_id(), new_id(), new_id(), new_id()
    offers = [
        {"kind": "agent", "agent": agent, "number": None, "queue": queue, "offered_at": now - 14.0,
         "rang_at": now - 13.9, "answered_at": now - 10.0, "ended_at": now, "outcome": "answered"},
    ]  # fmt: skip
    decision = {
        "at": now - 14.0, "queue": queue, "strategy": "longest-idle", "agents": [agent], "wait": 6.0, "waiting": 3,
        "free": 1, "position": 1, "next": [new_id() for _ in range(3)], "passed": {"status": 12, "wrap-up": 4},
        "overtook": [], "overtaken": {},
    }  # fmt: skip
    path = [
        {"block": "open", "type": "hours", "at": now - 20.0, "exit": "open"},
        {"block": "sales", "type": "queue", "at": now - 20.0, "exit": None},
    ]
    record = {
        "id": call, "team": team, "direction": "inbound", "caller": "+14165550123", "caller_name": "Bench",
        "did": "+14165550401", "number": new_id(), "route": new_id(), "route_version": 1, "queue": queue,
        "agent": agent, "started_at": now - 20.0, "queued_at": now - 20.0, "answered_at": now - 10.0,
        "ended_at": now, "wait": 10.0, "talk": 10.0, "disposition": "answered", "hangup_cause": 16,
        "ended_by": "caller", "path": path, "legs": offers, "recordings": [f"recordings/{call}-1"],
        "decisions": [decision], "tags": [], "language": "", "callback": None, "callback_of": None,
    }  # fmt: skip
    wrap_up = {"call": call, "agent": agent, "team": team, "seconds": 5.0}
    return [
        {"type": "call", "node": NODE, "record": record},
        {"type": "wrap-up", "node": NODE, "record": wrap_up},
    ]


def feed(redis: Redis, calls: int, rate: float) -> None:
    """Write the records of `calls` calls into the stream, `rate` calls a second. With rate 0, write all at once."""
    began = time.monotonic()
    for number in range(calls):
        if rate:
            time.sleep(max(0.0, began + number / rate - time.monotonic()))
        with redis.pipeline() as pipe:
            for entry in records_of_a_call(time.time()):
                pipe.xadd(KEYS.records, {"body": json.dumps(entry)})
            pipe.execute()


@contextmanager
def writer(redis_url: str, database_url: str, folder: Path) -> Iterator["Started"]:
    """Run the real record writer as a process. Yield it once its `/health` answers."""
    port = free_port()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SWITCHROOM_")}
    environment = {
        **inherited,
        "SWITCHROOM_REDIS_URL": redis_url,
        "SWITCHROOM_DATABASE_URL": database_url,
        "SWITCHROOM_SHARD": SHARD,
        "SWITCHROOM_WORKER_PORT": str(port),
        "SWITCHROOM_VAR_DIR": str(folder),
    }

    def answers() -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{port}/health").status_code == 200
        except httpx.TransportError:
            return False

    with process(["-m", "cli.main", "record-writer"], environment, folder / "writer.log") as started:
        wait_until(lambda: started.runs() and answers(), "the record writer", 60)
        yield started


@contextmanager
def peer(redis_url: str, database_url: str, folder: Path) -> Iterator["Started"]:
    """Run the bare peer as a process. Yield it once it reads."""
    redis = Redis.from_url(redis_url)
    arguments = ["-m", "bench.bare_records", redis_url, database_url, KEYS.records]
    with process(arguments, dict(os.environ), folder / "peer.log") as started:
        wait_until(lambda: started.runs() and bool(redis.exists(KEYS.records)), "the peer", 60)
        yield started


@dataclass(frozen=True, slots=True)
class Started:
    """A process with its log."""

    process: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    def runs(self) -> bool:
        """Return True. Raises RuntimeError, with the end of the log, if the process has ended."""
        if self.process.poll() is not None:
            raise RuntimeError(f"{self.log.stem} ended:\n{self.log.read_text()[-2000:]}")
        return True


@contextmanager
def process(arguments: list[str], environment: dict[str, str], log: Path) -> Iterator[Started]:
    with log.open("ab") as output:
        started = subprocess.Popen(
            [sys.executable, *arguments], env=environment, stdout=output, stderr=output
        )
    try:
        yield Started(started, log)
    finally:
        started.terminate()
        try:
            started.wait(20)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


def measure(started: Started, server: RedisServer, engine: Engine, calls: int, rate: float) -> Figures:
    """Feed the stream. Wait until every record is in the database and every job is enqueued."""
    redis, pid = Redis.from_url(server.url), started.pid
    assert server.process.process is not None
    redis_pid = server.process.process.pid
    writer_before, redis_before = cpu_seconds(pid), cpu_seconds(redis_pid)
    began = time.monotonic()
    feed(redis, calls, rate)
    wait_until(lambda: started.runs() and redis.xlen(KEYS.records) == 0, "an empty stream", LONGEST_WAIT)
    wait_until(lambda: started.runs() and not undelivered(engine), "an empty outbox", LONGEST_WAIT)
    took = time.monotonic() - began
    figures = Figures(calls, cpu_seconds(pid) - writer_before, cpu_seconds(redis_pid) - redis_before, took)
    redis.close()
    return figures


def undelivered(engine: Engine) -> int:
    """Return the number of the record writer's outbox rows that are not delivered. The peer's rows have its own
    kind."""
    with session(engine, readonly=True) as db:
        waiting = select(func.count()).select_from(Outbox).where(col(Outbox.delivered_at).is_(None))
        return db.exec(waiting.where(Outbox.kind != PEER_NODE)).one()


def idle(pid: int, seconds: float) -> float:
    """Return the CPU milliseconds a second of a writer that has nothing to do. Its start is not counted."""
    time.sleep(3)
    before = cpu_seconds(pid)
    time.sleep(seconds)
    return 1000 * (cpu_seconds(pid) - before) / seconds


def check(engine: Engine, calls: int) -> None:
    """Raise RuntimeError unless each table has exactly one row for each call, and the outbox a job and an event."""
    with session(engine, readonly=True) as db:
        for table, of_call in ((CallLog, 1), (Recording, 1), (WrapUp, 1), (Outbox, 2)):
            found = db.exec(select(func.count()).select_from(table)).one()
            if found != of_call * calls:
                raise RuntimeError(f"{table.__tablename__}: {found} rows instead of {of_call * calls}")


def run(calls: int, rate: float, idle_seconds: float) -> None:
    """Run both sides on both databases and print the table."""
    paced = max(1, calls // 3)
    table = Table(title=f"{calls} calls at once, then {paced} at {rate:g} a second; CPU ms a call")
    for column in ("database", "load", "side", "writer", "Redis", "took s", "idle ms/s"):
        table.add_column(column, justify="left" if column in ("database", "load", "side") else "right")
    with tempfile.TemporaryDirectory(prefix="switchroom-records-") as name, postgres_cluster() as postgres:
        folder = Path(name)
        server = new_redis(folder)
        server.start()
        try:
            for database in ("SQLite", "PostgreSQL"):
                for side, start in (("record writer", writer), ("bare peer", peer)):
                    url = (
                        f"sqlite:///{folder / f'{side}.db'}"
                        if database == "SQLite"
                        else new_postgres_database(postgres.url)
                    )
                    upgrade(url)
                    engine = make_engine(url)
                    Redis.from_url(server.url).flushall()
                    with start(server.url, url, folder) as started:
                        resting = f"{idle(started.pid, idle_seconds):.1f}"
                        for load, count, pace in (("at once", calls, 0.0), ("paced", paced, rate)):
                            figures = measure(started, server, engine, count, pace)
                            table.add_row(database, load, side, *figures.row(), resting)
                    check(engine, calls + paced)
                    engine.dispose()
        finally:
            server.stop()
    console.print(table)

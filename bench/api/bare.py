"""The bare peer: ASGI without a framework, plain DB-API, orjson. It checks no token, knows no team and logs nothing.

Start it with `python -m bench.api.bare <file>`. The file holds a `Plan` as JSON.
"""

import asyncio
import sqlite3
import sys
import threading
import uuid
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import psycopg
import uvicorn
from psycopg.types.json import set_json_loads

from bench.api.statements import PAGE, Column, Statements, ids, people, recordings, stays, wrap_ups

STAY = (
    "call", "number", "team", "queue", "agent", "joined_at", "left_at", "outcome", "wait", "talk", "exit", "passed_to",
    "callback", "last_call",
)  # fmt: skip
"""The fields of a stay, in the order of its statement."""

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

THREADS = {"sqlite": (1, 1), "postgresql": (1, 8)}
"""The number of threads for reads and for writes. Each thread has its own connection. These numbers were the fastest.
SQLite has one writer. Its reads are so short that more threads would only wait for the interpreter's lock."""
_SQLITE = ("journal_mode=WAL", "foreign_keys=ON", "busy_timeout=5000", "synchronous=NORMAL")


@dataclass(frozen=True, slots=True)
class Plan:
    """What the bare app is told: its port, its database (a file or a conninfo), and the team and user to show rows
    of."""

    port: int
    kind: str
    database: str
    team: str
    user: str
    queue_columns: list[list[str]]
    call_columns: list[list[str]]


class Rows:
    """The statements over DB-API, with one connection for each thread."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.local = threading.local()
        self.queue_columns = [Column(*pair) for pair in plan.queue_columns]
        self.call_columns = [Column(*pair) for pair in plan.call_columns]
        sql = Statements(self.queue_columns, self.call_columns)
        names = ("row", "queues", "queues_total", "calls", "calls_total", "update", "insert", "audit")
        mark = "?" if plan.kind == "sqlite" else "%s"
        texts = {name: getattr(sql, name) for name in names}
        texts |= {make.__name__: make(plan.kind) for make in (people, wrap_ups, recordings, stays)}
        self.sql = {name: text.replace("?", mark) for name, text in texts.items()}
        self.queue_shape, self.call_shape = self._shape(self.queue_columns), self._shape(self.call_columns)

    def _shape(self, columns: list[Column]) -> tuple[list[str], list[tuple[str, Any]]]:
        """Return the columns' names, and the columns that need decoding with SQLite. PostgreSQL's driver decodes by
        itself."""
        decoders = {"json": orjson.loads, "boolean": bool} if self.plan.kind == "sqlite" else {}
        names = [column.name for column in columns]
        return names, [(column.name, decoders[column.kind]) for column in columns if column.kind in decoders]

    def _execute(self, name: str, values: Sequence[Any]) -> Any:
        connection = getattr(self.local, "connection", None)
        if connection is None:
            connection = self.local.connection = connect(self.plan.kind, self.plan.database)
        if self.plan.kind == "sqlite":
            return connection.execute(self.sql.get(name, name), values)
        return connection.execute(self.sql.get(name, name), values, prepare=True)

    def row(self, id: str) -> tuple[bytes, int]:
        """Return one queue."""
        rows = self._execute("row", (self.plan.team, id)).fetchall()
        return orjson.dumps(self._with_people(_shown(rows, self.queue_shape))[0]), 1

    def _with_people(self, queues: list[dict[str, Any]]) -> list[dict[str, Any]]:
        wanted = ids(self.plan.kind, [queue["id"] for queue in queues])
        found: tuple[dict[str, list[str]], dict[str, list[str]]] = ({}, {})
        for kind, queue_id, person in self._execute("people", (wanted, wanted)):
            found[kind].setdefault(queue_id, []).append(person)
        for queue in queues:
            queue["managers"], queue["agents"] = (by_queue.get(queue["id"], []) for by_queue in found)
        return queues

    def queues(self) -> tuple[bytes, int]:
        """Return a page of queues and the number of all queues."""
        team = self.plan.team
        total = self._execute("queues_total", (team, team)).fetchone()[0]
        rows = self._execute("queues", (team, team, PAGE, 0)).fetchall()
        return orjson.dumps(self._with_people(_shown(rows, self.queue_shape))), total

    def calls(self) -> tuple[bytes, int]:
        """Return a page of calls and the number of all calls."""
        whose = (self.plan.team, self.plan.team, self.plan.user, self.plan.user)
        total = self._execute("calls_total", whose).fetchone()[0]
        rows = self._execute("calls", (*whose, PAGE, 0)).fetchall()
        calls = _shown(rows, self.call_shape)
        wanted = ids(self.plan.kind, [call["id"] for call in calls])
        by_call = {call["id"]: call for call in calls}
        for row in self._execute("wrap_ups", (wanted,)):
            by_call[row[0]].update(zip(("wrap_up", "wrap_up_code", "wrap_up_note"), row[2:], strict=True))
        for row in self._execute("recordings", (wanted,)):
            by_call[row[0]].update(
                zip(("recording_state", "transcript", "transcript_state"), row[2:], strict=True)
            )
        for row in self._execute("stays", (wanted, wanted)):
            by_call[row[0]].setdefault("stays", []).append(dict(zip(STAY, row, strict=True)))
        return orjson.dumps(calls), total

    def change(self, id: str, body: bytes) -> tuple[bytes, int]:
        """Change a queue, note it in the audit log and write the messages to the engine and to clients, in one
        transaction."""
        now: Any = datetime.now(UTC)
        if self.plan.kind == "sqlite":
            now = now.replace(tzinfo=None).isoformat(" ", "microseconds")
        config = {"type": "config", "kind": "queue", "id": id}
        self._execute("BEGIN IMMEDIATE" if self.plan.kind == "sqlite" else "BEGIN", ())
        try:
            (before,) = _shown(self._execute("row", (self.plan.team, id)).fetchall(), self.queue_shape)
            wrap_up = orjson.loads(body)["wrap_up"]
            rows = self._execute("update", (wrap_up, now, id)).fetchall()
            self._note(before, wrap_up, now)
            self._tell("command", config, now)
            (queue,) = self._with_people(_shown(rows, self.queue_shape))
            told = {"model": "ccqueueconfig", "verb": "updated", "id": id, "data": queue}
            self._tell("event", {"type": "changed", **told, "audience": {"team": self.plan.team}}, now)
            self._execute("COMMIT", ())
        except BaseException:
            self._execute("ROLLBACK", ())
            raise
        return orjson.dumps(queue), 1

    def _note(self, before: dict[str, Any], wrap_up: float, now: Any) -> None:
        changes = {"wrap_up": {"from": before["wrap_up"], "to": wrap_up}}
        details = orjson.dumps({"name": before["name"], "changes": changes}).decode()
        who = (
            self.plan.user,
            "admin@example.org",
            "127.0.0.1",
            "queue changed",
            self.plan.team,
            before["id"],
        )
        self._execute("audit", (uuid.uuid4().hex, now, *who, details))

    def _tell(self, kind: str, payload: dict[str, Any], now: Any) -> None:
        values = (uuid.uuid4().hex, now, kind, orjson.dumps(payload).decode(), 0, now)
        self._execute("insert", values)


def connect(kind: str, database: str) -> Any:
    """Connect to the database, a file or a conninfo. Each statement is a transaction of its own."""
    if kind == "postgresql":
        set_json_loads(orjson.loads)
        return psycopg.connect(database, autocommit=True)
    connection = sqlite3.connect(database, isolation_level=None, cached_statements=128)
    for pragma in _SQLITE:
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _shown(rows: list[Any], shape: tuple[list[str], list[tuple[str, Any]]]) -> list[dict[str, Any]]:
    names, decoders = shape
    found = [dict(zip(names, row, strict=True)) for row in rows]
    for row in found:
        for name, decode in decoders:
            if row[name] is not None:
                row[name] = decode(row[name])
    return found


class App:
    """The ASGI application."""

    def __init__(self, plan: Plan) -> None:
        self.rows = Rows(plan)
        self.reads, self.writes = (ThreadPoolExecutor(count) for count in THREADS[plan.kind])

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            for step in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{step}.complete"})
            return
        path, method, run = scope["path"], scope["method"], asyncio.get_running_loop().run_in_executor
        if path.startswith("/v1/CCQueueConfig/"):
            id = path[len("/v1/CCQueueConfig/") + 1 :]
            if method == "PATCH":
                body = (await receive())["body"]
                answer, total = await run(self.writes, self.rows.change, id, body)
            else:
                answer, total = await run(self.reads, self.rows.row, id)
        elif path == "/v1/call-log":
            answer, total = await run(self.reads, self.rows.calls)
        elif path.endswith("/ccqueueconfig"):
            answer, total = await run(self.reads, self.rows.queues)
        else:
            answer, total = b"{}", 0
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(answer)).encode()),
            (b"x-total-count", str(total).encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})


def main() -> None:
    """Serve as `switchroom api` does: one process, uvloop, and the HTTP parser that uvicorn chooses."""
    plan = Plan(**orjson.loads(Path(sys.argv[1]).read_bytes()))
    uvicorn.run(App(plan), host="127.0.0.1", port=plan.port, loop="uvloop", access_log=False, log_config=None)


if __name__ == "__main__":
    main()

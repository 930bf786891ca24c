"""A record writer that uses only the drivers: `python -m bench.bare_records REDIS DATABASE STREAM`.

It reads batches from the stream, executes the record writer's INSERTs with plain DB-API, commits, acknowledges and
trims. It does not check the records and enqueues no jobs. SIGTERM ends it.
"""

import json
import sqlite3
import sys
from datetime import UTC, datetime
from typing import Any

import psycopg
from redis import Redis

from bench.records import PEER_NODE
from switchroom.ids import new_id
from switchroom.search_words import search_pairs, search_words

GROUP, BATCH = "peer", 500
CALL_COLUMNS = (
    "id", "created_at", "team_id", "direction", "caller", "caller_name", "did", "number_id", "route_id",
    "route_version", "queue_id", "agent_id", "started_at", "queued_at", "answered_at", "ended_at", "wait", "talk",
    "disposition", "hangup_cause", "ended_by", "path", "legs", "recordings", "decisions", "tags", "language",
    "callback", "callback_of", "node",
)  # fmt: skip
RECORDING_COLUMNS = (
    "id", "created_at", "call_id", "team_id", "queue_id", "agent_id", "number", "node", "file_base", "state",
    "attempts", "transcript_state",
)  # fmt: skip
WRAP_UP_COLUMNS = ("call_id", "agent_id", "team_id", "seconds", "created_at", "updated_at")
OUTBOX_COLUMNS = ("id", "created_at", "kind", "payload", "attempts", "available_at")


def rows(body: dict[str, Any]) -> list[tuple[str, tuple[Any, ...]]]:
    """Return (table, row) for each row that one entry of the stream leads to."""
    record, node, now = body["record"], body["node"], datetime.now(UTC)
    if body["type"] == "wrap-up":
        return [
            ("wrap_ups", (record["call"], record["agent"], record["team"], record["seconds"], now, now)),
        ]
    times = [
        datetime.fromtimestamp(record[f"{name}_at"], UTC)
        for name in ("started", "queued", "answered", "ended")
    ]
    documents = [json.dumps(record[name]) for name in ("path", "legs", "recordings", "decisions", "tags")]
    call = (
        record["id"], now, record["team"], record["direction"], record["caller"], record["caller_name"],
        record["did"], record["number"], record["route"], record["route_version"], record["queue"],
        record["agent"], *times, record["wait"], record["talk"], record["disposition"], record["hangup_cause"],
        record["ended_by"], *documents, record["language"], record["callback"], record["callback_of"], node,
    )  # fmt: skip
    recording = new_id()
    base = record["recordings"][0]
    job = json.dumps(
        {"name": "store_recording", "args": [recording], "queue": f"recordings-{node}", "delay": 2.0}
    )
    event = json.dumps(
        {"type": "publish", "team": record["team"], "kind": "calllog", "id": record["id"], "verb": "created"}
    )
    return [
        ("call_logs", call),
        ("recordings", (
            recording, times[0], record["id"], record["team"], record["queue"], record["agent"], 1, node, base,
            "pending", 0, "none",
        )),
        ("outbox", (new_id(), now, PEER_NODE, job, 0, now)),
        ("outbox", (new_id(), now, PEER_NODE, event, 0, now)),
    ]  # fmt: skip


COLUMNS = {
    "call_logs": CALL_COLUMNS,
    "recordings": RECORDING_COLUMNS,
    "wrap_ups": WRAP_UP_COLUMNS,
    "outbox": OUTBOX_COLUMNS,
}


def connect(url: str) -> tuple[Any, str]:
    """Return a DB-API connection and its placeholder for a parameter."""
    if url.startswith("sqlite:///"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        sqlite3.register_adapter(datetime, lambda at: at.isoformat(" "))
        # The triggers of the search call it. PostgreSQL has it as a function of its own.
        connection.create_function("search_words", 1, search_words, deterministic=True)
        connection.create_function("search_pairs", 1, search_pairs, deterministic=True)
        return connection, "?"
    return psycopg.connect(url.replace("+psycopg", "")), "%s"


def main(redis_url: str, database_url: str, stream: str) -> None:
    redis = Redis.from_url(redis_url)
    connection, sign = connect(database_url)
    inserts = {
        table: f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join([sign] * len(columns))})"
        for table, columns in COLUMNS.items()
    }
    redis.xgroup_create(stream, GROUP, id="0", mkstream=True)
    while True:
        answer: Any = redis.xreadgroup(GROUP, "peer", {stream: ">"}, count=BATCH, block=1000)
        if not answer:
            continue
        entries = answer[0][1]
        batch: dict[str, list[tuple[Any, ...]]] = {table: [] for table in COLUMNS}
        for _, fields in entries:
            for table, row in rows(json.loads(fields[b"body"])):
                batch[table].append(row)
        cursor = connection.cursor()
        for table, values in batch.items():
            if values:
                cursor.executemany(inserts[table], values)
        connection.commit()
        redis.xack(stream, GROUP, *[key for key, _ in entries])
        redis.xtrim(stream, minid=entries[-1][0], approximate=False)
        redis.xdel(stream, entries[-1][0])


if __name__ == "__main__":
    main(*sys.argv[1:])

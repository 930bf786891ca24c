"""Each record of the stream reaches the database once, whatever fails."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from psycopg.errors import DuplicatePreparedStatement, InvalidSqlStatementName, ProgramLimitExceeded
from rq import Queue
from sqlalchemy import event
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlmodel import col, func, select

from models import (
    Agent,
    AgentSpell,
    CallLog,
    CallMember,
    Outbox,
    QueueStay,
    Recording,
    Team,
    TeamUser,
    User,
    Voicemail,
    WrapUp,
)
from switchroom import database
from switchroom.database import session
from switchroom.messages.records import parse_entry
from tests.support.servers import free_port, wait_until
from tests.workers.conftest import payloads, told
from workers.failed import count_jobs
from workers.health import serve_health
from workers.records import consumer, write_batch
from workers.records.consumer import GROUP, RecordConsumer
from workers.records.record_writer import RecordWriter
from workers.resources import Resources

pytestmark = pytest.mark.service


def call(number: int, **more: Any) -> dict[str, Any]:
    """A record as the engine writes it."""
    record = {
        "id": f"{number:032x}", "team": "t1", "direction": "inbound", "caller": "+14165550123",
        "caller_name": "Ann", "did": "+14165550100", "number": None, "route": "r1", "route_version": 2,
        "queue": "q1", "agent": "a1", "started_at": 1_790_000_000.5, "queued_at": 1_790_000_001.0,
        "answered_at": 1_790_000_004.0, "ended_at": 1_790_000_010.0, "wait": 3.0, "talk": 6.0,
        "disposition": "answered", "hangup_cause": 16, "ended_by": "caller",
        "path": [{"block": "b1", "type": "queue", "at": 1_790_000_001.0, "exit": "answered"}],
        "legs": [
            {"kind": "agent", "agent": "a7", "number": None, "queue": "q1", "offered_at": 1.0, "rang_at": 1.1,
             "answered_at": 2.0, "ended_at": 3.0, "outcome": "answered"},
        ],
        "recordings": [f"recordings/{number:032x}-1"], "decisions": [],
    }  # fmt: skip
    return {"type": "call", "node": "a", "record": {**record, **more}}


def message(number: int, **more: Any) -> dict[str, Any]:
    record = {
        "call": f"{number:032x}", "team": "t1", "mailbox_kind": "queue", "mailbox": "q1", "caller": "+1416",
        "caller_name": "", "did": "+14165550100", "file": f"voicemail/{number:032x}.wav", "seconds": 4.5,
        "created_at": 1_790_000_010.0,
    }  # fmt: skip
    return {"type": "voicemail", "node": "a", "record": {**record, **more}}


def wrap_up(number: int, seconds: float = 12.0, began: float = 1_790_000_000.25) -> dict[str, Any]:
    record = {"call": f"{number:032x}", "agent": "a1", "team": "t1", "began_at": began, "seconds": seconds}
    return {"type": "wrap-up", "node": "a", "record": record}


def spell(agent: str, began: float = 1_790_000_000.25, status: str = "Available") -> dict[str, Any]:
    record = {
        "agent": agent, "team": "t1", "status": status, "reason": "", "began_at": began, "ended_at": began + 60,
    }  # fmt: skip
    return {"type": "spell", "node": "", "record": record}


def send(resources: Resources, *entries: Any) -> None:
    for entry in entries:
        body = entry if isinstance(entry, str) else json.dumps(entry)
        resources.redis.xadd(resources.keys.records, {"body": body})


def count(resources: Resources, table: type[Any]) -> int:
    with session(resources.engine, readonly=True) as db:
        return db.exec(select(func.count()).select_from(table)).one()


def drain(resources: Resources, name: str = "w") -> RecordConsumer:
    consumer = RecordConsumer(resources, name)
    while consumer.step(block_ms=1):
        pass
    return consumer


@contextmanager
def running(resources: Resources) -> Iterator[RecordWriter]:
    writer = RecordWriter(resources, "w")
    thread = threading.Thread(target=writer.run)
    thread.start()
    try:
        yield writer
    finally:
        writer.stop()
        thread.join(10)
        assert not thread.is_alive()


def test_every_kind_of_record_is_written(both: Resources) -> None:
    send(both, call(1), message(2), wrap_up(1))
    drain(both)
    with session(both.engine, readonly=True) as db:
        row = db.get_one(CallLog, f"{1:032x}")
        assert (row.team_id, row.queue_id, row.agent_id, row.disposition) == ("t1", "q1", "a1", "answered")
        assert row.started_at.timestamp() == 1_790_000_000.5
        assert row.path[0]["exit"] == "answered"
        recording = db.exec(select(Recording)).one()
        assert (recording.call_id, recording.number, recording.node) == (row.id, 1, "a")
        assert (recording.file_base, recording.agent_id) == (f"recordings/{1:032x}-1", "a7")
        voicemail = db.exec(select(Voicemail)).one()
        assert (voicemail.mailbox_kind, voicemail.mailbox_id, voicemail.seconds) == ("queue", "q1", 4.5)
        work = db.exec(select(WrapUp)).one()
        assert (work.call_id, work.seconds) == (row.id, 12.0)
    jobs = [(job["name"], job["args"], job["queue"]) for job in payloads(both, "job")]
    assert sorted(jobs) == [
        ("store_recording", [recording.id], "recordings-a"),
        ("store_voicemail", [voicemail.id], "recordings-a"),
    ]
    assert told(both) == [("calllog", "created", row.id), ("voicemail", "created", voicemail.id)]


def test_clients_are_told_of_a_batch_by_one_row_for_each_call(both: Resources) -> None:
    def write(entries: list[dict[str, Any]]) -> tuple[int, int]:
        statements: list[str] = []
        note = lambda *given: statements.append(given[2])  # noqa: E731
        event.listen(both.engine, "before_cursor_execute", note)
        before = count(both, Outbox)
        try:
            with session(both.engine) as db:
                write_batch.write_batch(db, [parse_entry(json.dumps(entry)) for entry in entries])
        finally:
            event.remove(both.engine, "before_cursor_execute", note)
        return count(both, Outbox) - before, sum("INTO outbox" in text for text in statements)

    assert write([call(n) for n in range(50)]) == (100, 1), "a job and an event for each, by one statement"
    assert write([call(n, recordings=[]) for n in range(50, 100)]) == (50, 1)
    assert write([call(n) for n in range(50)]) == (0, 0), "written already"
    assert write([call(100, team=None)]) == (1, 1), "a call of no team is seen by no user"


def test_a_second_delivery_changes_nothing(both: Resources) -> None:
    send(both, call(1), call(1), message(2), message(2), wrap_up(1), wrap_up(1, 99.0))
    drain(both)
    send(both, call(1, disposition="abandoned"), message(2), wrap_up(1, 50.0))
    drain(both)
    assert [count(both, table) for table in (CallLog, Recording, Voicemail, WrapUp, Outbox)] == [
        1,
        1,
        1,
        1,
        4,
    ]
    with session(both.engine, readonly=True) as db:
        assert db.exec(select(CallLog.disposition)).one() == "answered"
        assert db.exec(select(WrapUp.seconds)).one() == 12.0


def test_each_agent_of_a_call_has_their_own_wrap_up(resources: Resources) -> None:
    first, second = wrap_up(1), wrap_up(1, 30.0)
    second["record"]["agent"] = "a2"
    send(resources, first, second, first, second)
    drain(resources)
    with session(resources.engine, readonly=True) as db:
        rows = db.exec(select(WrapUp.agent_id, WrapUp.seconds).order_by(WrapUp.agent_id)).all()
    assert [tuple(row) for row in rows] == [("a1", 12.0), ("a2", 30.0)]


def test_an_agent_who_talks_in_a_call_again_has_the_sum(both: Resources) -> None:
    first, second = wrap_up(1), wrap_up(1, 30.0, began=1_790_000_100.5)
    send(both, second, second)
    drain(both)
    send(both, first, second, first)
    drain(both)
    with session(both.engine, readonly=True) as db:
        assert db.exec(select(WrapUp.seconds)).all() == [42.0]


def test_a_wrap_up_of_an_earlier_release_is_written_once(resources: Resources) -> None:
    with session(resources.engine) as db:
        db.add(WrapUp(call_id=f"{1:032x}", team_id="t1", agent_id="a1", seconds=12.0))
    old = wrap_up(2)
    del old["record"]["began_at"]
    send(resources, wrap_up(1), old, old)
    drain(resources)
    with session(resources.engine, readonly=True) as db:
        assert db.exec(select(WrapUp.seconds)).all() == [12.0, 12.0]


def test_a_wrap_up_keeps_the_agents_code(resources: Resources) -> None:
    with session(resources.engine) as db:
        db.add(WrapUp(call_id=f"{1:032x}", team_id="t1", agent_id="a1", code="sold", note="again in May"))
    send(resources, wrap_up(1))
    drain(resources)
    with session(resources.engine, readonly=True) as db:
        row = db.exec(select(WrapUp)).one()
    assert (row.code, row.note, row.seconds) == ("sold", "again in May", 12.0)


def test_the_stream_is_trimmed_after_the_commit_only(resources: Resources) -> None:
    send(resources, *(call(n) for n in range(20)))
    stream = resources.keys.records
    consumer = RecordConsumer(resources, "w")
    consumer.make_group()
    held = resources.redis.xreadgroup(GROUP, "other", {stream: ">"}, count=5)
    while consumer.step(block_ms=1):
        pass
    assert count(resources, CallLog) == 15
    first = resources.redis.xrange(stream, count=1)[0][0]
    assert first == held[0][1][0][0]
    resources.redis.xclaim(stream, GROUP, "w", 0, [entry[0] for entry in held[0][1]])
    drain(resources)
    assert count(resources, CallLog) == 20
    assert resources.redis.xlen(stream) == 0


def test_a_dead_consumers_entries_are_taken_over(
    resources: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.records.consumer.CLAIM_IDLE_MS", 0)
    consumer = drain(resources)
    send(resources, call(1), call(2))
    resources.redis.xreadgroup(GROUP, "dead", {resources.keys.records: ">"})
    assert consumer.step(block_ms=1) == 0
    assert consumer.claim_abandoned() == 2
    assert count(resources, CallLog) == 2
    assert resources.redis.xlen(resources.keys.records) == 0


POISON = [
    "not json",
    json.dumps({"type": "unheard-of", "record": {}}),
    json.dumps(call(900, started_at=None)),
    json.dumps(call(901, started_at=1e30)),
    json.dumps(call(902, recordings=["../../etc/passwd"])),
    json.dumps(message(903, file="voicemail/../../x.wav")),
    json.dumps(call(904, id="x" * 60)),
]


def test_poison_goes_to_the_dead_letters(both: Resources) -> None:
    send(both, call(1), *POISON, call(2))
    both.redis.xadd(both.keys.records, {"no": "body"})
    drain(both)
    assert count(both, CallLog) == 2
    dead = both.redis.xrange(both.keys.records + ":dead")
    assert [fields.get(b"body", b"").decode() for _, fields in dead] == [*POISON, ""]
    assert all(json.loads(fields[b"error"])["type"] for _, fields in dead)
    assert both.redis.xlen(both.keys.records) == 0


def test_what_only_the_database_refuses_is_found_in_the_batch(both: Resources) -> None:
    # A NUL in JSON is legal for us and for SQLite, and PostgreSQL's JSONB refuses it.
    send(both, call(1), call(2, decisions=[{"why": "\0"}]), call(3))
    drain(both)
    refused = both.engine.dialect.name == "postgresql"
    assert count(both, CallLog) == (2 if refused else 3)
    assert both.redis.xlen(both.keys.records + ":dead") == (1 if refused else 0)
    assert both.redis.xlen(both.keys.records) == 0


def test_the_database_is_away_for_a_while(both: Resources, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workers.records.record_writer.FIRST_WAIT", 0.01)
    monkeypatch.setattr("workers.records.record_writer.LONGEST_WAIT", 0.05)
    away = threading.Event()
    refused = 0

    def refuse(connection: Any) -> None:
        nonlocal refused
        if away.is_set():
            refused += 1
            raise OperationalError("connect", None, Exception("the database is away"))

    event.listen(both.engine, "begin", refuse)
    with running(both) as writer:
        send(both, *(call(n) for n in range(10)))
        wait_until(lambda: count(both, CallLog) == 10, "the first records")
        away.set()
        send(both, *(call(n) for n in range(10, 40)), message(50))
        wait_until(lambda: refused >= 3, "three refused tries")
        assert writer.health()[0] is False
        assert both.redis.xlen(both.keys.records) >= 31
        away.clear()
        wait_until(lambda: both.redis.xlen(both.keys.records) == 0, "the rest")
        wait_until(lambda: writer.health()[0], "health")
    assert (count(both, CallLog), count(both, Recording), count(both, Voicemail)) == (40, 40, 1)
    assert both.redis.xlen(both.keys.records + ":dead") == 0


def test_a_sqlite_that_another_program_has_locked_is_an_outage(
    resources: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For longer than the busy timeout. The driver says it at BEGIN, outside of SQLAlchemy."""
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 50)
    monkeypatch.setattr("workers.records.record_writer.FIRST_WAIT", 0.01)
    send(resources, call(1), call(2))
    file = str(resources.engine.url.database)
    with sqlite3.connect(file, isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        with running(resources) as writer:
            wait_until(lambda: not writer.health()[0], "the outage")
            assert resources.redis.xlen(resources.keys.records) == 2
            other.execute("ROLLBACK")
            wait_until(lambda: resources.redis.xlen(resources.keys.records) == 0, "the records")
    assert count(resources, CallLog) == 2
    assert resources.redis.xlen(f"{resources.keys.records}:dead") == 0


def test_jobs_follow_the_commit_through_the_outbox(resources: Resources) -> None:
    def enqueued() -> bool:
        return count_jobs(resources.redis).get(("recordings-a", "scheduled"), 0) == 3

    with running(resources):
        send(resources, call(1), call(2), message(3))
        wait_until(enqueued, "three jobs")
    with session(resources.engine, readonly=True) as db:
        waiting = select(func.count()).select_from(Outbox).where(col(Outbox.delivered_at).is_(None))
        assert db.exec(waiting).one() == 0


def test_left_over_outbox_rows_of_every_kind_are_sent(resources: Resources) -> None:
    rows = [
        Outbox(kind="command", payload={"type": "hang-up", "call": "c1", "by": None}),
        Outbox(kind="job", payload={"name": "enforce_retention", "args": []}),
        Outbox(kind="job", payload={"name": "no-such-job", "args": []}),
        Outbox(kind="mail", payload={"to": "a@example.org", "subject": "s", "text": "t"}),
    ]
    with session(resources.engine) as db:
        db.add_all(rows)

    def kinds() -> list[str]:
        """What is queued, the record writer's own timely jobs included."""
        jobs = Queue("default", connection=resources.redis).job_ids
        return sorted(job.partition("-")[0] for job in jobs)

    with running(resources):
        timely = [
            "enforce_inbox_retention",
            "enforce_retention",
            "expire_browser_phones",
            "purge_expired",
            "remove_loose_files",
            "resume_inbox",
            "resume_transcripts",
            "send_due_reports",
            "send_mail",
            "sync_integrations",
            "wake_conversations",
        ]
        wait_until(lambda: kinds() == timely, "the jobs")
        wait_until(lambda: resources.redis.xlen(resources.keys.commands) == 1, "the command")
    (entry,) = resources.redis.xrange(resources.keys.commands)
    assert json.loads(entry[1][b"body"]) == {"type": "hang-up", "call": "c1", "by": None}


def test_the_stream_may_vanish(resources: Resources) -> None:
    consumer = drain(resources)
    resources.redis.delete(resources.keys.records)
    send(resources, call(1))
    wait_until(lambda: consumer.step(block_ms=1) > 0, "the new stream's entry")
    assert count(resources, CallLog) == 1


def test_health_and_metrics_are_served(resources: Resources) -> None:
    writer = RecordWriter(resources, "w")
    send(resources, call(1))
    port = free_port()
    server = serve_health(port, writer.health, writer.refresh_metrics)
    try:
        assert httpx.get(f"http://127.0.0.1:{port}/health").json() == {"status": "ok", "record-writer": "ok"}
        text = httpx.get(f"http://127.0.0.1:{port}/metrics").text
        assert "switchroom_records_lag 1.0" in text
        assert "switchroom_records_written_total" in text
        assert httpx.get(f"http://127.0.0.1:{port}/nothing").status_code == 404
    finally:
        server.shutdown()
        server.server_close()


def test_records_are_written_while_redis_has_no_memory_left(resources: Resources) -> None:
    """To read, to acknowledge and to delete takes no memory. That gives Redis some back."""
    with running(resources) as writer:
        send(resources, call(1))
        wait_until(lambda: count(resources, CallLog) == 1, "the first call")
        send(resources, *(call(number) for number in range(2, 6)))
        resources.redis.config_set("maxmemory", 1)
        try:
            wait_until(lambda: count(resources, CallLog) == 5, "the calls")
            wait_until(lambda: not writer.health()[0], "the health")
            assert writer.health()[1]["record-writer"].startswith("redis is away: OutOfMemory")
        finally:
            resources.redis.config_set("maxmemory", 0)
        wait_until(lambda: writer.health()[0], "the return", 30)
        wait_until(
            lambda: count_jobs(resources.redis).get(("recordings-a", "scheduled"), 0) == 5, "the jobs", 30
        )
    assert resources.redis.xlen(resources.keys.records) == 0


@pytest.mark.parametrize("error", [TypeError("x"), KeyError("x"), RecursionError()])
def test_a_record_that_breaks_the_writer_stops_no_other(
    resources: Resources, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    rows = write_batch.call_log

    def broken(record: Any, node: str) -> Any:
        if record.id == f"{2:032x}":
            raise error
        return rows(record, node)

    monkeypatch.setattr(write_batch, "call_log", broken)
    send(resources, call(1), call(2), call(3))
    drain(resources)
    assert count(resources, CallLog) == 2
    assert resources.redis.xlen(f"{resources.keys.records}:dead") == 1


def test_a_value_that_is_too_large_for_postgresql_is_the_records_own_fault() -> None:
    too_large = OperationalError("", {}, ProgramLimitExceeded("index row size exceeds"))
    missing = OperationalError("", {}, InvalidSqlStatementName("prepared statement does not exist"))
    twice = ProgrammingError("", {}, DuplicatePreparedStatement("already exists"))
    assert [consumer._is_outage(error) for error in (too_large, missing, twice)] == [False, True, True]


def stay(call: int, number: int = 1, **more: Any) -> dict[str, Any]:
    record = {
        "call": f"{call:032x}", "number": number, "queue": "q1", "joined_at": 1_790_000_001.0,
        "left_at": 1_790_000_004.0, "outcome": "answered", "wait": 3.0, "exit": "", "passed_to": "", "agent": "a1",
        "talk": 6.0, "callback": None, "last_call": f"{call:032x}",
    }  # fmt: skip
    return {**record, **more}


def stays_of(resources: Resources) -> list[tuple[str, int, str, float]]:
    with session(resources.engine, readonly=True) as db:
        rows = db.exec(select(QueueStay).order_by(col(QueueStay.call_id), col(QueueStay.number)))
        return [(row.call_id, row.number, row.outcome, row.wait) for row in rows]


def test_each_stay_of_a_call_is_written_once(both: Resources) -> None:
    two = [
        stay(1, 1, queue="q1", outcome="passed-on", exit="timeout", wait=10.0),
        stay(1, 2, queue="q2", wait=15.0),
    ]
    send(both, call(1, stays=two), call(2))
    drain(both)
    send(both, call(1, stays=two))
    drain(both)
    first = f"{1:032x}"
    assert stays_of(both) == [(first, 1, "passed-on", 10.0), (first, 2, "answered", 15.0)]
    with session(both.engine, readonly=True) as db:
        row = db.get_one(QueueStay, (first, 2))
        assert (row.team_id, row.queue_id, row.agent_id, row.last_call_id) == ("t1", "q2", "a1", first)
        assert (row.joined_at.timestamp(), row.talk) == (1_790_000_001.0, 6.0)


@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize("by", ["call", "stay"])
def test_the_end_of_a_callback_completes_the_stay_of_its_caller(
    both: Resources, apart: bool, by: str
) -> None:
    asked = stay(1, outcome="waiting", left_at=None, callback="c1", agent=None, talk=0.0)
    ended = stay(
        1, outcome="answered" if by == "call" else "unreached", callback="c1", last_call=f"{2:032x}", wait=7.0
    )
    entries = [call(1, stays=[asked], callback="c1")]
    if by == "call":
        entries.append(call(2, stays=[ended], callback_of="c1", direction="callback"))
    else:
        entries.append({"type": "stay", "record": {"team": "t1", "stay": ended}})
    for group in [[entry] for entry in entries] if apart else [entries]:
        send(both, *group)
        drain(both)
    expected = [(f"{1:032x}", 1, ended["outcome"], 7.0)]
    assert stays_of(both) == expected
    send(both, *entries)
    drain(both)
    assert stays_of(both) == expected


def test_a_stay_whose_call_is_gone_is_left_out_and_its_entry_is_written(both: Resources) -> None:
    ended = stay(1, callback="c1", last_call=f"{2:032x}")
    send(
        both,
        call(2, stays=[ended], callback_of="c1"),
        {"type": "stay", "record": {"team": "t1", "stay": ended}},
    )
    drain(both)
    assert (stays_of(both), count(both, CallLog)) == ([], 1)


def test_stays_go_with_their_call(both: Resources) -> None:
    send(both, call(1, stays=[stay(1)]), call(2, stays=[stay(2)]))
    drain(both)
    with session(both.engine) as db:
        db.delete(db.get_one(CallLog, f"{1:032x}"))
    assert stays_of(both) == [(f"{2:032x}", 1, "answered", 3.0)]


def test_a_recording_belongs_to_the_leg_that_names_it(both: Resources) -> None:
    base = f"recordings/{1:032x}-1"
    legs = [
        {"kind": "agent", "agent": "a1", "queue": "q1", "outcome": "answered", "recording": None},
        {"kind": "agent", "agent": "a2", "queue": "q2", "outcome": "answered", "recording": base},
    ]
    send(both, call(1, legs=legs))
    drain(both)
    with session(both.engine, readonly=True) as db:
        row = db.exec(select(Recording)).one()
        assert (row.agent_id, row.queue_id) == ("a2", "q2")


@pytest.mark.parametrize("direction", ["emergency", "outgoing"])
def test_a_call_to_an_emergency_number_keeps_the_place(resources: Resources, direction: str) -> None:
    with session(resources.engine) as db:
        user = User(email="ann@example.com")
        db.add(user)
        db.flush()
        team = Team(team_name="Team", slug="team", owner_id=user.id, billing_id=1, number=1)
        db.add(team)
        db.flush()
        member = TeamUser(team_id=team.id, user_id=user.id, location="Tower 2, floor 7")
        db.add(member)
        db.flush()
        legs = [{"kind": "caller", "member": member.id, "outcome": ""}, {"kind": "number", "number": "911"}]
    send(resources, call(1, direction=direction, legs=legs, recordings=[], did="911"))
    send(resources, call(2, direction=direction, legs=[{"kind": "number", "number": "911"}], recordings=[]))
    drain(resources)
    with session(resources.engine, readonly=True) as db:
        places = [row.location for row in db.exec(select(CallLog).order_by(col(CallLog.id)))]
    assert places == ["Tower 2, floor 7" if direction == "emergency" else "", ""]


def settings_of(member: TeamUser, **changes: Any) -> dict[str, Any]:
    record = {"call": f"{1:032x}", "team": member.team_id, "member": member.id, "changes": changes, "at": 1.0}
    return {"type": "settings", "node": "a", "record": record}


def test_what_a_member_set_by_phone_is_kept(both: Resources) -> None:
    with session(both.engine) as db:
        user = User(email="ann@example.com", password_hash="")
        db.add(user)
        db.flush()
        team = Team(team_name="T", slug="t", owner_id=user.id, billing_id=1, number=1)
        db.add(team)
        db.flush()
        member = TeamUser(team_id=team.id, user_id=user.id, forward_number="+14165550177")
        db.add(member)
        db.flush()
        ids = (member.id, settings_of(member, do_not_disturb=True, forward_busy="voicemail"),
               settings_of(member, forward=""), settings_of(member, forward="102", forward_busy=""))  # fmt: skip
    for entry in ids[1:]:
        with session(both.engine) as db:
            assert write_batch.write_batch(db, [parse_entry(json.dumps(entry))]) == (entry is not ids[2])
            kept = db.get_one(TeamUser, ids[0])
            shown = (kept.do_not_disturb, kept.forward, kept.forward_number, kept.forward_busy)
    assert shown == (True, True, "102", None)
    with session(both.engine) as db:
        again = write_batch.write_batch(db, [parse_entry(json.dumps(ids[3]))])
        told = [row.payload for row in db.exec(select(Outbox)).all()]
    assert again == 0
    assert [row["type"] for row in told] == ["change", "config"] * 2
    assert (told[0]["model"], told[0]["data"]["do_not_disturb"]) == ("teamuser", True)


@pytest.mark.parametrize("target", ["1", "+1", "4165550177", "*97", "101; rm"])
def test_a_target_that_the_core_never_writes_is_refused(target: str) -> None:
    record = {"call": "c", "team": "t", "member": "m", "changes": {"forward": target}, "at": 1.0}
    with pytest.raises(ValueError, match="forward"):
        parse_entry(json.dumps({"type": "settings", "record": record}))


def test_members_of_a_call_are_written_once(both: Resources) -> None:
    legs = [
        {"kind": "caller", "member": "m1", "number": "101", "outcome": ""},
        {"kind": "member", "member": "m2", "number": "102", "outcome": "answered"},
        {"kind": "member", "member": "m2", "number": "102", "outcome": "busy"},
        {"kind": "number", "number": "+14165550177", "outcome": "answered"},
    ]
    talk = call(1, legs=legs, direction="internal", recordings=[])
    send(both, talk, talk, call(2))
    drain(both)
    send(both, talk)
    drain(both)
    with session(both.engine, readonly=True) as db:
        found = db.exec(select(CallMember.call_id, CallMember.member_id).order_by(CallMember.member_id)).all()
    assert list(found) == [(f"{1:032x}", "m1"), (f"{1:032x}", "m2")]


def test_what_an_agents_status_was_is_written_once(both: Resources) -> None:
    owner = User(email="ann@example.com")
    team = Team(team_name="T", slug="t", owner_id=owner.id, billing_id=1, number=1)
    agent = Agent(team_id=team.id, user_id=owner.id, name="Ann")
    with session(both.engine) as db:
        db.add(owner)
        db.flush()
        db.add(team)
        db.flush()
        db.add(agent)
    known = agent.id
    send(both, spell(known), spell(known), spell("gone"), spell(known, 1_790_000_060.25, "Break"))
    drain(both)
    send(both, spell(known))
    drain(both)
    with session(both.engine, readonly=True) as db:
        rows = db.exec(select(AgentSpell).order_by(col(AgentSpell.began_at))).all()
    assert [(row.status, row.began_at.timestamp(), row.ended_at.timestamp()) for row in rows] == [
        ("Available", 1_790_000_000.25, 1_790_000_060.25),
        ("Break", 1_790_000_060.25, 1_790_000_120.25),
    ]
    assert both.redis.xlen(both.keys.records + ":dead") == 0

"""Recordings that are too old are deleted. The number's days come before the queue's, the queue's before the team's,
and the team's before the setting's."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.awsrequest import AWSRequest, AWSResponse
from sqlmodel import select

from models import CallLog, DidNumber, Outbox, Queue, Recording, Team, User, Voicemail
from switchroom.database import session
from switchroom.ids import new_id
from switchroom.storage import Storage, StorageError
from tests.support.servers import free_port
from tests.workers.conftest import told
from workers.jobs import retention
from workers.jobs.retention import RetentionError, delete_one, enforce
from workers.metrics import RETENTION_REFUSED
from workers.records.record_writer import RecordWriter
from workers.resources import Resources

pytestmark = pytest.mark.service

NOW = datetime(2026, 6, 1, tzinfo=UTC)


class _Body(io.BytesIO):
    def stream(self, **_: object) -> Iterator[bytes]:
        yield self.getvalue()


@contextmanager
def refusing(resources: Resources, *keys: str, status: int = 403) -> Iterator[None]:
    """Let the store answer the deletion of these objects with an error, as for one under a legal hold."""
    text = b"<Error><Code>AccessDenied</Code><Message>locked</Message></Error>"

    def answer(request: AWSRequest, **_: object) -> AWSResponse | None:
        locked = any(str(request.url).endswith(key) for key in keys)
        return AWSResponse(str(request.url), status, {}, _Body(text)) if locked else None

    events = resources.storage._client.meta.events
    events.register("before-send.s3.DeleteObject", answer)
    try:
        yield
    finally:
        events.unregister("before-send.s3.DeleteObject", answer)


def with_days(resources: Resources, days: int) -> Resources:
    settings = resources.settings.model_copy(update={"retention_days": days})
    return Resources(settings, resources.engine, resources.redis, resources.storage)


def add_teams(resources: Resources) -> tuple[str, str, str]:
    """A team of 30 days with a queue of 5 and one that keeps for ever; returns their ids."""
    with session(resources.engine) as db:
        owner = User(email="o@example.org")
        db.add(owner)
        db.flush()
        team = Team(team_name="T", slug="t", owner_id=owner.id, billing_id=1, number=1, retention_days=30)
        db.add(team)
        db.flush()
        short = Queue(team_id=team.id, name="short", retention_days=5)
        forever = Queue(team_id=team.id, name="forever", retention_days=0)
        db.add_all([short, forever])
    return team.id, short.id, forever.id


def add(resources: Resources, tmp_path: Path, days: float, **more: str | None) -> Recording:
    path = tmp_path / "x.wav"
    path.write_bytes(b"sound")
    row = Recording(
        created_at=NOW - timedelta(days=days), call_id=new_id(), number=1, node="a",
        file_base="recordings/x-1", state="stored", transcript={"lines": [], "text": "secret"},
        transcript_state="done", **more,
    )  # fmt: skip
    row.s3_key = f"recordings/{row.id}.wav"
    resources.storage.put_file(row.s3_key, path, "audio/wav")
    with session(resources.engine) as db:
        db.add(row)
    return row


def states(resources: Resources, *rows: Recording) -> list[str]:
    with session(resources.engine, readonly=True) as db:
        return [db.get_one(Recording, row.id).state for row in rows]


def test_the_nearest_rule_wins(resources: Resources, tmp_path: Path) -> None:
    team, short, forever = add_teams(resources)
    rows = [
        add(resources, tmp_path, 6, team_id=team, queue_id=short),
        add(resources, tmp_path, 4, team_id=team, queue_id=short),
        add(resources, tmp_path, 900, team_id=team, queue_id=forever),
        add(resources, tmp_path, 31, team_id=team),
        add(resources, tmp_path, 29, team_id=team),
        add(resources, tmp_path, 101, team_id="other"),
        add(resources, tmp_path, 99, team_id="other"),
    ]
    assert enforce(with_days(resources, 100), NOW) == 3
    expected = ["deleted", "stored", "stored", "deleted", "stored", "deleted", "stored"]
    assert states(resources, *rows) == expected
    there = [resources.storage.exists(row.s3_key or "") for row in rows]
    assert there == [state == "stored" for state in expected]
    with session(resources.engine, readonly=True) as db:
        gone = db.get_one(Recording, rows[0].id)
    assert (gone.transcript, gone.transcript_state, gone.deleted_at) == (None, "none", NOW)
    assert enforce(with_days(resources, 100), NOW) == 0


def test_the_days_of_the_number_that_was_called_come_first(resources: Resources, tmp_path: Path) -> None:
    team, short, forever = add_teams(resources)
    with session(resources.engine) as db:
        values: dict[str, Any] = {"team_id": team, "bought_at": NOW}
        brief = DidNumber(e164="+14165550101", retention_days=2, **values)
        always = DidNumber(e164="+14165550102", retention_days=0, **values)
        plain = DidNumber(e164="+14165550103", **values)
        db.add_all([brief, always, plain])

    def called(number: DidNumber, days: float, queue: str) -> Recording:
        row = add(resources, tmp_path, days, team_id=team, queue_id=queue)
        with session(resources.engine) as db:
            db.add(CallLog(id=row.call_id, number_id=number.id, started_at=NOW))
        return row

    rows = [
        called(brief, 3, forever),
        called(brief, 1, short),
        called(always, 900, short),
        called(plain, 6, short),
        called(plain, 4, short),
    ]
    assert enforce(resources, NOW) == 2
    assert states(resources, *rows) == ["deleted", "stored", "stored", "deleted", "stored"]
    message = Voicemail(
        created_at=NOW - timedelta(days=3), call_id=rows[1].call_id, node="a", file="voicemail/n.wav",
        state="stored", team_id=team,
    )  # fmt: skip
    with session(resources.engine) as db:
        db.add(message)
    assert enforce(resources, NOW) == 1
    with session(resources.engine, readonly=True) as db:
        assert db.get_one(Voicemail, message.id).state == "deleted"


def test_clients_are_told_of_what_is_deleted(resources: Resources, tmp_path: Path) -> None:
    row = add(resources, tmp_path, 9, team_id="t1")
    message = Voicemail(
        created_at=NOW - timedelta(days=9), call_id="c", team_id="t1", file="voicemail/c.wav", state="empty"
    )
    with session(resources.engine) as db:
        db.add(message)
    assert enforce(with_days(resources, 8), NOW) == 2
    assert told(resources) == [("calllog", "updated", row.call_id), ("voicemail", "destroyed", message.id)]


def test_nothing_is_deleted_without_a_rule(resources: Resources, tmp_path: Path) -> None:
    row = add(resources, tmp_path, 5000, team_id="t")
    assert enforce(with_days(resources, 0), NOW) == 0
    assert states(resources, row) == ["stored"]


def test_a_voicemail_that_never_reached_s3_is_deleted_on_its_node(resources: Resources) -> None:
    row = Voicemail(
        created_at=NOW - timedelta(days=9), call_id="c", node="b", file="voicemail/c.wav", state="failed"
    )
    with session(resources.engine) as db:
        db.add(row)
    assert enforce(with_days(resources, 8), NOW) == 1
    with session(resources.engine, readonly=True) as db:
        (job,) = db.exec(select(Outbox)).all()
        assert db.get_one(Voicemail, row.id).state == "deleted"
    assert (job.payload["name"], job.payload["queue"]) == ("store_voicemail", "recordings-b")


def test_a_crash_between_object_and_mark_is_finished_later(
    resources: Resources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = add(resources, tmp_path, 9, team_id="t")
    with monkeypatch.context() as patch:

        def refuse(_: str) -> None:
            raise StorageError("away")

        patch.setattr(resources.storage, "delete", refuse)
        with pytest.raises(StorageError):
            enforce(with_days(resources, 8), NOW)
    assert states(resources, row) == ["stored"]
    resources.storage.delete(row.s3_key or "")
    assert enforce(with_days(resources, 8), NOW) == 1
    assert states(resources, row) == ["deleted"]


def metric(resources: Resources) -> float:
    """Return what Prometheus sees at the record writer."""
    RecordWriter(resources).refresh_metrics()
    return float(RETENTION_REFUSED._value.get())


def test_an_object_that_the_store_will_not_delete_stops_no_other(
    resources: Resources, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [add(resources, tmp_path, 9, team_id="t") for _ in range(12)]
    locked = {rows[0].s3_key, rows[5].s3_key}
    with (
        refusing(resources, *filter(None, locked)),
        pytest.raises(RetentionError, match=r"10 are deleted.*2"),
    ):
        enforce(with_days(resources, 8), NOW)
    expected = ["stored" if row.s3_key in locked else "deleted" for row in rows]
    assert states(resources, *rows) == expected
    there = [resources.storage.exists(row.s3_key or "") for row in rows]
    assert there == [state == "stored" for state in expected], "no row says `deleted` whose object is there"
    with session(resources.engine, readonly=True) as db:
        error = db.get_one(Recording, rows[0].id).error or ""
    assert error.startswith("not deleted: ")
    assert "AccessDenied" in error
    assert metric(resources) == 2
    told = [record for record in caplog.records if "cannot delete" in record.message]
    assert {record.__dict__["media"] for record in told} == {rows[0].id, rows[5].id}
    assert enforce(with_days(resources, 8), NOW) == 2, "tried again later"
    assert metric(resources) == 0
    assert set(states(resources, *rows)) == {"deleted"}
    with session(resources.engine, readonly=True) as db:
        assert db.get_one(Recording, rows[0].id).error is None


def test_many_locked_objects_at_the_beginning_stop_nothing(resources: Resources, tmp_path: Path) -> None:
    rows = [add(resources, tmp_path, 9, team_id="t") for _ in range(8)]
    locked = [row.s3_key or "" for row in rows[:7]]
    with refusing(resources, *locked), pytest.raises(RetentionError):
        enforce(with_days(resources, 8), NOW)
    assert states(resources, *rows) == ["stored"] * 7 + ["deleted"]


def test_a_store_that_is_away_ends_the_run_at_once(resources: Resources, tmp_path: Path) -> None:
    rows = [add(resources, tmp_path, 9, team_id="t") for _ in range(3)]
    away = with_days(resources, 8).settings.model_copy(
        update={"s3_endpoint": f"http://127.0.0.1:{free_port()}"}
    )
    with pytest.raises(StorageError, match="delete"):
        enforce(Resources(away, resources.engine, resources.redis, Storage(away)), NOW)
    assert states(resources, *rows) == ["stored"] * 3
    with session(resources.engine, readonly=True) as db:
        assert db.get_one(Recording, rows[0].id).error is None


def test_what_is_stored_during_the_run_is_left_to_the_next(
    resources: Resources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = add(resources, tmp_path, 9, team_id="t")
    key, row.s3_key, row.state = row.s3_key, None, "pending"
    with session(resources.engine) as db:
        db.merge(row)
    pages = retention._page

    def stored_meanwhile(*args: Any) -> Any:
        found = pages(*args)
        with session(resources.engine) as db:
            mine = db.get_one(Recording, row.id)
            mine.s3_key, mine.state = key, "stored"
            db.add(mine)
        return found

    with monkeypatch.context() as patch:
        patch.setattr(retention, "_page", stored_meanwhile)
        assert enforce(with_days(resources, 8), NOW) == 0
    assert states(resources, row) == ["stored"]
    assert enforce(with_days(resources, 8), NOW) == 1
    assert not resources.storage.exists(key or "")


def test_one_object_is_tried_again_alone(resources: Resources, tmp_path: Path) -> None:
    rows = [add(resources, tmp_path, 9, team_id="t") for _ in range(3)]
    given = with_days(resources, 8)
    with refusing(resources, rows[0].s3_key or ""), pytest.raises(RetentionError):
        delete_one(given, Recording, "store_recording", rows[0].id, NOW)
    delete_one(given, Recording, "store_recording", rows[1].id, NOW)
    delete_one(with_days(resources, 10), Recording, "store_recording", rows[2].id, NOW)
    assert states(resources, *rows) == ["stored", "deleted", "stored"]

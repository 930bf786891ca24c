"""Files that a crash or an absent engine left on a node's disk."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from models import CallLog, DidNumber, Outbox, Recording, Team, User, Voicemail
from switchroom.database import session
from switchroom.ids import call_id
from switchroom.messages.records import parse_entry
from tests.support.sip.audio import voice, write_samples
from tests.workers.conftest import WriteWav, rest
from tests.workers.records.test_record_writer import call
from workers.failed import count_jobs
from workers.jobs import fallback
from workers.jobs.media import store
from workers.jobs.sweep import GRACE_SECONDS, Sweep, WrongNodeError, sweep, sweep_node
from workers.jobs.voicemails import PLAN as VOICEMAIL
from workers.records.write_batch import write_batch
from workers.resources import Resources

pytestmark = pytest.mark.service

UNIQUE = "a-1790000000.42"


def add_team(resources: Resources, **more: object) -> Team:
    with session(resources.engine) as db:
        owner = User(email="o@example.org", first_name="O", last_name="O")
        db.add(owner)
        db.flush()
        team = Team(team_name="T", slug="t", owner_id=owner.id, billing_id=1, number=1, **more)
        db.add(team)
        db.flush()
        db.add(DidNumber(team_id=team.id, e164="+14165550100"))
    return team


def run(resources: Resources) -> Sweep:
    return sweep(resources, time.time())


def test_pending_files_are_enqueued_once(resources: Resources, write_wav: WriteWav) -> None:
    with session(resources.engine) as db:
        db.add(Recording(call_id="c1", number=1, node="a", file_base="recordings/c1-1"))
        db.add(Recording(call_id="c2", number=1, node="a", file_base="recordings/c2-1", state="failed"))
        db.add(Recording(call_id="c3", number=1, node="b", file_base="recordings/c3-1"))
        db.add(Voicemail(call_id="c4", node="a", file="voicemail/c4.wav", state="stored"))
    for name in ("recordings/c1-1.agent", "recordings/c1-1.caller", "recordings/c2-1.agent", "voicemail/c4"):
        write_wav(f"{name}.wav")
    assert run(resources) == Sweep(enqueued=2, failed=1)
    run(resources)
    assert count_jobs(resources.redis) == {
        ("recordings-a", "queued"): 2,
        ("recordings-a", "started"): 0,
        ("recordings-a", "scheduled"): 0,
        ("recordings-a", "failed"): 0,
    }


def test_a_pending_row_without_files_is_not_forgotten(resources: Resources) -> None:
    with session(resources.engine) as db:
        db.add(Recording(call_id="c1", number=1, node="a", file_base="recordings/c1-1"))
    run(resources)
    assert count_jobs(resources.redis)["recordings-a", "queued"] == 1


def test_unknown_files_are_kept_and_reported(resources: Resources, write_wav: WriteWav) -> None:
    fresh = write_wav("recordings/now-1.agent.wav")
    old = write_wav("recordings/old-1.agent.wav", age=GRACE_SECONDS + 10)
    odd = write_wav("voicemail/odd name.wav", age=GRACE_SECONDS + 10)
    assert run(resources) == Sweep(unknown=2)
    assert all(path.exists() for path in (fresh, old, odd))


def test_another_nodes_sweep_is_refused(resources: Resources, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workers.jobs.sweep.get_resources", lambda: resources)
    with pytest.raises(WrongNodeError):
        sweep_node("b")
    sweep_node("a")


def test_a_fallback_message_becomes_a_call_and_a_voicemail(resources: Resources, write_wav: WriteWav) -> None:
    team = add_team(resources)
    path = write_wav(f"fallback/{UNIQUE}_14165550100_14165550123.wav", 3.0)
    rest(write_samples(path, voice(3)), 5)
    assert run(resources).imported == 1
    assert run(resources).imported == 0
    with session(resources.engine, readonly=True) as db:
        log = db.exec(select(CallLog)).one()
        message = db.exec(select(Voicemail)).one()
    assert log.id == message.call_id == call_id(UNIQUE)
    assert (log.team_id, log.disposition, log.did, log.caller) == (
        team.id, "voicemail", "+14165550100", "+14165550123",
    )  # fmt: skip
    assert log.started_at == datetime.fromtimestamp(1790000000, UTC)
    assert (message.mailbox_kind, message.mailbox_id, message.seconds) == ("team", team.id, 3.0)
    assert store(resources, VOICEMAIL, message.id) is None
    assert not path.exists()
    with session(resources.engine, readonly=True) as db:
        assert db.get_one(Voicemail, message.id).state == "stored"
    assert run(resources) == Sweep()


def test_a_customer_who_was_called_back_may_leave_a_message_too(
    resources: Resources, write_wav: WriteWav
) -> None:
    add_team(resources)
    path = write_wav(f"fallback/callback-{'0f' * 16}_14165550100_14165550123.wav", 3.0)
    assert run(resources).imported == 1
    with session(resources.engine, readonly=True) as db:
        log = db.exec(select(CallLog)).one()
    assert (log.id, log.caller) == ("0f" * 16, "+14165550123")
    assert log.started_at == datetime.fromtimestamp(int(path.stat().st_mtime - 3), UTC)


def test_the_engines_later_record_completes_the_fallbacks_call(
    resources: Resources, write_wav: WriteWav
) -> None:
    team = add_team(resources)
    write_wav(f"fallback/{UNIQUE}_14165550100_.wav", 3.0)
    run(resources)
    body = call(1, id=call_id(UNIQUE), team=team.id, disposition="abandoned", recordings=[])
    for _ in range(2):
        with session(resources.engine) as db:
            write_batch(db, [parse_entry(json.dumps(body))])
    with session(resources.engine, readonly=True) as db:
        log = db.exec(select(CallLog)).one()
    assert (log.disposition, log.queue_id, log.caller) == ("voicemail", "q1", "+14165550123")
    assert [step["type"] for step in log.path] == ["queue", "fallback"]


def test_the_engines_earlier_record_gets_the_voicemail(resources: Resources, write_wav: WriteWav) -> None:
    team = add_team(resources)
    body = call(1, id=call_id(UNIQUE), team=team.id, disposition="abandoned", recordings=[])
    with session(resources.engine) as db:
        write_batch(db, [parse_entry(json.dumps(body))])
    write_wav(f"fallback/{UNIQUE}_14165550100_.wav", 3.0)
    assert run(resources).imported == 1
    with session(resources.engine, readonly=True) as db:
        log = db.exec(select(CallLog)).one()
        assert len(db.exec(select(Voicemail)).all()) == 1
    assert (log.disposition, log.queue_id) == ("voicemail", "q1")


def test_what_is_no_message_is_kept(resources: Resources, write_wav: WriteWav) -> None:
    add_team(resources)
    paths = [
        write_wav(f"fallback/{UNIQUE}_19995550000_14165550123.wav"),
        write_wav("fallback/nonsense.wav"),
        write_wav("fallback/a-1790000000.43_14165550100_1.wav", age=0),
    ]
    broken = resources.settings.spool_dir / "fallback/a-1790000000.44_14165550100_1.wav"
    broken.write_bytes(b"no sound")
    assert run(resources).imported == 0
    assert all(path.exists() for path in (*paths, broken))
    with session(resources.engine, readonly=True) as db:
        assert db.exec(select(Outbox)).all() == []


def test_a_caller_who_said_nothing_left_no_message(resources: Resources, write_wav: WriteWav) -> None:
    add_team(resources)
    path = write_wav(f"fallback/{UNIQUE}_14165550100_14165550123.wav", 0.1)
    assert run(resources).imported == 1
    with session(resources.engine, readonly=True) as db:
        assert db.exec(select(CallLog.disposition)).one() == "abandoned"
        assert db.exec(select(Voicemail)).all() == []
    assert not path.exists()


def test_words_that_nobody_listens_to_any_more_are_deleted(resources: Resources, write_wav: WriteWav) -> None:
    (resources.settings.spool_dir / "speech").mkdir()
    old = write_wav("speech/c1-1.wav", age=2 * 3600)
    fresh = write_wav("speech/c2-1.wav", age=5)
    assert run(resources) == Sweep(utterances=1)
    assert (old.exists(), fresh.exists()) == (False, True)


def test_a_message_that_cannot_be_imported_stops_no_other(
    resources: Resources,
    write_wav: WriteWav,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    add_team(resources)
    for number in (1, 2, 3):
        write_wav(f"fallback/a-179000000{number}.4_14165550100_14165550123.wav", 3.0)
    with session(resources.engine) as db:
        db.add(Recording(call_id="c1", number=1, node="a", file_base="recordings/c1-1"))
    write_wav("recordings/c1-1.agent.wav")
    read = fallback.read_wav

    def refused(path: Path) -> Any:
        if path.name.startswith("a-1790000001"):
            raise PermissionError(13, "not ours")
        return read(path)

    monkeypatch.setattr(fallback, "read_wav", refused)
    found = run(resources)
    assert (found.imported, found.enqueued) == (2, 3), "two messages and the recording"
    assert "cannot be imported" in caplog.text


def test_an_utterance_that_cannot_be_deleted_stops_no_other(
    resources: Resources, write_wav: WriteWav
) -> None:
    (resources.settings.spool_dir / "speech/c0-1.wav").mkdir(parents=True)
    rest(resources.settings.spool_dir / "speech/c0-1.wav", 2 * 3600)
    write_wav("speech/c1-1.wav", age=2 * 3600)
    assert run(resources) == Sweep(utterances=1)

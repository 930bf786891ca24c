"""A recording is uploaded to S3. The job is killed at every step."""

import struct
import wave
from pathlib import Path

import pytest
from rq import Retry
from sqlmodel import select

from models import Outbox, Recording, Voicemail
from switchroom.database import session
from switchroom.storage import Storage, StorageError
from tests.support.servers import free_port
from tests.workers.conftest import WriteWav
from workers.jobs.media import MediaError, store
from workers.jobs.recordings import PLAN as RECORDING
from workers.jobs.voicemails import PLAN as VOICEMAIL
from workers.resources import Resources

pytestmark = pytest.mark.service


@pytest.fixture
def recording(resources: Resources) -> Recording:
    return add_recording(resources)


def add_recording(resources: Resources, call: str = "c1", node: str = "a") -> Recording:
    row = Recording(call_id=call, team_id="t1", number=1, node=node, file_base=f"recordings/{call}-1")
    with session(resources.engine) as db:
        db.add(row)
    return row


def reload(resources: Resources, row: Recording) -> Recording:
    with session(resources.engine) as db:
        found = db.get(Recording, row.id)
    assert found is not None
    return found


def spool_files(resources: Resources) -> list[str]:
    return sorted(path.name for path in resources.settings.spool_dir.rglob("*.wav"))


def both_legs(write_wav: WriteWav, call: str = "c1") -> None:
    write_wav(f"recordings/{call}-1.agent.wav", 1.0, value=5)
    write_wav(f"recordings/{call}-1.caller.wav", 2.0, value=9)


def test_a_recording_is_stored_and_the_files_are_gone(
    resources: Resources, recording: Recording, write_wav: WriteWav, tmp_path: Path
) -> None:
    both_legs(write_wav)
    assert store(resources, RECORDING, recording.id) is None
    row = reload(resources, recording)
    key = f"recordings/t1/{row.created_at:%Y/%m/%d}/{row.id}.wav"
    assert (row.state, row.s3_key, row.seconds) == ("stored", key, 2.0)
    assert row.stored_at is not None
    assert row.size == 44 + 2 * 2 * 16000
    assert (row.transcript_state, row.transcript_error) == ("pending", None)
    resources.storage.get_file(key, tmp_path / "back.wav")
    with wave.open(str(tmp_path / "back.wav")) as file:
        assert file.readframes(1) == struct.pack("<hh", 9, 5)
    assert spool_files(resources) == []


def test_a_second_run_changes_nothing(
    resources: Resources, recording: Recording, write_wav: WriteWav
) -> None:
    both_legs(write_wav)
    store(resources, RECORDING, recording.id)
    first = reload(resources, recording)
    store(resources, RECORDING, recording.id)
    assert reload(resources, recording) == first


def test_it_waits_while_asterisk_writes(
    resources: Resources, recording: Recording, write_wav: WriteWav
) -> None:
    write_wav("recordings/c1-1.agent.wav", age=0)
    write_wav("recordings/c1-1.caller.wav", age=5)
    assert isinstance(store(resources, RECORDING, recording.id), Retry)
    write_wav("recordings/c1-1.agent.wav", age=5, declared=0)
    assert isinstance(store(resources, RECORDING, recording.id), Retry)
    assert reload(resources, recording).state == "pending"
    write_wav("recordings/c1-1.agent.wav", age=100, declared=0)
    assert store(resources, RECORDING, recording.id) is None
    assert reload(resources, recording).seconds == 1.0


class Killed(BaseException):
    """What a test does to a worker."""


@pytest.mark.parametrize("step", ["join", "upload", "confirm", "commit", "remove"])
def test_killed_at_any_step_nothing_is_lost(
    resources: Resources,
    recording: Recording,
    write_wav: WriteWav,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
) -> None:
    both_legs(write_wav)

    def die(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        if step == "join":
            patch.setattr("workers.jobs.recordings.join_legs", die)
        elif step == "upload":
            patch.setattr(resources.storage._client, "put_object", die)
        elif step == "confirm":
            patch.setattr(resources.storage._client, "head_object", die)
        elif step == "commit":
            patch.setattr("sqlalchemy.orm.Session.commit", die)
        else:
            patch.setattr(Path, "unlink", die)
        with pytest.raises(Killed):
            store(resources, RECORDING, recording.id)
    assert spool_files(resources) == ["c1-1.agent.wav", "c1-1.caller.wav"]
    assert reload(resources, recording).state == ("stored" if step == "remove" else "pending")
    store(resources, RECORDING, recording.id)
    row = reload(resources, recording)
    assert row.state == "stored"
    assert row.s3_key is not None
    assert resources.storage.holds(row.s3_key, row.size or 0, row.sha256 or "")
    assert spool_files(resources) == []


def test_files_stay_while_s3_is_away(resources: Resources, recording: Recording, write_wav: WriteWav) -> None:
    both_legs(write_wav)
    away = resources.settings.model_copy(update={"s3_endpoint": f"http://127.0.0.1:{free_port()}"})
    broken = Resources(away, resources.engine, resources.redis, Storage(away))
    with pytest.raises(StorageError):
        store(broken, RECORDING, recording.id)
    assert spool_files(resources) == ["c1-1.agent.wav", "c1-1.caller.wav"]
    assert reload(resources, recording).state == "pending"


def test_left_over_files_stay_if_s3_lost_the_object(
    resources: Resources, recording: Recording, write_wav: WriteWav
) -> None:
    both_legs(write_wav)
    store(resources, RECORDING, recording.id)
    row = reload(resources, recording)
    assert row.s3_key is not None
    resources.storage.delete(row.s3_key)
    both_legs(write_wav)
    store(resources, RECORDING, recording.id)
    assert resources.storage.size(row.s3_key) == row.size
    assert spool_files(resources) == []


def test_deleted_during_the_upload_it_stays_deleted(
    resources: Resources, recording: Recording, write_wav: WriteWav, monkeypatch: pytest.MonkeyPatch
) -> None:
    both_legs(write_wav)
    put = resources.storage.put_file

    def put_and_delete(key: str, path: Path, content_type: str) -> object:
        with session(resources.engine) as db:
            row = db.get(Recording, recording.id)
            assert row is not None
            row.state = "deleted"
            db.add(row)
        return put(key, path, content_type)

    monkeypatch.setattr(resources.storage, "put_file", put_and_delete)
    store(resources, RECORDING, recording.id)
    assert not resources.storage.exists(media_key(recording))
    assert reload(resources, recording).state == "deleted"
    assert spool_files(resources) == []


def media_key(row: Recording) -> str:
    return RECORDING.key(row)


def test_no_files_is_an_error(resources: Resources, recording: Recording) -> None:
    with pytest.raises(MediaError, match="no file"):
        store(resources, RECORDING, recording.id)
    with pytest.raises(MediaError, match="no Recording"):
        store(resources, RECORDING, "nothing")


def test_another_nodes_files_are_left_alone(resources: Resources, write_wav: WriteWav) -> None:
    row = add_recording(resources, "c2", node="b")
    both_legs(write_wav, "c2")
    with pytest.raises(MediaError, match="node 'b'"):
        store(resources, RECORDING, row.id)


def test_a_name_that_leads_out_of_the_spool_is_refused(resources: Resources) -> None:
    with pytest.raises(ValueError, match="not in the spool"):
        resources.spool_path("../../etc/passwd")
    with pytest.raises(ValueError, match="not in the spool"):
        resources.spool_path("/etc/passwd")


def test_a_voicemail_is_stored(resources: Resources, write_wav: WriteWav) -> None:
    write_wav("voicemail/c9.wav", 3.0, declared=0, age=90)
    row = Voicemail(call_id="c9", team_id="t1", node="a", file="voicemail/c9.wav")
    with session(resources.engine) as db:
        db.add(row)
    assert store(resources, VOICEMAIL, row.id) is None
    with session(resources.engine) as db:
        found = db.get(Voicemail, row.id)
    assert found is not None
    assert (found.state, found.s3_key, found.seconds) == ("stored", f"voicemail/t1/{row.id}.wav", 3.0)
    assert spool_files(resources) == []


def test_the_transcription_follows_the_commit(
    resources: Resources, recording: Recording, write_wav: WriteWav
) -> None:
    both_legs(write_wav)
    store(resources, RECORDING, recording.id)
    assert reload(resources, recording).transcript_state == "pending"
    with session(resources.engine) as db:
        payloads = [row.payload for row in db.exec(select(Outbox))]
    assert [(p["name"], p["args"], p["queue"]) for p in payloads] == [
        ("transcribe_recording", [recording.id], "transcripts")
    ]


def test_without_a_transcriber_the_row_says_so(
    resources: Resources, recording: Recording, write_wav: WriteWav
) -> None:
    both_legs(write_wav)
    settings = resources.settings.model_copy(update={"transcriber": "none"})
    store(Resources(settings, resources.engine, resources.redis, resources.storage), RECORDING, recording.id)
    row = reload(resources, recording)
    assert (row.transcript_state, row.transcript_error) == ("none", "no transcriber is configured")
    with session(resources.engine) as db:
        assert db.exec(select(Outbox)).all() == []

"""A recording is uploaded to S3. The job is killed at every step."""

import errno
import math
import struct
import wave
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from rq import Retry

from models import CallLog, Queue, Recording, Team, User, Voicemail
from switchroom.database import session
from switchroom.storage import Storage, StorageError
from tests.support.servers import free_port
from tests.support.sip.audio import voice, write_samples
from tests.workers.conftest import WriteWav, payloads, rest, told
from workers.jobs.media import DISK_FULL, MediaError, store
from workers.jobs.recordings import PLAN as RECORDING
from workers.jobs.voicemails import PLAN as VOICEMAIL
from workers.resources import Resources

pytestmark = pytest.mark.service

BUSY = [
    int(5000 * (math.sin(480 * math.tau * i / 8000) + math.sin(620 * math.tau * i / 8000)))
    for i in range(4000)
] + [0] * 4000
"""A second of the busy tone."""


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


def test_a_talk_that_never_began_has_no_audio(resources: Resources, recording: Recording) -> None:
    assert store(resources, RECORDING, recording.id) is None
    row = reload(resources, recording)
    assert (row.state, row.error, row.seconds, row.attempts) == ("empty", "no file was recorded", 0.0, 0)
    assert (row.s3_key, row.transcript_state) == (None, "none")
    assert store(resources, RECORDING, recording.id) is None, "and a second run changes nothing"
    assert reload(resources, recording) == row


def test_without_the_folder_nothing_is_said_of_its_files(resources: Resources, recording: Recording) -> None:
    (resources.settings.spool_dir / "recordings").rmdir()
    with pytest.raises(MediaError, match="no folder recordings"):
        store(resources, RECORDING, recording.id)
    assert reload(resources, recording).state == "pending"
    with pytest.raises(MediaError, match="no Recording"):
        store(resources, RECORDING, "nothing")


@pytest.mark.parametrize("seconds", [0.0, 0.05])
def test_a_talk_without_sound_has_no_audio(
    resources: Resources, recording: Recording, write_wav: WriteWav, seconds: float
) -> None:
    write_wav("recordings/c1-1.agent.wav", seconds, age=90)
    write_wav("recordings/c1-1.caller.wav", seconds, age=90)
    assert store(resources, RECORDING, recording.id) is None
    row = reload(resources, recording)
    assert (row.state, row.error, row.seconds) == ("empty", "nothing was recorded", seconds)
    assert spool_files(resources) == []
    assert not resources.storage.exists(media_key(recording))


def test_files_without_a_header_hold_nothing(resources: Resources, recording: Recording) -> None:
    """A full disk leaves such files."""
    path = resources.settings.spool_dir / "recordings/c1-1.agent.wav"
    path.touch()
    rest(path, 90)
    store(resources, RECORDING, recording.id)
    assert reload(resources, recording).state == "empty"
    assert spool_files(resources) == []


def test_files_that_come_late_are_stored_all_the_same(
    resources: Resources, recording: Recording, write_wav: WriteWav
) -> None:
    store(resources, RECORDING, recording.id)
    both_legs(write_wav)
    store(resources, RECORDING, recording.id)
    row = reload(resources, recording)
    assert (row.state, row.error, row.seconds) == ("stored", None, 2.0)


def test_an_object_that_was_lost_is_no_empty_recording(
    resources: Resources, recording: Recording, write_wav: WriteWav
) -> None:
    both_legs(write_wav)
    store(resources, RECORDING, recording.id)
    resources.storage.delete(media_key(recording))
    with pytest.raises(MediaError, match="lost the object"):
        store(resources, RECORDING, recording.id)
    assert reload(resources, recording).state == "stored"


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize(
    ("talk", "state"), [(60.0, "incomplete"), (5.5, "incomplete"), (4.5, "stored"), (None, "stored")]
)
def test_what_is_much_shorter_than_its_talk_is_incomplete(
    resources: Resources,
    recording: Recording,
    write_wav: WriteWav,
    talk: float | None,
    state: str,
    named: bool,
) -> None:
    """The disk was full meanwhile, for example."""
    both_legs(write_wav)
    leg: dict[str, object] = {"outcome": "answered", "answered_at": 1000.0, "ended_at": 1000.0 + (talk or 0)}
    others: list[dict[str, object]] = [{"outcome": "busy", "answered_at": None, "ended_at": 999.0}]
    if named:
        leg["recording"] = recording.file_base
        others.append({"outcome": "answered", "answered_at": 900.0, "ended_at": 901.0, "recording": None})
    with session(resources.engine) as db:
        began = datetime.fromtimestamp(900, UTC)
        db.add(CallLog(id="c1", started_at=began, legs=[*others, leg] if talk is not None else []))
    store(resources, RECORDING, recording.id)
    row = reload(resources, recording)
    assert row.state == state
    assert (row.error or "").startswith("2 s of a talk of " if state == "incomplete" else "")
    assert resources.storage.size(row.s3_key or "") == row.size
    assert spool_files(resources) == []


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


@pytest.mark.parametrize("settings", [{"agent_sounds": ["vm-intro"]}, {"agent_wait": True}])
def test_the_whisper_before_a_talk_is_not_recorded(
    resources: Resources, recording: Recording, write_wav: WriteWav, settings: dict[str, Any]
) -> None:
    both_legs(write_wav)
    leg = {"outcome": "answered", "answered_at": 900.0, "ended_at": 915.0}
    with session(resources.engine) as db:
        owner = User(email="o@example.org")
        db.add(owner)
        db.flush()
        team = Team(team_name="T", slug="t", owner_id=owner.id, billing_id=1, number=1)
        db.add(team)
        db.flush()
        queue = Queue(team_id=team.id, name="q", **settings)
        db.add(queue)
        db.add(CallLog(id="c1", started_at=datetime.fromtimestamp(900, UTC), legs=[leg]))
        row = db.get_one(Recording, recording.id)
        row.queue_id = queue.id
        db.add(row)
    store(resources, RECORDING, recording.id)
    assert reload(resources, recording).state == "stored"


def test_while_the_disk_is_full_it_waits_and_uses_up_no_try(
    resources: Resources, recording: Recording, write_wav: WriteWav, monkeypatch: pytest.MonkeyPatch
) -> None:
    both_legs(write_wav)

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("workers.jobs.recordings.join_legs", full)
        again = store(resources, RECORDING, recording.id)
    assert isinstance(again, Retry)
    assert again.intervals == [60]
    row = reload(resources, recording)
    assert (row.state, row.attempts, row.error) == ("pending", 0, DISK_FULL)
    assert spool_files(resources) == ["c1-1.agent.wav", "c1-1.caller.wav"]
    store(resources, RECORDING, recording.id)
    row = reload(resources, recording)
    assert (row.state, row.error) == ("stored", None)


def leave_message(resources: Resources, samples: Sequence[int]) -> Voicemail:
    """Return what became of a message with this sound."""
    path = write_samples(resources.settings.spool_dir / "voicemail/c9.wav", samples)
    rest(path, 90)
    row = Voicemail(call_id="c9", team_id="t1", node="a", file="voicemail/c9.wav", seconds=180.0)
    with session(resources.engine) as db:
        db.add(row)
    assert store(resources, VOICEMAIL, row.id) is None
    assert spool_files(resources) == []
    with session(resources.engine, readonly=True) as db:
        return db.get_one(Voicemail, row.id)


def test_a_voicemail_is_stored(resources: Resources) -> None:
    found = leave_message(resources, voice(3))
    assert (found.state, found.s3_key, found.seconds) == ("stored", f"voicemail/t1/{found.id}.wav", 3.0)
    assert found.error is None


QUIET = [0] * 8000


@pytest.mark.parametrize(
    ("samples", "seconds"),
    [
        pytest.param([], 0.0, id="no RTP"),
        pytest.param(voice(0.3), 0.3, id="a hang-up 0.3 s after the beep"),
        pytest.param(QUIET * 30, 30.0, id="30 s of silence"),
        pytest.param(BUSY * 20, 20.0, id="a busy tone"),
    ],
)
def test_a_message_without_speech_is_empty(
    resources: Resources, samples: Sequence[int], seconds: float
) -> None:
    settings = resources.settings.model_copy(update={"transcriber": "pocketsphinx"})
    found = leave_message(Resources(settings, resources.engine, resources.redis, resources.storage), samples)
    assert (found.state, found.seconds) == ("empty", seconds)
    assert found.transcript_state == "none"
    assert found.error == found.transcript_error
    assert (found.s3_key is not None) == (seconds > 0), "a voice that is too quiet is not lost"


def test_the_operator_says_what_is_silence(resources: Resources) -> None:
    settings = resources.settings.model_copy(
        update={"voicemail_silence_dbfs": -70.0, "voicemail_shortest_seconds": 0.2}
    )
    given = Resources(settings, resources.engine, resources.redis, resources.storage)
    assert leave_message(given, voice(0.3, volume=60)).state == "stored"


def test_a_message_that_was_deleted_meanwhile_leaves_no_object(resources: Resources) -> None:
    """Deleted between its upload and the commit; the job is run again."""
    row = Voicemail(call_id="c9", team_id="t1", node="a", file="voicemail/c9.wav", state="deleted")
    with session(resources.engine) as db:
        db.add(row)
    path = write_samples(resources.settings.spool_dir / "voicemail/c9.wav", voice(1))
    key = VOICEMAIL.key(row)
    resources.storage.put_file(key, path, "audio/wav")
    assert store(resources, VOICEMAIL, row.id) is None
    assert not resources.storage.exists(key)
    assert spool_files(resources) == []


def test_the_transcription_follows_the_commit(
    resources: Resources, recording: Recording, write_wav: WriteWav
) -> None:
    both_legs(write_wav)
    store(resources, RECORDING, recording.id)
    assert reload(resources, recording).transcript_state == "pending"
    assert [(p["name"], p["args"], p["queue"]) for p in payloads(resources, "job")] == [
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
    assert payloads(resources, "job") == []
    assert told(resources) == [("calllog", "updated", recording.call_id)]

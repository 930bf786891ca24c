"""Turns of transcriptions on a real RQ worker. What a transcription writes is told in tests/providers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from rq import get_current_job

from models import Voicemail
from providers.transcription import Audio, Line, Piece
from switchroom.database import session
from tests.workers.conftest import told, work, write_tone
from workers.enqueue import TRANSCRIPTS, enqueue
from workers.failed import count_jobs
from workers.jobs import transcripts
from workers.resources import Resources
from workers.schedule import tick

pytestmark = pytest.mark.service


@dataclass
class InPieces:
    """A transcriber that gives one second of a message at a time. `turns`: the messages in the order of the work."""

    seconds: dict[str, float]
    turns: list[str] = field(default_factory=list)
    downloads: set[Path] = field(default_factory=set)
    meanwhile: Callable[[], None] = lambda: None

    def transcribe(self, audio: Audio, start: float = 0.0) -> Piece:
        self.turns.append(audio.id)
        self.downloads |= {path.parent for path in audio.fetch()}
        self.meanwhile()
        end = start + 1 if start + 1 < self.seconds[audio.id] else None
        return Piece([Line("caller", start, start + 1, f"{start:.0f}")], start, end)


@pytest.fixture
def engine(resources: Resources, monkeypatch: pytest.MonkeyPatch) -> InPieces:
    made = InPieces({})
    monkeypatch.setattr(transcripts, "get_resources", lambda: resources)
    monkeypatch.setattr(transcripts, "_transcriber", lambda: made)
    return made


@pytest.fixture
def message(resources: Resources, engine: InPieces, tmp_path: Path) -> Callable[[float], str]:
    """Return a function that stores a message and enqueues its transcription."""

    def store(seconds: float) -> str:
        number = len(engine.seconds)
        write_tone(tmp_path / "tone.wav", 0.1, 5)
        row = Voicemail(
            call_id=f"c{number}", team_id="t1", node="a", file=f"voicemail/{number}.wav", state="stored"
        )
        row.s3_key, row.transcript_state = f"voicemail/{number}.wav", "pending"
        resources.storage.put_file(row.s3_key, tmp_path / "tone.wav", "audio/wav")
        with session(resources.engine) as db:
            db.add(row)
        engine.seconds[row.id] = seconds
        enqueue(resources.redis, "transcribe_voicemail", row.id, queue=TRANSCRIPTS)
        return row.id

    return store


def text(resources: Resources, message: str) -> str:
    with session(resources.engine, readonly=True) as db:
        row = db.get_one(Voicemail, message)
    assert row.transcript_state == "done"
    assert isinstance(row.transcript, dict)
    return str(row.transcript["text"])


def test_a_short_message_does_not_wait_for_a_long_one(
    resources: Resources, engine: InPieces, message: Callable[[float], str]
) -> None:
    long, short = message(4), message(1)
    work(resources, TRANSCRIPTS)
    assert engine.turns == [long, short, long, long, long]
    assert text(resources, long) == "0\n1\n2\n3"
    assert text(resources, short) == "0"
    assert told(resources) == [("voicemail", "updated", short), ("voicemail", "updated", long)]
    assert len(engine.downloads) == 3, "the long one is downloaded in each of its two turns"
    assert count_jobs(resources.redis)[TRANSCRIPTS, "failed"] == 0


def test_a_worker_that_is_told_to_stop_puts_the_message_back(
    resources: Resources, engine: InPieces, message: Callable[[float], str]
) -> None:
    def stop() -> None:
        job = get_current_job()
        assert job is not None
        resources.redis.hset(f"rq:worker:{job.worker_name}", "shutdown_requested_date", "now")

    engine.meanwhile = stop
    long = message(3)
    work(resources, TRANSCRIPTS)
    assert engine.turns == [long, long, long]
    assert len(engine.downloads) == 3, "each piece was a turn of its own"


def test_transcriptions_go_on_after_redis_lost_its_data(
    resources: Resources, engine: InPieces, message: Callable[[float], str]
) -> None:
    done, waiting = message(1), message(2)
    work(resources, TRANSCRIPTS)
    with session(resources.engine) as db:
        db.get_one(Voicemail, waiting).transcript_state = "pending"
    resources.redis.flushdb()
    engine.turns.clear()
    assert "resume_transcripts" in tick(resources.redis, resources.keys)
    transcripts.resume_transcripts()
    transcripts.resume_transcripts()
    assert count_jobs(resources.redis)[TRANSCRIPTS, "queued"] == 1
    work(resources, TRANSCRIPTS)
    assert set(engine.turns) == {waiting}
    assert text(resources, waiting) == "0\n1"
    assert text(resources, done) == "0"

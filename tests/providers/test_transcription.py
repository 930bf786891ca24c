"""Transcription through its protocol: each engine, and the job that uses it."""

import json
import os
import wave
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
from pytest_httpserver import HTTPServer
from rq import Retry
from werkzeug import Request, Response

from models import CallLog, Recording, Team, User, Voicemail, utcnow
from providers.transcription import (
    Audio,
    Line,
    Piece,
    StillRunningError,
    TranscriptionError,
    UnknownLanguageError,
    Word,
    as_transcript,
    make_transcriber,
)
from providers.transcription.amazon_transcribe import AmazonTranscribe, parse_lines
from providers.transcription.faster_whisper import FasterWhisper
from providers.transcription.pocketsphinx import PocketSphinx, speech
from switchroom.audio.legs import join_legs
from switchroom.database import session
from tests.workers.conftest import write_tone
from workers.enqueue import TRANSCRIPTS, enqueue
from workers.jobs.transcripts import must_make_way, transcribe
from workers.resources import Resources

GRAMMAR = "#JSGF V1.0;\ngrammar digits;\npublic <digit> = one | two | three | four | five;\n"


def audio(*files: Path, speakers: tuple[str, ...] = ("caller", "agent")) -> Audio:
    return Audio("r1", "bucket", "recordings/r1.wav", speakers[: len(files)], lambda: list(files))


@pytest.mark.unit
def test_a_transcript_is_in_the_order_of_speaking() -> None:
    lines = [Line("agent", 2.0, 3.0, "hello"), Line("caller", 0.5, 1.0, "hi"), Line("caller", 4.0, 5.0, "")]
    more = {"words": [], "unsure": False}
    assert as_transcript(lines) == {
        "lines": [
            {"speaker": "caller", "start": 0.5, "end": 1.0, "text": "hi", **more},
            {"speaker": "agent", "start": 2.0, "end": 3.0, "text": "hello", **more},
        ],
        "text": "hi\nhello",
    }


@dataclass
class Canned:
    """A transcriber with a prepared answer."""

    lines: list[Line] = field(default_factory=list)
    wait: int = 0
    heard: list[tuple[str, int]] = field(default_factory=list)

    def transcribe(self, audio: Audio, start: float = 0.0) -> Piece:
        if self.wait:
            raise StillRunningError(self.wait)
        for speaker, path in zip(audio.speakers, audio.fetch(), strict=True):
            with wave.open(str(path)) as file:
                self.heard.append((speaker, int.from_bytes(file.readframes(1), "little")))
        return Piece(self.lines)


@pytest.fixture
def stored(resources: Resources, tmp_path: Path) -> Recording:
    write_tone(tmp_path / "agent.wav", 1.0, 5)
    write_tone(tmp_path / "caller.wav", 1.0, 9)
    join_legs(tmp_path / "agent.wav", tmp_path / "caller.wav", tmp_path / "whole.wav")
    row = Recording(
        call_id="c1", number=1, node="a", file_base="recordings/c1-1", state="stored", seconds=1.0
    )
    row.s3_key, row.transcript_state = f"recordings/{row.id}.wav", "pending"
    resources.storage.put_file(row.s3_key, tmp_path / "whole.wav", "audio/wav")
    with session(resources.engine) as db:
        db.add(row)
    return row


@pytest.mark.service
def test_each_speaker_is_heard_on_their_own_channel(resources: Resources, stored: Recording) -> None:
    engine = Canned([Line("caller", 0.0, 1.0, "hi")])
    assert transcribe(resources, engine, Recording, stored.id) is None
    assert engine.heard == [("caller", 9), ("agent", 5)]
    with session(resources.engine, readonly=True) as db:
        row = db.get_one(Recording, stored.id)
    assert (row.transcript_state, row.transcript) == ("done", as_transcript(engine.lines) | {"seconds": 1.0})
    transcribe(resources, Canned([Line("caller", 0.0, 1.0, "other")]), Recording, stored.id)
    with session(resources.engine, readonly=True) as db:
        assert db.get_one(Recording, stored.id).transcript == row.transcript


@pytest.mark.service
def test_a_voicemail_has_one_speaker(resources: Resources, tmp_path: Path) -> None:
    write_tone(tmp_path / "v.wav", 1.0, 3)
    row = Voicemail(call_id="c2", node="a", file="voicemail/c2.wav", state="stored", s3_key="voicemail/v.wav")
    resources.storage.put_file("voicemail/v.wav", tmp_path / "v.wav", "audio/wav")
    with session(resources.engine) as db:
        db.add(row)
    engine = Canned([Line("caller", 0.0, 1.0, "call me")])
    transcribe(resources, engine, Voicemail, row.id)
    assert engine.heard == [("caller", 3)]


@pytest.mark.service
def test_an_engine_that_still_works_is_asked_again(resources: Resources, stored: Recording) -> None:
    answer = transcribe(resources, Canned(wait=15), Recording, stored.id)
    assert isinstance(answer, Retry)
    assert answer.intervals == [15]
    with pytest.raises(TranscriptionError, match="no stored"):
        transcribe(resources, Canned(), Recording, "nothing")


@pytest.fixture
def grammar(tmp_path: Path) -> Path:
    path = tmp_path / "digits.gram"
    path.write_text(GRAMMAR)
    return path


@pytest.mark.unit
def test_sphinx_says_nothing_about_silence(grammar: Path, tmp_path: Path) -> None:
    write_tone(tmp_path / "quiet.wav", 2.0, 0)
    assert PocketSphinx(grammar).transcribe(audio(tmp_path / "quiet.wav")).lines == []


def spoken_digits() -> Path:
    """The folder of spoken digits that every Asterisk has, wherever the installer put it."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "switchroom"
    cache = Path(os.environ.get("SWITCHROOM_CACHE", cache))
    for root in (Path("/usr/share/asterisk"), cache / "asterisk-root/usr/share/asterisk"):
        for found in sorted(root.glob("sounds/en*/digits/3.wav")):
            return found.parent
    pytest.skip("no Asterisk with its English sounds is installed")


@pytest.mark.pbx
def test_sphinx_understands_spoken_digits(grammar: Path, tmp_path: Path) -> None:
    from pydub import AudioSegment

    sounds, quiet = spoken_digits(), AudioSegment.silent(1500, 8000)
    talk = quiet
    for digit in (3, 1, 4):
        talk += AudioSegment.from_wav(str(sounds / f"{digit}.wav")) + quiet
    talk.export(str(tmp_path / "talk.wav"), format="wav")
    lines = PocketSphinx(grammar).transcribe(audio(tmp_path / "talk.wav")).lines
    assert [line.text for line in lines] == ["three", "one", "four"]
    assert 1.0 < lines[0].start < lines[0].end < lines[1].start < lines[2].start


@pytest.mark.unit
def test_speech_is_found_between_silences(tmp_path: Path) -> None:
    from pydub import AudioSegment
    from pydub.generators import Sine

    quiet = AudioSegment.silent(2000, 16000)
    sound = quiet + Sine(440, sample_rate=16000).to_audio_segment(1000) + quiet
    ((start, end),) = speech(sound + sound[:1])
    assert start == pytest.approx(1.6, abs=0.21)
    assert end == pytest.approx(3.4, abs=0.21)


@pytest.mark.unit
def test_what_is_not_configured_says_so(tmp_path: Path) -> None:
    with pytest.raises(TranscriptionError, match="JSGF"):
        PocketSphinx(tmp_path / "none.gram")
    (tmp_path / "bad.gram").write_text("no grammar")
    with pytest.raises(TranscriptionError, match="cannot be used"):
        PocketSphinx(tmp_path / "bad.gram")
    with pytest.raises(TranscriptionError, match="WHISPER_MODEL"):
        FasterWhisper("", tmp_path)


@dataclass
class InPieces:
    """A transcriber that gives one second at a time."""

    seconds: float
    asked: list[float] = field(default_factory=list)
    fetched: list[list[Path]] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)

    def transcribe(self, audio: Audio, start: float = 0.0) -> Piece:
        self.asked.append(start)
        self.fetched.append(audio.fetch())
        self.languages.append(audio.language)
        line = Line("caller", start, start + 1, f"second {start:.0f}")
        return Piece([line], start, start + 1 if start + 1 < self.seconds else None)


def read(resources: Resources, row: Recording) -> Recording:
    with session(resources.engine, readonly=True) as db:
        return db.get_one(Recording, row.id)


def text(row: Recording) -> str:
    assert isinstance(row.transcript, dict)
    return str(row.transcript["text"])


@pytest.mark.service
def test_a_long_transcript_makes_way_and_goes_on_where_it_was(
    resources: Resources, stored: Recording
) -> None:
    engine = InPieces(3)
    answer = transcribe(resources, engine, Recording, stored.id, lambda: True)
    assert isinstance(answer, Retry)
    assert answer.intervals == [0]
    row = read(resources, stored)
    assert (row.transcript_state, text(row)) == ("pending", "second 0")
    assert isinstance(row.transcript, dict)
    assert row.transcript["seconds"] == 1.0

    assert transcribe(resources, engine, Recording, stored.id) is None
    assert engine.asked == [0.0, 1.0, 2.0]
    assert engine.fetched[1] is engine.fetched[2], "it is downloaded once in a run"
    row = read(resources, stored)
    assert (row.transcript_state, text(row)) == ("done", "second 0\nsecond 1\nsecond 2")


@pytest.mark.service
def test_an_engine_that_takes_the_whole_replaces_what_is_there(
    resources: Resources, stored: Recording
) -> None:
    transcribe(resources, InPieces(3), Recording, stored.id, lambda: True)
    transcribe(resources, Canned([Line("caller", 0.0, 1.0, "hi")]), Recording, stored.id)
    assert text(read(resources, stored)) == "hi"


@pytest.mark.service
def test_a_recording_that_is_deleted_meanwhile_gets_no_transcript(
    resources: Resources, stored: Recording
) -> None:
    def delete() -> bool:
        with session(resources.engine) as db:
            row = db.get_one(Recording, stored.id)
            row.state, row.transcript, row.transcript_state = "deleted", None, "none"
            db.add(row)
        return False

    engine = InPieces(5)
    assert transcribe(resources, engine, Recording, stored.id, delete) is None
    assert engine.asked == [0.0, 1.0]
    assert read(resources, stored).transcript is None


@pytest.mark.service
def test_the_language_is_the_calls_else_the_teams(resources: Resources, stored: Recording) -> None:
    engine = InPieces(9)
    owner = User(email="o@example.com")
    team = Team(team_name="T", slug="t", owner_id=owner.id, billing_id=1, number=1, language="fr-ca")

    def run() -> None:
        transcribe(resources, engine, Recording, stored.id, lambda: True)

    run()
    with session(resources.engine) as db:
        db.add(owner)
        db.flush()
        db.add(team)
        db.flush()
        row = db.get_one(Recording, stored.id)
        row.team_id = team.id
        db.add(row)
    run()
    with session(resources.engine) as db:
        db.add(CallLog(id="c1", started_at=utcnow(), language="de"))
    run()
    assert engine.languages == ["", "fr-ca", "de"]


@pytest.mark.service
def test_a_language_that_the_engine_does_not_know_is_told_at_once(
    resources: Resources, stored: Recording
) -> None:
    class English(Canned):
        def transcribe(self, audio: Audio, start: float = 0.0) -> Piece:
            raise UnknownLanguageError("the call's language is de")

    assert transcribe(resources, English(), Recording, stored.id) is None
    row = read(resources, stored)
    assert (row.transcript_state, row.transcript_error) == ("none", "the call's language is de")


@pytest.mark.service
def test_a_transcription_makes_way_for_another_and_for_the_end_of_its_worker(resources: Resources) -> None:
    assert not must_make_way(resources)
    enqueue(resources.redis, "transcribe_voicemail", "v1", queue=TRANSCRIPTS)
    assert must_make_way(resources)


@pytest.mark.service
def test_the_settings_choose(resources: Resources, grammar: Path) -> None:
    def made(**update: Any) -> object:
        return make_transcriber(resources.settings.model_copy(update=update))

    assert isinstance(made(transcriber="faster-whisper", whisper_model="small"), FasterWhisper)
    assert isinstance(made(transcriber="amazon-transcribe"), AmazonTranscribe)
    assert isinstance(made(transcriber="pocketsphinx", pocketsphinx_grammar=grammar), PocketSphinx)
    with pytest.raises(TranscriptionError):
        made(transcriber="none")


def word(start: float, end: float, text: str) -> dict[str, Any]:
    return {
        "type": "pronunciation",
        "start_time": str(start),
        "end_time": str(end),
        "alternatives": [{"content": text, "confidence": "0.99"}],
    }


CALLER = [
    word(0.5, 0.9, "Hi"),
    {"type": "punctuation", "alternatives": [{"content": "."}]},
    word(1.0, 1.2, "I'm"),
    word(1.2, 1.5, "Ann"),
    word(5.0, 5.5, "Yes"),
]
RESULTS = {
    "channel_labels": {
        "channels": [
            {"channel_label": "ch_0", "items": CALLER},
            {"channel_label": "ch_1", "items": [word(2.0, 2.5, "Hello")]},
        ]
    },
    "items": [],
}


@pytest.mark.unit
def test_amazons_words_become_lines() -> None:
    ann = (Word("I'm", 1.0, 1.2), Word("Ann", 1.2, 1.5))
    assert parse_lines(RESULTS, ("caller", "agent")) == [
        Line("caller", 0.5, 0.9, "Hi.", (Word("Hi.", 0.5, 0.9),)),
        Line("caller", 1.0, 1.5, "I'm Ann", ann),
        Line("caller", 5.0, 5.5, "Yes", (Word("Yes", 5.0, 5.5),)),
        Line("agent", 2.0, 2.5, "Hello", (Word("Hello", 2.0, 2.5),)),
    ]
    assert [line.text for line in parse_lines({"items": CALLER}, ("caller",))] == ["Hi.", "I'm Ann", "Yes"]


@dataclass
class Amazon:
    """A server of the service's JSON 1.1 protocol: jobs by name, moved on by the test."""

    url: str = ""
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    started: list[dict[str, Any]] = field(default_factory=list)

    def answer(self, target: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        name = body["TranscriptionJobName"]
        if target == "Transcribe.StartTranscriptionJob":
            if name in self.jobs:
                return 400, {"__type": "ConflictException", "Message": "already exists"}
            self.started.append(body)
            self.jobs[name] = {"TranscriptionJobName": name, "TranscriptionJobStatus": "IN_PROGRESS"}
        elif name not in self.jobs:
            text = "The requested job couldn't be found. Check the job name and try your request again."
            return 400, {"__type": "BadRequestException", "Message": text}
        return 200, {"TranscriptionJob": self.jobs[name]}


@pytest.fixture
def amazon(httpserver_ipv4: HTTPServer) -> Iterator[Amazon]:
    service = Amazon(httpserver_ipv4.url_for(""))

    def answer(request: Request) -> Response:
        assert request.headers["Content-Type"] == "application/x-amz-json-1.1"
        assert request.headers["Authorization"].startswith("AWS4-HMAC-SHA256")
        status, body = service.answer(request.headers["X-Amz-Target"], json.loads(request.data))
        return Response(json.dumps(body), status, content_type="application/x-amz-json-1.1")

    done = {"jobName": "x", "results": RESULTS, "status": "COMPLETED"}
    httpserver_ipv4.expect_request("/", method="POST").respond_with_handler(answer)
    httpserver_ipv4.expect_request("/transcript.json", method="GET").respond_with_json(done)
    yield service
    httpserver_ipv4.check()


@pytest.fixture
def transcriber(amazon: Amazon) -> AmazonTranscribe:
    return AmazonTranscribe(
        boto3.client(
            "transcribe", endpoint_url=amazon.url, region_name="us-east-1",
            aws_access_key_id="k", aws_secret_access_key="s",
        )
    )  # fmt: skip


@pytest.mark.unit
def test_amazon_works_by_itself_and_is_asked_again(amazon: Amazon, transcriber: AmazonTranscribe) -> None:
    two = audio(Path("a"), Path("b"))
    for _ in range(3):
        with pytest.raises(StillRunningError):
            transcriber.transcribe(two)
    (started,) = amazon.started
    assert started["Media"] == {"MediaFileUri": "s3://bucket/recordings/r1.wav"}
    assert started["Settings"] == {"ChannelIdentification": True}
    amazon.jobs["switchroom-r1"] |= {
        "TranscriptionJobStatus": "COMPLETED",
        "Transcript": {"TranscriptFileUri": f"{amazon.url}transcript.json"},
    }
    assert transcriber.transcribe(two).lines[-1] == Line(
        "agent", 2.0, 2.5, "Hello", (Word("Hello", 2.0, 2.5),)
    )


@pytest.mark.unit
def test_amazons_failure_is_told(amazon: Amazon, transcriber: AmazonTranscribe) -> None:
    amazon.jobs["switchroom-r1"] = {
        "TranscriptionJobName": "switchroom-r1",
        "TranscriptionJobStatus": "FAILED",
        "FailureReason": "The media format provided does not match the detected media format.",
    }
    with pytest.raises(TranscriptionError, match="does not match"):
        transcriber.transcribe(audio(Path("a")))

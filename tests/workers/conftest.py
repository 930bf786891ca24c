"""A worker's resources on real servers. Each test runs on SQLite, and on PostgreSQL where the database matters."""

import os
import struct
import time
import uuid
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer
from sqlmodel import col, select

from models import Outbox
from switchroom.database import make_engine, session
from switchroom.settings import Settings
from switchroom.storage import Storage
from tests.support.servers import S3Server
from workers.resources import Resources, make_redis


def make_settings(tmp_path: Path, redis_url: str, s3: S3Server, database_url: str, **more: Any) -> Settings:
    spool = tmp_path / "spool"
    for folder in ("recordings", "voicemail", "fallback"):
        (spool / folder).mkdir(parents=True, exist_ok=True)
    return Settings(
        var_dir=tmp_path,
        database_url=database_url,
        redis_url=redis_url,
        shard=f"t-{uuid.uuid4().hex[:8]}",
        spool_dir=spool,
        s3_endpoint=s3.endpoint,
        s3_bucket=s3.bucket,
        s3_access_key=SecretStr(s3.access_key),
        s3_secret_key=SecretStr(s3.secret_key),
        **more,
    )


def make_resources(settings: Settings) -> Resources:
    engine = make_engine(settings.database_url)
    return Resources(settings, engine, make_redis(settings.redis_url), Storage(settings))


@pytest.fixture
def resources(tmp_path: Path, redis_server: str, s3_server: S3Server, sqlite_url: str) -> Iterator[Resources]:
    """Return the resources on SQLite with an empty Redis."""
    made = make_resources(make_settings(tmp_path, redis_server, s3_server, sqlite_url))
    made.redis.flushdb()
    yield made
    made.engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def both(
    request: pytest.FixtureRequest, tmp_path: Path, redis_server: str, s3_server: S3Server
) -> Iterator[Resources]:
    """Return the resources, once on SQLite and once on PostgreSQL, without rows."""
    url = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    made = make_resources(make_settings(tmp_path, redis_server, s3_server, url))
    made.redis.flushdb()
    yield made
    made.engine.dispose()


class _DeafWorker(SimpleWorker):
    """A worker that listens to no commands. One that does waits a second for its thread when it ends."""

    def subscribe(self) -> None:
        pass


def work(resources: Resources, queue: str = "default") -> None:
    """Run the jobs that are queued now in this process."""
    waiting = Queue(queue, connection=resources.redis, serializer=JSONSerializer)
    worker = _DeafWorker([waiting], connection=resources.redis, serializer=JSONSerializer)
    worker.work(burst=True, logging_level="ERROR")


def payloads(resources: Resources, kind: str) -> list[dict[str, Any]]:
    """Return what the outbox rows of this kind hold, oldest first."""
    with session(resources.engine, readonly=True) as db:
        rows = db.exec(select(Outbox).where(Outbox.kind == kind).order_by(col(Outbox.id)))
        return [row.payload for row in rows]


def told(resources: Resources) -> list[tuple[str, str, str]]:
    """Return the records of which clients were told, oldest first: kind, verb and id."""
    return [(event["kind"], event["verb"], event["id"]) for event in payloads(resources, "event")]


WriteWav = Callable[..., Path]


@pytest.fixture
def write_wav(resources: Resources) -> WriteWav:
    """Write a leg as Asterisk does: mono, 16 bits, 8 kHz, finished some seconds ago."""

    def write(
        name: str, seconds: float = 1.0, *, value: int = 1000, age: float = 5.0, declared: int | None = None
    ) -> Path:
        path = resources.settings.spool_dir / name
        write_tone(path, seconds, value)
        if declared is not None:
            data = bytearray(path.read_bytes())
            data[4:8], data[40:44] = struct.pack("<I", declared), struct.pack("<I", declared)
            path.write_bytes(data)
        rest(path, age)
        return path

    return write


def write_tone(path: Path, seconds: float, value: int = 1000, rate: int = 8000) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(struct.pack("<h", value) * int(seconds * rate))


def rest(path: Path, age: float) -> None:
    """Make the file look as if it was not written for `age` seconds."""
    at = time.time() - age
    os.utime(path, (at, at))

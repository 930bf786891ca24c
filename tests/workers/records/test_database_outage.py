"""PostgreSQL is stopped under load. After its return every call is written, and none is written twice."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import col, func, select

from models import CallLog, Outbox, Recording
from switchroom import database
from switchroom.database import session
from tests.support.servers import PostgresServer, S3Server, postgres_cluster, wait_until
from tests.workers.conftest import make_resources, make_settings
from tests.workers.records.test_record_writer import call, count, running, send
from workers.failed import count_jobs
from workers.records.consumer import GROUP
from workers.resources import Resources

pytestmark = pytest.mark.service

EARLIER = 40
MINUTE = 20 * 60
"""The calls of a minute at 20 a second."""
TOTAL = EARLIER + MINUTE


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL of this module's own, to be stopped."""
    with postgres_cluster() as server:
        database.upgrade(server.url)
        yield server


@pytest.fixture
def on_postgres(
    tmp_path: Path, redis_server: str, s3_server: S3Server, postgres: PostgresServer
) -> Iterator[Resources]:
    made = make_resources(make_settings(tmp_path, redis_server, s3_server, postgres.url))
    made.redis.flushdb()
    yield made
    with session(made.engine) as db:
        for table in (CallLog, Recording, Outbox):
            for row in db.exec(select(table)):
                db.delete(row)
    made.engine.dispose()


def calls(engine: Engine) -> list[str]:
    with session(engine, readonly=True) as db:
        return sorted(db.exec(select(CallLog.id)))


@pytest.mark.parametrize("crash", [False, True], ids=["stopped", "crashed"])
def test_a_minute_of_calls_survives_an_outage_of_postgresql(
    on_postgres: Resources, postgres: PostgresServer, crash: bool
) -> None:
    redis, stream = on_postgres.redis, on_postgres.keys.records
    with running(on_postgres) as writer:
        send(on_postgres, *(call(n) for n in range(EARLIER)))
        wait_until(lambda: count(on_postgres, CallLog) == EARLIER, "the calls before the outage")
        wait_until(lambda: redis.xlen(stream) == 0, "their acknowledgement")
        postgres.stop(crash=crash)
        minute = [call(n) for n in range(EARLIER, TOTAL)]
        # Delivered twice: some at once, some a batch later, and some that were written before the outage.
        send(on_postgres, *minute[:5], *minute, *minute[-5:], *minute[:5], *(call(n) for n in range(5)))
        wait_until(lambda: redis.xpending(stream, GROUP)["pending"] > 0, "a batch that is held")
        wait_until(lambda: not writer.health()[0], "the writer's complaint")
        assert redis.xlen(stream) == MINUTE + 20
        postgres.start()
        wait_until(lambda: redis.xlen(stream) == 0, "an empty stream", 60)
        wait_until(lambda: writer.health()[0], "health", 30)
        wait_until(lambda: not undelivered(on_postgres), "an empty outbox", 60)
    assert calls(on_postgres.engine) == [f"{n:032x}" for n in range(TOTAL)]
    assert (count(on_postgres, Recording), count(on_postgres, Outbox)) == (TOTAL, 2 * TOTAL)
    assert count_jobs(redis)["recordings-a", "scheduled"] == TOTAL
    assert redis.xpending(stream, GROUP)["pending"] == 0
    assert redis.xlen(f"{stream}:dead") == 0


def undelivered(resources: Resources) -> int:
    with session(resources.engine, readonly=True) as db:
        waiting = select(func.count()).select_from(Outbox).where(col(Outbox.delivered_at).is_(None))
        return db.exec(waiting).one()

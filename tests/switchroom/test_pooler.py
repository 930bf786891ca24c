"""PostgreSQL behind PgBouncer in transaction mode: each transaction may have another connection to the server."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, select

from models import CallLog, Outbox, OutboxKind
from models.outbox import emit, relay
from switchroom.database import engine_of, make_engine, session, upgrade
from switchroom.settings import Settings
from tests.support.servers import S3Server, pooler_of
from tests.workers.conftest import make_resources, make_settings
from tests.workers.records.test_record_writer import call, send
from workers.records.consumer import RecordConsumer
from workers.resources import Resources

pytestmark = pytest.mark.service


@pytest.fixture
def pooled_url(postgres_url: str, tmp_path: Path) -> Iterator[str]:
    """The URL of a migrated database without rows, behind PgBouncer."""
    with pooler_of(postgres_url, tmp_path) as url:
        yield url


def interleave(engine: Engine) -> None:
    """Run the same statements in transactions of three clients.

    Each transaction begins before the one before it ends, so that a client's next one has the other of the two
    connections to the server.
    """
    connections = [engine.connect() for _ in range(3)]
    clients = [Session(connection) for connection in connections]
    for number in range(60):
        db = clients[number % 3]
        db.exec(select(CallLog.id).where(CallLog.id == "x")).all()
        emit(db, OutboxKind.EVENT, {"number": number})
        if number:
            clients[(number - 1) % 3].commit()
    clients[number % 3].commit()
    for connection in connections:
        connection.close()


def test_prepared_statements_break_there(pooled_url: str) -> None:
    """This is what the setting is for."""
    engine = make_engine(pooled_url)
    with pytest.raises(DBAPIError, match="prepared statement"):
        interleave(engine)
    engine.dispose()


def test_with_the_setting_everything_works(pooled_url: str) -> None:
    engine = engine_of(Settings(_env_file=None, database_url=pooled_url, database_pooler=True))
    interleave(engine)
    assert relay(engine, {"event": lambda rows: (len(rows), None)}) == 60
    with session(engine, readonly=True) as db:
        assert len(db.exec(select(Outbox)).all()) == 60
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM pg_prepared_statements")).scalar() == 0
    engine.dispose()


def test_migrations_run_there(fresh_postgres: str, tmp_path: Path) -> None:
    with pooler_of(fresh_postgres, tmp_path) as url:
        upgrade(url)
        engine = make_engine(url, pooler=True)
        with session(engine, readonly=True) as db:
            assert db.exec(select(CallLog)).all() == []
        engine.dispose()


def test_without_the_setting_the_record_writer_takes_it_for_an_outage(
    pooled_url: str, redis_server: str, s3_server: S3Server, tmp_path: Path
) -> None:
    made = make_resources(make_settings(tmp_path, redis_server, s3_server, pooled_url))
    made.redis.flushdb()
    consumer, sent = RecordConsumer(made), 0

    connections = [made.engine.connect() for _ in range(2)]
    others = [Session(connection) for connection in connections]

    def write_beside_others() -> None:
        nonlocal sent
        for number in range(40):
            other = others[number % 2]
            other.exec(select(CallLog.id)).first()
            others[(number - 1) % 2].rollback()
            send(made, call(number))
            sent += 1
            consumer.step(10)

    with pytest.raises(DBAPIError, match="prepared statement"):
        write_beside_others()
    for connection in connections:
        connection.close()
    assert made.redis.xlen(f"{made.keys.records}:dead") == 0, "no record is to blame"
    assert made.redis.xlen(made.keys.records) > 0
    pooled = engine_of(made.settings.model_copy(update={"database_pooler": True}))
    consumer = RecordConsumer(Resources(made.settings, pooled, made.redis, made.storage))
    while consumer.step(10):
        pass
    with session(pooled, readonly=True) as db:
        written = len(db.exec(select(CallLog.id)).all())
    assert (made.redis.xlen(made.keys.records), made.redis.xlen(f"{made.keys.records}:dead")) == (0, 0)
    assert written == sent
    for engine in (made.engine, pooled):
        engine.dispose()

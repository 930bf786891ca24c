"""Transactions, times and keys, on both databases."""

import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError, StatementError
from sqlmodel import Session, col, select

from models import CallLog, Team, TeamUser, User
from switchroom import database


def test_times_come_back_aware_and_in_utc(engine: Engine) -> None:
    noon = datetime(2026, 3, 1, 12, 0, 0, 123000, tzinfo=timezone(timedelta(hours=-5)))
    with database.session(engine) as session:
        session.add(CallLog(id="0" * 32, started_at=noon))
    with database.session(engine, readonly=True) as session:
        found = session.exec(select(CallLog).where(col(CallLog.started_at) >= noon)).one()
    assert found.started_at == noon
    assert found.started_at.tzinfo is UTC


def test_a_naive_time_is_refused(engine: Engine) -> None:
    with pytest.raises(StatementError, match="without a time zone"), database.session(engine) as session:
        session.add(CallLog(started_at=datetime(2026, 3, 1)))  # noqa: DTZ001


def test_an_error_rolls_everything_back(engine: Engine) -> None:
    def fail() -> None:
        with database.session(engine) as session:
            session.add(User(email="jane@example.com"))
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with Session(engine) as session:
        assert session.exec(select(User)).all() == []


def test_foreign_keys_and_unique_names_are_enforced(engine: Engine) -> None:
    with pytest.raises(IntegrityError), database.session(engine) as session:
        session.add(TeamUser(team_id="0" * 32, user_id="0" * 32))
    with pytest.raises(IntegrityError), database.session(engine) as session:
        session.add_all([User(email="jane@example.com"), User(email="jane@example.com")])


def test_json_columns_and_updated_at(engine: Engine) -> None:
    with database.session(engine) as session:
        user = User(email="jane@example.com", tours=["a"])
        session.add(user)
    before = user.updated_at
    with database.session(engine) as session:
        session.get_one(User, user.id).tours = ["a", "b"]
    with Session(engine) as session:
        again = session.get_one(User, user.id)
    assert again.tours == ["a", "b"]
    assert again.updated_at > before


@pytest.mark.unit
@pytest.mark.long
def test_sqlite_loses_no_update_of_concurrent_transactions(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/database.db"
    database.upgrade(url)
    engine = database.make_engine(url)
    with database.session(engine) as session:
        owner = User(email="jane@example.com")
        session.add(owner)
        session.flush()
        team = Team(team_name="One", slug="one", owner_id=owner.id, billing_id=1, number=0)
        session.add(team)

    def count() -> None:
        for _ in range(20):
            with database.session(engine) as session:
                session.get_one(Team, team.id).number += 1

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with Session(engine) as session:
        assert session.get_one(Team, team.id).number == 80
    engine.dispose()


@pytest.mark.unit
@pytest.mark.long
def test_sqlite_reads_while_another_writes(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/database.db"
    database.upgrade(url)
    engine = database.make_engine(url)
    with database.session(engine) as writer:
        writer.add(User(email="jane@example.com"))
        writer.flush()
        with database.session(engine, readonly=True) as reader:
            assert reader.exec(select(User)).all() == []
    engine.dispose()

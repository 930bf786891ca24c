"""The models and the migrations describe the same tables, on both databases, up and down."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.util.exc import CommandError
from sqlalchemy import JSON, Boolean, Column, Connection, Float, Integer, MetaData, Table, inspect, text
from sqlmodel import Session, SQLModel, select

import models
from switchroom import database


def check_both_ways(url: str) -> None:
    database.upgrade(url)
    config = database.alembic_config(url)
    command.check(config)
    engine = database.make_engine(url)
    # SQLite's index consists of tables of its own.
    tables = {name for name in inspect(engine).get_table_names() if not name.startswith("search_index")}
    assert tables == {*SQLModel.metadata.tables, "alembic_version"}
    command.downgrade(config, "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]
    database.upgrade(url)
    engine.dispose()


@pytest.mark.unit
@pytest.mark.long
def test_models_and_migrations_agree_on_sqlite(tmp_path: Path) -> None:
    check_both_ways(f"sqlite:///{tmp_path}/new/database.db")


@pytest.mark.service
def test_models_and_migrations_agree_on_postgresql(fresh_postgres: str) -> None:
    check_both_ways(fresh_postgres)


@pytest.mark.unit
def test_the_package_imports_every_file_with_a_table() -> None:
    """Else the metadata lacks the table, and nobody misses its migration."""
    package = Path(models.__file__)
    imported = package.read_text()
    for path in package.parent.glob("*.py"):
        if "table=True" in path.read_text():
            assert f"from models.{path.stem} import" in imported, f"models/__init__.py lacks {path.stem}"


@pytest.mark.unit
@pytest.mark.long
def test_a_forgotten_migration_is_noticed(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/database.db"
    database.upgrade(url)
    engine = database.make_engine(url)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE users DROP COLUMN color"))
    with pytest.raises(CommandError, match="New upgrade operations detected"):
        command.check(database.alembic_config(url))
    engine.dispose()


def check_rows_survive(url: str) -> None:
    """A database of the first release, with data in it, brought to the newest schema."""
    config = database.alembic_config(url)
    command.upgrade(config, "0001")
    engine = database.make_engine(url)
    now, user, team = "2026-01-05 12:00:00+00:00", "1" * 32, "2" * 32
    with engine.begin() as connection:
        old = MetaData()
        old.reflect(connection)
        common: dict[str, Any] = {"created_at": datetime.fromisoformat(now)}
        changing = {**common, "updated_at": datetime.fromisoformat(now)}
        insert_filled(connection, old.tables["users"], {"id": user, **changing})
        insert_filled(connection, old.tables["teams"], {"id": team, "owner_id": user, **changing})
        insert_filled(connection, old.tables["queues"], {"id": "3" * 32, "team_id": team, **changing})
        insert_filled(
            connection,
            old.tables["call_logs"],
            {"id": "4" * 32, "started_at": changing["updated_at"], **common},
        )
    database.upgrade(url)
    with Session(engine) as session:
        queue = session.exec(select(models.Queue)).one()
        assert (queue.ring_step, queue.skills, queue.announce_position, queue.hours) == (
            10.0,
            [],
            False,
            None,
        )
        assert session.exec(select(models.Team)).one().priority_seconds == 300.0
        log = session.exec(select(models.CallLog)).one()
        assert (log.tags, log.language, log.callback) == ([], "", None)
    engine.dispose()


def insert_filled(connection: Connection, table: Table, values: dict[str, Any]) -> None:
    """A row with `values`, and something harmless in every other column that must not be null."""
    filled = {
        column.name: _anything(column)
        for column in table.columns
        if not column.nullable and column.name not in values
    }
    connection.execute(table.insert().values({**filled, **values}))


def _anything(column: Column[Any]) -> Any:
    if isinstance(column.type, Boolean):
        return False
    if isinstance(column.type, Integer | Float):
        return 1
    return [] if isinstance(column.type, JSON) else "x"


@pytest.mark.unit
@pytest.mark.long
def test_rows_of_the_first_release_survive_on_sqlite(tmp_path: Path) -> None:
    check_rows_survive(f"sqlite:///{tmp_path}/database.db")


@pytest.mark.service
def test_rows_of_the_first_release_survive_on_postgresql(fresh_postgres: str) -> None:
    check_rows_survive(fresh_postgres)


def check_accounts_survive(url: str) -> None:
    """People, memberships, sessions and an invitation from before addresses were verified, up and down again."""
    config = database.alembic_config(url)
    command.upgrade(config, "0003")
    engine = database.make_engine(url)
    now = datetime.fromisoformat("2026-01-05 12:00:00+00:00")
    user, guest, team, sign_in = "1" * 32, "2" * 32, "3" * 32, "4" * 32
    common: dict[str, Any] = {"created_at": now}
    changing = {**common, "updated_at": now}
    with engine.begin() as connection:
        old = MetaData()
        old.reflect(connection)

        def insert(table: str, **values: Any) -> None:
            insert_filled(connection, old.tables[table], values)

        insert("users", id=user, email="a@example.com", status="active", **changing)
        insert("users", id=guest, email="b@example.com", status="pending", **changing)
        insert("teams", id=team, owner_id=user, **changing)
        insert("team_users", id="5" * 32, team_id=team, user_id=user, status="active", **changing)
        insert("team_users", id="6" * 32, team_id=team, user_id=guest, status="pending", **changing)
        insert("auth_sessions", id=sign_in, user_id=user, expires_at=now, **common)
        insert("refresh_tokens", id="7" * 32, session_id=sign_in, token_hash="r", expires_at=now, **common)
        invited = {"team_id": team, "user_id": guest, "token_hash": "secret", "expires_at": now}
        insert("invites", id="8" * 32, **invited, **common)
    database.upgrade(url)
    with Session(engine) as session:
        assert session.get_one(models.User, user).verified_at == now
        assert session.get_one(models.User, guest).verified_at is None
        assert session.get_one(models.TeamUser, "5" * 32).accepted_at == now
        assert session.get_one(models.TeamUser, "6" * 32).accepted_at is None
        invite = session.exec(select(models.Invite)).one()
        assert (invite.shown_hash, invite.token_hash) == ("secret", invite.id)
        assert session.get_one(models.Team, team).quotas == {}
        assert session.get_one(models.AuthSession, sign_in).device == ""
        assert session.exec(select(models.RefreshToken)).one().session_id == sign_in
    command.downgrade(config, "0003")
    with engine.begin() as connection:
        for table, rows in (("users", 2), ("teams", 1), ("team_users", 2), ("refresh_tokens", 1)):
            assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar() == rows
        assert connection.execute(text("SELECT token_hash FROM invites")).scalar() == "secret"
    engine.dispose()


@pytest.mark.unit
@pytest.mark.long
def test_accounts_survive_on_sqlite(tmp_path: Path) -> None:
    check_accounts_survive(f"sqlite:///{tmp_path}/database.db")


@pytest.mark.service
def test_accounts_survive_on_postgresql(fresh_postgres: str) -> None:
    check_accounts_survive(fresh_postgres)


def check_stays_are_derived(url: str) -> None:
    """Calls that were logged before there were stays: each gets one in the queue that it entered last."""
    config = database.alembic_config(url)
    command.upgrade(config, "0006")
    engine = database.make_engine(url)
    now, queue = datetime.fromisoformat("2026-01-05 12:00:00+00:00"), "3" * 32
    joined, answered = datetime.fromisoformat("2026-01-05 12:00:05+00:00"), "2026-01-05 12:00:20+00:00"
    served = {"agent_id": "8" * 32, "answered_at": datetime.fromisoformat(answered)}
    logs: dict[str, dict[str, Any]] = {
        "a": {"disposition": "answered", "wait": 15.04, "talk": 60.5, **served},
        "b": {"disposition": "abandoned", "wait": 4.0},
        "c": {"disposition": "overflowed", "wait": 30.0},
        "d": {"disposition": "voicemail", "wait": 30.0},
        "e": {"disposition": "callback", "wait": 40.0, "callback": "7" * 32},
        "f": {"disposition": "failed", "direction": "callback", "callback_of": "7" * 32, "queued_at": None},
        "9": {
            "disposition": "answered",
            "direction": "callback",
            "callback_of": "7" * 32,
            "wait": 4.0,
            "talk": 9.0,
        }
        | served,
        "8": {"disposition": "callback", "wait": 20.0, "callback": "6" * 32},
        "7": {"disposition": "completed", "queue_id": None},
    }
    with engine.begin() as connection:
        old = MetaData()
        old.reflect(connection)
        for name, values in logs.items():
            row = {
                "id": name * 32,
                "created_at": now,
                "started_at": now,
                "queued_at": joined,
                "queue_id": queue,
            }
            kinds = {"direction": "inbound", "wait": 0.0, "talk": 0.0}
            insert_filled(connection, old.tables["call_logs"], {**row, **kinds, **values})
    command.upgrade(config, "0007")
    with Session(engine) as session:
        found = {
            row.call_id[0]: (row.outcome, row.wait, row.talk, row.last_call_id[0])
            for row in session.exec(select(models.QueueStay))
        }
        first = session.get_one(models.QueueStay, ("a" * 32, 1))
        assert (first.queue_id, first.agent_id, first.joined_at) == (queue, "8" * 32, joined)
        assert first.left_at == datetime.fromisoformat(answered)
        assert session.get_one(models.QueueStay, ("e" * 32, 1)).agent_id == "8" * 32
    assert found == {
        "a": ("answered", 15.0, 60.5, "a"),
        "b": ("abandoned", 4.0, 0.0, "b"),
        "c": ("timed-out", 30.0, 0.0, "c"),
        "d": ("passed-on", 30.0, 0.0, "d"),
        "e": ("answered", 44.0, 9.0, "9"),
        "8": ("unreached", 20.0, 0.0, "8"),
    }
    command.downgrade(config, "0006")
    engine.dispose()


@pytest.mark.unit
@pytest.mark.long
def test_stays_are_derived_on_sqlite(tmp_path: Path) -> None:
    check_stays_are_derived(f"sqlite:///{tmp_path}/database.db")


@pytest.mark.service
def test_stays_are_derived_on_postgresql(fresh_postgres: str) -> None:
    check_stays_are_derived(fresh_postgres)


def check_web_chats_keep_their_hours(url: str) -> None:
    """Hours that stood at a web chat stand at its channel afterwards, unless the channel had some."""
    config = database.alembic_config(url)
    command.upgrade(config, "0032")
    engine = database.make_engine(url)
    weekly, set_before = {"mon": [["09:00", "17:00"]]}, {"timezone": "UTC", "weekly": {}}
    with engine.begin() as connection:
        old = MetaData()
        old.reflect(connection)
        times = dict.fromkeys(
            ("created_at", "updated_at"), datetime.fromisoformat("2026-01-05 12:00:00+00:00")
        )

        def insert(table: str, values: dict[str, Any]) -> None:
            known = {name: time for name, time in times.items() if name in old.tables[table].columns}
            insert_filled(connection, old.tables[table], {**known, **values})

        insert("users", {"id": "1" * 32})
        team = {"id": "2" * 32, "owner_id": "1" * 32, "timezone": "Europe/Berlin", "country": "DE"}
        insert("teams", team)
        for name, hours, settings in (
            ("a", weekly, None), ("b", weekly, {"hours": None}), ("c", weekly, {"hours": set_before}), ("d", {}, None),
        ):  # fmt: skip
            channel = {
                "id": name * 32,
                "team_id": "2" * 32,
                "source": "WEB_CHAT",
                "external_id": name,
                "claim": name,
            }
            insert("inbox_channels", channel)
            insert("inbox_web_chats", {"channel_id": name * 32, "hours": hours})
            if settings is not None:
                own = {"id": name * 32, "channel_id": name * 32, "team_id": "2" * 32}
                insert("inbox_settings", {**own, **settings})
    command.upgrade(config, "0033")
    moved = {"timezone": "Europe/Berlin", "weekly": weekly, "holidays": [], "half_days": {}}
    with Session(engine) as session:
        found = {row.channel_id[0]: row.hours for row in session.exec(select(models.InboxSettings))}
    assert found == {"a": moved, "b": moved, "c": set_before}
    command.downgrade(config, "0032")
    engine.dispose()


@pytest.mark.unit
@pytest.mark.long
def test_web_chats_keep_their_hours_on_sqlite(tmp_path: Path) -> None:
    check_web_chats_keep_their_hours(f"sqlite:///{tmp_path}/database.db")


@pytest.mark.service
def test_web_chats_keep_their_hours_on_postgresql(fresh_postgres: str) -> None:
    check_web_chats_keep_their_hours(fresh_postgres)

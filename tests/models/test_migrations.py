"""The models and the migrations say the same, on both databases, up and down."""

from pathlib import Path

import pytest
from alembic import command
from alembic.util.exc import CommandError
from sqlalchemy import inspect, text
from sqlmodel import SQLModel

import models  # noqa: F401  (fills the metadata)
from switchroom import database


def check_both_ways(url: str) -> None:
    database.upgrade(url)
    config = database.alembic_config(url)
    command.check(config)
    engine = database.make_engine(url)
    assert set(inspect(engine).get_table_names()) == {*SQLModel.metadata.tables, "alembic_version"}
    command.downgrade(config, "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]
    database.upgrade(url)
    engine.dispose()


@pytest.mark.unit
def test_models_and_migrations_agree_on_sqlite(tmp_path: Path) -> None:
    check_both_ways(f"sqlite:///{tmp_path}/new/database.db")


@pytest.mark.service
def test_models_and_migrations_agree_on_postgresql(fresh_postgres: str) -> None:
    check_both_ways(fresh_postgres)


@pytest.mark.unit
def test_a_forgotten_migration_is_noticed(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/database.db"
    database.upgrade(url)
    engine = database.make_engine(url)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE users DROP COLUMN color"))
    with pytest.raises(CommandError, match="New upgrade operations detected"):
        command.check(database.alembic_config(url))
    engine.dispose()

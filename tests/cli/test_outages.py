"""A command that cannot use the database or Redis says so in words, without a stack trace and without a secret."""

import sqlite3
from pathlib import Path

import pytest
from redis.exceptions import AuthenticationError, ResponseError
from sqlalchemy.exc import IntegrityError
from typer.testing import CliRunner

from cli.main import app
from cli.outages import outage
from switchroom import database
from switchroom.settings import get_settings
from tests.support.servers import free_port

pytestmark = pytest.mark.unit


def run(monkeypatch: pytest.MonkeyPatch, url: str, *words: str) -> tuple[int, str]:
    monkeypatch.setenv("SWITCHROOM_DATABASE_URL", url)
    monkeypatch.setenv("SWITCHROOM_REDIS_URL", f"redis://:redis-secret@127.0.0.1:{free_port()}/0")
    get_settings.cache_clear()
    try:
        done = CliRunner().invoke(app, list(words), env={"COLUMNS": "300"})
    finally:
        get_settings.cache_clear()
    return done.exit_code, done.output


def test_a_file_that_is_no_database(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "broken.db").write_bytes(b"garbage " * 1000)
    code, told = run(monkeypatch, f"sqlite:///{tmp_path}/broken.db", "migrate")
    assert code == 1
    assert "the database cannot be used: file is not a database" in told
    assert "restore a backup" in told
    assert "Traceback" not in told


@pytest.mark.long
def test_a_file_that_another_program_has_locked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 50)
    url = f"sqlite:///{tmp_path}/locked.db"
    with sqlite3.connect(tmp_path / "locked.db", isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        code, told = run(monkeypatch, url, "migrate")
        other.execute("ROLLBACK")
    assert (code, "another program has locked the file" in told) == (1, True)


def test_a_database_without_tables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    code, told = run(monkeypatch, f"sqlite:///{tmp_path}/empty.db", "admin", "teams")
    assert (code, "run `switchroom migrate`" in told) == (1, True)


@pytest.mark.parametrize("url", ["no url", "mysterydb://host/name"])
def test_a_url_of_no_database(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    code, told = run(monkeypatch, url, "migrate")
    assert (code, "SWITCHROOM_DATABASE_URL" in told) == (1, True)


def test_a_postgresql_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    url = f"postgresql+psycopg://app:database-secret@127.0.0.1:{port}/switchroom"
    code, told = run(monkeypatch, url, "admin", "teams")
    assert (code, f"port {port}" in told, "database-secret" in told) == (1, True, False)


def test_a_password_with_an_at_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    """What follows the sign is taken for the host, and the driver's message has it."""
    url = f"postgresql+psycopg://app:front@back@127.0.0.1:{free_port()}/switchroom"
    code, told = run(monkeypatch, url, "admin", "teams")
    assert (code, "%40" in told) == (1, True)
    assert "front" not in told
    assert "back" not in told


def test_a_redis_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    code, told = run(monkeypatch, "sqlite://", "jobs", "failed")
    assert (code, "Redis cannot be used" in told, "redis-secret" in told) == (1, True, False)


def test_a_refused_password_is_an_outage_and_a_bug_is_none() -> None:
    assert "password" in str(outage(AuthenticationError("invalid username-password pair")))
    assert "password" in str(outage(ResponseError("WRONGPASS invalid username-password pair")))
    assert outage(ResponseError("WRONGTYPE of value")) is None
    assert outage(IntegrityError("insert", {}, Exception("unique"))) is None

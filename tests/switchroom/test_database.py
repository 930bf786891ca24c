"""Whether the database takes what is written, for `/health`, and what its errors say."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from switchroom.database import make_engine, ping

pytestmark = pytest.mark.service


def test_a_database_that_takes_what_is_written(sqlite_url: str, postgres_url: str) -> None:
    for url in (sqlite_url, postgres_url):
        engine = make_engine(url)
        assert ping(engine)
        engine.dispose()


def test_a_postgresql_that_is_read_only(postgres_url: str) -> None:
    """As a standby is, or one to which a fail-over has not come yet."""
    joint = "&" if "?" in postgres_url else "?"
    engine = make_engine(f"{postgres_url}{joint}options=-c%20default_transaction_read_only%3Don")
    assert not ping(engine)
    engine.dispose()


@pytest.mark.parametrize("database", ["sqlite_url", "postgres_url"])
def test_an_error_names_no_callers_number(database: str, request: pytest.FixtureRequest) -> None:
    """Errors are logged with their text, and no line of a log has a number."""
    engine = make_engine(request.getfixturevalue(database))
    with engine.connect() as connection, pytest.raises(SQLAlchemyError) as raised:
        connection.execute(text("INSERT INTO nowhere (caller) VALUES (:caller)"), {"caller": "+14165550123"})
    assert "4165550123" not in str(raised.value)
    engine.dispose()

"""Whether the database takes what is written, for `/health`."""

import pytest

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

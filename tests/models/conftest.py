"""The two kinds of database that the models must work on."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from switchroom import database


@pytest.fixture(
    params=[
        pytest.param("sqlite", marks=pytest.mark.unit),
        pytest.param("postgresql", marks=pytest.mark.service),
    ]
)
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Yield a migrated database without rows. The test runs on each kind."""
    url = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    engine = database.make_engine(url)
    yield engine
    engine.dispose()

"""The two kinds of database that the models must work on."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from switchroom import database


@pytest.fixture(
    params=[
        pytest.param("sqlite", marks=pytest.mark.unit),
        pytest.param("postgresql", marks=pytest.mark.service),
    ]
)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Yield a migrated database for this test. The test runs on each kind."""
    url = f"sqlite:///{tmp_path}/database.db"
    if request.param == "postgresql":
        url = str(request.getfixturevalue("fresh_postgres"))
    database.upgrade(url)
    engine = database.make_engine(url)
    yield engine
    engine.dispose()

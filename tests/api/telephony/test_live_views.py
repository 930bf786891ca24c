"""Times in live views and records."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.telephony.live_views import show_posix
from models.shown import show_time

pytestmark = pytest.mark.unit


@given(st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_time_is_shown_as_everywhere_else(moment: datetime) -> None:
    assert show_posix(moment.timestamp()) == show_time(moment)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.0, "1970-01-01T00:00:00.000Z"),
        (-0.001, "1969-12-31T23:59:59.999Z"),
        (1764329000.4999996, "2025-11-28T11:23:20.500Z"),
        (1764329000, "2025-11-28T11:23:20.000Z"),
    ],
)
def test_the_edges_of_a_second(seconds: float, shown: str) -> None:
    assert show_posix(seconds) == shown


def test_no_time() -> None:
    assert show_posix(None) is None

"""An inbox on SQLite and, in a second run of the test, on PostgreSQL."""

import pytest

from tests.support.api.inbox import Inbox
from tests.support.api.world import World


@pytest.fixture
def inbox(any_world: World) -> Inbox:
    """Yield an inbox on SQLite and, in a second run, on PostgreSQL."""
    return Inbox(any_world)

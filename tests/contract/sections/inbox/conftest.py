"""The fixtures of the sections of the inbox."""

import pytest

from tests.contract.sections.conftest import (
    any_api,
    any_database_url,
    any_world,
    api,
    cheap_hashes,
    make_api,
    world,
)
from tests.support.api.inbox import Inbox
from tests.support.api.world import World

__all__ = ["any_api", "any_database_url", "any_world", "api", "cheap_hashes", "make_api", "world"]


@pytest.fixture
def inbox(any_world: World) -> Inbox:
    """Yield an inbox on SQLite and, in a second run, on PostgreSQL."""
    return Inbox(any_world)

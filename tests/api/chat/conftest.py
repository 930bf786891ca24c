"""A group in a team, and messages in it."""

import pytest

from tests.api.chat.group import Group
from tests.support.api.world import World


@pytest.fixture
def group(any_world: World) -> Group:
    """Return a group of the admin, who owns it, and the member."""
    return Group.make(any_world)

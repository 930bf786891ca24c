"""Two people of the demo team with a browser each, in front of the whole running system."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser

from tests.support.browser.visitor import Visitor, visitor
from tests.support.e2e.system import System


@pytest.fixture
def people(system: System, chromium: Browser) -> Iterator[tuple[Visitor, Visitor]]:
    """The team's admin and its first agent."""
    base = f"http://127.0.0.1:{system.settings.api_port}"
    with ExitStack() as stack:
        dana, alice = (stack.enter_context(visitor(chromium, base)) for _ in range(2))
        for who, facts in ((dana, system.demo["admin"]), (alice, system.demo["agents"][0])):
            who.signs_in(facts["email"], facts["password"])
        yield dana, alice

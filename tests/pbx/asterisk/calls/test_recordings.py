"""A real Asterisk's messages in each scenario, given to a new `NodeCalls`. The core hears the same story."""

import pytest

from routing.events import Event
from tests.support.asterisk import growing, scenarios
from tests.support.asterisk.story import in_stable_order, lines, play_recording

EXPECTED = scenarios.EXPECTED | growing.EXPECTED
pytestmark = pytest.mark.unit


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_the_core_hears_the_story(name: str) -> None:
    events: list[Event] = [event for step in play_recording(name) for event in step.events]
    assert in_stable_order(lines(events)) == in_stable_order(EXPECTED[name])


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_one_agi_command_is_outstanding_at_a_time(name: str) -> None:
    sent = 0
    for step in play_recording(name):
        batch = [action for action in step.actions if action.name == "AGI"]
        assert len(batch) <= 1
        sent += len(batch)
    assert sent >= 1

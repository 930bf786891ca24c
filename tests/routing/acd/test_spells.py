"""How long agents had which status: each status is written down when it ends."""

import pytest

from routing import commands as c
from routing.events import AgentStatus
from tests.support.routing.story import Story

pytestmark = pytest.mark.unit


def told(story: Story) -> list[tuple[str, str, float]]:
    """Return status, reason and seconds of each spell."""
    spells = [command.record for command in story.all(c.LogSpell)]
    return [(it["status"], it["reason"], round(it["ended_at"] - it["began_at"])) for it in spells]


def test_a_status_is_told_when_it_ends_and_calls_do_not_end_it(story: Story) -> None:
    ann = story.agent("ann")
    story.number(queue=story.queue(ann, wrap_up=30).id)
    story.said.clear()
    story.advance(100)
    story.calls_in()
    ann.answers()
    story.advance(50)
    ann.hangs_up()
    story.advance(40)
    ann.sets(AgentStatus.AVAILABLE)
    story.restart()
    story.advance(10)
    ann.sets(AgentStatus.BREAK, reason="lunch")
    story.advance(600)
    ann.sets(AgentStatus.BREAK, reason="coach")
    story.advance(60)
    ann.sets(AgentStatus.OFFLINE)
    assert told(story) == [("Available", "", 200.0), ("Break", "lunch", 600.0), ("Break", "coach", 60.0)]


def test_a_status_of_one_queue_is_no_spell(story: Story) -> None:
    ann = story.agent("ann")
    queue = story.queue(ann)
    story.said.clear()
    story.advance(10)
    ann.sets(AgentStatus.BREAK, queue)
    assert told(story) == []


def test_the_spell_of_an_agent_who_is_removed_ends(story: Story) -> None:
    ann = story.agent("ann")
    story.said.clear()
    story.advance(10)
    story.remove(ann.id)
    assert told(story) == [("Available", "", 10.0)]

"""State that must not be left behind. Random traffic found these small stories."""

import pytest

from routing.config import QueueMember
from tests.support.routing.story import Story

pytestmark = pytest.mark.unit


def test_who_leaves_a_queue_in_the_midst_of_a_talk_has_no_figures_there(story: Story) -> None:
    ann, bob = story.agents("Ann", "Bob")
    queue = story.queue(ann, bob)
    story.number(queue=queue.id)
    call = story.calls_in()
    talking = ann if call.offered_to == (ann.id,) else bob
    other = bob if talking is ann else ann
    talking.answers(call)
    story.queue(members=(QueueMember(other.id),))
    talking.hangs_up()
    assert story.engine._world.agents[talking.id].tallies == {}


def test_who_leaves_a_queue_while_it_rings_has_no_figures_there() -> None:
    """The answer comes before Asterisk has heard that the ring is over."""
    story = Story(manual=True)
    ann = story.agent("Ann")
    queue = story.queue(ann)
    story.number(queue=queue.id)
    call = story.calls_in()
    assert call.offered_to == (ann.id,)
    story.queue()
    ann.answers(call)
    assert call.phase == "talking"
    ann.hangs_up()
    assert story.engine._world.agents[ann.id].tallies == {}


def test_an_agent_that_is_removed_is_in_no_list_of_memberships(story: Story) -> None:
    ann = story.agent("Ann")
    story.queue(ann)
    story.remove(ann.id)
    story.queue()
    assert ann.id not in story.engine._world.memberships

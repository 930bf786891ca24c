"""No call is overtaken without a record that says why. Random traffic found these stories."""

import pytest

from tests.support.routing.story import Story, block

pytestmark = pytest.mark.unit

VIP = "+14165550111"


def test_who_gets_its_own_agent_by_priority_has_overtaken_those_who_wait_for_anybody(story: Story) -> None:
    ann = story.agent("ann")
    queue = story.queue(ann, sticky_wait=300.0)
    story.number(queue=queue.id)
    story.route(
        "set",
        e164=VIP,
        set=block("set", {"next": "queue"}, priority=5, preferred_agent=ann.id),
        queue=block("queue", queue=queue.id),
    )
    busy = story.calls_in()
    ann.answers(busy)
    plain, urgent = story.calls_in(), story.calls_in(VIP)
    ann.hangs_up()
    assert urgent.offered_to == (ann.id,)
    ann.answers(urgent)
    ann.hangs_up()
    (decision,) = urgent.record["decisions"]
    assert decision["position"] == 1
    assert decision["overtaken"] == {"priority": 1}
    assert decision["overtook"] == [[plain.id, "priority"]]

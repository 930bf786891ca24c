"""Configuration that changes under live calls."""

from dataclasses import replace

import pytest

from routing import commands as c
from routing.config import QueueConfig, QueueMember
from tests.routing.story import Story, block

pytestmark = pytest.mark.unit


def test_a_new_member_is_rung_at_once(story: Story) -> None:
    ann = story.agent("ann")
    queue = story.queue()
    story.number(queue=queue.id)
    call = story.calls_in()
    story.configure(replace(queue, members=(QueueMember(ann.id),)))
    assert call.offered_to == (ann.id,)


def test_a_removed_queue_sends_its_callers_on_by_timeout(story: Story) -> None:
    queue = story.queue()
    story.route("q", q=block("queue", {"timeout": "end"}, queue=queue.id), end=block("hangup", sound="sorry"))
    first, second = story.calls_in(), story.calls_in()
    story.remove(queue.id)
    assert first.hears("sorry")
    assert second.hears("sorry")


def test_a_queue_removed_while_a_phone_rings_withdraws_the_offer(story: Story) -> None:
    ann = story.agent("ann")
    queue = story.queue(ann)
    story.number(queue=queue.id)
    call = story.calls_in()
    story.remove(queue.id)
    assert story.last(c.WithdrawOffer).agents == (ann.id,)
    assert call.hears("please-try-call-later")
    assert ann.state == "Available"


def test_a_removed_agent_finishes_its_call(story: Story) -> None:
    ann = story.agent("ann")
    story.number(queue=story.queue(ann).id)
    call = story.calls_in()
    ann.answers()
    story.remove(ann.id)
    assert call.phase == "talking"
    story.advance(9)
    call.hangs_up()
    assert (call.record["agent"], call.record["talk"]) == (ann.id, 9.0)
    assert story.engine.agent(ann.id) is None


@pytest.mark.parametrize("meanwhile", ["restart", "queue changed"])
def test_a_removed_agent_is_in_no_queue_even_while_its_call_goes_on(story: Story, meanwhile: str) -> None:
    ann, ben = story.agent("ann"), story.agent("ben", available=False)
    queue = story.queue(ann, ben)
    story.number(queue=queue.id)
    call = story.calls_in()
    ann.answers()
    story.remove(ann.id)
    if meanwhile == "restart":
        story.restart()
    else:
        story.configure(replace(queue, wrap_up=5))
    assert members_by_state(story, queue) == {"Offline": 1}
    call.hangs_up()
    assert members_by_state(story, queue) == {"Offline": 1}
    story.configure(ann.config)
    assert members_by_state(story, queue) == {"Offline": 2}


def members_by_state(story: Story, queue: QueueConfig) -> dict[str, int]:
    view = story.engine.queue(queue.id, story.now)
    assert view is not None
    return view.agents


def test_a_shorter_max_wait_counts_from_joining(story: Story) -> None:
    queue = story.queue()
    story.number(queue=queue.id)
    call = story.calls_in()
    story.advance(40)
    story.configure(replace(queue, max_wait=50))
    story.advance(9)
    assert call.phase == "queued"
    story.advance(1)
    assert call.hears("please-try-call-later")


@pytest.mark.parametrize("restarts", [False, True])
def test_callers_get_a_new_max_wait_in_the_order_of_service(story: Story, restarts: bool) -> None:
    queue = story.queue()
    story.route("m", m=block("menu", {"1": "q"}, sound="hello"), q=block("queue", queue=queue.id))
    late, early = story.calls_in(), story.calls_in()
    early.presses("1")
    story.advance(1)
    late.presses("1")
    if restarts:
        story.restart()
    story.configure(replace(queue, max_wait=50))
    timers = [timer.timer for timer in story.all(c.StartTimer) if timer.timer.endswith(":max-wait")]
    assert timers == [f"{early.id}:max-wait", f"{late.id}:max-wait"]


def test_a_removed_route_ends_with_an_apology_not_with_silence(story: Story) -> None:
    route = story.route("m", m=block("menu", {"1": "b"}, sound="hello"), b=block("hangup"))
    call = story.calls_in()
    story.remove(route.id)
    call.presses("1")
    assert call.hears("please-try-call-later")
    call.listens()
    assert call.record["disposition"] == "failed"


def test_a_changed_phone_is_the_one_that_rings(story: Story) -> None:
    ann = story.agent("ann")
    story.number(queue=story.queue(ann).id)
    ann.config = replace(ann.config, phone="newphone")
    story.configure(ann.config)
    call = story.calls_in()
    assert not call.offers
    ann.registers()
    assert story.last(c.OfferCall).phones == ("newphone",)

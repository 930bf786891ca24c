"""The configuration changes during live calls."""

from dataclasses import replace

import pytest

from routing import commands as c
from routing.config import QueueConfig, QueueMember
from tests.support.routing.story import Story, block, hex_id

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


def test_a_call_finishes_on_the_version_with_which_it_began(story: Story) -> None:
    story.route("m", m=block("menu", {"1": "old"}, sound="hello"), old=block("hangup", sound="vm-goodbye"))
    first = story.calls_in()
    story.route(
        "m", version=2, m=block("menu", {"1": "new"}, sound="hello"), new=block("hangup", sound="sorry")
    )
    second = story.calls_in()
    story.restart()
    first.presses("1")
    assert first.hears("vm-goodbye")
    second.presses("1")
    assert second.hears("sorry")
    assert list(story.engine._world.old_routes) == [(hex_id(6, 1), 1)]
    first.listens()
    assert (first.record["route_version"], story.engine._world.old_routes) == (1, {})
    second.listens()
    assert second.record["route_version"] == 2
    assert not story.engine._world.route_calls


def test_a_removed_route_serves_the_calls_that_are_in_it(story: Story) -> None:
    route = story.route("m", m=block("menu", {"1": "b"}, sound="hello"), b=block("hangup", sound="sorry"))
    call = story.calls_in()
    story.remove(route.id)
    story.restart()
    call.presses("1")
    assert call.hears("sorry")
    call.listens()
    assert call.record["disposition"] == "completed"
    assert not story.engine._world.old_routes
    assert story.calls_in().hears("ss-noservice")


def test_versions_that_nobody_follows_are_not_kept(story: Story) -> None:
    for version in range(1, 50):
        story.route("m", version=version, m=block("menu", {"1": "m"}, sound="hello"))
        if version % 10 == 0:
            story.calls_in()
    assert len(story.engine._world.old_routes) == 4
    for id in story.engine.call_ids():
        story.calls[id].hangs_up()
    assert not story.engine._world.old_routes


def test_a_changed_phone_is_the_one_that_rings(story: Story) -> None:
    ann = story.agent("ann")
    story.number(queue=story.queue(ann).id)
    ann.config = replace(ann.config, phone="newphone")
    story.configure(ann.config)
    call = story.calls_in()
    assert not call.offers
    ann.registers()
    assert story.last(c.OfferCall).phones == ("newphone",)

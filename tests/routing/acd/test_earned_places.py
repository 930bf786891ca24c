"""The place that a caller has earned is kept: over a menu, a timeout, another queue, and their next call."""

from typing import Any

import pytest

from routing import commands as c
from routing import events as e
from routing.config import QueueConfig
from routing.events import AgentStatus
from routing.ids import CallId
from tests.support.routing.calling_back import OTHER, asks, busy, nothing_left, rung, setting, view, waiting
from tests.support.routing.story import CALLER, Caller, Story, block

pytestmark = pytest.mark.unit

THIRD = "+14165550177"


def arrives(story: Story, caller: str) -> Caller:
    call = story.call()
    call.enters(caller=caller)
    return call


# -- in one call ---------------------------------------------------------------------------------------------


def with_menu(story: Story, **settings: Any) -> QueueConfig:
    """Make a queue that no agent serves. 9 leads to a menu; there 1 leads back, and 2 to another queue."""
    queue, other = story.queue(**settings), story.queue(number=2)
    story.route(
        "queue",
        queue=block("queue", {"9": "menu", "timeout": "menu"}, queue=queue.id, timeout=300),
        menu=block("menu", {"1": "queue", "2": "other", "timeout": "queue"}, sound="hello"),
        other=block("queue", {"9": "menu"}, queue=other.id),
    )
    return queue


def test_menu_queue_menu_queue(story: Story) -> None:
    queue = with_menu(story)
    first = arrives(story, CALLER)
    story.advance(60)
    arrives(story, OTHER)
    first.presses("9")
    assert waiting(story, queue) == [(OTHER, False)]
    story.advance(5)
    first.presses("1")
    assert waiting(story, queue) == [(CALLER, False), (OTHER, False)]
    assert view(story, queue).waiting[0].entered_at == story.now - 65


def test_a_retry_after_the_timeout(story: Story) -> None:
    queue = with_menu(story)
    first = arrives(story, CALLER)
    story.advance(290)
    arrives(story, OTHER)
    story.advance(11)
    first.presses("1")
    assert waiting(story, queue) == [(CALLER, False), (OTHER, False)]
    story.advance(299)
    assert first.phase == "queued", "the limit counts from the new stay"
    story.advance(1)
    assert first.phase == "playing"


def test_the_queues_own_limit_counts_from_the_new_stay_too(story: Story) -> None:
    with_menu(story, max_wait=100)
    call = arrives(story, CALLER)
    story.advance(100)
    assert call.phase == "playing"
    call.presses("1")
    story.advance(99)
    assert call.phase == "queued"


def test_another_queue_in_between(story: Story) -> None:
    queue = with_menu(story)
    first = arrives(story, CALLER)
    story.advance(60)
    arrives(story, OTHER)
    for digit in "9291":
        first.presses(digit)
    assert waiting(story, queue) == [(CALLER, False), (OTHER, False)]


def test_each_wait_is_counted_once(story: Story) -> None:
    with_menu(story)
    call = arrives(story, CALLER)
    story.advance(60)
    call.presses("9")
    story.advance(7)
    call.presses("1")
    story.advance(30)
    call.hangs_up()
    assert call.record["wait"] == 90.0


def test_the_overflow_leads_back(story: Story) -> None:
    """Two queues overflow into each other: in both the caller stands where they first stood."""
    queue = story.queue(max_wait=30)
    other = story.queue(number=2, max_wait=30)
    story.route(
        "one",
        one=block("queue", {"timeout": "two"}, queue=queue.id),
        two=block("queue", {"timeout": "one"}, queue=other.id),
    )
    first = arrives(story, CALLER)
    story.advance(29)
    arrives(story, OTHER)
    story.advance(30.5)
    assert first.phase == "queued"
    assert [w.caller for w in view(story, other).waiting] == [CALLER, OTHER]
    story.advance(0.5)
    assert waiting(story, queue) == [(CALLER, False)]
    story.advance(29)
    assert waiting(story, queue) == [(CALLER, False), (OTHER, False)]


def test_the_place_survives_a_restart(story: Story) -> None:
    queue = with_menu(story)
    first = arrives(story, CALLER)
    story.advance(60)
    arrives(story, OTHER)
    first.presses("9")
    story.restart()
    first.presses("1")
    assert waiting(story, queue) == [(CALLER, False), (OTHER, False)]


def test_a_callback_takes_the_place_in_the_queue_that_it_is_for(story: Story) -> None:
    story.may_dial()
    queue = story.queue()
    other = story.queue(number=2)
    story.route(
        "one",
        one=block("queue", {"1": "two"}, queue=queue.id),
        two=block("queue", {"1": "back"}, queue=other.id),
        back=block("callback", {"next": "bye", "failed": "bye"}, queue=queue.id),
        bye=block("hangup"),
    )
    first = arrives(story, CALLER)
    story.advance(60)
    arrives(story, OTHER)
    first.presses("1")
    first.presses("1")
    assert waiting(story, queue) == [(CALLER, True), (OTHER, False)]


# -- a customer who calls in again ------------------------------------------------------------------------------


def test_who_calls_in_again_takes_the_place_of_their_callback(story: Story) -> None:
    queue, ann, asked = busy(story)
    story.advance(60)
    arrives(story, OTHER)
    again = arrives(story, CALLER)
    assert waiting(story, queue) == [(CALLER, False), (OTHER, False)]
    ann.hangs_up()
    assert again.offered_to == (ann.id,)
    ann.answers(again)
    again.hangs_up()
    assert again.record["callback_of"] == asked.record["callback"]
    assert not queue_callbacks(story)


def queue_callbacks(story: Story) -> list[CallId]:
    return list(story.engine._world.callbacks)


def test_who_calls_in_again_and_is_not_served_is_still_called_back(story: Story) -> None:
    queue, ann, _ = busy(story)
    story.advance(60)
    arrives(story, OTHER)
    again = arrives(story, CALLER)
    story.advance(30)
    again.hangs_up()
    assert again.record["disposition"] == "abandoned"
    assert again.record["callback_of"] is None
    assert waiting(story, queue) == [(CALLER, True), (OTHER, False)]
    ann.hangs_up()
    (attempt,) = story.rung()
    attempt.picks_up()
    ann.answers(attempt)
    attempt.hangs_up()
    assert not queue_callbacks(story)


def test_nobody_calls_a_customer_who_is_on_the_line(story: Story) -> None:
    queue, ann, _ = busy(story)
    again = arrives(story, CALLER)
    again.presses("1")
    assert again.phase == "playing", "the callback is confirmed once more"
    ann.hangs_up()
    assert story.rung() == []
    again.listens()
    assert (again.record["disposition"], len(story.rung())) == ("callback", 1)
    assert waiting(story, queue) == [(CALLER, True)]
    assert again.record["callback"] == queue_callbacks(story)[0]


def test_a_customer_who_calls_in_while_being_rung_and_gives_up_is_rung_again(story: Story) -> None:
    attempt, ann, queue = rung(story)
    again = arrives(story, CALLER)
    assert attempt.record["disposition"] == "failed"
    assert again.offered_to == (ann.id,)
    ann.sets(AgentStatus.AWAY)
    again.hangs_up()
    assert waiting(story, queue) == [(CALLER, True)]
    ann.sets(AgentStatus.AVAILABLE)
    assert len(story.rung()) == 2, "at once: the attempt that was broken off does not count"


def test_a_retry_that_is_not_due_stays_so(story: Story) -> None:
    attempt, ann, queue = rung(story, callback_retry=600.0)
    attempt.does_not_pick_up()
    ann.sets(AgentStatus.AWAY)
    again = arrives(story, CALLER)
    story.advance(30)
    again.hangs_up()
    assert (waiting(story, queue), view(story, queue).later) == ([], 1)
    ann.sets(AgentStatus.AVAILABLE)
    story.advance(569)
    assert len(story.rung()) == 1
    story.advance(1)
    assert len(story.rung()) == 2


def test_a_retry_that_falls_due_while_the_customer_is_on_the_line_waits(story: Story) -> None:
    attempt, ann, queue = rung(story, callback_retry=60.0)
    attempt.does_not_pick_up()
    ann.sets(AgentStatus.AWAY)
    again = arrives(story, CALLER)
    story.advance(120)
    assert waiting(story, queue) == [(CALLER, False)]
    again.hangs_up()
    assert waiting(story, queue) == [(CALLER, True)]
    ann.sets(AgentStatus.AVAILABLE)
    assert len(story.rung()) == 2


def test_a_restart_while_the_customer_is_on_the_line(story: Story) -> None:
    queue, ann, _ = busy(story)
    again = arrives(story, CALLER)
    image = story.engine.snapshot()
    story.restart()
    assert story.engine.snapshot() == image
    assert waiting(story, queue) == [(CALLER, False)]
    again.hangs_up()
    assert waiting(story, queue) == [(CALLER, True)]
    ann.hangs_up()
    assert len(story.rung()) == 1


def test_a_call_that_the_engine_lost_gives_the_callback_back(story: Story) -> None:
    queue, ann, _ = busy(story)
    arrives(story, CALLER)
    phones = (e.PhoneStateChanged(ann.config.phone, True),)
    story.happens(e.StateResynced((), phones))
    assert len(story.rung()) == 1
    assert waiting(story, queue) == [(CALLER, True)]


def test_a_manager_ends_the_callback_of_a_customer_who_is_on_the_line(story: Story) -> None:
    _, ann, _ = busy(story)
    again = arrives(story, CALLER)
    (id,) = queue_callbacks(story)
    story.happens(e.HangUpRequested(id))
    assert again.phase == "queued"
    again.hangs_up()
    ann.hangs_up()
    assert story.rung() == []
    nothing_left(story)


def test_two_queues_owe_the_same_customer_a_call(story: Story) -> None:
    one = setting(story)
    asks(story)
    two = story.queue(number=2)
    story.route(
        "q",
        number=2,
        e164="+14165550102",
        q=block("queue", {"1": "back", "2": "other"}, queue=two.id),
        back=block("callback", {"next": "bye"}),
        other=block("queue", queue=one.id),
        bye=block("hangup"),
    )
    call = story.calls_in("+14165550102")
    call.presses("1")
    again = story.calls_in("+14165550102")
    again.presses("2")
    assert waiting(story, one) == [(CALLER, False)]
    assert waiting(story, two) == [], "they are on the line"
    again.hangs_up()
    assert waiting(story, one) == waiting(story, two) == [(CALLER, True)]


def test_a_second_call_of_the_same_number_has_a_place_of_its_own(story: Story) -> None:
    """Several people may call from one number: the callback is held by the first of them."""
    queue, _, _ = busy(story)
    first, second = arrives(story, CALLER), arrives(story, CALLER)
    second.hangs_up()
    assert waiting(story, queue) == [(CALLER, False)]
    first.hangs_up()
    assert waiting(story, queue) == [(CALLER, True)]


def test_a_second_call_that_is_served_ends_the_callback(story: Story) -> None:
    _, ann, _ = busy(story)
    first, second = arrives(story, CALLER), arrives(story, CALLER)
    ann.hangs_up()
    ann.answers(first)
    assert queue_callbacks(story) == []
    second.hangs_up()
    first.hangs_up()
    assert story.rung() == []
    assert not story.all(c.LaunchCallback)

"""Callers who wait in queues, and agents who are rung."""

import pytest

from routing import commands as c
from routing import events as e
from routing.config import Strategy
from routing.events import AgentStatus, LegFailure
from tests.support.routing.story import Story, block

pytestmark = pytest.mark.unit


def test_a_caller_reaches_the_agent_and_is_logged_once(story: Story) -> None:
    ann = story.agent("ann")
    queue = story.queue(ann)
    story.number(queue=queue.id)
    call = story.calls_in()
    assert call.offered_to == (ann.id,)
    assert story.last(c.OfferCall).phones == ("phone1",)
    story.advance(4)
    ann.answers()
    assert (call.phase, ann.state) == ("talking", "OnCall")
    story.advance(60)
    call.hangs_up()
    assert (call.phase, ann.state) == ("over", "Available")
    record = call.record
    assert record["disposition"] == "answered"
    assert (record["wait"], record["talk"]) == (4.0, 60.0)
    assert (record["agent"], record["queue"]) == (ann.id, queue.id)
    assert record["recordings"] == [f"recordings/{call.id}-1"]
    assert record["ended_by"] == "caller"
    assert [leg["outcome"] for leg in record["legs"]] == ["answered"]
    assert not story.engine.timers


def test_the_agent_who_hangs_up_ends_the_call(story: Story) -> None:
    ann = story.agent("ann")
    story.number(queue=story.queue(ann).id)
    call = story.calls_in()
    ann.answers()
    story.advance(10)
    ann.hangs_up()
    assert call.phase == "over"
    assert call.record["ended_by"] == "agent"
    assert call.record["talk"] == 10.0


def test_an_agent_whose_audio_was_lost_did_not_hang_up(story: Story) -> None:
    ann = story.agent("ann")
    story.number(queue=story.queue(ann).id)
    call = story.calls_in()
    ann.answers()
    story.advance(10)
    story.happens(e.AgentLegEnded(call.id, ann.id, 44))
    story.happens(e.CallReturned(call.id))
    story.happens(e.CallHungUp(call.id, 16))
    assert (call.record["ended_by"], call.record["disposition"]) == ("agent-lost", "answered")


def test_a_caller_whose_audio_was_lost_did_not_hang_up(story: Story) -> None:
    ann = story.agent("ann")
    story.number(queue=story.queue(ann).id)
    talking = story.calls_in()
    ann.answers()
    story.advance(10)
    waiting = story.calls_in()
    story.happens(e.AgentLegEnded(talking.id, ann.id))
    story.happens(e.CallHungUp(talking.id, 44))
    story.happens(e.CallHungUp(waiting.id, 44))
    story.happens(e.OfferFailed(waiting.id, ann.id, LegFailure.NO_ANSWER))
    assert [call.record["ended_by"] for call in (talking, waiting)] == ["media", "media"]
    assert [call.record["hangup_cause"] for call in (talking, waiting)] == [44, 44]
    assert [call.record["disposition"] for call in (talking, waiting)] == ["answered", "abandoned"]
    assert ann.state == "Available", "the failed offer is not the agent's fault"


def test_a_caller_waits_on_music_until_somebody_is_free(story: Story) -> None:
    ann = story.agent("ann", available=False)
    queue = story.queue(ann, music="jazz")
    story.number(queue=queue.id)
    call = story.calls_in()
    assert call.phase == "queued"
    assert story.last(c.StartMusic).music == "jazz"
    story.advance(90)
    ann.registers()
    assert not call.offers
    ann.sets(AgentStatus.AVAILABLE)
    assert call.offered_to == (ann.id,)


def test_longest_idle_first(story: Story) -> None:
    ann, bob = story.agent("ann"), story.agent("bob")
    story.number(queue=story.queue(ann, bob).id)
    first = story.calls_in()
    ann.answers()
    story.advance(5)
    first.hangs_up()
    second, third = story.calls_in(), story.calls_in()
    assert second.offered_to == (bob.id,)
    assert third.offered_to == (ann.id,)


def test_an_offer_not_taken_goes_to_the_next_agent_at_once(story: Story) -> None:
    ann, bob = story.agent("ann"), story.agent("bob")
    story.number(queue=story.queue(ann, bob).id)
    call = story.calls_in()
    story.advance(20)
    ann.misses()
    assert call.offered_to == (bob.id,)
    story.advance(20)
    bob.misses()
    assert call.offered_to == (ann.id,), "when all let it pass, a new round begins"
    assert call.offers == [(ann.id,), (bob.id,), (ann.id,)]


def test_the_call_keeps_its_place_while_offers_fail(story: Story) -> None:
    ann = story.agent("ann")
    queue = story.queue(ann)
    story.number(queue=queue.id)
    first, second = story.calls_in(), story.calls_in()
    story.advance(20)
    view = story.engine.queue(queue.id, story.now)
    assert view is not None
    assert [(w.call, w.position) for w in view.waiting] == [(first.id, 1), (second.id, 2)]
    assert view.longest_wait == 20.0


def test_an_agent_who_lets_three_offers_pass_is_away(story: Story) -> None:
    ann = story.agent("ann")
    story.number(queue=story.queue(ann, missed_limit=3).id)
    call = story.calls_in()
    for _ in range(3):
        story.advance(20)
        ann.misses()
    view = story.engine.agent(ann.id)
    assert view is not None
    assert (view.state, view.reason) == ("Away", "missed")
    assert call.phase == "queued"
    ann.sets(AgentStatus.AVAILABLE)
    assert call.offered_to == (ann.id,)


@pytest.mark.parametrize(
    "reason", [LegFailure.UNREACHABLE, LegFailure.BUSY, LegFailure.REJECTED, LegFailure.FAILED]
)
def test_a_phone_that_fails_at_once_does_not_spin(story: Story, reason: LegFailure) -> None:
    ann = story.agent("ann")
    story.number(queue=story.queue(ann, missed_limit=None).id)
    call = story.calls_in()
    ann.misses(reason)
    assert call.phase == "queued"
    assert len(call.offers) == 1
    story.advance(11)
    assert len(call.offers) == 2


def test_no_answer_within_a_second_backs_off_too(story: Story) -> None:
    ann = story.agent("ann")
    story.number(queue=story.queue(ann).id)
    call = story.calls_in()
    ann.misses(LegFailure.NO_ANSWER)
    assert len(call.offers) == 1
    story.advance(3)
    assert len(call.offers) == 2


def test_priority_before_age_across_queues(story: Story) -> None:
    ann = story.agent("ann")
    low, high = story.queue(ann, number=1), story.queue(ann, number=2, priority=5)
    story.number(e164="+14165550101", queue=low.id)
    story.number(e164="+14165550102", queue=high.id)
    busy = story.calls_in("+14165550101")
    ann.answers()
    old = story.calls_in("+14165550101")
    story.advance(30)
    vip = story.calls_in("+14165550102")
    story.advance(30)
    busy.hangs_up()
    assert (vip.offered_to, old.offered_to) == ((ann.id,), ())
    ann.answers()
    vip.hangs_up()
    assert old.offered_to == (ann.id,)


def test_a_calls_own_priority_is_added(story: Story) -> None:
    ann = story.agent("ann")
    queue = story.queue(ann)
    story.number(e164="+14165550101", queue=queue.id)
    story.route("q", e164="+14165550102", q=block("queue", queue=queue.id, priority=3))
    story.calls_in("+14165550101")
    ann.answers()
    plain, urgent = story.calls_in("+14165550101"), story.calls_in("+14165550102")
    ann.hangs_up()
    assert (urgent.offered_to, plain.offered_to) == ((ann.id,), ())


def test_wrap_up_holds_the_agent_and_ends_by_its_timer(story: Story) -> None:
    ann = story.agent("ann")
    story.number(queue=story.queue(ann, wrap_up=30).id)
    story.calls_in()
    ann.answers()
    waiting = story.calls_in()
    ann.hangs_up()
    assert ann.state == "WrapUp"
    story.advance(29)
    assert not waiting.offers
    story.advance(1)
    assert waiting.offered_to == (ann.id,)
    assert story.last(c.LogWrapUp).record["seconds"] == 30.0


def test_setting_available_ends_the_wrap_up(story: Story) -> None:
    ann = story.agent("ann")
    story.number(queue=story.queue(ann, wrap_up=30).id)
    call = story.calls_in()
    ann.answers()
    ann.hangs_up()
    story.advance(12)
    ann.sets(AgentStatus.AVAILABLE)
    assert ann.state == "Available"
    assert story.last(c.LogWrapUp).record == {
        "call": call.id,
        "agent": ann.id,
        "team": ann.config.team,
        "began_at": story.now - 12.0,
        "seconds": 12.0,
    }
    story.advance(60)
    assert len(story.all(c.LogWrapUp)) == 1


def test_max_wait_leaves_by_timeout(story: Story) -> None:
    queue = story.queue(max_wait=60)
    story.route(
        "q",
        q=block("queue", {"timeout": "sorry"}, queue=queue.id),
        sorry=block("hangup", sound="all-circuits-busy-now"),
    )
    call = story.calls_in()
    story.advance(59)
    assert call.phase == "queued"
    story.advance(1)
    assert call.hears("all-circuits-busy-now")
    call.listens()
    assert call.record["disposition"] == "overflowed"
    assert call.record["wait"] == 60.0


def test_max_wait_while_a_phone_rings_withdraws_the_offer(story: Story) -> None:
    ann = story.agent("ann")
    queue = story.queue(ann, ring_timeout=20)
    story.route(
        "q",
        q=block("queue", {"timeout": "end"}, queue=queue.id, timeout=10),
        end=block("hangup", cause=17),
    )
    call = story.calls_in()
    assert call.offered_to == (ann.id,)
    story.advance(10)
    assert story.last(c.WithdrawOffer).agents == (ann.id,)
    assert call.record["hangup_cause"] == 17
    assert call.record["legs"][0]["outcome"] == "withdrawn"
    view = story.engine.agent(ann.id)
    assert view is not None
    assert view.state == "Available"


def test_a_full_queue_and_an_exit_that_leads_nowhere(story: Story) -> None:
    queue = story.queue(max_waiting=1)
    story.number(queue=queue.id)
    first, second = story.calls_in(), story.calls_in()
    assert first.phase == "queued"
    assert second.hears("please-try-call-later")
    second.listens()
    assert second.record["disposition"] == "overflowed"
    assert second.record["path"][0]["exit"] == "full"


def test_join_when_empty(story: Story) -> None:
    ann = story.agent("ann")
    queue = story.queue(ann, join_when_empty=False)
    story.number(queue=queue.id)
    ann.sets(AgentStatus.BREAK, reason="lunch")
    refused = story.calls_in()
    assert refused.hears("please-try-call-later")
    ann.sets(AgentStatus.AVAILABLE)
    talking = story.calls_in()
    ann.answers()
    waiting = story.calls_in()
    assert (talking.phase, waiting.phase) == ("talking", "queued"), "a busy agent still serves the queue"


def test_leave_when_empty(story: Story) -> None:
    ann = story.agent("ann")
    queue = story.queue(ann, leave_when_empty=True)
    story.number(queue=queue.id)
    story.calls_in()
    ann.answers()
    waiting = story.calls_in()
    ann.vanishes()
    assert waiting.phase == "queued", "who talks is there"
    ann.hangs_up()
    story.advance(10)
    assert waiting.hears("please-try-call-later")
    assert waiting.phase == "playing"


def test_a_status_in_one_queue_leaves_the_others(story: Story) -> None:
    ann = story.agent("ann")
    one, two = story.queue(ann, number=1), story.queue(ann, number=2)
    story.number(e164="+14165550101", queue=one.id)
    story.number(e164="+14165550102", queue=two.id)
    ann.sets(AgentStatus.BREAK, one, "training")
    waits, rings = story.calls_in("+14165550101"), story.calls_in("+14165550102")
    assert (waits.offered_to, rings.offered_to) == ((), (ann.id,))
    view = story.engine.agent(ann.id)
    assert view is not None
    assert {id: own.status for id, own in view.queues.items()} == {one.id: "Break"}
    assert view.queues[one.id].reason == "training"
    rings.hangs_up()
    ann.sets(AgentStatus.AVAILABLE, one)
    assert waits.offered_to == (ann.id,)


def test_a_busy_or_unknown_phone_is_not_rung(story: Story) -> None:
    ann = story.agent("ann", available=False)
    story.number(queue=story.queue(ann).id)
    ann.sets(AgentStatus.AVAILABLE)
    call = story.calls_in()
    assert not call.offers
    ann.registers(busy=True)
    assert not call.offers
    ann.registers()
    assert call.offered_to == (ann.id,)


def test_abandoned_calls_are_counted(story: Story) -> None:
    queue = story.queue()
    story.number(queue=queue.id)
    call = story.calls_in()
    story.advance(33)
    call.hangs_up()
    assert call.record["disposition"] == "abandoned"
    assert call.record["wait"] == 33.0
    view = story.engine.queue(queue.id, story.now)
    assert view is not None
    assert (view.today.offered, view.today.abandoned, view.today.answered) == (1, 1, 0)


def test_todays_figures_begin_anew_at_the_teams_midnight(story: Story) -> None:
    ann = story.agent("ann")
    queue = story.queue(ann, call_service_good=5)
    story.number(queue=queue.id)
    for wait in (3, 9):
        call = story.calls_in()
        story.advance(wait)
        ann.answers()
        call.hangs_up()
    view = story.engine.queue(queue.id, story.now)
    assert view is not None
    assert (view.today.answered, view.today.answered_in_threshold) == (2, 1)
    assert (view.today.asa, view.today.service_level) == (6.0, 0.5)
    tomorrow = story.engine.queue(queue.id, story.now + 12 * 3600)
    assert tomorrow is not None
    assert (tomorrow.today.answered, tomorrow.today.asa) == (0, None)


def test_ring_all_first_answer_wins(story: Story) -> None:
    people = [story.agent(name) for name in ("ann", "bob", "cid")]
    story.number(queue=story.queue(*people, strategy=Strategy.RING_ALL).id)
    call = story.calls_in()
    assert len(call.offered_to) == 3
    people[1].answers()
    assert [person.state for person in people] == ["Available", "OnCall", "Available"]
    call.hangs_up()
    assert sorted(leg["outcome"] for leg in call.record["legs"]) == ["answered", "withdrawn", "withdrawn"]


def test_ring_all_never_books_an_agent_twice(story: Story) -> None:
    people = [story.agent(name) for name in ("ann", "bob", "cid")]
    story.number(queue=story.queue(*people, strategy=Strategy.RING_ALL, ring_limit=2).id)
    first, second = story.calls_in(), story.calls_in()
    assert len(first.offered_to) == 2
    assert len(second.offered_to) == 1
    assert not set(first.offered_to) & set(second.offered_to)


def test_ring_all_goes_on_to_the_agents_beyond_its_limit(story: Story) -> None:
    ann, bob, cid = (story.agent(name) for name in ("ann", "bob", "cid"))
    story.number(queue=story.queue(ann, bob, cid, strategy=Strategy.RING_ALL, ring_limit=2).id)
    call = story.calls_in()
    story.advance(20)
    ann.misses()
    bob.misses()
    assert call.offers == [(ann.id, bob.id), (cid.id,)]


def test_capacity_two(story: Story) -> None:
    ann = story.agent("ann", capacity=2)
    story.number(queue=story.queue(ann).id)
    first = story.calls_in()
    ann.answers(first)
    second, third = story.calls_in(), story.calls_in()
    assert (second.offered_to, third.offered_to) == ((ann.id,), ())


def test_each_offer_is_recorded_as_a_decision(story: Story) -> None:
    ann, bob = story.agent("ann"), story.agent("bob")
    queue = story.queue(ann, bob)
    story.number(queue=queue.id)
    call = story.calls_in()
    story.advance(20)
    ann.misses()
    bob.answers()
    call.hangs_up()
    first, second = call.record["decisions"]
    assert (first["agents"], first["wait"], first["free"]) == ([ann.id], 0.0, 2)
    assert (second["agents"], second["wait"]) == ([bob.id], 20.0)

"""`ring-progressively`: phones are added while the earlier ones ring on."""

from typing import Any

import pytest

from routing import commands as c
from routing import events as e
from routing.config import QueueConfig, Strategy
from routing.events import AgentStatus, LegFailure, LiveCall, LivePhase
from tests.support.routing.story import CALLER, DID, Caller, Person, Story, block

pytestmark = pytest.mark.unit


def line(story: Story, *people: Person, **settings: Any) -> QueueConfig:
    settings = {"ring_timeout": 60.0, "ring_step": 10.0, **settings}
    queue = story.queue(*people, strategy=Strategy.RING_PROGRESSIVELY, **settings)
    story.number(queue=queue.id)
    return queue


def rung(call: Caller, *people: Person) -> bool:
    """Whether exactly these phones ring for the call, in this order."""
    return call.offered_to == tuple(person.id for person in people)


def test_every_step_adds_a_phone_and_the_first_answer_wins(story: Story) -> None:
    ann, bob, cid = story.agents("ann", "bob", "cid")
    line(story, ann, bob, cid)
    call = story.calls_in()
    assert (story.last(c.OfferCall).agents, story.last(c.OfferCall).more) == ((ann.id,), 19)
    story.advance(9.9)
    assert rung(call, ann)
    story.advance(0.2)
    assert rung(call, ann, bob)
    assert story.last(c.AddToOffer) == c.AddToOffer(call.id, bob.id, "phone2")
    story.advance(10)
    assert rung(call, ann, bob, cid)
    bob.answers()
    assert [person.state for person in (ann, bob, cid)] == ["Available", "OnCall", "Available"]
    call.hangs_up()
    assert [leg["outcome"] for leg in call.record["legs"]] == ["withdrawn", "answered", "withdrawn"]
    assert [decision["agents"] for decision in call.record["decisions"]] == [[ann.id], [bob.id], [cid.id]]
    assert len(story.all(c.OfferCall)) == 1
    assert not story.engine.timers


def test_a_phone_with_room_for_two_calls_rings_once_for_one(story: Story) -> None:
    ann, bob = story.agent("ann", capacity=2), story.agent("bob")
    line(story, ann, bob)
    call = story.calls_in()
    story.advance(25)
    assert rung(call, ann, bob)
    ann.answers()
    call.hangs_up()
    assert [leg["outcome"] for leg in call.record["legs"]] == ["answered", "withdrawn"]


def test_no_more_phones_than_the_limit(story: Story) -> None:
    people = story.agents("ann", "bob", "cid")
    line(story, *people, ring_limit=2)
    call = story.calls_in()
    assert story.last(c.OfferCall).more == 1
    story.advance(35)
    assert len(call.offered_to) == 2
    assert not [timer for timer in story.engine.timers if timer.endswith("ring-next")]


def test_a_limit_of_one_is_a_plain_offer(story: Story) -> None:
    ann, bob = story.agents("ann", "bob")
    line(story, ann, bob, ring_limit=1)
    call = story.calls_in()
    assert story.last(c.OfferCall).more == 0
    story.advance(20)
    ann.misses()
    assert call.offers == [(ann.id,), (bob.id,)]


def test_a_phone_that_fails_is_followed_by_the_next_at_once(story: Story) -> None:
    ann, bob, cid = story.agents("ann", "bob", "cid")
    line(story, ann, bob, cid)
    call = story.calls_in()
    story.advance(4)
    ann.misses(LegFailure.REJECTED)
    assert rung(call, bob)
    story.advance(9)
    assert rung(call, bob), "the step begins anew"
    story.advance(1)
    assert rung(call, bob, cid)
    assert len(call.offers) == 1


def test_when_all_reject_the_call_goes_back_to_its_place(story: Story) -> None:
    ann, bob = story.agents("ann", "bob")
    line(story, ann, bob)
    call = story.calls_in()
    ann.misses(LegFailure.REJECTED)
    bob.misses(LegFailure.REJECTED)
    assert story.last(c.WithdrawOffer) == c.WithdrawOffer(call.id, ())
    assert call.phase == "queued"
    assert isinstance(story.last(c.StartMusic), c.StartMusic)
    story.advance(6)
    assert len(call.offers) == 2, "the pause after a rejection is over"
    view = story.engine.call(call.id)
    assert view is not None
    assert view.joined_at == story.now - 6


def test_nobody_else_is_free_the_phone_rings_on(story: Story) -> None:
    ann, bob = story.agents("ann", "bob")
    line(story, ann, bob)
    bob.sets(AgentStatus.BREAK)
    call = story.calls_in()
    story.advance(25)
    assert rung(call, ann)
    bob.sets(AgentStatus.AVAILABLE)
    assert rung(call, ann), "the next step comes in five seconds"
    story.advance(5)
    assert rung(call, ann, bob)


def test_a_waiting_call_comes_before_a_second_phone(story: Story) -> None:
    ann, bob = story.agents("ann", "bob")
    line(story, ann, bob)
    first, second = story.calls_in(), story.calls_in()
    story.advance(25)
    assert (first.offered_to, second.offered_to) == ((ann.id,), (bob.id,))


def test_the_offer_rings_out_and_begins_anew(story: Story) -> None:
    ann, bob = story.agents("ann", "bob")
    line(story, ann, bob, ring_timeout=20)
    call = story.calls_in()
    story.advance(20)
    call.rings_out()
    assert call.offers == [(ann.id,), (ann.id,)]
    assert len(story.all(c.AddToOffer)) == 1
    assert len(story.all(c.WithdrawOffer)) <= 1


@pytest.mark.parametrize("seconds", [3, 15])
def test_the_caller_hangs_up(any_order: Story, seconds: int) -> None:
    story = any_order
    ann, bob = story.agents("ann", "bob")
    line(story, ann, bob)
    call = story.calls_in()
    story.advance(seconds)
    call.hangs_up()
    assert call.record["disposition"] == "abandoned"
    assert (ann.state, bob.state) == ("Available", "Available")
    assert not story.engine.timers


def test_a_caller_who_hangs_up_while_phones_ring_costs_no_agent_a_pause(any_order: Story) -> None:
    story = any_order
    people = story.agents("ann", "bob", "cid")
    line(story, *people, ring_step=2)
    call = story.calls_in()
    story.advance(5.5)
    assert rung(call, *people)
    call.hangs_up()
    assert [command.agent for command in story.all(c.AddToOffer)] == [person.id for person in people[1:]]
    assert {leg["outcome"] for leg in call.record["legs"]} == {"caller-gone"}
    story.advance(1)
    assert story.calls_in().offered_to == (people[0].id,)


@pytest.mark.parametrize("strategy", [Strategy.RING_ALL, Strategy.RING_PROGRESSIVELY])
@pytest.mark.parametrize("leaves", ["by a digit", "by the longest wait"])
def test_a_caller_who_leaves_while_phones_ring_costs_no_agent_a_pause(
    any_order: Story, strategy: Strategy, leaves: str
) -> None:
    story = any_order
    people = story.agents("ann", "bob", "cid")
    queue = story.queue(*people, strategy=strategy, ring_step=2, max_wait=5.5)
    exits = {"1": "bye", "timeout": "bye"}
    story.route("q", q=block("queue", exits, queue=queue.id), bye=block("hangup"))
    call = story.calls_in()
    story.advance(5)
    if leaves == "by a digit":
        call.presses("1")
    story.advance(1)
    assert call.phase == "over"
    assert story.calls_in().offered_to[0] == people[0].id


def test_the_step_passes_while_the_caller_is_going(story: Story) -> None:
    ann, bob = story.agents("ann", "bob")
    line(story, ann, bob)
    call = story.calls_in()
    story.happens(e.CallerHangingUp(call.id))
    story.advance(10)
    assert rung(call, ann)
    story.happens(e.OfferFailed(call.id, ann.id, LegFailure.FAILED))
    assert (call.phase, ann.state) == ("offering", "Available")
    call.hangs_up()
    assert call.record["disposition"] == "abandoned"
    assert story.calls_in().offered_to == (ann.id,), "no pause after what failed because of the caller"
    assert not story.all(c.AddToOffer)


def test_max_wait_withdraws_all_phones(story: Story) -> None:
    ann, bob = story.agents("ann", "bob")
    line(story, ann, bob, max_wait=15)
    call = story.calls_in()
    story.advance(15)
    assert call.hears("please-try-call-later")
    assert (ann.state, bob.state) == ("Available", "Available")


def test_max_wait_while_the_offer_is_called_off() -> None:
    story = Story(manual=True)
    ann = story.agent("ann")
    line(story, ann, max_wait=15)
    call = story.calls_in()
    story.advance(14)
    story.happens(e.OfferFailed(call.id, ann.id, LegFailure.REJECTED))
    assert call.phase == "withdrawing"
    story.advance(2)
    call.returns()
    assert call.hears("please-try-call-later")


def test_an_answer_overtakes_the_withdrawal() -> None:
    story = Story(manual=True)
    ann, bob = story.agents("ann", "bob")
    line(story, ann, bob)
    call = story.calls_in()
    story.happens(e.OfferFailed(call.id, ann.id, LegFailure.REJECTED))
    story.happens(e.OfferFailed(call.id, bob.id, LegFailure.UNREACHABLE))
    assert call.phase == "withdrawing"
    story.happens(e.AgentAnswered(call.id, bob.id))
    assert (call.phase, bob.state) == ("talking", "OnCall")


def test_a_late_failure_does_not_add_a_phone_in_the_last_moment() -> None:
    story = Story(manual=True)
    ann, bob, cid = story.agents("ann", "bob", "cid")
    line(story, ann, bob, cid, ring_timeout=20, ring_step=15)
    call = story.calls_in()
    story.advance(20)
    story.happens(e.OfferFailed(call.id, ann.id, LegFailure.NO_ANSWER))
    story.happens(e.OfferFailed(call.id, bob.id, LegFailure.NO_ANSWER))
    call.returns()
    assert call.offers == [(ann.id,), (cid.id,)]
    assert len(story.all(c.AddToOffer)) == 1


def test_a_phone_that_could_not_be_added(story: Story) -> None:
    ann, bob = story.agents("ann", "bob")
    line(story, ann, bob)
    call = story.calls_in()
    story.advance(10)
    story.happens(e.CommandFailed(call.id, "AddToOffer", "no"))
    assert rung(call, ann)
    ann.answers()
    assert call.phase == "talking"


@pytest.mark.parametrize("adopted", [False, True])
def test_restart_and_resync_in_the_midst(story: Story, adopted: bool) -> None:
    ann, bob, cid = story.agents("ann", "bob", "cid")
    line(story, ann, bob, cid)
    call = story.calls_in()
    story.advance(10)
    story.restart()
    if adopted:
        live = LiveCall(call.id, LivePhase.DIALING, DID, CALLER, ringing=(ann.id, bob.id))
        phones = tuple(e.PhoneStateChanged(p.config.phone, True) for p in (ann, bob, cid))
        story.happens(e.StateResynced((live,), phones))
    story.advance(10)
    assert rung(call, ann, bob, cid)
    assert len(call.offers) == 1
    cid.answers()
    assert (call.phase, ann.state) == ("talking", "Available")


def test_a_resync_finds_that_nobody_rings_any_more(story: Story) -> None:
    ann, bob = story.agents("ann", "bob")
    line(story, ann, bob)
    call = story.calls_in()
    story.advance(5)
    call.rung.clear()
    phones = tuple(e.PhoneStateChanged(p.config.phone, True) for p in (ann, bob))
    story.happens(e.StateResynced((LiveCall(call.id, LivePhase.DIALING, DID, CALLER),), phones))
    assert len(call.offered_to) == 1
    assert len(story.all(c.AddToOffer)) == 1


def test_the_queue_is_removed_while_phones_ring(story: Story) -> None:
    ann, bob = story.agents("ann", "bob")
    queue = line(story, ann, bob)
    call = story.calls_in()
    story.advance(10)
    story.remove(queue.id)
    assert call.phase == "playing"
    assert (ann.state, bob.state) == ("Available", "Available")

"""An agent who goes away while their phone rings: the ring ends, and the next agent is rung."""

import pytest

from routing import commands as c
from routing.config import Strategy
from routing.events import AgentStatus, LegFailure
from tests.support.routing.story import Story, block

pytestmark = pytest.mark.unit

GONE = [AgentStatus.AWAY, AgentStatus.BREAK, AgentStatus.UNAVAILABLE, AgentStatus.OFFLINE]


@pytest.mark.parametrize("status", GONE)
def test_the_ring_ends_and_the_next_agent_is_rung(story: Story, status: AgentStatus) -> None:
    ann, bob = story.agents("ann", "bob")
    story.number(queue=story.queue(ann, bob).id)
    call = story.calls_in()
    story.advance(7)
    ann.sets(status)
    assert story.last(c.WithdrawOffer) == c.WithdrawOffer(call.id, (ann.id,))
    assert call.offered_to == (bob.id,)
    assert ann.state == status
    bob.answers()
    call.hangs_up()
    assert [leg["outcome"] for leg in call.record["legs"]] == ["withdrawn", "answered"]


def test_a_status_in_one_queue_ends_the_ring_of_that_queue_alone(story: Story) -> None:
    ann = story.agent("ann", capacity=2)
    one, two = story.queue(ann, number=1), story.queue(ann, number=2)
    story.number(e164="+14165550101", queue=one.id)
    story.number(e164="+14165550102", queue=two.id)
    first, second = story.calls_in("+14165550101"), story.calls_in("+14165550102")
    ann.sets(AgentStatus.BREAK, one)
    assert (first.phase, first.offered_to) == ("queued", ())
    assert second.offered_to == (ann.id,)


def test_a_status_in_one_queue_lets_the_next_agent_be_rung_at_once(story: Story) -> None:
    ann, bob = story.agents("ann", "bob")
    queue = story.queue(ann, bob)
    story.number(queue=queue.id)
    call = story.calls_in()
    ann.sets(AgentStatus.BREAK, queue)
    assert call.offered_to == (bob.id,)


def test_the_other_phones_of_ring_all_ring_on(story: Story) -> None:
    ann, bob = story.agents("ann", "bob")
    story.number(queue=story.queue(ann, bob, strategy=Strategy.RING_ALL).id)
    call = story.calls_in()
    ann.sets(AgentStatus.AWAY)
    assert call.offered_to == (bob.id,)
    assert len(call.offers) == 1


def test_a_growing_offer_adds_the_next_phone_at_once(story: Story) -> None:
    ann, bob = story.agents("ann", "bob")
    story.number(queue=story.queue(ann, bob, strategy=Strategy.RING_PROGRESSIVELY, ring_timeout=60).id)
    call = story.calls_in()
    story.advance(2)
    ann.sets(AgentStatus.AWAY)
    assert call.offered_to == (bob.id,)
    assert len(call.offers) == 1


def test_an_offer_that_ended_so_is_not_a_missed_one(story: Story) -> None:
    ann = story.agent("ann")
    story.number(queue=story.queue(ann, missed_limit=1).id)
    call = story.calls_in()
    ann.sets(AgentStatus.AWAY)
    ann.sets(AgentStatus.AVAILABLE)
    assert call.offered_to == (ann.id,), "at once, and without a pause"
    assert ann.state == "Ringing"


def test_the_limit_of_missed_offers_ends_the_other_ring(story: Story) -> None:
    ann = story.agent("ann", capacity=2)
    story.number(queue=story.queue(ann, missed_limit=1).id)
    first, second = story.calls_in(), story.calls_in()
    story.advance(20)
    first.drops(ann.id, LegFailure.NO_ANSWER)
    story.flush()
    assert (ann.state, second.offered_to) == ("Away", ())


def test_a_talk_goes_on_when_its_agent_goes_away(story: Story) -> None:
    ann = story.agent("ann")
    story.number(queue=story.queue(ann).id)
    call = story.calls_in()
    ann.answers()
    ann.sets(AgentStatus.AWAY)
    assert (call.phase, ann.state) == ("talking", "OnCall")
    assert not story.all(c.WithdrawOffer)


def test_a_direct_call_rings_on_since_it_asks_for_no_status(story: Story) -> None:
    ann = story.agent("ann")
    story.route("a", a=block("agent", agent=ann.id, any_status=True))
    call = story.calls_in()
    ann.sets(AgentStatus.AWAY)
    assert call.offered_to == (ann.id,)


def test_an_answer_that_comes_first_wins() -> None:
    story = Story(manual=True)
    ann = story.agent("ann")
    story.number(queue=story.queue(ann).id)
    call = story.calls_in()
    ann.sets(AgentStatus.AWAY)
    ann.answers(call)
    assert call.phase == "talking"


def test_an_agent_who_is_taken_out_of_the_queue_is_rung_no_more(story: Story) -> None:
    ann, bob = story.agents("ann", "bob")
    story.number(queue=story.queue(ann, bob).id)
    call = story.calls_in()
    assert call.offered_to == (ann.id,)
    story.queue(bob)
    assert story.last(c.WithdrawOffer) == c.WithdrawOffer(call.id, (ann.id,))
    assert call.offered_to == (bob.id,)
    assert ann.state == "Available"


def test_an_agent_who_is_removed_ends_the_ring_once(story: Story) -> None:
    ann, bob = story.agents("ann", "bob")
    story.number(queue=story.queue(ann, bob).id)
    call = story.calls_in()
    story.remove(ann.id)
    assert story.all(c.WithdrawOffer) == [c.WithdrawOffer(call.id, (ann.id,))]
    assert call.offered_to == (bob.id,)

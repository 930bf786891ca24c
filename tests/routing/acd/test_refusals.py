"""Phones that refuse at once (SIP 486, 603, 480, 404): it holds for that call, and a few in a row are enough."""

import pytest

from routing import commands as c
from routing import events as e
from routing.config import Strategy
from routing.events import AgentStatus, LegFailure
from tests.support.routing.story import Caller, Person, Story, block

pytestmark = pytest.mark.unit

REFUSALS = [LegFailure.BUSY, LegFailure.REJECTED, LegFailure.UNREACHABLE]


def away(story: Story, person: Person) -> tuple[str, str]:
    view = story.engine.agent(person.id)
    assert view is not None
    return view.state, view.reason


def rings(*calls: Caller) -> list[bool]:
    return [bool(call.offered_to) for call in calls]


@pytest.mark.parametrize("reason", REFUSALS)
def test_a_few_refusals_in_a_row_set_the_agent_away_with_the_reason(story: Story, reason: LegFailure) -> None:
    ann = story.agent("ann")
    story.number(queue=story.queue(ann, leave_when_empty=True).id)
    call = story.calls_in()
    for _ in range(3):
        ann.misses(reason)
        story.advance(10)
    assert away(story, ann) == ("Away", str(reason))
    assert len(call.offers) == 3
    assert call.hears("please-try-call-later"), "the queue is empty now"


def test_a_phone_that_does_not_even_ring_counts_as_before(story: Story) -> None:
    """480: Asterisk says that nobody answered."""
    ann = story.agent("ann")
    story.number(queue=story.queue(ann).id)
    story.calls_in()
    for _ in range(3):
        ann.misses(LegFailure.NO_ANSWER)
        story.advance(10)
    assert away(story, ann) == ("Away", "missed")


def test_what_asterisk_could_not_do_is_not_the_agents_doing(story: Story) -> None:
    ann = story.agent("ann")
    story.number(queue=story.queue(ann).id)
    call = story.calls_in()
    for _ in range(5):
        call.rung.clear()
        story.happens(e.OfferFailed(call.id, ann.id, LegFailure.FAILED))
        story.happens(e.CommandFailed(call.id, "OfferCall", "no"))
        story.advance(20)
    assert ann.state == "Ringing"


def test_a_talk_in_between_begins_the_count_again(story: Story) -> None:
    ann = story.agent("ann")
    story.number(queue=story.queue(ann).id)
    for _ in range(3):
        call = story.calls_in()
        for _ in range(2):
            ann.misses(LegFailure.BUSY)
            story.advance(5)
        ann.answers()
        call.hangs_up()
    assert ann.state == "Available"


def test_available_forgives_refusals(story: Story) -> None:
    ann = story.agent("ann")
    story.number(queue=story.queue(ann).id)
    story.calls_in()
    ann.misses(LegFailure.BUSY)
    story.advance(5)
    ann.misses(LegFailure.BUSY)
    ann.sets(AgentStatus.AVAILABLE)
    ann.misses(LegFailure.BUSY)
    assert ann.state == "Available"


def test_what_is_not_missed_sets_nobody_away(story: Story) -> None:
    """The misses of a queue without a limit do not count when the caller of another one hangs up."""
    ann = story.agent("ann")
    one = story.queue(ann, number=1, missed_limit=None)
    two = story.queue(ann, number=2, missed_limit=2)
    story.number(e164="+14165550101", queue=one.id)
    story.number(e164="+14165550102", queue=two.id)
    lasting = story.calls_in("+14165550101")
    for _ in range(2):
        ann.misses()
        story.advance(10)
    lasting.hangs_up()
    story.calls_in("+14165550102").hangs_up()
    assert away(story, ann) == ("Available", "")


def test_a_phone_that_is_busy_with_our_own_call_is_no_reason_to_go(story: Story) -> None:
    ann = story.agent("ann", capacity=2)
    story.number(queue=story.queue(ann).id)
    talking = story.calls_in()
    ann.answers(talking)
    second = story.calls_in()
    for _ in range(4):
        second.drops(ann.id, LegFailure.BUSY)
        story.flush()
        story.advance(5)
    talking.hangs_up()
    assert away(story, ann)[0] == "Ringing"


# -- the refusal holds for that call ----------------------------------------------------------------------------


@pytest.mark.parametrize("reason", REFUSALS)
def test_the_next_caller_is_offered_to_who_refused_the_first(story: Story, reason: LegFailure) -> None:
    ann = story.agent("ann")
    story.number(queue=story.queue(ann).id)
    first, second = story.calls_in(), story.calls_in()
    ann.misses(reason)
    story.advance(10)
    assert rings(first, second) == [False, True]
    ann.answers()
    second.hangs_up()
    assert rings(first) == [True], "who was refused is first in line again"


def test_another_agent_gets_the_refused_call_at_once(story: Story) -> None:
    ann, bob = story.agents("ann", "bob")
    story.number(queue=story.queue(ann, bob).id)
    busy = story.calls_in()
    ann.answers()
    first, second = story.calls_in(), story.calls_in()
    bob.misses(LegFailure.REJECTED)
    story.advance(5)
    assert rings(first, second) == [False, True]
    busy.hangs_up()
    assert first.offered_to == (ann.id,)


def test_it_holds_after_another_offer(story: Story) -> None:
    """Bob refuses the first caller, then misses the second: the first is not theirs although Ann misses it."""
    ann, bob = story.agents("ann", "bob")
    story.number(queue=story.queue(ann, bob, strategy=Strategy.LINEAR, missed_limit=None).id)
    first = story.calls_in()
    ann.misses(LegFailure.REJECTED)
    assert first.offered_to == (bob.id,)
    second = story.calls_in()
    story.advance(5)
    assert second.offered_to == (ann.id,)
    ann.misses(LegFailure.REJECTED)
    story.advance(5)
    story.advance(10)
    bob.misses()
    assert first.offered_to == (bob.id,), "Ann has refused it, so a new round begins with Bob"
    assert second.offered_to == (ann.id,)


def test_who_waits_alone_is_offered_again_after_the_pause(story: Story) -> None:
    ann = story.agent("ann")
    story.number(queue=story.queue(ann).id)
    call = story.calls_in()
    ann.misses(LegFailure.BUSY)
    story.advance(4.9)
    assert rings(call) == [False]
    story.advance(0.2)
    assert rings(call) == [True]


def test_callers_who_were_all_refused_come_in_their_order(story: Story) -> None:
    ann = story.agent("ann")
    story.number(queue=story.queue(ann, missed_limit=None).id)
    first, second = story.calls_in(), story.calls_in()
    for _ in range(2):
        ann.misses(LegFailure.BUSY)
        story.advance(5)
    assert rings(first, second) == [True, False]
    ann.misses(LegFailure.BUSY)
    story.advance(5)
    assert rings(first, second) == [False, True]


def test_a_caller_of_another_queue_comes_before_one_who_was_refused(story: Story) -> None:
    ann = story.agent("ann")
    one, two = story.queue(ann, number=1), story.queue(ann, number=2)
    story.number(e164="+14165550101", queue=one.id)
    story.number(e164="+14165550102", queue=two.id)
    refused = story.calls_in("+14165550101")
    ann.misses(LegFailure.REJECTED)
    other = story.calls_in("+14165550102")
    story.advance(5)
    assert rings(refused, other) == [False, True]


def test_among_queues_the_best_place_still_decides(story: Story) -> None:
    """Refused in queue one; behind them waits a caller who came after the one in queue two."""
    ann = story.agent("ann")
    one, two = story.queue(ann, number=1), story.queue(ann, number=2)
    story.number(e164="+14165550101", queue=one.id)
    story.number(e164="+14165550102", queue=two.id)
    refused = story.calls_in("+14165550101")
    ann.misses(LegFailure.REJECTED)
    story.advance(1)
    other = story.calls_in("+14165550102")
    story.advance(1)
    late = story.calls_in("+14165550101")
    story.advance(5)
    assert rings(refused, other, late) == [False, True, False]


def test_a_refusal_survives_a_restart(story: Story) -> None:
    ann = story.agent("ann")
    story.number(queue=story.queue(ann).id)
    first, second = story.calls_in(), story.calls_in()
    ann.misses(LegFailure.REJECTED)
    story.restart()
    story.advance(5)
    assert rings(first, second) == [False, True]


def test_ring_all_leaves_out_who_refused(story: Story) -> None:
    ann, bob = story.agents("ann", "bob")
    story.number(queue=story.queue(ann, bob, strategy=Strategy.RING_ALL).id)
    call = story.calls_in()
    story.advance(3)
    call.drops(ann.id, LegFailure.REJECTED)
    story.flush()
    story.advance(17)
    bob.misses()
    assert call.offered_to == (bob.id,)


def test_a_preferred_agent_who_refuses_is_not_waited_for(story: Story) -> None:
    ann, bob = story.agents("ann", "bob")
    story.number(queue=story.queue(ann, bob, strategy=Strategy.LINEAR, sticky_wait=60, sticky_days=1).id)
    ann.sets(AgentStatus.BREAK)
    first = story.calls_in()
    bob.answers()
    first.hangs_up()
    ann.sets(AgentStatus.AVAILABLE)
    again = story.calls_in()
    assert again.offered_to == (bob.id,)
    bob.misses(LegFailure.REJECTED)
    assert again.offered_to == (ann.id,)


# -- nothing spins -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", list(LegFailure))
def test_a_failure_without_a_pause_never_spins_whatever_its_name(story: Story, reason: LegFailure) -> None:
    ann = story.agent("ann")
    story.number(queue=story.queue(ann, missed_limit=None).id)
    call = story.calls_in()
    for _ in range(150):
        if call.offered_to:
            ann.misses(reason)
        story.advance(0.1)
    assert 1 < len(call.offers) <= 8, "at most one in two seconds"
    assert len(story.all(c.OfferCall)) == len(call.offers)


def test_a_direct_call_goes_on_after_one_refusal(story: Story) -> None:
    ann = story.agent("ann")
    story.route(
        "a", a=block("agent", {"busy": "end", "failed": "end"}, agent=ann.id), end=block("hangup", cause=17)
    )
    call = story.calls_in()
    ann.misses(LegFailure.BUSY)
    assert call.record["hangup_cause"] == 17

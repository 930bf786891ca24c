"""Callbacks: the caller asks, the customer is rung, answers or misses the call, and the attempts end."""

import pytest

from routing import commands as c
from routing import events as e
from routing.acd.callbacks import callback_id
from routing.config import RecordingPolicy, SkillNeed, Strategy
from routing.events import AgentStatus, LegFailure
from tests.support.routing.calling_back import OTHER, asks, busy, nothing_left, rung, setting, view, waiting
from tests.support.routing.story import CALLER, DID, Story, block

pytestmark = pytest.mark.unit


# -- the whole way -------------------------------------------------------------------------------------------


def test_a_customer_is_called_back_when_an_agent_is_free(story: Story) -> None:
    queue, ann, asked = busy(story)
    assert asked.record["disposition"] == "callback"
    assert asked.record["callback"] == callback_id(asked.id)
    assert waiting(story, queue) == [(CALLER, True)]
    story.advance(30)
    ann.hangs_up()
    (attempt,) = story.rung()
    launched = story.last(c.LaunchCallback)
    assert (launched.number, launched.caller_id, launched.timeout) == (CALLER, DID, 30.0)
    assert (attempt.phase, ann.state) == ("calling", "Ringing")
    story.advance(8)
    attempt.picks_up()
    assert attempt.offered_to == (ann.id,)
    ann.answers(attempt)
    assert (attempt.phase, ann.state, waiting(story, queue)) == ("talking", "OnCall", [])
    story.advance(60)
    attempt.hangs_up()
    record = attempt.record
    assert (record["direction"], record["disposition"]) == ("callback", "answered")
    assert record["callback_of"] == asked.record["callback"]
    assert (record["talk"], record["agent"], record["queue"]) == (60.0, ann.id, queue.id)
    assert (record["caller"], record["did"]) == (CALLER, DID)
    nothing_left(story)


def test_the_place_is_kept(story: Story) -> None:
    ann = story.agent("ann")
    queue = setting(story, ann)
    story.calls_in()
    ann.answers()
    first = asks(story)
    second = story.call()
    second.enters(caller=OTHER)
    assert waiting(story, queue) == [(CALLER, True), (OTHER, False)]
    story.advance(5)
    ann.hangs_up()
    assert story.last(c.LaunchCallback).number == CALLER
    assert not second.offers
    assert first.record["path"][0]["exit"] == "1"


def test_the_customer_is_not_rung_while_the_call_lasts_in_which_it_asked(story: Story) -> None:
    ann = story.agent("ann", available=False)
    setting(story, ann, join_when_empty=True)
    call = story.calls_in()
    call.presses("1")
    ann.registers()
    ann.sets(AgentStatus.AVAILABLE)
    assert (call.phase, story.rung()) == ("playing", [])
    call.listens()
    assert len(story.rung()) == 1


def test_a_caller_who_hangs_up_during_the_confirmation_is_called_back(story: Story) -> None:
    ann = story.agent("ann", available=False)
    setting(story, ann)
    call = story.calls_in()
    call.presses("1")
    call.hangs_up()
    assert call.record["disposition"] == "callback"
    ann.registers()
    ann.sets(AgentStatus.AVAILABLE)
    assert len(story.rung()) == 1


def test_never_more_attempts_than_free_agents(story: Story) -> None:
    ann, bob = story.agent("ann"), story.agent("bob")
    setting(story, ann, bob, strategy=Strategy.RING_ALL)
    for person in (ann, bob):
        person.sets(AgentStatus.AWAY)
    for number in range(5):
        asks(story, f"+1416555017{number}")
    ann.sets(AgentStatus.AVAILABLE)
    assert len(story.rung()) == 1
    bob.sets(AgentStatus.AVAILABLE)
    assert len(story.rung()) == 2
    assert (ann.state, bob.state) == ("Ringing", "Ringing")


def test_the_one_who_was_held_is_rung_alone_even_if_all_ring(story: Story) -> None:
    ann, bob = story.agent("ann"), story.agent("bob")
    setting(story, ann, bob, strategy=Strategy.RING_ALL)
    ann.sets(AgentStatus.AWAY)
    bob.sets(AgentStatus.AWAY)
    asks(story)
    ann.sets(AgentStatus.AVAILABLE)
    bob.sets(AgentStatus.AVAILABLE)
    (attempt,) = story.rung()
    attempt.picks_up()
    assert attempt.offered_to == (ann.id,)


def test_the_agent_hears_whom_it_gets(story: Story) -> None:
    attempt, _, _ = rung(story, agent_sounds=("team/sales",))
    attempt.picks_up()
    assert story.last(c.OfferCall).whisper == ("team/sales",)


def test_the_recording_notice_comes_before_the_agent(story: Story) -> None:
    attempt, ann, _ = rung(story)
    story.queue(ann, recording=RecordingPolicy.NOTICE)
    attempt.picks_up()
    assert (attempt.phase, ann.state) == ("playing", "Ringing")
    attempt.listens()
    assert attempt.offered_to == (ann.id,)
    assert story.last(c.OfferCall).recording is not None


def test_who_hangs_up_during_the_notice_was_reached(story: Story) -> None:
    attempt, ann, _ = rung(story)
    story.queue(ann, recording=RecordingPolicy.NOTICE)
    attempt.picks_up()
    attempt.hangs_up()
    assert ann.state == "Available"
    assert attempt.record["disposition"] == "abandoned"
    nothing_left(story)


def test_todays_figures_count_a_customer_once(story: Story) -> None:
    attempt, ann, queue = rung(story)
    attempt.picks_up()
    story.advance(4)
    ann.answers(attempt)
    today = view(story, queue).today
    assert (today.offered, today.answered, today.abandoned) == (2, 2, 0)


# -- asking --------------------------------------------------------------------------------------------------


def asked_in_vain(story: Story, caller: str = CALLER) -> bool:
    call = story.call()
    call.enters(caller=caller)
    call.presses("1")
    failed = call.phase == "over" and call.record["path"][-1]["block"] == "sorry"
    assert failed == (call.phase == "over")
    assert not failed or call.record["callback"] is None
    return failed


@pytest.mark.parametrize("caller", ["", "anonymous", "12", "4165550199"])
def test_a_withheld_or_odd_number_cannot_be_called_back(story: Story, caller: str) -> None:
    setting(story)
    assert asked_in_vain(story, caller)


def test_a_number_is_called_back_once_however_often_it_asks(story: Story) -> None:
    queue = setting(story)
    asks(story)
    other = story.queue(number=2)
    story.route(
        "b",
        number=2,
        e164="+14165550102",
        b=block("callback", {"next": "bye", "failed": "sorry"}, queue=queue.id),
        bye=block("hangup"),
        sorry=block("hangup", cause=21),
    )
    again = story.calls_in("+14165550102")
    assert again.record["path"][-1]["block"] == "sorry"
    assert waiting(story, queue) == [(CALLER, True)]
    assert waiting(story, other) == []


def test_without_a_queue_before_it_the_block_names_one_or_fails(story: Story) -> None:
    story.route(
        "b",
        b=block("callback", {"next": "bye", "failed": "sorry"}),
        bye=block("hangup"),
        sorry=block("hangup", cause=21),
    )
    assert story.calls_in().record["path"][-1]["block"] == "sorry"


def test_another_number_may_be_given_by_a_variable(story: Story) -> None:
    story.may_dial()
    queue = story.queue()
    story.route(
        "s",
        s=block("set", {"next": "b"}, variables={"phone": OTHER}),
        b=block("callback", {"next": "bye", "failed": "bye"}, queue=queue.id, number="{phone}"),
        bye=block("hangup"),
    )
    story.calls_in()
    assert waiting(story, queue) == [(OTHER, True)]


def test_what_a_variable_holds_is_checked_before_it_is_dialled(story: Story) -> None:
    story.may_dial()
    queue = story.queue()
    story.route(
        "s",
        s=block("set", {"next": "b"}, variables={"phone": "+1416&Local/1@x"}),
        b=block("callback", {"next": "bye", "failed": "bye"}, queue=queue.id, number="{phone}"),
        bye=block("hangup"),
    )
    call = story.calls_in()
    assert waiting(story, queue) == []
    assert call.record["disposition"] == "completed"


def test_exits_that_lead_nowhere_are_a_farewell(story: Story) -> None:
    story.may_dial()
    queue = story.queue()
    story.route("b", b=block("callback", queue=queue.id))
    call = story.calls_in()
    assert call.hears("vm-goodbye")
    second = story.calls_in()
    assert second.hears("please-try-call-later")


# -- the customer does not answer ----------------------------------------------------------------------------


@pytest.mark.parametrize("reason", [LegFailure.NO_ANSWER, LegFailure.BUSY, LegFailure.FAILED])
def test_who_does_not_answer_is_rung_again_later(story: Story, reason: LegFailure) -> None:
    attempt, ann, queue = rung(story, callback_retry=600.0)
    story.advance(20)
    attempt.does_not_pick_up(reason)
    assert ann.state == "Available"
    assert attempt.record["disposition"] == "failed"
    assert (waiting(story, queue), view(story, queue).later) == ([], 1)
    story.advance(599)
    assert len(story.rung()) == 1
    story.advance(1)
    first, second = story.rung()
    assert first.id != second.id
    second.picks_up()
    ann.answers(second)
    second.hangs_up()
    assert second.record["disposition"] == "answered"
    nothing_left(story)


def test_after_the_last_attempt_it_is_given_up(story: Story) -> None:
    attempt, ann, _ = rung(story, callback_attempts=2, callback_retry=60.0)
    attempt.does_not_pick_up()
    story.advance(60)
    last = story.rung()[-1]
    last.does_not_pick_up()
    story.advance(600)
    assert len(story.rung()) == 2
    assert attempt.record["tags"] == []
    assert last.record["tags"] == ["callback-given-up"]
    assert ann.state == "Available"
    nothing_left(story)


def test_a_refused_command_is_a_failed_attempt(story: Story) -> None:
    attempt, ann, _ = rung(story)
    story.happens(e.CommandFailed(attempt.id, "LaunchCallback", "no trunk"))
    assert (attempt.phase, ann.state) == ("over", "Available")
    assert attempt.record["disposition"] == "failed"
    assert view(story, story.queue(ann)).later == 1


def test_an_attempt_that_is_never_heard_of_again_is_hung_up_and_tried_later(story: Story) -> None:
    attempt, ann, _ = rung(story, callback_retry=600.0)
    story.advance(45)
    assert [x.call for x in story.all(c.HangUp)][-1] == attempt.id
    assert ann.state == "Available"
    assert attempt.record["disposition"] == "failed"
    story.advance(600)
    assert len(story.rung()) == 2


def test_a_retry_keeps_the_place_that_the_caller_had(story: Story) -> None:
    attempt, ann, queue = rung(story, callback_retry=60.0)
    attempt.does_not_pick_up()
    ann.sets(AgentStatus.BREAK)
    later = story.call()
    later.enters(caller=OTHER)
    story.advance(60)
    assert waiting(story, queue) == [(CALLER, True), (OTHER, False)]
    ann.sets(AgentStatus.AVAILABLE)
    assert len(story.rung()) == 2
    assert not later.offers


# -- the agent -----------------------------------------------------------------------------------------------


def test_an_agent_who_left_meanwhile_is_not_rung(story: Story) -> None:
    attempt, ann, queue = rung(story, announce_position=True)
    ann.sets(AgentStatus.AWAY)
    attempt.picks_up()
    assert (attempt.phase, ann.state, attempt.offers) == ("queued", "Away", [])
    assert waiting(story, queue) == [(CALLER, False)]
    story.advance(20)
    assert attempt.hears("queue-youarenext", "queue-thankyou")
    ann.sets(AgentStatus.AVAILABLE)
    assert attempt.offered_to == (ann.id,)


def test_an_agent_who_lost_the_skill_meanwhile_is_not_rung(story: Story) -> None:
    attempt, ann, _ = rung(story)
    story.queue(ann, skills=(SkillNeed("german", 3),))
    attempt.picks_up()
    assert (attempt.phase, attempt.offers, ann.state) == ("queued", [], "Available")


def test_the_held_agent_gets_a_customer_who_would_wait_for_another(story: Story) -> None:
    ann, bob = story.agent("ann"), story.agent("bob")
    setting(story, ann, bob, sticky_wait=600.0)
    first = story.calls_in()
    ann.answers()
    first.hangs_up()
    ann.sets(AgentStatus.AWAY)
    bob.sets(AgentStatus.AWAY)
    asks(story)
    bob.sets(AgentStatus.AVAILABLE)
    (attempt,) = story.rung()
    ann.sets(AgentStatus.AVAILABLE)
    attempt.picks_up()
    assert attempt.offered_to == (bob.id,)


def test_an_agent_whose_phone_vanished_is_not_rung(story: Story) -> None:
    attempt, ann, _ = rung(story)
    ann.vanishes()
    attempt.picks_up()
    assert (attempt.phase, attempt.offers) == ("queued", [])
    ann.registers()
    assert attempt.offered_to == (ann.id,)


def test_an_agent_who_is_removed_meanwhile(story: Story) -> None:
    attempt, ann, _ = rung(story)
    story.remove(ann.id)
    attempt.picks_up()
    assert attempt.phase == "queued"
    assert ann.id not in story.engine.agent_ids()


def test_another_agent_takes_over_when_the_held_one_does_not_answer(story: Story) -> None:
    ann, bob = story.agent("ann"), story.agent("bob")
    setting(story, ann, bob)
    ann.sets(AgentStatus.AWAY)
    bob.sets(AgentStatus.AWAY)
    asks(story)
    ann.sets(AgentStatus.AVAILABLE)
    bob.sets(AgentStatus.AVAILABLE)
    (attempt,) = story.rung()
    attempt.picks_up()
    story.advance(20)
    ann.misses()
    assert attempt.offered_to == (bob.id,)


def test_a_held_agent_gets_no_other_call(story: Story) -> None:
    attempt, ann, _ = rung(story)
    other = story.call()
    other.enters(caller=OTHER)
    assert (other.phase, other.offers) == ("queued", [])
    attempt.does_not_pick_up()
    assert other.offered_to == (ann.id,)


def test_another_spelling_of_the_number_is_the_same_customer(story: Story) -> None:
    ann = story.agent("ann")
    queue = setting(story, ann)
    story.may_dial(countries=("AR",))
    story.calls_in()
    ann.answers()
    asked = story.call()
    asked.enters(caller="+5491123456789", customer="+541123456789")
    asked.presses("1")
    asked.listens()
    assert asked.phase == "over"
    assert waiting(story, queue) == [("+5491123456789", True)]
    again = story.call()
    again.enters(caller="+541123456789", customer="+541123456789")
    assert waiting(story, queue) == [("+541123456789", False)], "the caller waits in person instead"
    again.hangs_up()

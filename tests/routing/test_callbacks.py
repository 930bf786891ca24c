"""Customers who are called back: asked for, launched, answered, missed, given up, not needed any more."""

from typing import Any

import pytest

from routing import commands as c
from routing import events as e
from routing.callbacks import callback_id
from routing.config import OpeningHours, QueueConfig, RecordingPolicy, Strategy
from routing.events import AgentStatus, LegFailure, LiveCall, LivePhase
from routing.views import QueueView
from tests.routing.story import CALLER, DID, Caller, Person, Story, block

pytestmark = pytest.mark.unit

OTHER = "+14165550188"
DIGIT = {"1": "back"}


def setting(story: Story, *people: Person, **settings: Any) -> QueueConfig:
    """A queue whose callers press 1 to be called back, and hang up after the confirmation."""
    queue = story.queue(*people, **settings)
    story.route(
        "q",
        q=block("queue", DIGIT, queue=queue.id),
        back=block("callback", {"next": "bye", "failed": "sorry"}, sound="vm-saved"),
        bye=block("hangup"),
        sorry=block("hangup", cause=21),
    )
    return queue


def asks(story: Story, caller: str = CALLER) -> Caller:
    """A caller presses 1, hears the confirmation and is gone."""
    call = story.call()
    call.enters(caller=caller)
    call.presses("1")
    if call.hears("vm-saved"):
        call.listens()
    assert call.phase == "over"
    return call


def busy(story: Story, **settings: Any) -> tuple[QueueConfig, Person, Caller]:
    """The queue's one agent talks; a customer has asked for a callback."""
    ann = story.agent("ann")
    queue = setting(story, ann, **settings)
    story.calls_in()
    ann.answers()
    return queue, ann, asks(story)


def rung(story: Story, **settings: Any) -> tuple[Caller, Person, QueueConfig]:
    """An attempt that rings."""
    queue, ann, _ = busy(story, **settings)
    story.advance(30)
    ann.hangs_up()
    (attempt,) = story.rung()
    return attempt, ann, queue


def view(story: Story, queue: QueueConfig) -> QueueView:
    found = story.engine.queue(queue.id, story.now)
    assert found is not None
    return found


def waiting(story: Story, queue: QueueConfig) -> list[tuple[str, bool]]:
    return [(found.caller, found.callback) for found in view(story, queue).waiting]


def nothing_left(story: Story) -> None:
    world = story.engine._world
    assert not world.callbacks
    assert not world.timers
    for queue in world.queues.values():
        assert (len(queue.calls), len(queue.callbacks), queue.promised, queue.pace.talks) == (0, 0, 0, 0)
    assert all(not agent.calls for agent in world.agents.values())


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


# -- the customer goes ---------------------------------------------------------------------------------------


def test_a_customer_who_hangs_up_before_the_agent_answers_is_not_rung_again(story: Story) -> None:
    attempt, ann, queue = rung(story)
    attempt.picks_up()
    attempt.hangs_up()
    assert ann.state == "Available"
    assert attempt.record["disposition"] == "abandoned"
    assert view(story, queue).today.abandoned == 1
    story.advance(3600)
    assert len(story.rung()) == 1
    nothing_left(story)


def test_the_wait_of_a_customer_is_that_on_the_line(story: Story) -> None:
    attempt, ann, queue = rung(story, max_wait=20.0)
    story.advance(25)
    attempt.picks_up()
    story.advance(5)
    assert attempt.phase == "offering"
    ann.answers(attempt)
    attempt.hangs_up()
    assert attempt.record["wait"] == 5.0
    assert view(story, queue).today.answered == 2


def test_a_customer_who_calls_in_again_is_not_called(story: Story) -> None:
    queue, ann, asked = busy(story)
    again = story.calls_in()
    assert waiting(story, queue) == [(CALLER, False)]
    ann.hangs_up()
    assert story.rung() == []
    assert again.offered_to == (ann.id,)
    ann.answers(again)
    again.hangs_up()
    assert again.record["callback_of"] == asked.record["callback"]
    assert (again.record["direction"], again.record["disposition"]) == ("inbound", "answered")
    nothing_left(story)


def test_a_customer_who_calls_in_while_being_rung_is_not_rung_on(story: Story) -> None:
    attempt, ann, queue = rung(story)
    again = story.calls_in()
    assert [x.call for x in story.all(c.HangUp)][-1] == attempt.id
    assert attempt.record["disposition"] == "failed"
    assert again.offered_to == (ann.id,)
    assert waiting(story, queue) == [(CALLER, False)]
    story.advance(3600)
    assert len(story.rung()) == 1


def test_a_caller_who_waits_in_another_queue_is_still_called_back(story: Story) -> None:
    queue, _, _ = busy(story)
    story.number(e164="+14165550102", queue=story.queue(number=2).id)
    story.calls_in("+14165550102")
    assert waiting(story, queue) == [(CALLER, True)]


def test_a_caller_who_asks_and_joins_again_waits_and_is_not_called_back(story: Story) -> None:
    queue = story.queue()
    story.route("b", b=block("callback", {"next": "q"}, queue=queue.id), q=block("queue", queue=queue.id))
    call = story.calls_in()
    assert waiting(story, queue) == [(CALLER, False)]
    call.hangs_up()
    assert (call.record["disposition"], call.record["callback"]) == ("abandoned", None)
    nothing_left(story)


# -- managers and settings -----------------------------------------------------------------------------------


def test_a_manager_ends_a_callback_that_waits(story: Story) -> None:
    queue, ann, asked = busy(story)
    story.happens(e.HangUpRequested(callback_id(asked.id)))
    assert waiting(story, queue) == []
    ann.hangs_up()
    assert story.rung() == []
    nothing_left(story)


def test_a_manager_ends_an_attempt_and_with_it_the_callback(story: Story) -> None:
    attempt, ann, _ = rung(story)
    story.happens(e.HangUpRequested(attempt.id))
    assert attempt.record["ended_by"] == "system"
    assert ann.state == "Available"
    story.advance(3600)
    assert len(story.rung()) == 1
    nothing_left(story)


def test_a_queue_that_is_removed_calls_nobody_back(story: Story) -> None:
    attempt, ann, queue = rung(story)
    asks(story, OTHER)
    story.remove(queue.id)
    assert (attempt.phase, ann.state) == ("over", "Available")
    story.advance(3600)
    assert len(story.rung()) == 1
    nothing_left(story)


def test_a_customer_who_answered_hears_an_apology_when_the_queue_goes(story: Story) -> None:
    attempt, ann, queue = rung(story)
    ann.sets(AgentStatus.AWAY)
    attempt.picks_up()
    story.remove(queue.id)
    assert attempt.hears("please-try-call-later")


NOON = OpeningHours("UTC", {"mon": (("09:00", "12:10"),), "tue": (("09:00", "17:00"),)})


def test_a_closed_queue_takes_no_callbacks_and_launches_none(story: Story) -> None:
    queue, ann, _ = busy(story, hours=NOON)
    story.advance(1200)
    assert asked_in_vain_when_closed(story)
    ann.hangs_up()
    assert story.rung() == []
    assert (waiting(story, queue), view(story, queue).later) == ([], 1)
    story.advance(20.5 * 3600)
    assert story.rung() == []
    story.advance(1200)
    assert len(story.rung()) == 1


def asked_in_vain_when_closed(story: Story) -> bool:
    (queue,) = story.engine.queue_ids()
    story.route(
        "b",
        number=2,
        e164="+14165550102",
        b=block("callback", {"next": "bye", "failed": "sorry"}, queue=queue, number=OTHER),
        bye=block("hangup"),
        sorry=block("hangup", cause=21),
    )
    return bool(story.calls_in("+14165550102").record["path"][-1]["block"] == "sorry")


def test_hours_that_change_let_callbacks_go_on_at_once(story: Story) -> None:
    queue, ann, _ = busy(story, hours=NOON)
    story.advance(1200)
    ann.hangs_up()
    assert story.rung() == []
    story.queue(ann)
    assert len(story.rung()) == 1
    assert view(story, queue).later == 0


def test_callbacks_take_up_no_line(story: Story) -> None:
    queue, _, _ = busy(story, max_waiting=1)
    call = story.call()
    call.enters(caller=OTHER)
    assert call.phase == "queued"
    assert waiting(story, queue) == [(CALLER, True), (OTHER, False)]


# -- late and doubled events ---------------------------------------------------------------------------------


def test_an_answer_to_an_attempt_that_is_over_leaves_nobody_on_a_silent_line(story: Story) -> None:
    attempt, _, _ = rung(story)
    attempt.does_not_pick_up()
    said = story.happens(e.CallbackAnswered(attempt.id))
    assert said == [c.HangUp(attempt.id)]


@pytest.mark.parametrize("late", ["failed", "answered", "returned", "hung"])
def test_doubled_ends_change_nothing(story: Story, late: str) -> None:
    attempt, ann, _ = rung(story)
    attempt.picks_up()
    ann.answers(attempt)
    events: dict[str, e.Event] = {
        "failed": e.CallbackFailed(attempt.id, LegFailure.NO_ANSWER),
        "answered": e.CallbackAnswered(attempt.id),
        "returned": e.DigitPressed(attempt.id, "1"),
        "hung": e.PlaybackFinished(attempt.id, 1),
    }
    assert not story.happens(events[late])
    assert attempt.phase == "talking"


def test_a_hang_up_instead_of_a_failure_is_one(story: Story) -> None:
    attempt, ann, queue = rung(story)
    story.happens(e.CallHungUp(attempt.id, 17))
    assert (attempt.phase, ann.state) == ("over", "Available")
    assert (attempt.record["disposition"], attempt.record["hangup_cause"]) == ("failed", 17)
    assert not story.happens(e.CallbackFailed(attempt.id, LegFailure.BUSY))
    assert view(story, queue).later == 1


# -- restarts ------------------------------------------------------------------------------------------------


def restarted(story: Story) -> None:
    image = story.engine.snapshot()
    story.restart()
    assert story.engine.snapshot() == image


def test_a_callback_that_waits_survives_a_restart(story: Story) -> None:
    queue, ann, _ = busy(story)
    restarted(story)
    assert waiting(story, queue) == [(CALLER, True)]
    ann.hangs_up()
    assert len(story.rung()) == 1


def test_a_callback_whose_caller_is_still_on_the_line_survives_a_restart(story: Story) -> None:
    ann = story.agent("ann", available=False)
    setting(story, ann)
    call = story.calls_in()
    call.presses("1")
    restarted(story)
    ann.registers()
    ann.sets(AgentStatus.AVAILABLE)
    assert story.rung() == []
    call.listens()
    assert len(story.rung()) == 1


def test_a_callback_that_waits_for_its_retry_survives_a_restart(story: Story) -> None:
    attempt, _, queue = rung(story, callback_retry=60.0)
    attempt.does_not_pick_up()
    restarted(story)
    assert view(story, queue).later == 1
    story.advance(60)
    assert len(story.rung()) == 2


def test_an_attempt_survives_a_restart(story: Story) -> None:
    attempt, ann, queue = rung(story)
    restarted(story)
    assert waiting(story, queue) == [(CALLER, True)]
    assert ann.state == "Ringing"
    attempt.picks_up()
    assert attempt.offered_to == (ann.id,)
    ann.answers(attempt)
    attempt.hangs_up()
    nothing_left(story)


def live(call: Caller, phase: LivePhase, **more: Any) -> LiveCall:
    return LiveCall(call.id, phase, DID, CALLER, entered_at=1.0, **more)


def resync(story: Story, *calls: LiveCall) -> list[c.Command]:
    phones = tuple(e.PhoneStateChanged(person.config.phone, True) for person in story.people.values())
    return story.happens(e.StateResynced(calls, phones))


def test_an_attempt_that_is_listed_goes_on(story: Story) -> None:
    attempt, ann, _ = rung(story)
    restarted(story)
    resync(story, live(attempt, LivePhase.CALLING))
    assert (attempt.phase, ann.state) == ("calling", "Ringing")
    attempt.picks_up()
    assert attempt.offered_to == (ann.id,)


def test_an_attempt_that_is_not_listed_is_tried_later_never_at_once(story: Story) -> None:
    attempt, ann, queue = rung(story, callback_retry=600.0)
    restarted(story)
    resync(story)
    assert attempt.record["disposition"] == "failed"
    assert ann.state == "Available"
    assert (len(story.rung()), view(story, queue).later) == (1, 1)
    story.advance(600)
    assert len(story.rung()) == 2


def test_an_attempt_that_was_answered_unseen_is_offered(story: Story) -> None:
    attempt, ann, _ = rung(story)
    restarted(story)
    resync(story, live(attempt, LivePhase.CONTROLLED))
    assert attempt.offered_to == (ann.id,)
    ann.answers(attempt)
    attempt.hangs_up()
    nothing_left(story)


def test_an_attempt_that_talks_unseen_talks(story: Story) -> None:
    attempt, ann, _ = rung(story)
    resync(story, live(attempt, LivePhase.TALKING, agent=ann.id))
    assert (attempt.phase, ann.state) == ("talking", "OnCall")
    attempt.talks_to = ann.id
    attempt.hangs_up()
    assert attempt.record["disposition"] == "answered"
    nothing_left(story)


def test_an_attempt_that_nobody_knows_is_hung_up(story: Story) -> None:
    story.agent("ann")
    stranger = story.call()
    said = resync(story, live(stranger, LivePhase.CALLING))
    assert [command for command in said if not isinstance(command, c.Publish)] == [c.HangUp(stranger.id)]
    assert stranger.phase == "over"

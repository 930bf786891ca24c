"""Other ends of callbacks: not needed any more, ended by managers and settings, late events, restarts."""

from typing import Any

import pytest

from routing import commands as c
from routing import events as e
from routing.acd.callbacks import callback_id
from routing.config import OpeningHours, QueueConfig
from routing.events import AgentStatus, LegFailure, LiveCall, LivePhase
from tests.support.routing.calling_back import OTHER, asks, busy, nothing_left, rung, setting, view, waiting
from tests.support.routing.story import CALLER, DID, Caller, Person, Story, block

pytestmark = pytest.mark.unit


# -- the customer goes ---------------------------------------------------------------------------------------


def test_a_customer_who_hangs_up_before_the_agent_answers_is_not_rung_again(story: Story) -> None:
    attempt, ann, queue = rung(story, short_abandon=0.0)
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


def test_a_customer_who_calls_in_and_cannot_join_is_still_called_back(story: Story) -> None:
    queue, ann, _ = busy(story)
    story.queue(ann, max_waiting=0)
    again = story.calls_in()
    assert again.hears("please-try-call-later")
    again.hangs_up()
    assert again.record["callback_of"] is None
    assert waiting(story, queue) == [(CALLER, True)]
    ann.hangs_up()
    assert len(story.rung()) == 1


def test_a_caller_who_waits_in_another_queue_is_still_called_back(story: Story) -> None:
    queue, _, _ = busy(story)
    story.number(e164="+14165550102", queue=story.queue(number=2).id)
    story.calls_in("+14165550102")
    assert waiting(story, queue) == [(CALLER, True)]


def asks_and_joins(story: Story, *people: Person) -> tuple[QueueConfig, Caller]:
    """Let a caller ask for a callback and then join the queue in the same call."""
    story.may_dial()
    queue = story.queue(*people)
    story.route("b", b=block("callback", {"next": "q"}, queue=queue.id), q=block("queue", queue=queue.id))
    return queue, story.calls_in()


def test_a_caller_who_asks_and_joins_again_and_is_not_served_is_called_back(story: Story) -> None:
    queue, call = asks_and_joins(story)
    assert waiting(story, queue) == [(CALLER, False)]
    call.hangs_up()
    assert (call.record["disposition"], call.record["callback_of"]) == ("callback", None)
    assert waiting(story, queue) == [(CALLER, True)]


def test_a_caller_who_asks_and_joins_again_and_is_served_is_not_called_back(story: Story) -> None:
    ann = story.agent("ann")
    _, call = asks_and_joins(story, ann)
    ann.answers(call)
    call.hangs_up()
    assert (call.record["disposition"], call.record["callback"]) == ("answered", None)
    assert call.record["callback_of"] is not None
    assert story.rung() == []
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
    said = resync(story, live(attempt, LivePhase.TALKING, agent=ann.id))
    assert not [x for x in said if isinstance(x, (c.OfferCall, c.Play, c.StartMusic, c.HangUp))]
    assert (attempt.phase, ann.state) == ("talking", "OnCall")
    attempt.talks_to = ann.id
    attempt.hangs_up()
    assert attempt.record["disposition"] == "answered"
    nothing_left(story)


def test_an_attempt_whose_agent_rings_unseen_rings_on(story: Story) -> None:
    attempt, ann, _ = rung(story)
    said = resync(story, live(attempt, LivePhase.DIALING, ringing=(ann.id,)))
    assert not [x for x in said if isinstance(x, (c.OfferCall, c.Play, c.StartMusic, c.HangUp))]
    assert attempt.offered_to == (ann.id,)
    ann.answers(attempt)
    attempt.hangs_up()
    assert attempt.record["disposition"] == "answered"
    nothing_left(story)


def test_an_attempt_that_nobody_knows_is_hung_up(story: Story) -> None:
    story.agent("ann")
    stranger = story.call()
    said = resync(story, live(stranger, LivePhase.CALLING))
    assert [command for command in said if not isinstance(command, c.Publish)] == [c.HangUp(stranger.id)]
    assert stranger.phase == "over"

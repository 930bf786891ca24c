"""One call, several stays: what each queue counts, and what the record of a call says of its stays."""

from dataclasses import replace
from typing import Any

import pytest

from routing import commands as c
from routing import events as e
from routing.config import QueueConfig, RecordingPolicy
from tests.support.routing.calling_back import asks, busy, setting
from tests.support.routing.figures import recomputed, today
from tests.support.routing.story import CALLER, TEAM, Caller, Person, Story, block

pytestmark = pytest.mark.unit


def stays(call: Caller) -> list[tuple[str, str, float]]:
    """Return the outcome, the exit and the wait of each stay in the call's record."""
    return [(stay["outcome"], stay["exit"], stay["wait"]) for stay in call.record["stays"]]


def test_each_queue_counts_its_own_stays(story: Story) -> None:
    """Two callers overflow from A to B: one is answered there 25 seconds after they called, the other leaves at 30.
    A third one leaves A after 5 seconds."""
    ann, bob = story.agents("ann", "bob")
    b = story.queue(bob, number=2)
    a = story.queue(ann, number=1, max_wait=10.0)
    story.route("a", a=block("queue", {"timeout": "b"}, queue=a.id), b=block("queue", queue=b.id))
    ann.vanishes()
    bob.vanishes()
    answered, leaves, third = story.calls_in(), story.calls_in(), story.calls_in()
    story.advance(5)
    third.hangs_up()
    story.advance(19)
    bob.registers()
    story.advance(1)
    bob.answers(answered)
    story.advance(5)
    leaves.hangs_up()
    of_a, of_b = today(story, a), today(story, b)
    assert (of_a.offered, of_a.answered, of_a.abandoned, of_a.passed_on) == (3, 0, 1, 2)
    assert (of_b.offered, of_b.answered, of_b.abandoned, of_b.asa) == (2, 1, 1, 15.0)
    assert of_b.service_level == 0.5
    answered.hangs_up()
    assert stays(answered) == [("passed-on", "timeout", 10.0), ("answered", "", 15.0)]
    assert [stay["passed_to"] for stay in answered.record["stays"]] == ["queue", ""]
    assert stays(leaves) == [("passed-on", "timeout", 10.0), ("abandoned", "", 20.0)]
    assert stays(third) == [("abandoned", "", 5.0)]
    assert (today(story, a), today(story, b)) == (recomputed(story, a), recomputed(story, b))


@pytest.mark.parametrize("by", ["agent", "user", "menu", "voicemail", "number"])
def test_a_call_that_others_take_was_passed_on(story: Story, by: str) -> None:
    ann, bob = story.agents("ann", "bob")
    story.may_dial()
    a = story.queue(ann, max_wait=10.0)
    targets: dict[str, Any] = {
        "agent": {"on": block("agent", {"failed": "bye"}, agent=bob.id)},
        "user": {"on": block("user", {"failed": "bye"}, user=bob.config.user)},
        "menu": {
            "on": block("menu", {"1": "agent", "timeout": "bye", "invalid": "bye"}, sound="vm-saved"),
            "agent": block("agent", {"failed": "bye"}, agent=bob.id),
        },
        "voicemail": {
            "on": block("voicemail", {"next": "bye"}, mailbox={"kind": "team", "id": TEAM}),
        },
        "number": {"on": block("number", {"failed": "bye"}, number="+14165550142")},
    }
    story.route("a", a=block("queue", {"timeout": "on"}, queue=a.id), bye=block("hangup"), **targets[by])
    ann.vanishes()
    call = story.calls_in()
    story.advance(10)
    assert (today(story, a).timed_out, today(story, a).passed_on) == ((1, 0) if by == "menu" else (0, 1))
    if by == "menu":
        call.presses("1")
    if by in ("agent", "menu"):
        bob.answers()
    call.hangs_up()
    found = today(story, a)
    assert (found.offered, found.answered, found.passed_on, found.timed_out) == (1, 0, 1, 0)
    assert call.record["stays"][0]["passed_to"] == ("agent" if by == "menu" else by)
    assert found == recomputed(story, a)


def test_a_call_that_hears_a_farewell_has_timed_out(story: Story) -> None:
    ann = story.agent("ann")
    a = story.queue(ann, max_wait=10.0)
    sorry = block("play", {"next": "bye"}, sound="please-try-call-later")
    story.route("a", a=block("queue", {"timeout": "sorry"}, queue=a.id), sorry=sorry, bye=block("hangup"))
    ann.vanishes()
    call = story.calls_in()
    story.advance(10)
    call.listens()
    assert call.gone
    found = today(story, a)
    assert (found.offered, found.timed_out, found.passed_on, found.average_wait) == (1, 1, 0, 10.0)
    assert stays(call) == [("timed-out", "timeout", 10.0)]


def test_who_comes_back_to_the_queue_was_not_passed_on(story: Story) -> None:
    ann = story.agent("ann")
    a = story.queue(ann)
    again = block("play", {"next": "a"}, sound="vm-saved")
    story.route("a", a=block("queue", {"1": "again"}, queue=a.id), again=again)
    ann.vanishes()
    call = story.calls_in()
    story.advance(7)
    call.presses("1")
    story.advance(2)
    call.listens()
    story.advance(6)
    call.hangs_up()
    assert stays(call) == [("left", "1", 7.0), ("abandoned", "", 6.0)]
    found = today(story, a)
    assert (found.offered, found.left, found.abandoned, found.passed_on) == (2, 1, 1, 0)


@pytest.mark.parametrize("settings", [{"join_when_empty": False}, {"max_waiting": 0}, {"max_calls": 0}])
def test_who_is_turned_away_is_not_offered(story: Story, settings: dict[str, Any]) -> None:
    ann = story.agent("ann", available=False)
    a = story.queue(ann, **settings)
    story.number(queue=a.id)
    call = story.calls_in()
    call.listens()
    found = today(story, a)
    assert (found.offered, found.turned_away) == (0, 1)
    [stay] = call.record["stays"]
    assert (stay["outcome"], stay["wait"], stay["left_at"]) == ("turned-away", 0.0, stay["joined_at"])
    assert stay["exit"] in ("empty", "full")
    assert found == recomputed(story, a)


# -- callbacks -----------------------------------------------------------------------------------------------


def test_a_callback_with_two_attempts_is_offered_once(story: Story) -> None:
    ann = story.agent("ann")
    queue = setting(story, ann, callback_retry=60.0, wrap_up=10.0)
    ann.vanishes()
    call = story.call()
    call.enters()
    story.advance(40)
    call.presses("1")
    call.listens()
    found = today(story, queue)
    assert (found.offered, found.waiting, found.callbacks) == (1, 1, 1)
    assert stays(call) == [("waiting", "1", 40.0)]
    ann.registers()
    story.advance(1)
    first = story.rung()[-1]
    first.does_not_pick_up()
    story.advance(61)
    second = story.rung()[-1]
    assert second is not first
    second.picks_up()
    story.advance(4)
    ann.answers(second)
    story.advance(100)
    second.hangs_up()
    story.advance(10)
    found = today(story, queue)
    assert (found.offered, found.answered, found.waiting) == (1, 1, 0)
    assert (found.callbacks, found.callbacks_answered) == (1, 1)
    assert (found.asa, found.average_talk, found.aht) == (44.0, 100.0, 110.0)
    assert first.record["stays"] == []
    [stay] = second.record["stays"]
    assert (stay["call"], stay["last_call"], stay["agent"]) == (call.id, second.id, ann.id)
    assert found == recomputed(story, queue)


def test_a_callback_that_reaches_no_one_writes_its_stay(story: Story) -> None:
    ann = story.agent("ann")
    queue = setting(story, ann, callback_attempts=1)
    ann.vanishes()
    asks(story)
    ann.registers()
    story.advance(1)
    story.rung()[-1].does_not_pick_up()
    [record] = [command.record for command in story.all(c.LogStay)]
    stay = record["stay"]
    assert (record["team"], stay["outcome"], stay["left_at"]) == (TEAM, "unreached", story.now)
    found = today(story, queue)
    assert (found.offered, found.unreached, found.answered, found.waiting) == (1, 1, 0, 0)
    assert found == recomputed(story, queue)


def test_a_customer_who_calls_in_is_answered_once(story: Story) -> None:
    queue, ann, first = busy(story)
    story.advance(5)
    again = story.call()
    again.enters(caller=CALLER)
    ann.hangs_up()
    story.advance(1)
    ann.answers(again)
    again.hangs_up()
    found = today(story, queue)
    assert (found.offered, found.answered, found.left, found.waiting) == (3, 2, 1, 0)
    [gone] = [command.record["stay"] for command in story.all(c.LogStay)]
    assert (gone["call"], gone["outcome"], gone["exit"]) == (first.id, "left", "called-in")
    assert found == recomputed(story, queue)


def test_a_callback_without_a_wait_enters_the_queue_that_it_is_for(story: Story) -> None:
    ann = story.agent("ann")
    story.may_dial()
    queue = story.queue(ann)
    story.route("back", back=block("callback", {"next": "bye"}, queue=queue.id), bye=block("hangup"))
    ann.vanishes()
    call = story.calls_in()
    story.advance(1)
    assert (today(story, queue).offered, today(story, queue).callbacks) == (1, 1)
    assert stays(call) == [("waiting", "", 0.0)]


# -- days, restarts and settings -----------------------------------------------------------------------------


def served(story: Story, ann: Person, wait: float) -> None:
    call = story.calls_in()
    story.advance(wait)
    ann.answers(call)
    story.advance(60)
    call.hangs_up()
    story.advance(1)


def test_a_changed_threshold_shows_at_once(story: Story) -> None:
    ann = story.agent("ann")
    queue = story.queue(ann, ring_timeout=300.0, call_service_good=20.0)
    story.number(queue=queue.id)
    for wait in (5, 15, 30):
        served(story, ann, wait)
    leaves = story.calls_in()
    story.advance(8)
    leaves.hangs_up()
    assert (today(story, queue).service_level, today(story, queue).abandoned) == (0.5, 1)
    queue = replace(queue, call_service_good=10.0, short_abandon=9.0)
    story.configure(queue)
    assert (today(story, queue).service_level, today(story, queue).abandoned) == (1 / 3, 0)
    assert today(story, queue).short_abandons == 1
    assert today(story, queue) == recomputed(story, queue)


def test_a_restart_keeps_the_figures_and_the_stays(story: Story) -> None:
    ann = story.agent("ann")
    queue = setting(story, ann, ring_timeout=300.0, wrap_up=30.0)
    served(story, ann, 5)
    story.advance(60)
    waits = story.calls_in()
    story.advance(8)
    before = today(story, queue)
    story.restart()
    assert today(story, queue) == before
    ann.answers(waits)
    story.restart()
    waits.hangs_up()
    story.restart()
    story.advance(60)
    story.restart()
    assert today(story, queue) == recomputed(story, queue)
    assert (today(story, queue).answered, today(story, queue).aht) == (2, 60.0)


def counted(
    queue: QueueConfig, story: Story, *stays: tuple[str, float, bool, int, float, float]
) -> e.StaysCounted:
    return e.StaysCounted(queue.id, story.now - story.now % 86_400, stays)


def test_an_engine_without_a_snapshot_takes_the_figures_of_today_from_the_records(story: Story) -> None:
    """The team's days are those of UTC."""
    ann = story.agent("ann")
    queue = story.queue(ann, ring_timeout=300.0)
    story.number(queue=queue.id)
    story.happens(
        counted(
            queue, story, ("answered", 5.0, False, 2, 240.0, 20.0), ("abandoned", 25.0, False, 1, 0.0, 0.0)
        )
    )
    served(story, ann, 30)
    found = today(story, queue)
    assert (found.offered, found.answered, found.abandoned, found.answered_in_threshold) == (4, 3, 1, 2)
    assert (found.asa, found.aht) == (13.333, 106.667)
    story.restart()
    story.happens(counted(queue, story, ("answered", 5.0, False, 3, 300.0, 20.0)))
    assert today(story, queue) == found, "an engine that knows its day counts nothing twice"


def test_records_of_another_day_are_not_counted(story: Story) -> None:
    queue = story.queue(story.agent("ann"))
    event = counted(queue, story, ("answered", 5.0, False, 2, 240.0, 0.0))
    story.advance(86_400)
    story.happens(event)
    assert today(story, queue).offered == 0


def test_a_callback_goes_on_with_its_stay_after_a_restart(story: Story) -> None:
    ann = story.agent("ann")
    queue = setting(story, ann)
    ann.vanishes()
    call = story.call()
    call.enters()
    story.advance(40)
    call.presses("1")
    call.listens()
    story.restart()
    ann.registers()
    story.advance(1)
    attempt = story.rung()[-1]
    attempt.picks_up()
    ann.answers(attempt)
    attempt.hangs_up()
    assert today(story, queue) == recomputed(story, queue)
    assert (today(story, queue).offered, today(story, queue).asa) == (1, 40.0)


# -- recordings ----------------------------------------------------------------------------------------------


def test_the_leg_names_its_recording(story: Story) -> None:
    ann, bob = story.agents("ann", "bob")
    story.number(queue=story.queue(ann, bob).id)
    call = story.calls_in()
    ann.misses()
    bob.answers(call)
    call.hangs_up()
    assert [leg["recording"] for leg in call.record["legs"]] == [None, *call.record["recordings"]]
    assert len(call.record["recordings"]) == 1


def test_a_call_that_is_not_recorded_names_none(story: Story) -> None:
    ann = story.agent("ann")
    story.number(queue=story.queue(ann, recording=RecordingPolicy.NONE).id)
    call = story.calls_in()
    ann.answers(call)
    call.hangs_up()
    assert [leg["recording"] for leg in call.record["legs"]] == [None]

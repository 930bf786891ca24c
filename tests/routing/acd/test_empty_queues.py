"""When a queue is empty: no agent on duty can serve the caller, and none who is on duty was here a moment ago."""

from typing import Any

import pytest

from routing import events as e
from routing.config import QueueConfig, QueueMember, Relaxation, SkillNeed
from routing.events import AgentStatus, LegFailure
from tests.support.routing.story import Caller, Person, Story, block

pytestmark = pytest.mark.unit

SORRY = "please-try-call-later"
GERMAN, FRENCH = "+14165550101", "+14165550102"


def team(story: Story, *people: Person, **settings: Any) -> QueueConfig:
    """Make a queue with one number, and one for callers who need German, one for French. The first agent speaks German,
    the others French."""
    members = tuple(
        QueueMember(person.id, skills=(("fr" if number else "de", 5),))
        for number, person in enumerate(people)
    )
    queue = story.queue(members=members, **settings)
    for number, (e164, skill) in enumerate(((GERMAN, "de"), (FRENCH, "fr")), 1):
        story.route(
            "need",
            e164=e164,
            number=number,
            need=block("set", {"next": "queue"}, skills=[{"skill": skill, "level": 3}]),
            queue=block("queue", queue=queue.id),
        )
    story.number(queue=queue.id)
    return queue


def turned_away(call: Caller) -> bool:
    return call.hears(SORRY) and call.phase == "playing"


# -- a need that no agent on duty has ------------------------------------------------------------------------


def test_a_need_that_no_agent_on_duty_has_is_an_empty_queue(story: Story) -> None:
    ann, bob = story.agents("ann", "bob")
    team(story, ann, bob, join_when_empty=False)
    ann.sets(AgentStatus.OFFLINE)
    assert turned_away(story.calls_in(GERMAN))
    assert story.calls_in(FRENCH).offered_to == (bob.id,)
    assert story.calls_in(FRENCH).phase == "queued", "a busy agent still serves the queue"


def test_the_queues_own_needs_count_as_well(story: Story) -> None:
    ann, bob = story.agents("ann", "bob")
    team(story, ann, bob, join_when_empty=False, skills=(SkillNeed("de", 3),))
    assert story.calls_in().offered_to == (ann.id,)
    ann.sets(AgentStatus.BREAK)
    assert turned_away(story.calls_in())


def test_a_preferred_need_turns_nobody_away(story: Story) -> None:
    (ann,) = story.agents("ann")
    team(story, ann, join_when_empty=False, skills=(SkillNeed("fr", 3, required=False),))
    assert story.calls_in().offered_to == (ann.id,)


def test_a_need_that_will_be_relaxed_is_worth_waiting_for(story: Story) -> None:
    ann, bob = story.agents("ann", "bob")
    team(story, ann, bob, join_when_empty=False, relaxation=(Relaxation(20, 1), Relaxation(40, 100)))
    ann.sets(AgentStatus.OFFLINE)
    call = story.calls_in(GERMAN)
    assert call.phase == "queued"
    story.advance(40)
    assert call.offered_to == (bob.id,)


def test_a_level_that_nobody_reaches_even_when_relaxed(story: Story) -> None:
    (ann,) = story.agents("ann")
    team(story, ann, join_when_empty=False, skills=(SkillNeed("de", 50),), relaxation=(Relaxation(20, 10),))
    assert turned_away(story.calls_in())


def test_callers_leave_when_the_last_agent_with_their_need_goes(story: Story) -> None:
    ann, bob = story.agents("ann", "bob")
    team(story, ann, bob, leave_when_empty=True)
    story.calls_in(GERMAN)
    story.calls_in(FRENCH)
    ann.answers()
    bob.answers()
    german, french, anybody = story.calls_in(GERMAN), story.calls_in(FRENCH), story.calls_in()
    ann.sets(AgentStatus.AWAY)
    assert turned_away(german)
    assert (french.phase, anybody.phase) == ("queued", "queued")
    bob.sets(AgentStatus.AWAY)
    assert turned_away(french)
    assert turned_away(anybody)


def test_callers_leave_although_their_need_would_be_lowered_later(story: Story) -> None:
    """No agent on duty meets even the lowered level. Until now nobody asked for that level."""
    ann, bob = story.agents("ann", "bob")
    team(story, ann, bob, leave_when_empty=True, relaxation=(Relaxation(20, 1),))
    story.calls_in(GERMAN)
    ann.answers()
    german = story.calls_in(GERMAN)
    ann.sets(AgentStatus.AWAY)
    assert turned_away(german)


def test_callers_whom_the_agent_could_not_serve_wait_on(story: Story) -> None:
    """They joined although no agent on duty had what they need, as the queue allows."""
    ann, bob, eve = story.agents("ann", "bob", "eve")
    team(story, ann, bob, eve, leave_when_empty=True)
    ann.sets(AgentStatus.AWAY)
    german = story.calls_in(GERMAN)
    bob.sets(AgentStatus.AWAY)
    assert german.phase == "queued"


def test_a_caller_who_was_rung_for_leaves_too(story: Story) -> None:
    ann, bob = story.agents("ann", "bob")
    team(story, ann, bob, leave_when_empty=True)
    call = story.calls_in(GERMAN)
    assert call.offered_to == (ann.id,)
    ann.sets(AgentStatus.AWAY)
    assert turned_away(call)


def test_a_caller_whose_offer_asterisk_refused_leaves_too(story: Story) -> None:
    """The agent goes while the caller waits for the next try."""
    ann, bob = story.agents("ann", "bob")
    team(story, ann, bob, leave_when_empty=True)
    call = story.calls_in(GERMAN)
    call.rung.clear()
    story.happens(e.OfferFailed(call.id, ann.id, LegFailure.FAILED))
    story.happens(e.CommandFailed(call.id, "OfferCall", "no"))
    ann.sets(AgentStatus.AWAY)
    assert call.phase == "queued"
    story.advance(2)
    assert turned_away(call)


def test_new_skills_of_a_member_fill_the_queue(story: Story) -> None:
    ann, bob = story.agents("ann", "bob")
    queue = team(story, ann, bob, join_when_empty=False)
    ann.sets(AgentStatus.OFFLINE)
    assert turned_away(story.calls_in(GERMAN))
    story.queue(members=(QueueMember(bob.id, skills=(("de", 4),)),), join_when_empty=False)
    assert story.calls_in(GERMAN).offered_to == (bob.id,)
    assert queue.id in story.engine.queue_ids()


def test_a_restart_knows_who_has_what(story: Story) -> None:
    ann, bob = story.agents("ann", "bob")
    team(story, ann, bob, join_when_empty=False)
    ann.sets(AgentStatus.OFFLINE)
    story.restart()
    assert turned_away(story.calls_in(GERMAN))
    assert story.calls_in(FRENCH).offered_to == (bob.id,)


# -- a registration that lapses --------------------------------------------------------------------------------


def talks(story: Story, **settings: Any) -> tuple[Person, Caller, Caller]:
    """Let the only agent talk while another caller waits."""
    ann = story.agent("ann")
    story.number(queue=story.queue(ann, **settings).id)
    talking = story.calls_in()
    ann.answers()
    return ann, talking, story.calls_in()


def test_who_talks_is_there_although_the_registration_lapses(story: Story) -> None:
    ann, _, waiting = talks(story, leave_when_empty=True, join_when_empty=False)
    ann.vanishes()
    story.advance(600)
    assert waiting.phase == "queued"
    assert story.calls_in().phase == "queued"


def test_after_the_talk_a_phone_has_some_seconds_to_come_back(story: Story) -> None:
    ann, talking, waiting = talks(story, leave_when_empty=True)
    ann.vanishes()
    story.advance(60)
    talking.hangs_up()
    story.advance(9)
    assert waiting.phase == "queued"
    ann.registers()
    assert waiting.offered_to == (ann.id,)
    story.advance(600)
    assert not turned_away(waiting)


def test_after_these_seconds_the_queue_is_empty(story: Story) -> None:
    ann, talking, waiting = talks(story, leave_when_empty=True)
    ann.vanishes()
    talking.hangs_up()
    story.advance(9.9)
    assert waiting.phase == "queued"
    story.advance(0.2)
    assert turned_away(waiting)
    assert not [timer for timer in story.engine.timers if timer.startswith(ann.id)]


def test_a_phone_of_an_idle_agent_has_the_same_seconds(story: Story) -> None:
    ann = story.agent("ann")
    story.number(queue=story.queue(ann, join_when_empty=False, leave_when_empty=True).id)
    ann.vanishes()
    waiting = story.calls_in()
    assert (waiting.phase, waiting.offers) == ("queued", [])
    story.advance(11)
    assert turned_away(waiting)
    assert turned_away(story.calls_in())


def test_an_agent_who_goes_while_the_phone_is_away_is_gone(story: Story) -> None:
    ann, talking, waiting = talks(story, leave_when_empty=True)
    ann.vanishes()
    talking.hangs_up()
    ann.sets(AgentStatus.OFFLINE)
    assert turned_away(waiting)
    assert not [timer for timer in story.engine.timers if timer.startswith(ann.id)]


def test_a_phone_that_comes_and_goes_has_the_seconds_again(story: Story) -> None:
    ann, _, waiting = talks(story, leave_when_empty=True)
    for _ in range(3):
        ann.vanishes()
        story.advance(8)
        ann.registers()
        story.advance(1)
    assert waiting.phase == "queued"


def test_a_phone_has_the_same_seconds_in_the_wrap_up(story: Story) -> None:
    ann, talking, waiting = talks(story, leave_when_empty=True, wrap_up=30)
    talking.hangs_up()
    ann.vanishes()
    story.advance(8)
    ann.registers()
    story.advance(22)
    assert waiting.offered_to == (ann.id,)


def test_an_agent_who_answers_without_a_registration_is_there(story: Story) -> None:
    ann = story.agent("ann")
    story.number(queue=story.queue(ann, leave_when_empty=True).id)
    call, waiting = story.calls_in(), story.calls_in()
    ann.vanishes()
    story.advance(5)
    ann.answers(call)
    story.advance(600)
    assert (call.phase, waiting.phase) == ("talking", "queued")


@pytest.mark.parametrize("there", [False, True])
def test_a_resync_that_lists_no_phone_at_first(story: Story, there: bool) -> None:
    ann = story.agent("ann")
    story.number(queue=story.queue(ann, leave_when_empty=True, missed_limit=None).id)
    ann.registers(busy=True)
    waiting = story.calls_in()
    live = e.LiveCall(waiting.id, e.LivePhase.CONTROLLED, "+14165550100", "+14165550199")
    story.happens(e.StateResynced((live,)))
    story.advance(5)
    if there:
        ann.registers()
    story.advance(6)
    assert turned_away(waiting) is not there


def test_a_restart_keeps_the_seconds(story: Story) -> None:
    ann, talking, waiting = talks(story, leave_when_empty=True)
    ann.vanishes()
    talking.hangs_up()
    story.advance(5)
    story.restart()
    assert waiting.phase == "queued"
    story.advance(5.1)
    assert turned_away(waiting)


def test_a_talk_that_a_resync_finds_shows_that_the_agent_is_there(story: Story) -> None:
    ann = story.agent("ann")
    story.number(queue=story.queue(ann, join_when_empty=False).id)
    ann.vanishes()
    live = e.LiveCall(story.call().id, e.LivePhase.TALKING, "+14165550100", "", agent=ann.id)
    story.happens(e.StateResynced((live,)))
    assert not [timer for timer in story.engine.timers if timer.startswith(ann.id)]
    story.advance(60)
    assert story.calls_in().phase == "queued"


def test_a_removed_agent_leaves_no_timer(story: Story) -> None:
    ann = story.agent("ann")
    story.queue(ann)
    ann.vanishes()
    story.remove(ann.id)
    assert not story.engine.timers


def test_an_agent_that_is_removed_is_waited_for_no_more(story: Story) -> None:
    ann = story.agent("ann")
    story.number(queue=story.queue(ann).id)
    call = story.calls_in()
    assert call.offered_to == (ann.id,)
    ann.vanishes()
    assert f"{ann.id}:lapse" in story.engine.timers
    story.manual = True  # the phone rings on for a moment
    story.remove(ann.id)
    assert f"{ann.id}:lapse" not in story.engine.timers

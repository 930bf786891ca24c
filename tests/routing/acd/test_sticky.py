"""Callers get the agent with whom they talked last, or the agent whom a block prefers."""

from typing import Any

import pytest

from routing.acd import statistics
from routing.config import QueueConfig, QueueMember, SkillNeed, Strategy
from routing.events import AgentStatus
from tests.support.routing.story import DID, Caller, Person, Story, block

pytestmark = pytest.mark.unit
KNOWN, OTHER = "+14165550188", ""
"""The other one withholds its number."""
DAY = 86_400.0


def line(story: Story, *people: Person, **settings: Any) -> QueueConfig:
    queue = story.queue(*people, **{"sticky_wait": 30.0, **settings})
    story.number(queue=queue.id)
    return queue


def calls_from(story: Story, number: str) -> Caller:
    call = story.call()
    call.enters(DID, number)
    return call


def talked(story: Story, person: Person, number: str = KNOWN) -> None:
    """The two talk; afterwards everybody else has been idle longer."""
    call = calls_from(story, number)
    while call.offered_to != (person.id,):
        story.advance(20)
        story.people[call.offered_to[0]].misses()
    person.answers()
    story.advance(60)
    call.hangs_up()
    story.advance(60)


def test_a_caller_gets_the_agent_with_whom_it_talked_last(story: Story) -> None:
    ann, bob = story.agents("ann", "bob")
    line(story, ann, bob)
    talked(story, ann)
    assert calls_from(story, KNOWN).offered_to == (ann.id,)
    assert calls_from(story, OTHER).offered_to == (bob.id,)


def test_a_caller_is_known_by_every_spelling_of_their_number(story: Story) -> None:
    ann, bob = story.agents("ann", "bob")
    line(story, ann, bob)
    with_nine = story.call()
    with_nine.enters(DID, "+5491123456789", customer="+541123456789")
    ann.answers()
    with_nine.hangs_up()
    story.advance(60)
    without = story.call()
    without.enters(DID, "+541123456789", customer="+541123456789")
    assert without.offered_to == (ann.id,)


def test_it_waits_for_that_agent_alone_and_then_for_anybody(story: Story) -> None:
    ann, bob = story.agents("ann", "bob")
    line(story, ann, bob)
    talked(story, ann)
    busy = calls_from(story, OTHER)
    bob.answers()
    held = calls_from(story, OTHER)
    assert held.offered_to == (ann.id,)
    ann.answers()
    busy.hangs_up()
    call = calls_from(story, KNOWN)
    assert call.phase == "queued", "although bob is free"
    story.advance(29)
    assert not call.offered_to
    story.advance(1)
    assert call.offered_to == (bob.id,)
    call.hangs_up()
    made = call.record["decisions"][0]
    assert (made["wait"], made["passed"]) == (30.0, {"capacity": 1})


def test_its_agent_becomes_free_in_time(story: Story) -> None:
    ann, bob = story.agents("ann", "bob")
    line(story, ann, bob)
    talked(story, ann)
    bob.sets(AgentStatus.BREAK)
    busy = calls_from(story, OTHER)
    ann.answers()
    call = calls_from(story, KNOWN)
    bob.sets(AgentStatus.AVAILABLE)
    later = calls_from(story, OTHER)
    assert later.offered_to == (bob.id,)
    bob.answers()
    busy.hangs_up()
    assert call.offered_to == (ann.id,)
    later.hangs_up()
    assert later.record["decisions"][0]["overtook"] == [[call.id, "sticky"]]
    assert later.record["decisions"][0]["overtaken"] == {"sticky": 1}


def test_an_older_call_gets_the_agent_before_it(story: Story) -> None:
    ann = story.agent("ann")
    line(story, ann)
    talked(story, ann)
    busy = calls_from(story, OTHER)
    ann.answers()
    older = calls_from(story, OTHER)
    call = calls_from(story, KNOWN)
    busy.hangs_up()
    assert (older.offered_to, call.offered_to) == ((ann.id,), ())


def test_an_agent_who_lets_it_pass_is_not_waited_for(story: Story) -> None:
    ann, bob = story.agents("ann", "bob")
    line(story, ann, bob)
    talked(story, ann)
    call = calls_from(story, KNOWN)
    story.advance(10)
    ann.misses()
    assert call.offered_to == (bob.id,)


def test_an_agent_who_goes_is_not_waited_for(story: Story) -> None:
    ann, bob, cid = story.agents("ann", "bob", "cid")
    line(story, ann, bob, cid)
    talked(story, ann)
    bob.sets(AgentStatus.BREAK)
    cid.sets(AgentStatus.BREAK)
    calls_from(story, OTHER)
    ann.answers()
    call = calls_from(story, KNOWN)
    bob.sets(AgentStatus.AVAILABLE)
    assert not call.offered_to
    ann.sets(AgentStatus.AWAY)
    assert call.offered_to == (bob.id,)
    assert not [timer for timer in story.engine.timers if timer.endswith("sticky")]


@pytest.mark.parametrize(("days", "sticky"), [(1.9, True), (2.1, False)])
def test_a_talk_long_ago_does_not_count(story: Story, days: float, sticky: bool) -> None:
    ann, bob = story.agents("ann", "bob")
    line(story, ann, bob, sticky_days=2.0)
    talked(story, ann)
    story.advance(days * DAY)
    assert calls_from(story, KNOWN).offered_to == ((ann if sticky else bob).id,)


def test_without_stickiness_nothing_is_remembered(story: Story) -> None:
    ann, bob = story.agents("ann", "bob")
    queue = line(story, ann, bob, sticky_wait=None)
    talked(story, ann)
    assert calls_from(story, KNOWN).offered_to == (bob.id,)
    assert not story.engine._world.queues[queue.id].last_talks


def test_an_agent_without_the_skill_is_not_waited_for(story: Story) -> None:
    ann, bob = story.agents("ann", "bob")
    line(story, ann, bob)
    talked(story, ann)
    calls_from(story, OTHER)
    calls_from(story, OTHER)
    ann.answers()
    bob.answers()
    members = (QueueMember(ann.id), QueueMember(bob.id, skills=(("de", 1),)))
    line(story, members=members, skills=(SkillNeed("de"),))
    call = calls_from(story, KNOWN)
    assert not [timer for timer in story.engine.timers if timer.endswith("sticky")]
    bob.hangs_up()
    assert call.offered_to == (bob.id,)


@pytest.mark.parametrize("strategy", list(Strategy))
def test_a_preferred_agent_goes_first_without_being_waited_for(story: Story, strategy: Strategy) -> None:
    people = story.agents("ann", "bob", "cid")
    queue = story.queue(*people, strategy=strategy, ring_limit=2)
    story.route(
        "set",
        set=block("set", {"next": "queue"}, preferred_agent=people[2].id),
        queue=block("queue", queue=queue.id),
    )
    first, second = story.calls_in(), story.calls_in()
    assert first.offered_to[0] == people[2].id
    assert second.offered_to
    assert second.offered_to[0] != people[2].id


@pytest.mark.parametrize("resumes", [False, True])
def test_a_restart_in_the_midst(story: Story, resumes: bool) -> None:
    ann, bob = story.agents("ann", "bob")
    line(story, ann, bob)
    talked(story, ann)
    bob.sets(AgentStatus.BREAK)
    busy = calls_from(story, OTHER)
    ann.answers()
    call = calls_from(story, KNOWN)
    bob.sets(AgentStatus.AVAILABLE)
    story.advance(10)
    story.restart()
    if resumes:
        busy.hangs_up()
        assert call.offered_to == (ann.id,)
    else:
        story.advance(20)
        assert call.offered_to == (bob.id,)


def test_memory_of_talks_is_bounded(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statistics, "LAST_TALKS", 3)
    ann = story.agent("ann")
    queue = line(story, ann)
    for number in range(5):
        talked(story, ann, f"+1416555020{number}")
    talked(story, ann, "+14165550203")
    known = story.engine._world.queues[queue.id].last_talks
    assert list(known) == ["+14165550202", "+14165550204", "+14165550203"]


def test_switched_off_meanwhile(story: Story) -> None:
    ann, bob = story.agents("ann", "bob")
    line(story, ann, bob)
    talked(story, ann)
    bob.sets(AgentStatus.BREAK)
    calls_from(story, OTHER)
    ann.answers()
    call = calls_from(story, KNOWN)
    bob.sets(AgentStatus.AVAILABLE)
    assert not call.offered_to
    line(story, ann, bob, sticky_wait=None)
    assert call.offered_to == (bob.id,)

"""Skills: who can serve a call, who is preferred, and which needs are relaxed as the wait grows."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.acd import matching
from routing.acd.skills import effective, lowered, met
from routing.config import QueueConfig, QueueMember, Relaxation, SkillNeed, Strategy
from routing.events import AgentStatus
from routing.state.groups import Needs
from tests.support.routing.story import Caller, Person, Story, block

pytestmark = pytest.mark.unit
PLAIN, GERMAN, FRENCH = "+14165550101", "+14165550102", "+14165550103"


def member(person: Person, **skills: int) -> QueueMember:
    return QueueMember(person.id, skills=tuple(skills.items()))


def lines(story: Story, *members: QueueMember, **settings: Any) -> QueueConfig:
    """A queue that callers reach as they are, with German at 50, or with French preferred."""
    queue = story.queue(members=members, **settings)
    story.number(e164=PLAIN, queue=queue.id)
    needs = {
        GERMAN: [{"skill": "de", "level": 50}],
        FRENCH: [{"skill": "fr", "level": 10, "required": False}],
    }
    for number, (did, skills) in enumerate(needs.items(), 2):
        story.route(
            "needs",
            e164=did,
            number=number,
            needs=block("set", {"next": "queue"}, skills=skills),
            queue=block("queue", queue=queue.id),
        )
    return queue


def decision(story: Story, call: Caller) -> dict[str, Any]:
    """The last one of a call, which ends here."""
    call.hangs_up()
    found: dict[str, Any] = call.record["decisions"][-1]
    return found


def test_only_who_has_the_skill_is_rung(story: Story) -> None:
    ann, bob = story.agents("ann", "bob")
    lines(story, member(ann, de=49), member(bob, de=50))
    assert story.calls_in(GERMAN).offered_to == (bob.id,)
    waits = story.calls_in(GERMAN)
    assert waits.phase == "queued"
    assert story.calls_in(PLAIN).offered_to == (ann.id,)
    story.advance(20)
    bob.misses()
    assert waits.offered_to == (bob.id,)


def test_a_skilled_agent_serves_the_longest_waiting_of_all(story: Story) -> None:
    ann = story.agent("ann", available=False)
    lines(story, member(ann, de=60))
    calls = []
    for did in (PLAIN, GERMAN, PLAIN, GERMAN):
        calls.append(story.calls_in(did))
        story.advance(1)
    ann.registers()
    ann.sets(AgentStatus.AVAILABLE)
    for call in calls:
        assert call.offered_to == (ann.id,)
        ann.answers()
        call.hangs_up()


def test_the_queues_own_needs_come_beside_the_calls(story: Story) -> None:
    ann, bob = story.agents("ann", "bob")
    both = (SkillNeed("vip", 1), SkillNeed("de", 20))
    lines(story, member(ann, de=90), member(bob, de=50, vip=1), skills=both)
    assert story.calls_in(PLAIN).offered_to == (bob.id,)
    assert not story.calls_in(GERMAN).offered_to


def test_who_meets_more_preferred_needs_goes_first(story: Story) -> None:
    ann, bob, cid = story.agents("ann", "bob", "cid")
    lines(story, member(ann), member(bob, fr=9), member(cid, fr=10))
    assert story.calls_in(FRENCH).offered_to == (cid.id,)
    assert story.calls_in(FRENCH).offered_to == (ann.id,), "then the strategy's order"


@pytest.mark.parametrize("strategy", list(Strategy))
def test_every_strategy_keeps_to_the_skills(story: Story, strategy: Strategy) -> None:
    people = story.agents("ann", "bob", "cid", "dan")
    able = [member(person, de=50, fr=10 * (person is people[3])) for person in people[2:]]
    lines(story, *map(member, people[:2]), *able, strategy=strategy, ring_limit=2)
    first = story.calls_in(GERMAN)
    story.advance(10)
    assert set(first.offered_to) <= {people[2].id, people[3].id}
    people[2].sets(AgentStatus.BREAK)
    first.hangs_up()
    assert story.calls_in(GERMAN).offered_to == (people[3].id,)
    assert not story.calls_in(GERMAN).offered_to


def test_levels_are_lowered_with_the_wait(story: Story) -> None:
    ann, bob = story.agents("ann", "bob")
    steps = (Relaxation(30, 10), Relaxation(60, 100))
    lines(story, member(ann), member(bob, de=40), relaxation=steps)
    call = story.calls_in(GERMAN)
    story.advance(29)
    assert not call.offered_to
    story.advance(1)
    assert call.offered_to == (bob.id,)
    story.advance(10)
    bob.misses()
    assert call.offered_to == (bob.id,)
    story.advance(20)
    bob.misses()
    assert call.offered_to == (ann.id,), "the last step asks for nothing any more"
    call.hangs_up()
    assert not story.engine.timers


def test_the_last_step_reached_counts_alone(story: Story) -> None:
    (ann,) = story.agents("ann")
    lines(story, member(ann, de=45), relaxation=(Relaxation(10, 5), Relaxation(20, 1)))
    call = story.calls_in(GERMAN)
    ann.sets(AgentStatus.BREAK)
    call.hangs_up()
    call = story.calls_in(GERMAN)
    story.advance(25)
    ann.sets(AgentStatus.AVAILABLE)
    assert not call.offered_to


@pytest.mark.parametrize("seconds", [5, 35])
def test_relaxation_survives_a_restart(story: Story, seconds: float) -> None:
    ann, bob = story.agents("ann", "bob")
    lines(story, member(ann), member(bob, de=40), relaxation=(Relaxation(30, 10), Relaxation(60, 100)))
    bob.sets(AgentStatus.BREAK)
    call = story.calls_in(GERMAN)
    story.advance(seconds)
    story.restart()
    story.advance(40 - seconds)
    assert not call.offered_to
    bob.sets(AgentStatus.AVAILABLE)
    assert call.offered_to == (bob.id,)


def test_changed_skills_count_at_once(story: Story) -> None:
    ann, bob = story.agents("ann", "bob")
    queue = lines(story, member(ann), member(bob))
    first, second = story.calls_in(GERMAN), story.calls_in(GERMAN)
    story.queue(members=(member(ann), member(bob, de=50)))
    assert (first.offered_to, second.offered_to) == ((bob.id,), ())
    story.queue(members=(member(ann, de=70), member(bob)))
    assert second.offered_to == (ann.id,)
    view = story.engine.queue(queue.id, story.now)
    assert view is not None
    assert [waiting.call for waiting in view.waiting] == [first.id, second.id]


def test_who_is_free_but_not_able_is_passed_over(story: Story) -> None:
    ann, bob, cid = story.agents("ann", "bob", "cid")
    lines(story, member(ann), member(bob), member(cid, de=50))
    made = decision(story, story.calls_in(GERMAN))
    assert (made["agents"], made["next"], made["passed"]) == ([cid.id], [], {"skill": 2})


def test_a_call_that_nobody_can_serve_is_overtaken_and_that_is_recorded(story: Story) -> None:
    ann = story.agent("ann")
    lines(story, member(ann))
    stuck = [story.calls_in(GERMAN) for _ in range(12)]
    made = decision(story, story.calls_in(PLAIN))
    assert made["position"] == 13
    assert made["overtook"] == [[call.id, "skill"] for call in stuck[:10]]
    assert made["overtaken"] == {"skill": 12}


def test_needs_that_come_and_go_do_not_pile_up(story: Story) -> None:
    ann = story.agent("ann", available=False)
    queue = story.queue(members=(member(ann),))
    for level in range(1, 101):
        needs = [{"skill": "de", "level": level}]
        story.route("n", n=block("set", {"next": "q"}, skills=needs), q=block("queue", queue=queue.id))
        call = story.calls_in()
        assert call.phase == "queued"
        call.hangs_up()
    groups = story.engine._world.queues[queue.id].groups
    assert len(groups) <= matching.IDLE_GROUPS + 1


# -- the rules alone -----------------------------------------------------------------------------------------


def test_the_same_skill_twice_counts_with_the_higher_level_and_is_required_if_one_is() -> None:
    queue = (SkillNeed("de", 20, False), SkillNeed("fr", 30))
    own = (SkillNeed("de", 10), SkillNeed("es", 1, False))
    assert effective(queue, own, 0) == (("de", 20, True), ("es", 1, False), ("fr", 30, True))
    assert effective(queue, own, 25) == (("es", 1, False), ("fr", 5, True))


def test_met_counts_the_preferred_ones() -> None:
    needs: Needs = (("de", 20, True), ("es", 1, False), ("fr", 5, False))
    assert met((("de", 20), ("es", 4)), needs) == 1
    assert met((("de", 19), ("es", 4)), needs) is None
    assert met((), ()) == 0


def test_lowered() -> None:
    steps = (Relaxation(60, 5), Relaxation(20, 1))
    assert lowered(steps, 0) == (0, 20)
    assert lowered(steps, 20) == (1, 60)
    assert lowered(steps, 99) == (5, None)


@given(st.integers(0, 10_000))
def test_the_groups_agree_with_a_search_of_everybody(seed: int) -> None:
    """Each waiter in order gets the first free agent who can serve it; whoever is left cannot be served."""
    draw = random.Random(seed)
    story = Story()
    people = story.agents(*(f"a{n}" for n in range(6)))
    skills = [{name: draw.randint(1, 60) for name in ("de", "fr") if draw.random() < 0.5} for _ in people]
    for person in people:
        person.sets(AgentStatus.BREAK)
    lines(story, *(member(person, **have) for person, have in zip(people, skills, strict=True)))
    calls = [(story.calls_in(did), did) for did in draw.choices((PLAIN, GERMAN), k=5)]
    back = draw.sample(range(6), draw.randint(1, 6))
    for index in back:
        story.advance(1)
        people[index].sets(AgentStatus.AVAILABLE)
    taken: dict[str, int] = {}
    for index in back:
        for call, did in calls:
            if call.id not in taken and (did == PLAIN or skills[index].get("de", 0) >= 50):
                taken[call.id] = index
                break
    for call, _ in calls:
        expected = (people[taken[call.id]].id,) if call.id in taken else ()
        assert call.offered_to == expected

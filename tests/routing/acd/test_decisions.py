"""The record of each offer says why these agents were chosen."""

from typing import Any

import pytest

from routing.acd import decisions
from routing.config import QueueConfig, Strategy
from routing.events import AgentStatus, LegFailure
from routing.ids import AgentId, CallId, QueueId
from routing.persistence import codec
from routing.state import Decision
from tests.support.routing.story import Caller, Person, Story, block

pytestmark = pytest.mark.unit


def line(story: Story, *people: Person, **settings: Any) -> QueueConfig:
    queue = story.queue(*people, **settings)
    story.number(queue=queue.id)
    return queue


def made(call: Caller) -> list[dict[str, Any]]:
    """All decisions of a call, which ends here."""
    call.hangs_up()
    found: list[dict[str, Any]] = call.record["decisions"]
    return found


def test_everything_that_it_says(story: Story) -> None:
    ann, bob, cid = story.agents("ann", "bob", "cid")
    queue = line(story, ann, bob, cid)
    (decision,) = made(story.calls_in())
    assert decision == {
        "at": story.now,
        "queue": queue.id,
        "strategy": "longest-idle",
        "agents": [ann.id],
        "wait": 0.0,
        "waiting": 1,
        "free": 3,
        "position": 1,
        "next": [bob.id, cid.id],
        "passed": {},
        "overtook": [],
        "overtaken": {},
    }


def test_ten_are_named_as_next(story: Story) -> None:
    people = story.agents(*(f"a{n}" for n in range(13)))
    line(story, *people)
    (decision,) = made(story.calls_in())
    assert decision["next"] == [person.id for person in people[1:11]]


def test_who_was_passed_over_and_why(story: Story) -> None:
    away, paused, wraps, talks, gone, foreign, here, free = story.agents(*"abcdefgh")
    queue = line(story, away, paused, wraps, talks, gone, foreign, here, free, wrap_up=60)
    other = story.queue(*story.people.values(), number=2)
    away.sets(AgentStatus.BREAK)
    foreign.registers(busy=True)
    gone.vanishes()
    here.sets(AgentStatus.AWAY, queue)
    story.calls_in()
    paused.misses(LegFailure.UNREACHABLE)
    wraps.answers()
    wraps.hangs_up()
    story.calls_in()
    assert talks.state == "Ringing"
    call = story.calls_in()
    assert call.offered_to == (free.id,)
    (decision,) = made(call)
    assert decision["passed"] == {"capacity": 1, "pause": 1, "phone": 2, "status": 2, "wrap-up": 1}
    counted = story.engine._world.queues[other.id].passed
    assert counted == {"capacity": 1, "pause": 1, "phone": 2, "status": 1, "wrap-up": 1}


def test_the_counts_are_right_after_every_change(story: Story) -> None:
    people = story.agents("ann", "bob", "cid")
    queue = line(story, *people, wrap_up=5)
    known = story.engine._world.queues[queue.id]
    for _ in range(4):
        for person in people:
            person.sets(AgentStatus.BREAK)
            person.sets(AgentStatus.AVAILABLE)
        call = story.calls_in()
        story.people[call.offered_to[0]].answers()
        story.advance(3)
        call.hangs_up()
        assert known.passed == {"wrap-up": 1}
        story.advance(6)
        assert not known.passed
        assert not known.reasons
    story.queue(people[0])
    assert known.passed == {}
    people[0].vanishes()
    assert known.passed == {"phone": 1}
    story.remove(people[0].id)
    assert known.passed == {}


def test_who_let_the_call_pass_is_passed_over(story: Story) -> None:
    ann, bob = story.agents("ann", "bob")
    line(story, ann, bob)
    call = story.calls_in()
    story.advance(20)
    ann.misses()
    first, second = made(call)
    assert first["passed"] == {}
    assert (second["agents"], second["passed"], second["wait"]) == ([bob.id], {"missed": 1}, 20.0)


def test_position_counts_those_whose_offers_ring(story: Story) -> None:
    ann, bob = story.agents("ann", "bob")
    line(story, ann, bob)
    story.calls_in()
    (decision,) = made(story.calls_in())
    assert (decision["position"], decision["waiting"], decision["free"]) == (2, 2, 1)
    assert decision["overtook"] == []


@pytest.mark.parametrize("strategy", list(Strategy))
def test_every_strategy_says_who_is_next(story: Story, strategy: Strategy) -> None:
    people = story.agents("ann", "bob", "cid", "dan")
    line(story, *people, strategy=strategy, ring_limit=2)
    call = story.calls_in()
    story.advance(1)
    decision = made(call)[0]
    assert decision["strategy"] == strategy
    assert len(decision["agents"]) == (2 if strategy is Strategy.RING_ALL else 1)
    assert sorted(decision["agents"] + decision["next"]) == [person.id for person in people]


def test_a_hundred_are_kept(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decisions, "MOST", 5)
    ann = story.agent("ann")
    line(story, ann, missed_limit=None)
    call = story.calls_in()
    for _ in range(8):
        story.advance(20)
        ann.misses()
    assert len(call.offers) == 9
    assert [decision["wait"] for decision in made(call)] == [0.0, 20.0, 40.0, 60.0, 80.0]


def test_it_is_written_like_any_value() -> None:
    ann, bob, queue = AgentId("a"), AgentId("b"), QueueId("q")
    overtook = ((CallId("c"), "skill"),)
    decision = Decision(
        1.0, queue, "linear", (ann,), 2.0, 3, 4, 5, (bob,), {"skill": 1}, overtook, {"skill": 1}
    )
    assert decisions.record(decision) == codec.encode(Decision, decision)


@pytest.mark.parametrize("looked_at", [0, 3, 40])
def test_the_first_ten_that_were_overtaken_are_named_however_they_are_found(
    story: Story, monkeypatch: pytest.MonkeyPatch, looked_at: int
) -> None:
    """Those whose offers ring come before them in the queue, and are not overtaken."""
    monkeypatch.setattr(decisions, "LOOKED_AT", looked_at)
    people = story.agents(*(f"a{n}" for n in range(6)))
    queue = line(story, *people)
    for number, level in enumerate((10, 20), 2):
        needs = block("set", {"next": "q"}, skills=[{"skill": "de", "level": level}])
        story.route(
            "n", e164=f"+1416555010{number}", number=number, n=needs, q=block("queue", queue=queue.id)
        )
    for _ in range(5):
        story.calls_in()
    stuck = [story.calls_in(f"+1416555010{2 + n % 2}") for n in range(14)]
    decision = made(story.calls_in())[0]
    assert decision["overtook"] == [[call.id, "skill"] for call in stuck[:10]]
    assert decision["overtaken"] == {"skill": 14}

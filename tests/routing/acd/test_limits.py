"""How many callers may wait: only those count who wait for an agent."""

from typing import Any

import pytest

from routing import events as e
from routing.config import QueueConfig, Strategy
from routing.config import QueueMember as Member
from routing.events import LegFailure
from routing.ids import QueueId
from tests.support.routing.calling_back import OTHER, asks, setting
from tests.support.routing.story import Caller, Person, Story, block

pytestmark = pytest.mark.unit


def team(story: Story, count: int, **settings: Any) -> tuple[list[Person], QueueConfig]:
    people = story.agents(*(f"a{n}" for n in range(count)))
    queue = story.queue(*people, **settings)
    story.number(queue=queue.id)
    return people, queue


def let_in(call: Caller) -> bool:
    return call.phase in ("queued", "offering")


def test_who_rings_does_not_wait(story: Story) -> None:
    team(story, 10, max_waiting=3)
    ringing = [story.calls_in() for _ in range(10)]
    assert all(call.offered_to for call in ringing)
    waiting = [story.calls_in() for _ in range(3)]
    assert [call.phase for call in waiting] == ["queued"] * 3
    assert not let_in(story.calls_in())


def test_who_waits_again_after_an_offer_counts_again(story: Story) -> None:
    (ann,), _ = team(story, 1, max_waiting=1, missed_limit=1)
    call = story.calls_in()
    story.advance(20)
    ann.misses()
    assert call.phase == "queued"
    assert not let_in(story.calls_in())


def test_a_refused_offer_leaves_its_caller_waiting(story: Story) -> None:
    (ann,), _ = team(story, 1, max_waiting=1)
    call = story.calls_in()
    call.rung.clear()
    story.happens(e.OfferFailed(call.id, ann.id, LegFailure.FAILED))
    story.happens(e.CommandFailed(call.id, "OfferCall", "no"))
    assert call.phase == "queued"
    assert not let_in(story.calls_in())


def test_who_leaves_the_queue_while_a_phone_rings_does_not_count_any_more(story: Story) -> None:
    _, queue = team(story, 1, max_waiting=1)
    story.calls_in().hangs_up()
    story.calls_in()
    assert let_in(story.calls_in())
    assert not let_in(story.calls_in())
    view = story.engine.queue(queue.id, story.now)
    assert view is not None
    assert len(view.waiting) == 2


def test_an_agent_who_is_free_leaves_nobody_to_wait(story: Story) -> None:
    """Zero is the queue in which no caller waits: who finds a free agent is served."""
    team(story, 2, max_waiting=0)
    assert [let_in(story.calls_in()) for _ in range(3)] == [True, True, False]


def test_others_may_wait_for_a_skill_that_the_caller_does_not_need(story: Story) -> None:
    ann = story.agent("ann")
    queue = story.queue(members=(Member(ann.id, skills=(("fr", 5),)),), max_waiting=1)
    story.route(
        "s", s=block("set", {"next": "q"}, skills=[{"skill": "de"}]), q=block("queue", queue=queue.id)
    )
    story.number(e164="+14165550101", queue=queue.id)
    assert story.calls_in().phase == "queued"
    assert story.calls_in("+14165550101").offered_to == (ann.id,)
    assert not let_in(story.calls_in("+14165550101"))


def test_all_who_are_in_the_queue_use_a_line(story: Story) -> None:
    """`max_calls` counts callers whose phones ring, and those who talk."""
    people, _ = team(story, 3, max_calls=2)
    story.calls_in()
    people[0].answers()
    story.calls_in()
    assert not let_in(story.calls_in())


def test_the_count_survives_a_restart(story: Story) -> None:
    people, _ = team(story, 2, max_waiting=1, strategy=Strategy.LINEAR)
    story.calls_in()
    story.calls_in()
    story.restart()
    assert let_in(story.calls_in())
    assert not let_in(story.calls_in())
    people[0].answers()
    assert not let_in(story.calls_in())


def figure(story: Story, queue: QueueId, at_least: int) -> bool:
    """Return whether `queue-state` sees so many callers wait."""
    story.route(
        "look",
        number=9,
        e164="+14165550109",
        look=block(
            "queue-state",
            {"long": "yes", "else": "no"},
            queue=queue,
            cases=[
                {
                    "name": "long",
                    "when": [{"figure": "waiting", "is": "greater", "value": at_least - 1}],
                }
            ],
        ),
        yes=block("hangup", cause=17),
        no=block("hangup", cause=16),
    )
    call = story.calls_in("+14165550109")
    return bool(call.record["hangup_cause"] == 17)


def test_queue_state_counts_the_same_callers(story: Story) -> None:
    _, queue = team(story, 2)
    for _ in range(2):
        story.calls_in()
    assert not figure(story, queue.id, 1)
    story.calls_in()
    assert figure(story, queue.id, 1)
    assert not figure(story, queue.id, 2)


def test_queue_state_counts_no_callback_since_nobody_is_on_the_line(story: Story) -> None:
    queue = setting(story)
    asks(story)
    assert not figure(story, queue.id, 1)


def test_a_customer_who_was_called_back_and_is_rung_for_does_not_wait(story: Story) -> None:
    ann, bob = story.agents("ann", "bob")
    queue = setting(story, ann, bob, max_waiting=1)
    for person in (ann, bob):
        story.call().enters(caller=OTHER)
        person.answers()
    asks(story)
    ann.hangs_up()
    (attempt,) = story.rung()
    attempt.picks_up()
    assert attempt.offered_to == (ann.id,)
    assert not figure(story, queue.id, 1)

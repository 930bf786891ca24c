"""`fewest-calls` and `least-talk-time`: an agent who comes to work starts level with those who are at work."""

from collections import Counter

import pytest

from routing.config import Strategy
from routing.events import AgentStatus
from routing.ids import AgentId
from tests.support.routing.story import Person, Story

pytestmark = pytest.mark.unit

DAILY = [Strategy.FEWEST_CALLS, Strategy.LEAST_TALK_TIME]


def serve(story: Story, calls: int, talk: float = 10.0) -> Counter[AgentId]:
    """Let calls come one after the other. Return how many each agent took."""
    took: Counter[AgentId] = Counter()
    for _ in range(calls):
        call = story.calls_in()
        (agent,) = call.offered_to
        story.people[agent].answers()
        story.advance(talk)
        call.hangs_up()
        took[agent] += 1
    return took


def even(took: Counter[AgentId], *people: Person) -> bool:
    return {took[person.id] for person in people} == {took.total() / len(people)}


def line(story: Story, strategy: Strategy, *people: Person) -> None:
    story.number(queue=story.queue(*people, strategy=strategy).id)


@pytest.mark.parametrize("strategy", DAILY)
def test_who_comes_at_noon_takes_its_share_and_no_more(story: Story, strategy: Strategy) -> None:
    ann, bob = story.agents("ann", "bob")
    cid = story.agent("cid", available=False)
    line(story, strategy, ann, bob, cid)
    assert even(serve(story, 24), ann, bob)
    cid.registers()
    cid.sets(AgentStatus.AVAILABLE)
    assert even(serve(story, 12), ann, bob, cid)


@pytest.mark.parametrize("strategy", DAILY)
def test_even_if_all_others_talk_when_they_come(story: Story, strategy: Strategy) -> None:
    ann = story.agent("ann")
    cid = story.agent("cid", available=False)
    line(story, strategy, ann, cid)
    serve(story, 12)
    talking = story.calls_in()
    ann.answers()
    cid.registers()
    cid.sets(AgentStatus.AVAILABLE)
    story.advance(10)
    talking.hangs_up()
    assert serve(story, 12)[cid.id] in (6, 7)


@pytest.mark.parametrize("strategy", DAILY)
def test_who_was_offline_starts_level_again(story: Story, strategy: Strategy) -> None:
    ann, bob = story.agents("ann", "bob")
    line(story, strategy, ann, bob)
    bob.sets(AgentStatus.BREAK)
    bob.sets(AgentStatus.OFFLINE)
    serve(story, 12)
    bob.sets(AgentStatus.AVAILABLE)
    assert even(serve(story, 12), ann, bob)


@pytest.mark.parametrize("strategy", DAILY)
def test_who_was_without_a_phone_starts_level_again(story: Story, strategy: Strategy) -> None:
    ann, bob = story.agents("ann", "bob")
    line(story, strategy, ann, bob)
    bob.vanishes()
    story.advance(60)
    serve(story, 12)
    bob.registers()
    assert even(serve(story, 12), ann, bob)


def test_who_did_more_than_the_others_keeps_it(story: Story) -> None:
    ann, bob = story.agents("ann", "bob")
    line(story, Strategy.FEWEST_CALLS, ann, bob)
    serve(story, 2)
    bob.sets(AgentStatus.BREAK)
    serve(story, 3)
    bob.sets(AgentStatus.AVAILABLE)
    ann.sets(AgentStatus.OFFLINE)
    ann.sets(AgentStatus.AVAILABLE)
    assert serve(story, 3) == {bob.id: 3}


def test_who_went_home_does_not_count(story: Story) -> None:
    """Those of the late shift had 20 calls each, and those of the early shift 2. Who comes now begins at 20."""
    early, late = story.agents("ann", "bob"), story.agents("cid", "dan")
    eve = story.agent("eve", available=False)
    line(story, Strategy.FEWEST_CALLS, *early, *late, eve)
    for person in late:
        person.sets(AgentStatus.OFFLINE)
    serve(story, 4)
    for person in late:
        person.sets(AgentStatus.AVAILABLE)
    for person in early:
        person.sets(AgentStatus.OFFLINE)
    serve(story, 36)
    eve.registers()
    eve.sets(AgentStatus.AVAILABLE)
    assert even(serve(story, 12), *late, eve)


def test_who_comes_first_in_the_morning_begins_at_nothing(story: Story) -> None:
    ann, bob = story.agents("ann", "bob")
    line(story, Strategy.FEWEST_CALLS, ann, bob)
    bob.sets(AgentStatus.OFFLINE)
    serve(story, 6)
    story.advance(13 * 3600)
    bob.sets(AgentStatus.AVAILABLE)
    assert even(serve(story, 6), ann, bob)


@pytest.mark.parametrize("restart", [False, True])
def test_who_had_a_break_over_midnight_starts_level_the_next_day(story: Story, restart: bool) -> None:
    ann, bob = story.agents("ann", "bob")
    line(story, Strategy.FEWEST_CALLS, ann, bob)
    bob.sets(AgentStatus.BREAK)
    story.advance(13 * 3600)
    serve(story, 12)
    if restart:
        story.restart()
    bob.sets(AgentStatus.AVAILABLE)
    assert even(serve(story, 12), ann, bob)


@pytest.mark.parametrize("restart", [False, True])
def test_who_works_through_midnight_begins_at_nothing(story: Story, restart: bool) -> None:
    ann, bob, cid = story.agents("ann", "bob", "cid")
    line(story, Strategy.FEWEST_CALLS, ann, bob, cid)
    story.advance(13 * 3600)
    serve(story, 1)
    if restart:
        story.restart()
    assert ann.id not in serve(story, 2), "the two others have no call yet"


def test_a_new_member_starts_level(story: Story) -> None:
    ann, bob = story.agents("ann", "bob")
    line(story, Strategy.FEWEST_CALLS, ann)
    serve(story, 12)
    line(story, Strategy.FEWEST_CALLS, ann, bob)
    assert even(serve(story, 12), ann, bob)


def test_a_member_who_leaves_takes_their_figures_along(story: Story) -> None:
    ann, bob = story.agents("ann", "bob")
    cid = story.agent("cid", available=False)
    line(story, Strategy.FEWEST_CALLS, ann, bob, cid)
    bob.sets(AgentStatus.BREAK)
    serve(story, 20)
    line(story, Strategy.FEWEST_CALLS, bob, cid)
    bob.sets(AgentStatus.AVAILABLE)
    serve(story, 6)
    cid.registers()
    cid.sets(AgentStatus.AVAILABLE)
    assert even(serve(story, 6), bob, cid)


def test_the_last_talk_of_who_goes_home_changes_nothing(story: Story) -> None:
    ann, bob = story.agents("ann", "bob")
    line(story, Strategy.FEWEST_CALLS, ann, bob)
    call = story.calls_in()
    ann.answers()
    ann.sets(AgentStatus.OFFLINE)
    story.advance(10)
    call.hangs_up()
    serve(story, 12)
    ann.sets(AgentStatus.AVAILABLE)
    assert even(serve(story, 12), ann, bob)


def test_a_break_is_not_absence(story: Story) -> None:
    ann, bob = story.agents("ann", "bob")
    line(story, Strategy.FEWEST_CALLS, ann, bob)
    bob.sets(AgentStatus.BREAK)
    serve(story, 3)
    bob.sets(AgentStatus.AVAILABLE)
    assert serve(story, 3) == {bob.id: 3}


def test_a_break_in_this_queue_alone_is_not_absence(story: Story) -> None:
    ann, bob = story.agents("ann", "bob")
    queue = story.queue(ann, bob, strategy=Strategy.FEWEST_CALLS)
    story.number(queue=queue.id)
    bob.sets(AgentStatus.BREAK, queue)
    serve(story, 3)
    bob.sets(AgentStatus.AVAILABLE, queue)
    assert serve(story, 3) == {bob.id: 3}

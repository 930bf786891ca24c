"""The agents that each strategy rings, and their order."""

import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from routing import commands as c
from routing.acd.random_order import shuffled, weighted
from routing.acd.strategies import STRATEGIES
from routing.config import QueueConfig, QueueMember, Strategy, TeamConfig
from routing.events import AgentStatus
from routing.ids import AgentId
from routing.state.index import Index
from tests.support.routing.story import TEAM, Caller, Person, Story

pytestmark = pytest.mark.unit


def serve(story: Story, talk: float = 10.0) -> AgentId:
    """One call from beginning to end. Returns who took it."""
    call = story.calls_in()
    (agent,) = call.offered_to
    story.people[agent].answers()
    story.advance(talk)
    call.hangs_up()
    return agent


def line(story: Story, strategy: Strategy, *people: Person, **settings: Any) -> QueueConfig:
    queue = story.queue(*people, strategy=strategy, **settings)
    story.number(queue=queue.id)
    return queue


def test_every_strategy_is_there() -> None:
    assert sorted(set(Strategy) - set(STRATEGIES)) == [], "STRATEGIES lacks these"
    page = (Path(__file__).parents[3] / "docs/queues.md").read_text()
    assert [name for name in Strategy if f"`{name}`" not in page] == [], "docs/queues.md lacks these"


def test_round_robin_takes_turns_whoever_talks_longest(story: Story) -> None:
    people = story.agents("ann", "bob", "cid")
    line(story, Strategy.ROUND_ROBIN, *people)
    served = [serve(story, talk) for talk in (5, 300, 1, 7, 2, 9)]
    assert served == [person.id for person in people] * 2


def test_an_offer_that_was_let_pass_was_a_turn(story: Story) -> None:
    ann, bob, cid = story.agents("ann", "bob", "cid")
    line(story, Strategy.ROUND_ROBIN, ann, bob, cid)
    first = story.calls_in()
    story.advance(20)
    ann.misses()
    bob.answers()
    first.hangs_up()
    assert [serve(story) for _ in range(3)] == [cid.id, ann.id, bob.id]


def test_fewest_calls_counts_the_calls_of_this_queue_today(story: Story) -> None:
    ann, bob = story.agents("ann", "bob")
    line(story, Strategy.FEWEST_CALLS, ann, bob)
    bob.sets(AgentStatus.BREAK)
    assert [serve(story) for _ in range(3)] == [ann.id] * 3
    bob.sets(AgentStatus.AVAILABLE)
    assert [serve(story) for _ in range(4)] == [bob.id] * 3 + [ann.id]


def test_least_talk_time(story: Story) -> None:
    ann, bob = story.agents("ann", "bob")
    line(story, Strategy.LEAST_TALK_TIME, ann, bob)
    assert serve(story, 100) == ann.id
    assert [serve(story, 30) for _ in range(5)] == [bob.id] * 4 + [ann.id]


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize("strategy", [Strategy.FEWEST_CALLS, Strategy.LEAST_TALK_TIME])
def test_todays_figures_begin_anew_at_the_teams_midnight(
    story: Story, strategy: Strategy, restart: bool
) -> None:
    """Also for agents who were free all night."""
    story.configure(TeamConfig(TEAM, "Team", timezone="Europe/Berlin"))
    ann, bob = story.agents("ann", "bob")
    line(story, strategy, ann, bob)
    bob.sets(AgentStatus.BREAK)
    for _ in range(3):
        serve(story)
    bob.sets(AgentStatus.AVAILABLE)
    assert serve(story) == bob.id
    story.advance(11 * 3600)
    if restart:
        story.restart()
    assert serve(story) == ann.id, "nobody has a call today, and ann has been idle longer"


def test_linear_goes_by_the_members_order(story: Story) -> None:
    ann, bob, cid = story.agents("ann", "bob", "cid")
    members = (QueueMember(ann.id, 2), QueueMember(bob.id, 1), QueueMember(cid.id, 1))
    line(story, Strategy.LINEAR, members=members)
    assert [serve(story) for _ in range(3)] == [bob.id] * 3
    calls = [story.calls_in() for _ in range(3)]
    assert [call.offered_to for call in calls] == [(bob.id,), (cid.id,), (ann.id,)]


@pytest.mark.parametrize("strategy", list(Strategy))
def test_agents_with_room_for_two_get_the_second_call_last(story: Story, strategy: Strategy) -> None:
    ann, bob = story.agent("ann", capacity=2), story.agent("bob", capacity=2)
    line(story, strategy, ann, bob, ring_limit=1)
    calls = [story.calls_in() for _ in range(4)]
    rung = [call.offered_to[0] for call in calls]
    assert sorted(rung[:2]) == sorted(rung[2:]) == [ann.id, bob.id]
    assert not story.calls_in().offered_to


@pytest.mark.parametrize("strategy", list(Strategy))
def test_a_call_goes_round_and_comes_back(story: Story, strategy: Strategy) -> None:
    """Who let it pass is asked again only when everybody did."""
    people = story.agents("ann", "bob", "cid")
    line(story, strategy, *people, ring_limit=1, missed_limit=None)
    call = story.calls_in()
    for _ in range(6):
        story.advance(20)
        story.people[call.offered_to[0]].misses()
    rung = [agent for (agent,) in call.offers]
    assert sorted(rung[:3]) == sorted(rung[3:6]) == sorted(person.id for person in people)


@pytest.mark.parametrize("strategy", list(Strategy))
def test_a_restart_changes_nothing_of_what_comes(strategy: Strategy) -> None:
    def day(restarts: bool) -> list[c.Command]:
        story = Story()
        people = [story.agent(f"a{n}") for n in range(5)]
        weights = tuple(QueueMember(person.id, n % 2, weight=1 + 7 * n) for n, person in enumerate(people))
        line(story, strategy, members=weights, wrap_up=5)
        busy: list[Caller] = []
        for _ in range(12):
            busy.append(story.calls_in())
            for call in list(busy):
                if call.offered_to:
                    story.people[call.offered_to[-1]].answers(call)
            story.advance(7)
            if len(busy) > 3:
                busy.pop(0).hangs_up()
            if restarts:
                story.restart()
        return story.said

    assert day(False) == day(True)


# -- draws ---------------------------------------------------------------------------------------------------


def shares(story: Story, calls: int) -> Counter[AgentId]:
    return Counter(serve(story, 0.5) for _ in range(calls))


@pytest.mark.long
def test_random_gives_every_free_agent_its_share(story: Story) -> None:
    people = story.agents("ann", "bob", "cid", "dan")
    line(story, Strategy.RANDOM, *people)
    took = shares(story, 2000)
    assert all(420 < took[person.id] < 580 for person in people), took


@pytest.mark.long
def test_weighted_random_gives_shares_by_weight(story: Story) -> None:
    people = story.agents("ann", "bob", "cid", "dan")
    weights = (1, 2, 3, 10)
    members = tuple(
        QueueMember(person.id, weight=weight) for person, weight in zip(people, weights, strict=True)
    )
    line(story, Strategy.WEIGHTED_RANDOM, members=members)
    took = shares(story, 2400)
    for person, weight in zip(people, weights, strict=True):
        assert abs(took[person.id] - 150 * weight) < 5 * (2400 * weight / 16) ** 0.5, took


def index(*keys: tuple[int, ...]) -> Index[AgentId]:
    found: Index[AgentId] = Index()
    for n, key in enumerate(keys):
        found.add(AgentId(f"{n:03}"), key)
    return found


def test_a_draw_names_everybody_once_and_the_least_busy_first() -> None:
    free = index(*[(0,)] * 40, *[(1,)] * 9)
    for seed in range(20):
        drawn = list(shuffled(free, random.Random(seed)))
        assert sorted(drawn) == list(free)
        assert all(agent < "040" for agent in drawn[:40])


def test_a_weighted_draw_is_one_without_replacement() -> None:
    """The second share is that of the weights among those who are left."""
    weights = {AgentId(f"{n:03}"): weight for n, weight in enumerate((1000, 5, 3, 2))}
    free = index(*[(0, weight.bit_length()) for weight in weights.values()])
    rng = random.Random(1)
    seconds: Counter[str] = Counter()
    for _ in range(4000):
        drawn = list(weighted(free, weights.__getitem__, rng))
        assert sorted(drawn) == sorted(weights)
        if drawn[0] == "000":
            seconds[drawn[1]] += 1
    total = sum(seconds.values())
    assert total > 3800
    for agent, share in (("001", 0.5), ("002", 0.3), ("003", 0.2)):
        assert abs(seconds[agent] / total - share) < 0.04, seconds


def test_a_weighted_draw_from_many_serves_the_least_busy_first() -> None:
    free = index(*[(0, 1)] * 300, *[(0, 10)] * 3, *[(1, 4)] * 5)
    drawn = list(weighted(free, lambda id: 1 if id < "300" else 1000 if id < "303" else 9, random.Random(2)))
    assert sorted(drawn) == sorted(free)
    assert all(agent >= "303" for agent in drawn[303:])
    assert {"300", "301", "302"} <= set(drawn[:12])

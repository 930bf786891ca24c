"""The order of those who wait. Priority counts like seconds of waiting, so every call is served at some time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.config import Relaxation, SkillNeed, TeamConfig
from routing.events import AgentStatus
from tests.support.routing.story import TEAM, Caller, Story, block

pytestmark = pytest.mark.unit
DIDS = {0: "+14165550100", 1: "+14165550101", 2: "+14165550102"}


def numbers(story: Story, queue: str) -> None:
    """A number for each priority."""
    for priority, did in DIDS.items():
        story.route("q", e164=did, number=priority + 1, q=block("queue", queue=queue, priority=priority))


def order(story: Story, calls: list[Caller]) -> list[Caller]:
    """In which the one agent gets them."""
    (ann,) = story.people.values()
    ann.sets(AgentStatus.AVAILABLE)
    served = []
    for _ in calls:
        call = ann.ringing_for
        ann.answers()
        call.hangs_up()
        served.append(call)
    return served


@pytest.mark.parametrize(("seconds", "first"), [(299, 1), (301, 0)])
def test_a_point_is_worth_five_minutes(story: Story, seconds: float, first: int) -> None:
    ann = story.agent("ann", available=False)
    ann.registers()
    numbers(story, story.queue(ann).id)
    calls = [story.calls_in(DIDS[0])]
    story.advance(seconds)
    calls.append(story.calls_in(DIDS[1]))
    assert order(story, calls)[0] is calls[first]


def test_a_team_may_set_its_worth(story: Story) -> None:
    story.configure(TeamConfig(TEAM, "Team", priority_seconds=10.0))
    ann = story.agent("ann", available=False)
    ann.registers()
    numbers(story, story.queue(ann).id)
    calls = [story.calls_in(DIDS[0])]
    story.advance(11)
    calls.append(story.calls_in(DIDS[1]))
    story.configure(TeamConfig(TEAM, "Team", priority_seconds=60.0))
    assert order(story, calls) == calls[::-1]


@pytest.mark.parametrize("restart", [False, True])
def test_a_queues_priority_may_change_while_calls_wait(story: Story, restart: bool) -> None:
    ann = story.agent("ann", available=False)
    ann.registers()
    low, high = story.queue(ann, number=1), story.queue(ann, number=2)
    story.number(e164=DIDS[0], queue=low.id)
    story.number(e164=DIDS[1], queue=high.id)
    calls = [story.calls_in(DIDS[0]), story.calls_in(DIDS[1])]
    story.queue(ann, number=2, priority=1)
    if restart:
        story.restart()
    assert order(story, calls) == calls[::-1]


def test_whom_priority_overtakes_is_recorded(story: Story) -> None:
    ann = story.agent("ann", available=False)
    ann.registers()
    numbers(story, story.queue(ann).id)
    plain = [story.calls_in(DIDS[0]) for _ in range(11)]
    urgent = story.calls_in(DIDS[2])
    later = story.calls_in(DIDS[0])
    ann.sets(AgentStatus.AVAILABLE)
    assert urgent.offered_to == (ann.id,)
    ann.answers()
    urgent.hangs_up()
    (made,) = urgent.record["decisions"]
    assert made["position"] == 1
    assert made["overtook"] == [[call.id, "priority"] for call in plain[:10]]
    assert made["overtaken"] == {"priority": 11}
    assert plain[0].offered_to == (ann.id,)
    assert later.phase == "queued"


@given(st.lists(st.tuples(st.sampled_from([0, 1, 2]), st.integers(0, 400)), min_size=2, max_size=12))
@pytest.mark.long
def test_nobody_is_overtaken_by_those_who_come_much_later(arrivals: list[tuple[int, int]]) -> None:
    """Whoever joins more than 2 * 300 s after a call never comes before it, however urgent: no starvation."""
    story = Story()
    story.agent("ann", available=False).registers()
    numbers(story, story.queue(*story.people.values()).id)
    calls, joined = [], {}
    for priority, gap in arrivals:
        story.advance(gap)
        call = story.calls_in(DIDS[priority])
        joined[call.id] = story.now
        calls.append(call)
    served = order(story, calls)
    for place, call in enumerate(served):
        assert all(joined[call.id] - joined[other.id] <= 600.0 for other in served[place + 1 :])


def test_an_endless_stream_of_urgent_calls_does_not_starve_a_plain_one(story: Story) -> None:
    ann = story.agent("ann")
    numbers(story, story.queue(ann).id)
    story.calls_in(DIDS[2])
    ann.answers()
    plain = story.calls_in(DIDS[0])
    waited = story.now
    while not plain.offered_to:
        story.calls_in(DIDS[2])
        story.advance(30)
        ann.hangs_up()
        if not plain.offered_to:
            ann.answers()
        assert story.now - waited < 1300
    assert story.now - waited > 300


def test_a_call_with_needs_is_served_when_they_are_relaxed(story: Story) -> None:
    """Relaxation ends the wait for a skill that nobody has."""
    ann = story.agent("ann")
    queue = story.queue(ann, skills=(SkillNeed("de", 10),), relaxation=(Relaxation(120, 10),))
    story.number(queue=queue.id)
    call = story.calls_in()
    story.advance(119.9)
    assert not call.offered_to
    story.advance(0.2)
    assert call.offered_to == (ann.id,)

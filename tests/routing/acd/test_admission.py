"""Which calls are refused at their entry: those that the node cannot carry, and those that the team may not have."""

import pytest

from routing import commands as c
from routing import events as e
from routing.config import NumberConfig, TeamConfig
from routing.engine import Engine
from routing.ids import CallId, NumberId, TeamId
from tests.support.routing.story import DID, TEAM, Caller, Story

pytestmark = pytest.mark.unit

OTHER, OTHER_DID = TeamId("f" * 32), "+14165559999"
FULL, OVERFULL = 1.0, 1.1


@pytest.fixture
def open_story(story: Story) -> Story:
    """A queue without a free agent: who is let in stays."""
    queue = story.queue(story.agent("ann", available=False))
    story.number(queue=queue.id)
    return story


def refused(story: Story, call: Caller) -> str | None:
    """Return why the call was refused. Its hang-up says congestion, and it was never answered."""
    told = {command.call: command.why for command in story.all(c.CallRefused)}
    assert (call.id in told) == (c.HangUp(call.id, 42) in story.all(c.HangUp))
    assert not (call.id in told and c.Answer(call.id) in story.all(c.Answer))
    return told.get(call.id)


def test_a_full_node_refuses_with_congestion(open_story: Story) -> None:
    open_story.calls_in()
    assert refused(open_story, open_story.calls_in(load=FULL - 0.01)) is None
    call = open_story.calls_in(load=FULL)
    assert refused(open_story, call) == "node"
    call.hangs_up(42)
    record = open_story.records()[-1]
    assert (record["disposition"], record["hangup_cause"], record["ended_by"]) == ("refused", 42, "system")
    assert (record["team"], record["queue"], record["queued_at"]) == (TEAM, None, None)


def test_a_number_that_nobody_has_is_refused_as_well(open_story: Story) -> None:
    open_story.calls_in()
    assert refused(open_story, open_story.calls_in("+14165550000", load=FULL)) == "node"


def test_a_call_that_the_node_refused_without_asking_is_logged(open_story: Story) -> None:
    """It has a record as any refused call, and nothing of it stays."""
    live = open_story.calls_in()
    id = CallId("c" * 32)
    open_story.happens(e.CallTurnedAway(id, DID, "+14165550123", "Ada"))
    assert open_story.all(c.CallRefused)[-1] == c.CallRefused(id, TEAM, "node")
    record = open_story.records()[-1]
    assert (record["id"], record["team"], record["caller_name"]) == (id, TEAM, "Ada")
    assert (record["disposition"], record["hangup_cause"], record["ended_by"]) == ("refused", 42, "system")
    assert list(open_story.engine._world.calls) == [live.id]
    assert not open_story.all(c.HangUp)


def test_a_team_below_its_share_still_gets_in(open_story: Story) -> None:
    """One team's flood does not lock the others out; beyond the reserve no call gets in."""
    open_story.configure(TeamConfig(OTHER, "Other"), NumberConfig(NumberId("e" * 32), OTHER, OTHER_DID))
    for _ in range(4):
        open_story.calls_in()
    assert refused(open_story, open_story.calls_in(load=FULL)) == "node"
    assert refused(open_story, open_story.calls_in(OTHER_DID, load=FULL)) is None
    assert refused(open_story, open_story.calls_in(OTHER_DID, load=OVERFULL)) == "node"


def test_a_team_has_no_more_calls_than_it_may(open_story: Story) -> None:
    open_story.configure(TeamConfig(TEAM, "Team", max_calls=2))
    first, second, third = (open_story.calls_in() for _ in range(3))
    assert [refused(open_story, call) for call in (first, second, third)] == [None, None, "team"]
    third.hangs_up(42)
    first.hangs_up()
    assert refused(open_story, open_story.calls_in()) is None


def test_the_count_survives_a_restore(open_story: Story) -> None:
    open_story.configure(TeamConfig(TEAM, "Team", max_calls=2))
    first, _ = open_story.calls_in(), open_story.calls_in()
    open_story.engine = Engine.restore(open_story.engine.snapshot())
    third = open_story.calls_in()
    assert refused(open_story, third) == "team"
    third.hangs_up(42)
    first.hangs_up()
    assert refused(open_story, open_story.calls_in()) is None


def test_a_team_that_may_have_none_has_none(open_story: Story) -> None:
    open_story.configure(TeamConfig(TEAM, "Team", max_calls=0))
    assert refused(open_story, open_story.calls_in()) == "team"

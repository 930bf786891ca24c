"""An operator suspends a team or a user: calls that are going on end, and there are no new ones."""

import pytest

from routing import commands as c
from routing import events as e
from routing.config import TeamConfig, UserConfig
from routing.events import AgentStatus
from routing.ids import MemberId, UserId
from tests.support.routing.calling_back import busy, rung
from tests.support.routing.outbound import OPEN
from tests.support.routing.story import DID, TEAM, Story, block, hex_id

pytestmark = pytest.mark.unit

SUSPENDED = TeamConfig(TEAM, "Team", outbound=OPEN, suspended=True)
OUTSIDE = "+14165550177"
MEMBER = MemberId(hex_id(9, 9))


def forwards(story: Story, *, suspended: bool = False) -> None:
    user = UserId(hex_id(3, 9))
    story.configure(UserConfig(MEMBER, TEAM, user, "Ann", forward=OUTSIDE, suspended=suspended))
    story.number(user=user)


def test_every_call_of_a_suspended_team_ends(story: Story) -> None:
    ann, ben = story.agents("ann", "ben")
    queue = story.queue(ann, ben)
    story.route("hi", hi=block("play", {"next": "q"}, sound="hello"), q=block("queue", queue=queue.id))
    talking, ringing, waiting, playing = (story.calls_in() for _ in range(4))
    for call in (talking, ringing, waiting):
        call.listens()
    ann.answers()
    assert [call.phase for call in (talking, ringing, waiting, playing)] == [
        "talking", "offering", "queued", "playing",
    ]  # fmt: skip
    story.configure(SUSPENDED)
    for call in (talking, ringing, waiting, playing):
        assert (call.phase, call.record["ended_by"]) == ("over", "system")
    assert story.calls_in().hears("ss-noservice")
    story.configure(TeamConfig(TEAM, "Team"))
    assert story.calls_in().phase == "playing"


def test_a_suspended_team_calls_nobody_back(story: Story) -> None:
    _, ann, _ = busy(story)
    story.configure(SUSPENDED)
    story.configure(TeamConfig(TEAM, "Team", outbound=OPEN))
    ann.sets(AgentStatus.AVAILABLE)
    story.advance(3600)
    assert story.rung() == []


def test_a_customer_who_is_rung_for_a_suspended_team_is_hung_up(story: Story) -> None:
    attempt, _, _ = rung(story)
    story.configure(SUSPENDED)
    assert (attempt.phase, attempt.record["ended_by"]) == ("over", "system")


def test_a_restart_does_not_forget_the_suspension(story: Story) -> None:
    story.number(queue=story.queue().id)
    story.configure(SUSPENDED)
    story.restart()
    assert story.calls_in().hears("ss-noservice")


@pytest.mark.parametrize("answered", [False, True])
def test_a_suspended_user_talks_no_longer_over_the_number_that_they_forward_to(
    story: Story, answered: bool
) -> None:
    story.may_dial()
    forwards(story)
    story.number(e164="+14165550101", queue=story.queue().id)
    call, other = story.calls_in(DID), story.calls_in("+14165550101")
    if answered:
        story.happens(e.PartyAnswered(call.id))
    story.restart()
    forwards(story, suspended=True)
    assert (call.phase, call.record["ended_by"]) == ("over", "system")
    assert other.phase == "queued"
    assert len(story.all(c.DialOut)) == 1

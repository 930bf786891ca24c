"""What colleagues see of a member."""

from typing import Any

import pytest

from routing import commands as c
from routing import events as e
from routing.events import AgentStatus, PhoneUse
from routing.ids import MemberId
from tests.support.routing.phone_calls import member, sets
from tests.support.routing.story import Person, Story, hex_id

pytestmark = pytest.mark.unit


@pytest.fixture
def story() -> Story:
    return Story()


@pytest.fixture
def ann(story: Story) -> Person:
    return member(story, "Ann")


def state(story: Story) -> str:
    view = story.engine.presence(MemberId(hex_id(8, 1)))
    assert view is not None
    return view.state


def uses(person: Person, use: PhoneUse) -> None:
    person.story.happens(e.PhoneUsed(person.config.phone, use))


def told(story: Story) -> list[str]:
    """Return the states that clients were told, and those that lamps show: they are the same."""
    shown = [command.state for command in story.all(c.ShowState)]
    assert len([it for it in story.all(c.Publish) if it.kind == "member"]) == len(shown)
    return shown


def test_the_state_follows_the_telephone(story: Story, ann: Person) -> None:
    assert state(story) == "available"
    for use, shown in (
        (PhoneUse.RINGING, "ringing"),
        (PhoneUse.TALKING, "on-call"),
        (PhoneUse.IDLE, "available"),
    ):
        uses(ann, use)
        uses(ann, use)
        assert state(story) == shown
    ann.vanishes()
    assert state(story) == "offline"
    assert told(story) == ["available", "ringing", "on-call", "available", "offline"]


@pytest.mark.parametrize(
    ("status", "shown"),
    [(AgentStatus.AWAY, "away"), (AgentStatus.BREAK, "away"), (AgentStatus.UNAVAILABLE, "away"),
     (AgentStatus.OFFLINE, "available"), (AgentStatus.AVAILABLE, "available")],
)  # fmt: skip
def test_an_agents_status_is_seen(story: Story, ann: Person, status: AgentStatus, shown: str) -> None:
    """An agent who is offline for queues can still be called."""
    ann.sets(status)
    assert state(story) == shown


def test_a_talk_is_seen_before_everything_else(story: Story, ann: Person) -> None:
    sets(ann, do_not_disturb=True)
    ann.sets(AgentStatus.AWAY)
    assert state(story) == "dnd"
    uses(ann, PhoneUse.TALKING)
    assert state(story) == "on-call"
    uses(ann, PhoneUse.IDLE)
    sets(ann)
    assert state(story) == "away"


def test_who_leaves_the_team_is_seen_no_more(story: Story, ann: Person) -> None:
    story.remove(hex_id(8, 1))
    assert story.engine.presence(MemberId(hex_id(8, 1))) is None
    assert story.last(c.ShowState).state == "offline"
    assert story.engine.lamps() == {}


def test_another_extension_is_another_lamp(story: Story, ann: Person) -> None:
    sets(ann, phone="phone9")
    assert [(it.phone, it.state) for it in story.all(c.ShowState)][-2:] == [
        ("phone1", "offline"), ("phone9", "offline"),
    ]  # fmt: skip


def test_a_restart_tells_nothing_again(story: Story, ann: Person) -> None:
    uses(ann, PhoneUse.TALKING)
    before = told(story)
    story.restart()
    assert state(story) == "on-call"
    uses(ann, PhoneUse.TALKING)
    assert told(story) == before
    assert story.engine.lamps() == {ann.config.phone: "on-call"}


def test_a_resync_says_what_the_telephones_do(story: Story, ann: Person) -> None:
    registered = (e.PhoneStateChanged(ann.config.phone, True),)
    talking = (e.PhoneUsed(ann.config.phone, PhoneUse.TALKING),)
    story.happens(e.StateResynced((), registered, (), talking))
    assert state(story) == "on-call"
    story.happens(e.StateResynced((), registered, ()))
    assert state(story) == "available"


def test_a_member_who_is_no_agent(story: Story) -> None:
    from routing.config import UserConfig
    from routing.ids import UserId
    from tests.support.routing.story import TEAM

    own: dict[str, Any] = {"extension": "150", "phone": "desk150"}
    story.configure(UserConfig(MemberId(hex_id(8, 1)), TEAM, UserId(hex_id(3, 50)), "Desk", **own))
    assert state(story) == "offline"
    story.happens(e.PhoneStateChanged("desk150", True))
    story.happens(e.PhoneUsed("desk150", PhoneUse.RINGING))
    assert state(story) == "ringing"

"""A talk is held, by a person through the api or by a telephone, and taken back."""

from typing import Any

import pytest

from routing import commands as c
from routing import events as e
from routing.calls.holds import LONGEST
from routing.calls.stranded import LOOK
from routing.config import TeamConfig
from routing.events import LiveCall, LivePhase, Side
from tests.support.routing.phone_calls import dials, member
from tests.support.routing.story import CALLER, DID, TEAM, Caller, HangUpOrder, Person, Story

pytestmark = pytest.mark.unit


@pytest.fixture(params=HangUpOrder)
def story(request: pytest.FixtureRequest) -> Story:
    return Story(order=request.param)


def talk(story: Story, **settings: Any) -> tuple[Person, Caller]:
    ann = story.agent("Ann")
    story.number(queue=story.queue(ann, **settings).id)
    call = story.calls_in()
    ann.answers()
    return ann, call


def on_hold(call: Caller) -> bool:
    view = call.story.engine.call(call.id)
    assert view is not None
    return view.on_hold


def test_a_queues_talk_is_held_and_goes_on(story: Story) -> None:
    ann, call = talk(story, music="jazz", wrap_up=10.0)
    story.happens(e.HoldRequested(call.id))
    hold = story.last(c.HoldCall)
    assert (hold.call, hold.music) == (call.id, "jazz")
    assert (call.phase, ann.state, on_hold(call)) == ("held", "OnCall", True)
    story.advance(30)
    story.happens(e.UnholdRequested(call.id))
    assert story.last(c.JoinAgain).call == call.id
    assert (call.phase, ann.state, on_hold(call)) == ("talking", "OnCall", False)
    story.advance(30)
    ann.hangs_up()
    assert (ann.state, call.record["talk"], call.record["ended_by"]) == ("WrapUp", 60.0, "agent")
    assert len(call.record["legs"]) == 1, "one talk"


def test_it_goes_on_by_itself_before_asterisk_would_join_the_two(story: Story) -> None:
    _, call = talk(story)
    story.happens(e.HoldRequested(call.id))
    assert story.last(c.HoldCall).seconds > LONGEST
    story.advance(LONGEST - 1)
    assert call.phase == "held"
    story.advance(2)
    assert (call.phase, len(story.all(c.JoinAgain))) == ("talking", 1)


def test_the_caller_hangs_up_on_hold(story: Story) -> None:
    ann, call = talk(story)
    story.happens(e.HoldRequested(call.id))
    call.hangs_up()
    assert (call.record["disposition"], ann.state) == ("answered", "Available")


def test_the_agent_hangs_up_on_hold(story: Story) -> None:
    """The caller's channel does not come back by itself: it is hung up."""
    ann, call = talk(story)
    story.happens(e.HoldRequested(call.id))
    call.talks_to = None
    story.happens(e.AgentLegEnded(call.id, ann.id))
    assert (call.record["ended_by"], call.record["disposition"]) == ("agent", "answered")
    assert ann.state == "Available"


def test_a_hold_that_asterisk_refuses_changes_nothing(story: Story) -> None:
    ann, call = talk(story)
    story.happens(e.HoldRequested(call.id))
    story.happens(e.CommandFailed(call.id, "HoldCall", "no such channel"))
    assert (call.phase, ann.state) == ("talking", "OnCall")


def test_the_other_side_is_gone_when_the_caller_is_taken_back(story: Story) -> None:
    ann, call = talk(story)
    story.happens(e.HoldRequested(call.id))
    story.happens(e.UnholdRequested(call.id))
    ann.hangs_up()
    assert call.record["ended_by"] == "agent"


@pytest.mark.parametrize("by", ["caller", "colleague"])
def test_an_internal_call_is_held(story: Story, by: str) -> None:
    ann, bob = member(story, "Ann"), member(story, "Bob")
    call = dials(ann, "102")
    call.is_answered()
    story.happens(e.HoldRequested(call.id))
    assert (call.phase, ann.state, bob.state) == ("held", "OnCall", "OnCall")
    story.happens(e.UnholdRequested(call.id))
    assert call.phase == "connected"
    story.happens(e.HoldRequested(call.id))
    story.advance(5)
    if by == "caller":
        call.hangs_up()
    else:
        call.connected = False
        story.happens(e.PartyLegEnded(call.id))
    assert (call.record["talk"], call.record["disposition"]) == (5.0, "answered")
    assert (ann.state, bob.state) == ("Available", "Available")


def test_an_outside_call_is_held(story: Story) -> None:
    story.may_dial()
    story.route("out", out={"type": "number", "settings": {"number": "+14165550177"}, "exits": {}})
    call = story.calls_in()
    story.happens(e.PartyAnswered(call.id))
    story.happens(e.HoldRequested(call.id))
    assert (call.phase, story.last(c.HoldCall).music) == ("held", "default")
    story.happens(e.PartyLegEnded(call.id))
    assert call.record["ended_by"] == "agent"


@pytest.mark.parametrize("side", Side)
def test_a_telephone_holds_the_talk(story: Story, side: Side) -> None:
    ann, call = talk(story)
    story.happens(e.PhoneHeld(call.id, side, True))
    assert (call.phase, ann.state, on_hold(call)) == ("talking", "OnCall", True)
    story.happens(e.PhoneHeld(call.id, side, False))
    assert not on_hold(call)
    assert story.all(c.HoldCall) == []


@pytest.mark.parametrize("state", ["queued", "ended"])
def test_only_a_talk_is_held(story: Story, state: str) -> None:
    ann = story.agent("Ann", available=state == "ended")
    story.number(queue=story.queue(ann).id)
    call = story.calls_in()
    if state == "ended":
        ann.answers()
        ann.hangs_up()
    for event in (e.HoldRequested(call.id), e.UnholdRequested(call.id)):
        assert story.happens(event) == []


# -- a resync ----------------------------------------------------------------------------------------------------


def seen(story: Story, call: Caller, phase: LivePhase, ann: Person | None, **more: object) -> None:
    """Let a resync find the call, and Ann's phone registered."""
    live = LiveCall(call.id, phase, DID, CALLER, agent=ann.id if ann else None, **more)  # type: ignore[arg-type]
    phones = tuple(e.PhoneStateChanged(it.config.phone, True) for it in story.people.values())
    story.happens(e.StateResynced((live,), phones))


def test_a_resync_finds_the_call_still_held(story: Story) -> None:
    ann, call = talk(story)
    story.happens(e.HoldRequested(call.id))
    story.restart()
    seen(story, call, LivePhase.HELD, ann)
    assert (call.phase, ann.state, on_hold(call)) == ("held", "OnCall", True)
    story.happens(e.UnholdRequested(call.id))
    assert call.phase == "talking"


def test_a_resync_finds_that_asterisk_has_joined_the_two(story: Story) -> None:
    ann, call = talk(story)
    story.happens(e.HoldRequested(call.id))
    seen(story, call, LivePhase.TALKING, ann)
    assert (call.phase, ann.state) == ("talking", "OnCall")


def test_a_resync_finds_that_the_agent_hung_up_on_hold(story: Story) -> None:
    ann, call = talk(story)
    story.happens(e.HoldRequested(call.id))
    call.talks_to = None
    seen(story, call, LivePhase.CONTROLLED, None)
    assert call.phase == "stranded", "the caller may have been sent on a moment before"
    story.advance(LOOK + 0.1)
    assert (call.record["ended_by"], ann.state) == ("agent", "Available")


def test_a_resync_finds_a_held_call_that_was_never_known(story: Story) -> None:
    ann = story.agent("Ann")
    story.number(queue=story.queue(ann).id)
    call = story.call()
    seen(story, call, LivePhase.HELD, ann)
    assert (call.phase, ann.state) == ("held", "OnCall")


@pytest.mark.parametrize(("own", "heard"), [("default", "uploaded"), ("jazz", "jazz")], ids=["team", "queue"])
def test_who_is_held_or_parked_hears_the_teams_music(story: Story, own: str, heard: str) -> None:
    """A queue that has its own music goes before."""
    story.configure(TeamConfig(TEAM, "Team", hold_music="uploaded"))
    _, call = talk(story, music=own)
    story.happens(e.HoldRequested(call.id))
    assert story.last(c.HoldCall).music == heard
    story.happens(e.UnholdRequested(call.id))
    story.happens(e.ParkRequested(call.id))
    assert story.last(c.TakeBack).music == heard
    story.happens(e.CallReturned(call.id))
    assert story.last(c.StartMusic).music == heard

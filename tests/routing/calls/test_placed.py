"""A member asks for a call: their own phone rings first."""

from dataclasses import replace

import pytest

from routing import commands as c
from routing import events as e
from routing.config import TeamConfig
from routing.events import LegFailure, LiveCall, LivePhase
from routing.ids import CallId, MemberId
from routing.outbound.policy import CLOSED
from tests.routing.calls.test_outgoing import MAIN, OUTSIDE, legs, owns, team
from tests.support.routing.outbound import OPEN
from tests.support.routing.phone_calls import PhoneCall, member
from tests.support.routing.story import TEAM, Person, Story, hex_id

pytestmark = pytest.mark.unit


@pytest.fixture
def story() -> Story:
    made = Story()
    made.configure(team())
    owns(made, MAIN)
    return made


def asks(person: Person, to: str = OUTSIDE) -> PhoneCall:
    story = person.story
    call = PhoneCall(story, CallId(hex_id(7, len(story.calls) + 1)))
    story.calls[call.id] = call
    place = list(story.people).index(person.id) + 1
    number = to if to.startswith("+") else ""
    story.happens(e.CallPlaced(call.id, MemberId(hex_id(8, place)), to, number))
    return call


def picks_up(call: PhoneCall) -> None:
    call.story.happens(e.CallbackAnswered(call.id))


def test_the_members_phone_rings_then_the_number(story: Story) -> None:
    ann = member(story, "Ann")
    call = asks(ann)
    assert story.last(c.RingMember) == c.RingMember(call.id, ann.config.phone, OUTSIDE, 30.0)
    assert (ann.state, call.phase, story.all(c.DialOut)) == ("Ringing", "calling", [])
    picks_up(call)
    assert (ann.state, call.phase) == ("OnCall", "dialing")
    assert (story.last(c.DialOut).number, story.last(c.DialOut).caller_id) == (OUTSIDE, MAIN)
    call.is_answered()
    story.advance(10)
    call.hangs_up()
    record = call.record
    assert (record["direction"], record["caller"], record["did"]) == ("outgoing", "101", OUTSIDE)
    assert (record["disposition"], ann.state) == ("answered", "Available")
    assert legs(call) == [("caller", "101", ""), ("number", OUTSIDE, "answered")]


def test_the_members_phone_rings_then_the_colleagues(story: Story) -> None:
    ann, bob = member(story, "Ann"), member(story, "Bob")
    call = asks(ann, "102")
    assert (ann.state, bob.state) == ("Ringing", "Available")
    picks_up(call)
    assert (ann.state, bob.state) == ("OnCall", "Ringing")
    call.is_answered()
    call.colleague_hangs_up()
    assert (call.record["direction"], call.record["disposition"]) == ("internal", "answered")


@pytest.mark.parametrize("reason", [LegFailure.NO_ANSWER, LegFailure.BUSY, LegFailure.FAILED])
def test_the_member_does_not_answer(story: Story, reason: LegFailure) -> None:
    ann = member(story, "Ann")
    call = asks(ann)
    story.happens(e.CallbackFailed(call.id, reason))
    assert (call.record["disposition"], story.all(c.DialOut)) == ("missed", [])
    assert legs(call) == [("caller", "101", str(reason))]
    assert ann.state == "Available"


def test_a_call_that_may_not_go_out_rings_nobody(story: Story) -> None:
    story.configure(team(outbound=CLOSED))
    ann = member(story, "Ann")
    call = asks(ann)
    assert (story.all(c.RingMember), call.record["disposition"]) == ([], "denied")
    assert legs(call)[1] == ("number", OUTSIDE, "outbound: closed")
    assert ann.state == "Available"


def test_the_rule_is_asked_again_when_the_member_answers(story: Story) -> None:
    ann = member(story, "Ann")
    call = asks(ann)
    story.configure(team(outbound=replace(OPEN, member_per_day=0)))
    picks_up(call)
    assert story.last(c.HangUp).sounds == ("switchroom/outside-limit",)
    assert (call.record["disposition"], legs(call)[1][2]) == ("denied", "outbound: member-cap")


def test_the_call_counts_once(story: Story) -> None:
    story.configure(team(outbound=replace(OPEN, member_per_day=1)))
    ann = member(story, "Ann")
    call = asks(ann)
    picks_up(call)
    call.hangs_up()
    assert asks(ann).record["disposition"] == "denied"


@pytest.mark.parametrize(
    ("to", "disposition"), [("199", "not_in_service"), ("101", "missed"), ("102", "missed")]
)
def test_an_extension_that_cannot_be_rung(story: Story, to: str, disposition: str) -> None:
    ann, bob = member(story, "Ann"), member(story, "Bob")
    bob.vanishes()
    call = asks(ann, to)
    assert (story.all(c.RingMember), call.record["disposition"]) == ([], disposition)
    assert ann.state == "Available"


def test_a_member_whose_phone_is_not_registered(story: Story) -> None:
    ann = member(story, "Ann")
    ann.vanishes()
    assert (asks(ann).record["disposition"], story.all(c.RingMember)) == ("missed", [])


def test_a_team_that_has_all_its_calls(story: Story) -> None:
    story.configure(team(max_calls=0))
    assert asks(member(story, "Ann")).record["disposition"] == "refused"


def test_a_suspended_team(story: Story) -> None:
    ann = member(story, "Ann")
    story.configure(TeamConfig(TEAM, "Team", suspended=True))
    asks(ann)
    assert story.all(c.RingMember) == []


def test_the_same_call_is_placed_once(story: Story) -> None:
    ann = member(story, "Ann")
    call = asks(ann)
    story.happens(e.CallPlaced(call.id, MemberId(hex_id(8, 1)), OUTSIDE, OUTSIDE))
    assert len(story.all(c.RingMember)) == 1


@pytest.mark.parametrize(
    ("phase", "found", "dialled"),
    [
        (LivePhase.CALLING, "calling", 0),
        (LivePhase.CONTROLLED, "dialing", 1),
        (LivePhase.DIALING, "dialing", 0),
        (LivePhase.TALKING, "connected", 0),
    ],
)
def test_a_restart_finds_the_call(story: Story, phase: LivePhase, found: str, dialled: int) -> None:
    """What was dialled is not dialled again; what the member waits for is."""
    ann = member(story, "Ann")
    call = asks(ann)
    seen = LiveCall(call.id, phase, OUTSIDE, "101", phone=ann.config.phone, number=OUTSIDE)
    story.happens(e.StateResynced((seen,), (e.PhoneStateChanged(ann.config.phone, True),)))
    assert (call.phase, len(story.all(c.DialOut))) == (found, dialled)
    story.happens(e.CallHungUp(call.id))
    assert ann.state == "Available"
    assert len(story.all(c.LogCall)) == 1

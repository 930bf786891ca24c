"""Who consulted stays: three talk together, and each but the caller may leave the others."""

from typing import Any

import pytest

from routing import commands as c
from routing import events as e
from routing.config import RecordingPolicy, TeamConfig
from routing.events import Destination, LiveCall, LivePhase, Wanted
from tests.routing.calls.test_consults import CONSULT, consult, held
from tests.support.routing.phone_calls import dials, member, talk
from tests.support.routing.story import CALLER, DID, TEAM, Caller, HangUpOrder, Person, Story, block

pytestmark = pytest.mark.unit


@pytest.fixture(params=HangUpOrder)
def story(request: pytest.FixtureRequest) -> Story:
    return Story(order=request.param)


def three(
    story: Story, kind: str = "agent", wanted: Wanted | None = None
) -> tuple[Person, Person, Caller, Caller]:
    """Let Ann, who talks with a caller, ask Bob, and let all three talk. `wanted`: of the recording, before that."""
    ann, bob, call = talk(story, wrap_up=10.0, recording=RecordingPolicy.ALL)
    if wanted is not None:
        story.happens(e.RecordingRequested(call.id, wanted))
    story.advance(10)
    other = consult(story, call, kind, bob.id if kind == "agent" else "102")
    bob.answers()
    story.advance(5)
    story.happens(e.ConsultJoined(call.id))
    return ann, bob, call, other


def legs(call: Caller) -> list[tuple[Any, Any, Any]]:
    return [(leg["kind"], leg["agent"], leg["recording"]) for leg in call.record["legs"]]


def talking(story: Story, call: Caller) -> list[Any]:
    view = story.engine.call(call.id)
    assert view is not None
    return [party.agent for party in view.parties if party.talking]


def test_three_talk_and_who_asked_leaves(story: Story) -> None:
    ann, bob, call, other = three(story)
    joined = story.last(c.JoinConsult)
    assert (joined.call, joined.other, joined.recording) == (call.id, CONSULT, f"recordings/{call.id}-2")
    assert (call.phase, held(story, call), other.phase) == ("talking", None, "over")
    assert (ann.state, bob.state, talking(story, call)) == ("OnCall", "OnCall", [ann.id, bob.id])
    story.advance(30)
    story.happens(e.AgentLegEnded(call.id, ann.id))
    assert (call.phase, ann.state, bob.state) == ("talking", "WrapUp", "OnCall")
    assert talking(story, call) == [bob.id]
    story.advance(5)
    call.talks_to = bob.id
    bob.hangs_up()
    assert (bob.state, call.record["ended_by"], call.record["disposition"]) == (
        "Available",
        "agent",
        "answered",
    )
    assert legs(call) == [
        ("agent", ann.id, f"recordings/{call.id}-1"), ("agent", bob.id, f"recordings/{call.id}-2"),
    ]  # fmt: skip
    assert call.record["agent"] == bob.id
    assert [step["type"] for step in call.record["path"]][-2:] == ["consult", "three"]
    assert other.record["talk"] == 5.0


@pytest.mark.parametrize("kind", ["agent", "extension"])
def test_who_was_asked_leaves(story: Story, kind: str) -> None:
    ann, bob, call, _ = three(story, kind)
    story.happens(e.ThirdLeft(call.id))
    assert (call.phase, ann.state, bob.state) == ("talking", "OnCall", "Available")
    story.advance(5)
    ann.hangs_up()
    assert (ann.state, call.record["ended_by"]) == ("WrapUp", "agent")
    ended = [leg["ended_at"] for leg in call.record["legs"]]
    assert ended[1] < ended[0]


@pytest.mark.parametrize("announced", [True, False])
def test_the_caller_leaves_and_it_is_over(story: Story, announced: bool) -> None:
    """If the end of Ann's leg is told first, Bob is the one to whom the caller talks."""
    ann, bob, call, _ = three(story)
    if announced:
        story.happens(e.CallerHangingUp(call.id))
        story.happens(e.ThirdLeft(call.id))
    story.happens(e.AgentLegEnded(call.id, ann.id))
    if not announced:
        story.happens(e.AgentLegEnded(call.id, bob.id))
    story.happens(e.CallHungUp(call.id))
    assert (ann.state, bob.state) == ("WrapUp", "Available")
    assert call.record["ended_by"] == ("caller" if announced else "agent")
    assert len(story.all(c.LogCall)) == 2


def test_the_last_two_leave_at_once(story: Story) -> None:
    ann, bob, call, _ = three(story)
    call.talks_to = None
    story.happens(e.CallReturned(call.id))
    assert (ann.state, bob.state, call.record["disposition"]) == ("WrapUp", "Available", "answered")


def test_a_colleague_and_an_outside_line(story: Story) -> None:
    """Neither is an agent of the call."""
    ann, bob = member(story, "Ann"), member(story, "Bob")
    story.may_dial()
    story.number(queue=story.queue(ann).id)
    call = dials(ann, "102")
    call.is_answered()
    consult(story, call, "number", "+14165550177", by=ann)
    story.happens(e.PartyAnswered(CONSULT))
    story.happens(e.ConsultJoined(call.id, ann.config.user))
    assert (call.phase, ann.state, bob.state) == ("connected", "OnCall", "OnCall")
    story.happens(e.PartyLegEnded(call.id))
    assert (call.phase, ann.state, bob.state) == ("connected", "Available", "OnCall")
    story.happens(e.PartyLegEnded(call.id))
    story.happens(e.CallHungUp(call.id))
    assert bob.state == "Available"
    assert [leg["kind"] for leg in call.record["legs"]] == ["caller", "member", "caller", "member", "number"]


@pytest.mark.parametrize("who", ["ann", "bob", "stranger"])
def test_someone_asks_to_leave(story: Story, who: str) -> None:
    ann, bob, call, _ = three(story)
    cid = story.agent("cid")
    user = {"ann": ann, "bob": bob, "stranger": cid}[who].config.user
    story.happens(e.LeaveRequested(call.id, user))
    let_go = [] if who == "stranger" else [c.LetGo(call.id, third=who == "bob")]
    assert story.all(c.LetGo) == let_go


def test_bob_mutes_himself(story: Story) -> None:
    _, bob, call, _ = three(story)
    story.happens(e.MuteRequested(call.id, True, bob.config.user))
    assert story.last(c.MuteParty) == c.MuteParty(call.id, False, True, third=True)


def test_what_three_cannot_do(story: Story) -> None:
    ann, bob, call, _ = three(story)
    before = len(story.said)
    for event in (
        e.HoldRequested(call.id),
        e.TransferRequested(call.id, Destination("agent", bob.id)),
        e.ParkRequested(call.id),
        e.ConsultRequested(call.id, Destination("agent", bob.id)),
        e.DetachRequested(call.id, ann.config.user),
        e.PullRequested(call.id, ann.config.user, CONSULT),
        e.ConsultJoined(call.id),
    ):
        story.happens(event)
    assert (call.phase, story.said[before:]) == ("talking", [])


def test_no_one_is_joined_before_they_answer(story: Story) -> None:
    _, bob, call = talk(story)
    consult(story, call, "agent", bob.id)
    story.happens(e.ConsultJoined(call.id))
    assert (call.phase, story.all(c.JoinConsult)) == ("held", [])


# -- the engine dies ------------------------------------------------------------------------------------------


def seen(story: Story, call: Caller, agent: Person, third: Person | None) -> None:
    phones = tuple(e.PhoneStateChanged(person.config.phone, True) for person in story.people.values())
    live = LiveCall(
        call.id,
        LivePhase.TALKING,
        DID,
        CALLER,
        agent=agent.id,
        talks_with=agent.config.phone,
        third=third.config.phone if third else None,
    )
    story.happens(e.StateResynced((live,), phones))


def test_a_restart_finds_the_three(story: Story) -> None:
    ann, bob, call, _ = three(story)
    story.restart()
    seen(story, call, ann, bob)
    assert (ann.state, bob.state, talking(story, call)) == ("OnCall", "OnCall", [ann.id, bob.id])


@pytest.mark.parametrize("who", ["ann", "bob"])
def test_one_has_left_meanwhile(story: Story, who: str) -> None:
    ann, bob, call, _ = three(story)
    story.restart()
    left, stays = (ann, bob) if who == "ann" else (bob, ann)
    seen(story, call, stays, None)
    assert (stays.state, talking(story, call)) == ("OnCall", [stays.id])
    assert left.state == ("WrapUp" if left is ann else "Available")
    call.talks_to = stays.id
    call.hangs_up()
    assert len(call.record["legs"]) == 2


def test_the_engine_died_before_it_had_written_down_that_three_talk(story: Story) -> None:
    """The consultation is gone, and the request comes again: it changes nothing."""
    ann, bob, call = talk(story)
    consult(story, call, "agent", bob.id)
    bob.answers()
    story.restart()
    seen(story, call, ann, bob)
    story.happens(e.ConsultJoined(call.id))
    assert (call.phase, ann.state, bob.state) == ("talking", "OnCall", "OnCall")
    assert talking(story, call) == [ann.id, bob.id]
    call.talks_to = ann.id
    story.happens(e.ThirdLeft(call.id))
    call.hangs_up()
    assert [leg["agent"] for leg in call.record["legs"]] == [ann.id, bob.id]
    assert bob.state == "Available"


def test_a_restart_finds_two_others_with_the_caller(story: Story) -> None:
    """Neither of them is the one to whom the caller talked when it was written down last."""
    ann, bob, call = talk(story)
    cid = story.agent("Cid")
    seen(story, call, bob, cid)
    assert talking(story, call) == [bob.id, cid.id]
    assert (ann.state, bob.state, cid.state) == ("Available", "OnCall", "OnCall")
    story.happens(e.ThirdLeft(call.id))
    call.talks_to = bob.id
    call.hangs_up()
    assert (bob.state, cid.state) == ("Available", "Available")


def test_a_restart_finds_who_calls_joined_to_their_own_call(story: Story) -> None:
    """Two telephones of one member are in it. When one leaves, the other one still holds them."""
    ann, bob = member(story, "Ann"), member(story, "Bob")
    call = dials(ann, "102")
    call.is_answered()
    phones = tuple(e.PhoneStateChanged(person.config.phone, True) for person in (ann, bob))
    third = LiveCall(call.id, LivePhase.TALKING, "102", "101", phone=ann.config.phone, third=ann.config.phone)
    story.happens(e.StateResynced((third,), phones))
    story.happens(e.ThirdLeft(call.id))
    assert (call.phase, ann.state, bob.state) == ("connected", "OnCall", "OnCall")
    call.colleague_hangs_up()
    assert (ann.state, bob.state) == ("Available", "Available")


def test_a_restart_finds_a_line_and_a_third_who_were_dialled(story: Story) -> None:
    ann = member(story, "Ann")
    story.may_dial()
    story.route("out", out=block("number", number="+14165550177"))
    call = story.calls_in()
    assert call.phase == "dialing"
    phones = (e.PhoneStateChanged(ann.config.phone, True),)
    live = LiveCall(call.id, LivePhase.TALKING, DID, CALLER, third=ann.config.phone)
    story.happens(e.StateResynced((live,), phones))
    assert (call.phase, ann.state, talking(story, call)) == ("connected", "OnCall", [None, ann.id])


def test_a_restart_finds_the_talk_of_three_over(story: Story) -> None:
    """Who was joined is free at once. The caller waits for a request that may come again."""
    ann, bob, call, _ = three(story)
    phones = tuple(e.PhoneStateChanged(person.config.phone, True) for person in story.people.values())
    story.happens(e.StateResynced((LiveCall(call.id, LivePhase.CONTROLLED, DID, CALLER),), phones))
    assert (call.phase, ann.state, bob.state) == ("stranded", "OnCall", "Available")


def test_both_recordings_are_silent_at_once(story: Story) -> None:
    """A card number is not heard in the other file."""
    ann, bob, call, _ = three(story)
    said = story.happens(e.RecordingRequested(call.id, Wanted.PAUSED))
    assert [it for it in said if isinstance(it, c.PauseRecording)] == [
        c.PauseRecording(call.id, True), c.PauseRecording(call.id, True, third=True),
    ]  # fmt: skip
    story.advance(5)
    story.happens(e.RecordingRequested(call.id, Wanted.ON))
    story.advance(5)
    story.happens(e.AgentLegEnded(call.id, ann.id))
    story.happens(e.AgentLegEnded(call.id, bob.id))
    story.happens(e.CallHungUp(call.id))
    assert [len(leg["pauses"]) for leg in call.record["legs"]] == [1, 1]


def test_who_is_joined_in_a_pause_is_recorded_when_it_is_over(story: Story) -> None:
    _, _, call, _ = three(story, wanted=Wanted.PAUSED)
    assert story.last(c.JoinConsult).recording is None
    said = story.happens(e.RecordingRequested(call.id, Wanted.ON))
    assert [it for it in said if isinstance(it, c.PauseRecording | c.RecordTalk)] == [
        c.RecordTalk(call.id, f"recordings/{call.id}-2", third=True), c.PauseRecording(call.id, False),
    ]  # fmt: skip


def test_a_recording_that_was_asked_for_takes_who_is_joined(story: Story) -> None:
    """And it is theirs when the other one has left."""
    story.configure(TeamConfig(TEAM, "Team", recording=RecordingPolicy.ON_DEMAND))
    ann, bob, call = talk(story)
    story.happens(e.RecordingRequested(call.id, Wanted.ON))
    consult(story, call, "agent", bob.id)
    bob.answers()
    story.happens(e.ConsultJoined(call.id))
    assert story.last(c.JoinConsult).recording == f"recordings/{call.id}-2"
    story.happens(e.AgentLegEnded(call.id, ann.id))
    said = story.happens(e.RecordingRequested(call.id, Wanted.OFF))
    assert [it for it in said if isinstance(it, c.RecordTalk)] == [c.RecordTalk(call.id, None)]
    call.talks_to = bob.id
    bob.hangs_up()
    assert [len(leg["recorded"]) for leg in call.record["legs"]] == [1, 1]

"""Who talks calls someone else first, while the other side hears music. Then the talk goes on with either of them."""

from dataclasses import replace
from typing import Any

import pytest

from routing import commands as c
from routing import events as e
from routing.calls.consults import LONGEST
from routing.calls.stranded import SECONDS
from routing.events import Destination, LiveCall, LivePhase
from routing.ids import CallId
from tests.support.routing.phone_calls import dials, member, talk
from tests.support.routing.story import CALLER, DID, TEAM, Caller, HangUpOrder, Person, Story, hex_id

pytestmark = pytest.mark.unit
CONSULT = CallId(hex_id(7, 90))


@pytest.fixture(params=HangUpOrder)
def story(request: pytest.FixtureRequest) -> Story:
    return Story(order=request.param)


def consult(story: Story, call: Caller, kind: str, id: str, by: Person | None = None) -> Caller:
    """Let the other side call someone. Return the call in which they do."""
    story.happens(e.ConsultRequested(call.id, Destination(kind, id), by.config.user if by else None))
    other = Caller(story, CONSULT)
    story.calls[CONSULT] = other
    story.happens(e.ConsultBegan(CONSULT, call.id))
    return other


def held(story: Story, call: Caller) -> str | None:
    view = story.engine.call(call.id)
    assert view is not None
    return view.consult


def test_a_caller_is_handed_to_the_agent_who_was_asked_first(story: Story) -> None:
    ann, bob, call = talk(story, wrap_up=10.0, music="jazz")
    story.advance(10)
    other = consult(story, call, "agent", bob.id)
    asked = story.last(c.Consult)
    assert (asked.agent, asked.phone, asked.music, asked.number) == (ann.id, "phone1", "jazz", 1)
    assert (call.phase, held(story, call), bob.state) == ("held", CONSULT, "Ringing")
    bob.answers()
    story.advance(5)
    assert (ann.state, bob.state) == ("OnCall", "OnCall")
    story.happens(e.ConsultCompleted(call.id))
    done = story.last(c.CompleteConsult)
    assert (done.call, done.other, done.recording) == (call.id, CONSULT, f"recordings/{call.id}-2")
    assert (call.phase, ann.state, bob.state) == ("talking", "WrapUp", "OnCall")
    call.talks_to = bob.id
    story.advance(20)
    call.hangs_up()
    assert bob.state == "Available"
    assert [(leg["agent"], leg["outcome"]) for leg in call.record["legs"]] == [
        (ann.id, "answered"), (bob.id, "answered"),
    ]  # fmt: skip
    assert call.record["talk"] == 35.0
    consulted = other.record
    assert (consulted["direction"], consulted["caller"], consulted["did"]) == ("internal", "101", "102")
    assert (consulted["talk"], consulted["disposition"]) == (5.0, "answered")
    assert [step["type"] for step in call.record["path"]][-1] == "consult"


def test_clients_are_told_in_which_call_someone_is_asked(story: Story) -> None:
    """The phone of who consults is under our control a moment after the call is held."""
    _, bob, call = talk(story)
    story.happens(e.ConsultRequested(call.id, Destination("agent", bob.id)))
    told = story.happens(e.ConsultBegan(CONSULT, call.id))
    assert c.Publish(TEAM, "call", call.id, "updated") in told


def test_the_consultation_ends_and_the_two_talk_again(story: Story) -> None:
    ann, bob, call = talk(story)
    other = consult(story, call, "extension", "102")
    bob.answers()
    bob.hangs_up()
    assert (call.phase, held(story, call), other.phase) == ("talking", None, "over")
    assert (ann.state, bob.state) == ("OnCall", "Available")
    story.advance(5)
    ann.hangs_up()
    assert [leg["agent"] for leg in call.record["legs"]] == [ann.id]


@pytest.mark.parametrize("how", ["ends", "unhold", "guard"])
@pytest.mark.parametrize("answered", [True, False])
def test_the_consultation_is_called_off(story: Story, how: str, answered: bool) -> None:
    ann, bob, call = talk(story)
    other = consult(story, call, "agent", bob.id)
    if answered:
        bob.answers()
    if how == "guard":
        story.advance(LONGEST + 1)
    else:
        story.happens(e.ConsultEnded(call.id) if how == "ends" else e.UnholdRequested(call.id))
    assert (call.phase, other.phase) == ("talking", "over")
    assert (ann.state, bob.state) == ("OnCall", "Available")
    assert story.all(c.JoinAgain) == [], "the dialplan lets the two talk again"


def test_no_one_is_handed_over_before_they_answer(story: Story) -> None:
    _, bob, call = talk(story)
    consult(story, call, "agent", bob.id)
    story.happens(e.ConsultCompleted(call.id))
    assert (call.phase, story.all(c.CompleteConsult)) == ("held", [])


def test_two_agents_share_a_telephone_and_one_asks_the_other(story: Story) -> None:
    """The consultation holds who asks, and not whoever else uses the telephone."""
    ann, bob = member(story, "Ann"), member(story, "Bob")
    bob.config = replace(bob.config, phone=ann.config.phone)
    story.configure(bob.config)
    story.number(queue=story.queue(bob).id)
    call = story.calls_in()
    bob.answers()
    other = consult(story, call, "agent", ann.id)
    assert (bob.state, ann.state) == ("OnCall", "Ringing")
    ann.answers()
    ann.hangs_up()
    assert (call.phase, bob.state, ann.state) == ("talking", "OnCall", "Available")
    assert [(leg["kind"], leg["agent"]) for leg in other.record["legs"]] == [
        ("caller", bob.id),
        ("agent", ann.id),
    ]
    bob.hangs_up()
    assert bob.state == "Available"


def test_a_queue_is_asked(story: Story) -> None:
    """The one who consults waits in it as any caller. The agent's wrap-up comes after the talk with the caller."""
    ann, bob, call = talk(story)
    story.queue(bob, number=2, wrap_up=30.0)
    other = consult(story, call, "queue", hex_id(4, 2))
    bob.answers()
    story.happens(e.ConsultCompleted(call.id))
    call.talks_to = bob.id
    assert (bob.state, other.record["stays"][0]["outcome"]) == ("OnCall", "answered")
    call.hangs_up()
    assert (ann.state, bob.state) == ("Available", "WrapUp")


@pytest.mark.parametrize("may", [True, False])
def test_an_outside_number_is_asked_by_the_rule_of_the_team(story: Story, may: bool) -> None:
    ann, _, call = talk(story)
    if may:
        story.may_dial()
    other = consult(story, call, "number", "+14165550177")
    if not may:
        assert story.all(c.DialOut) == []
        other.listens()
        assert (other.record["direction"], call.phase, ann.state) == ("outgoing", "talking", "OnCall")
        return
    dialled = story.last(c.DialOut)
    assert (dialled.number, dialled.comes_back) == ("+14165550177", True)
    story.happens(e.PartyAnswered(CONSULT))
    story.happens(e.ConsultCompleted(call.id))
    assert (call.phase, ann.state) == ("connected", "Available")
    story.happens(e.PartyLegEnded(call.id))
    story.happens(e.CallReturned(call.id))
    assert [(leg["kind"], leg["number"]) for leg in call.record["legs"]][1:] == [("number", "+14165550177")]


def test_who_called_a_colleague_asks_another_one(story: Story) -> None:
    """The colleague becomes the call itself, and hears music."""
    ann, bob, _ = member(story, "Ann"), member(story, "Bob"), member(story, "Cid")
    call = dials(ann, "102")
    call.is_answered()
    other = consult(story, call, "extension", "103", by=ann)
    assert story.last(c.Consult).hands_over
    cid = next(it for it in story.people.values() if it.config.name == "Cid")
    cid.answers()
    story.happens(e.ConsultCompleted(call.id, ann.config.user))
    assert (ann.state, bob.state, cid.state) == ("Available", "OnCall", "OnCall")
    call.connected = False
    cid.hangs_up()
    assert (bob.state, cid.state) == ("Available", "Available")
    kinds = [(leg["kind"], leg["agent"]) for leg in call.record["legs"]]
    assert kinds == [
        ("caller", ann.id), ("member", bob.id), ("caller", bob.id), ("member", ann.id), ("agent", cid.id),
    ]  # fmt: skip
    assert other.record["caller"] == "101"


def test_the_caller_hangs_up_meanwhile(story: Story) -> None:
    ann, bob, call = talk(story)
    other = consult(story, call, "agent", bob.id)
    bob.answers()
    call.hangs_up()
    assert (call.record["disposition"], other.phase, bob.state) == ("answered", "talking", "OnCall")
    bob.hangs_up()
    assert (ann.state, bob.state) == ("Available", "Available")


def test_who_consults_hangs_up_and_the_caller_goes_to_the_head_of_the_queue(story: Story) -> None:
    ann, bob, call = talk(story)
    other = consult(story, call, "agent", bob.id)
    bob.answers()
    call.talks_to = None
    story.happens(e.AgentLegEnded(call.id, ann.id))
    other.hangs_up()
    assert (call.phase, bob.state, story.last(c.TakeBack).call) == ("stranded", "Available", call.id)
    story.happens(e.CallReturned(call.id))
    story.advance(SECONDS + 1)
    assert call.phase == "offering"
    assert call.offered_to == (ann.id,)


def test_a_consultation_that_asterisk_refuses_changes_nothing(story: Story) -> None:
    ann, bob, call = talk(story)
    story.happens(e.ConsultRequested(call.id, Destination("agent", bob.id)))
    story.happens(e.CommandFailed(call.id, "Consult", "no one talks"))
    assert (call.phase, held(story, call), ann.state) == ("talking", None, "OnCall")


@pytest.mark.parametrize(("kind", "id"), [("voicemail", hex_id(3, 2)), ("agent", "ff" * 16)])
def test_what_cannot_be_asked(story: Story, kind: str, id: str) -> None:
    _, _, call = talk(story)
    story.happens(e.ConsultRequested(call.id, Destination(kind, id)))
    assert (call.phase, story.all(c.Consult)) == ("talking", [])


# -- the engine dies ------------------------------------------------------------------------------------------


def seen(story: Story, *calls: LiveCall) -> None:
    phones = tuple(e.PhoneStateChanged(person.config.phone, True) for person in story.people.values())
    story.happens(e.StateResynced(calls, phones))


def live(call: Caller, phase: LivePhase, agent: Person | None = None, **more: Any) -> LiveCall:
    return LiveCall(call.id, phase, DID, CALLER, agent=agent.id if agent else None, **more)


def test_a_restart_finds_the_consultation(story: Story) -> None:
    ann, bob, call = talk(story)
    other = consult(story, call, "agent", bob.id)
    bob.answers()
    story.restart()
    seen(story, live(other, LivePhase.TALKING, bob, consult_of=call.id), live(call, LivePhase.HELD, ann))
    assert (call.phase, other.phase, held(story, call)) == ("held", "talking", CONSULT)
    story.happens(e.ConsultCompleted(call.id))
    assert (call.phase, ann.state) == ("talking", "Available")


def test_a_restart_finds_the_two_in_their_talk_again(story: Story) -> None:
    ann, bob, call = talk(story)
    other = consult(story, call, "agent", bob.id)
    bob.answers()
    seen(story, live(call, LivePhase.TALKING, ann))
    assert (call.phase, other.phase, held(story, call)) == ("talking", "over", None)
    assert (ann.state, bob.state) == ("OnCall", "Available")


@pytest.mark.parametrize("told", [True, False])
def test_a_restart_finds_a_consultation_of_which_it_did_not_know(story: Story, told: bool) -> None:
    """With the request in mind it goes on. Else it is ended, so that the two talk again."""
    ann, bob, call = talk(story)
    if told:
        story.happens(e.ConsultRequested(call.id, Destination("agent", bob.id)))
    other = Caller(story, CONSULT)
    story.calls[CONSULT] = other
    seen(story, live(other, LivePhase.CONTROLLED, consult_of=call.id), live(call, LivePhase.HELD, ann))
    if told:
        assert (call.phase, held(story, call), bob.state) == ("held", CONSULT, "Ringing")
    else:
        assert (call.phase, story.last(c.HangUp).call) == ("talking", CONSULT)

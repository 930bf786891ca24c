"""A talk's other side is sent on: to an agent, a queue, an extension, a mailbox or a number."""

from dataclasses import replace
from typing import Any

import pytest

from routing import commands as c
from routing import events as e
from routing.events import Destination, LegFailure, LiveCall, LivePhase
from routing.ids import AgentId, TeamId
from tests.support.routing.phone_calls import dials, member, talk, user_of
from tests.support.routing.story import CALLER, DID, Caller, HangUpOrder, Person, Story, hex_id

pytestmark = pytest.mark.unit


@pytest.fixture(params=HangUpOrder)
def story(request: pytest.FixtureRequest) -> Story:
    return Story(order=request.param)


def send(story: Story, call: Caller, kind: str, id: str, ann: Person | None = None, **more: Any) -> None:
    by = ann.config.user if ann else None
    story.happens(e.TransferRequested(call.id, Destination(kind, id, **more), by))


def comes_back(story: Story, call: Caller) -> None:
    """Let the caller's channel come back. The agent's leg ends first."""
    if call.talks_to is not None:
        agent, call.talks_to = call.talks_to, None
        story.happens(e.AgentLegEnded(call.id, agent))
    story.happens(e.CallReturned(call.id))


def test_a_caller_is_sent_to_an_agent(story: Story) -> None:
    ann, bob, call = talk(story, wrap_up=10.0, music="jazz")
    story.advance(10)
    send(story, call, "agent", bob.id)
    assert story.last(c.TakeBack) == c.TakeBack(call.id, "jazz")
    comes_back(story, call)
    assert (ann.state, bob.state, call.offered_to) == ("WrapUp", "Ringing", (bob.id,))
    bob.answers()
    story.advance(20)
    call.hangs_up()
    record = call.record
    assert [(leg["agent"], leg["outcome"], leg["queue"]) for leg in record["legs"]] == [
        (ann.id, "answered", hex_id(4, 1)),
        (bob.id, "answered", None),
    ]
    assert [leg["recording"] for leg in record["legs"]] == [f"recordings/{call.id}-{n}" for n in (1, 2)]
    assert (record["talk"], record["disposition"]) == (30.0, "answered")
    assert record["ended_by"] == ("agent" if story.order is HangUpOrder.LEGS_FIRST else "caller")
    assert [(step["block"], step["exit"]) for step in record["path"]][1] == ("transfer", "agent")
    assert bob.state == "Available", "there is no wrap-up after a call of no queue"


def test_the_call_counts_once_in_the_first_queue_and_once_in_the_second(story: Story) -> None:
    ann, bob, call = talk(story)
    send(story, call, "queue", hex_id(4, 2))
    comes_back(story, call)
    bob.answers()
    bob.hangs_up()
    assert [(stay["queue"], stay["outcome"]) for stay in call.record["stays"]] == [
        (hex_id(4, 1), "answered"),
        (hex_id(4, 2), "answered"),
    ]
    assert ann.state == "Available"


@pytest.mark.parametrize("held", [False, True], ids=["talking", "held"])
def test_a_held_caller_is_sent_on_too(story: Story, held: bool) -> None:
    _, bob, call = talk(story)
    if held:
        story.happens(e.HoldRequested(call.id))
    send(story, call, "extension", "102")
    comes_back(story, call)
    assert call.offered_to == (bob.id,)


def test_a_message_is_left_for_a_colleague(story: Story) -> None:
    _, bob, call = talk(story)
    send(story, call, "voicemail", bob.config.user, mailbox="user")
    comes_back(story, call)
    assert call.hears("vm-intro")


@pytest.mark.parametrize("may", [True, False])
def test_an_outside_number_is_rung_by_the_rule_of_the_team(story: Story, may: bool) -> None:
    ann, _, call = talk(story)
    if may:
        story.may_dial()
    send(story, call, "number", "+14165550177")
    comes_back(story, call)
    if may:
        assert (call.phase, story.last(c.DialOut).number) == ("dialing", "+14165550177")
        story.happens(e.PartyAnswered(call.id))
        assert call.phase == "connected"
    else:
        assert story.all(c.DialOut) == []
        assert ann.state == "Ringing", "who sent the caller on gets them back"


def test_a_target_that_fails_brings_the_caller_back_to_who_sent_them(story: Story) -> None:
    ann, bob, call = talk(story)
    send(story, call, "extension", "102")
    comes_back(story, call)
    bob.misses(LegFailure.BUSY)
    assert (ann.state, call.offered_to) == ("Ringing", (ann.id,))
    ann.answers()
    assert call.phase == "talking"
    ann.hangs_up()
    assert [leg["agent"] for leg in call.record["legs"]] == [ann.id, bob.id, ann.id]


def test_then_the_caller_waits_in_the_queue_again(story: Story) -> None:
    ann, bob, call = talk(story)
    send(story, call, "agent", bob.id)
    comes_back(story, call)
    bob.misses()
    ann.vanishes()
    call.rings_out()
    assert (call.phase, call.went()[-1]) == ("queued", ("agent", "failed"))


@pytest.mark.parametrize(
    ("kind", "id"), [("agent", "ff" * 16), ("queue", "ff" * 16), ("extension", "199"), ("room", "1")]
)
def test_what_the_team_does_not_have_is_no_target(story: Story, kind: str, id: str) -> None:
    _, _, call = talk(story)
    send(story, call, kind, id)
    assert (call.phase, story.all(c.TakeBack)) == ("talking", [])


def test_the_caller_hangs_up_on_the_way(story: Story) -> None:
    ann, bob, call = talk(story)
    send(story, call, "agent", bob.id)
    call.hangs_up()
    assert (call.record["disposition"], ann.state, bob.state) == ("answered", "Available", "Available")


# -- calls between members ---------------------------------------------------------------------------------------


def three(story: Story) -> tuple[Person, Person, Person]:
    return member(story, "Ann"), member(story, "Bob"), member(story, "Eve")


def test_the_called_member_sends_the_caller_on(story: Story) -> None:
    ann, bob, eve = three(story)
    call = dials(ann, "102")
    call.is_answered()
    send(story, call, "extension", "103", bob)
    assert story.all(c.HandOver) == []
    call.connected = False
    story.happens(e.PartyLegEnded(call.id))
    assert (ann.state, bob.state) == ("OnCall", "Available")
    story.happens(e.CallReturned(call.id))
    assert eve.state == "Ringing"
    eve.answers()
    assert (ann.state, eve.state, call.phase) == ("OnCall", "OnCall", "talking")
    eve.hangs_up()
    assert (ann.state, eve.state) == ("Available", "Available")
    assert [leg["kind"] for leg in call.record["legs"]] == ["caller", "member", "agent"]


def test_the_caller_sends_the_called_member_on(story: Story) -> None:
    """The called member's channel is the call's own from then on."""
    ann, bob, eve = three(story)
    call = dials(ann, "102")
    call.is_answered()
    story.advance(5)
    send(story, call, "extension", "103", ann)
    assert story.last(c.HandOver).call == call.id
    assert (ann.state, bob.state) == ("Available", "OnCall")
    call.connected = False
    story.happens(e.CallReturned(call.id))
    eve.answers()
    story.advance(7)
    assert (bob.state, eve.state) == ("OnCall", "OnCall")
    eve.hangs_up()
    record = call.record
    assert [(leg["kind"], leg["number"]) for leg in record["legs"]] == [
        ("caller", "101"), ("member", "102"), ("caller", "102"), ("agent", None),
    ]  # fmt: skip
    assert (record["caller"], record["did"], record["talk"]) == ("101", "102", 12.0)
    assert all(leg["ended_at"] is not None for leg in record["legs"])
    assert [it.state for it in (ann, bob, eve)] == ["Available"] * 3


def test_who_has_no_telephone_registered_sends_the_caller_back(story: Story) -> None:
    ann, bob, eve = three(story)
    eve.vanishes()
    call = dials(ann, "102")
    call.is_answered()
    send(story, call, "extension", "103", bob)
    call.connected = False
    story.happens(e.PartyLegEnded(call.id))
    story.happens(e.CallReturned(call.id))
    assert (call.offered_to, bob.state) == ((bob.id,), "Ringing")


# -- a telephone sends on ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("leg_first", [True, False])
def test_an_agents_telephone_sends_the_caller_on(story: Story, leg_first: bool) -> None:
    ann, bob, call = talk(story, wrap_up=5.0)
    call.talks_to = None
    if leg_first:
        story.happens(e.AgentLegEnded(call.id, ann.id))
    story.happens(e.CallReferred(call.id, "102"))
    if not leg_first:
        story.happens(e.AgentLegEnded(call.id, ann.id))
    assert (ann.state, bob.state, call.offered_to) == ("WrapUp", "Ringing", (bob.id,))
    bob.answers()
    call.hangs_up()
    assert call.record["ended_by"] == ("agent" if story.order is HangUpOrder.LEGS_FIRST else "caller")


def test_a_telephone_sends_the_caller_nowhere(story: Story) -> None:
    """They come back to who sent them at once."""
    ann, _, call = talk(story)
    call.talks_to = None
    story.happens(e.AgentLegEnded(call.id, ann.id))
    story.happens(e.CallReferred(call.id, "999"))
    assert call.offered_to == (ann.id,)


# -- a resync ----------------------------------------------------------------------------------------------------


def test_a_resync_finds_the_talk_whose_take_back_was_lost(story: Story) -> None:
    ann, bob, call = talk(story)
    send(story, call, "agent", bob.id)
    story.restart()
    live = LiveCall(call.id, LivePhase.TALKING, DID, CALLER, agent=ann.id)
    phones = tuple(e.PhoneStateChanged(it.config.phone, True) for it in story.people.values())
    said = story.happens(e.StateResynced((live,), phones))
    assert c.TakeBack(call.id, "default") in said
    assert len([it for it in said if isinstance(it, c.LogCall)]) == 0
    comes_back(story, call)
    assert call.offered_to == (bob.id,)


def test_a_resync_finds_the_caller_on_the_way(story: Story) -> None:
    ann, bob, call = talk(story)
    send(story, call, "agent", bob.id)
    story.restart()
    live = LiveCall(call.id, LivePhase.CONTROLLED, DID, CALLER)
    phones = tuple(e.PhoneStateChanged(it.config.phone, True) for it in story.people.values())
    story.happens(e.StateResynced((live,), phones))
    assert (call.offered_to, ann.state) == ((bob.id,), "Available")


# -- parked callers ----------------------------------------------------------------------------------------------


def park(story: Story, call: Caller) -> str:
    story.happens(e.ParkRequested(call.id))
    comes_back(story, call)
    view = story.engine.call(call.id)
    assert view is not None
    assert view.state == "parked"
    return view.slot


def test_a_parked_caller_is_fetched_by_another_member(story: Story) -> None:
    ann, bob, call = talk(story)
    story.advance(10)
    slot = park(story, call)
    assert (slot, ann.state) == ("701", "Available")
    story.advance(30)
    visit = dials(bob, slot)
    assert story.last(c.PickUp) == c.PickUp(call.id, visit.id, bob.id, f"recordings/{call.id}-2")
    assert (call.phase, bob.state, visit.phase) == ("talking", "OnCall", "over")
    story.advance(5)
    call.talks_to = bob.id
    bob.hangs_up()
    assert [leg["agent"] for leg in call.record["legs"]] == [ann.id, bob.id]
    assert (call.record["talk"], len(story.records())) == (15.0, 1)
    assert (ann.state, bob.state) == ("Available", "Available")


def test_a_caller_whom_no_one_fetches_goes_back_to_who_parked_them(story: Story) -> None:
    ann, _, call = talk(story)
    park(story, call)
    story.advance(89)
    assert call.phase == "parked"
    story.advance(2)
    assert call.offered_to == (ann.id,)
    ann.misses()
    call.returns()
    assert call.phase == "queued", "and then into the queue"


def test_each_slot_has_one_caller_and_no_extension_is_a_slot(story: Story) -> None:
    ann, bob, call = talk(story)
    story.configure(user_of(bob, 2, "Bob", extension="701"))
    assert park(story, call) == "702"
    other = story.calls_in()
    ann.answers()
    assert park(story, other) == "703"


def test_other_teams_fetch_nothing(story: Story) -> None:
    _, bob, call = talk(story)
    slot = park(story, call)
    theirs = user_of(bob, 9, "Eve", extension="301", phone="phone99")
    story.configure(replace(theirs, team=TeamId(hex_id(1, 2))))
    stranger = replace(bob.config, id=AgentId(hex_id(2, 9)), phone="phone99")
    visit = dials(Person(story, stranger), slot)
    assert (visit.record["disposition"], call.phase) == ("not_in_service", "parked")


def test_a_parked_caller_is_sent_on_or_hangs_up(story: Story) -> None:
    _, bob, call = talk(story)
    park(story, call)
    send(story, call, "agent", bob.id)
    assert call.offered_to == (bob.id,)
    call.hangs_up()
    assert call.record["disposition"] == "answered"


@pytest.mark.parametrize("told", ["refused", "resync"])
def test_a_phone_that_is_gone_before_it_fetches_the_caller(story: Story, told: str) -> None:
    ann, bob, call = talk(story)
    dials(bob, park(story, call))
    if told == "refused":
        story.happens(e.CommandFailed(call.id, "PickUp", "no such channel"))
    else:
        story.restart()
        live = LiveCall(call.id, LivePhase.CONTROLLED, DID, CALLER)
        phones = tuple(e.PhoneStateChanged(it.config.phone, True) for it in (ann, bob))
        story.happens(e.StateResynced((live,), phones))
    assert (call.phase, bob.state) == ("parked", "Available")


def test_a_telephone_sends_the_caller_to_a_number_by_the_rule_of_the_team(story: Story) -> None:
    ann, _, call = talk(story)
    call.talks_to = None
    story.happens(e.AgentLegEnded(call.id, ann.id))
    story.happens(e.CallReferred(call.id, "4165550177", "+14165550177"))
    assert (story.all(c.DialOut), call.offered_to) == ([], (ann.id,)), "it is not allowed: back to Ann"


def test_who_called_sends_on_whom_they_called_by_their_telephone(story: Story) -> None:
    ann, bob, cid = member(story, "Ann"), member(story, "Bob"), member(story, "Cid")
    call = dials(ann, "102")
    call.is_answered()
    story.happens(e.CallReferred(call.id, "103", handed_over=True))
    assert (ann.state, bob.state, cid.state) == ("Available", "OnCall", "Ringing")
    cid.answers()
    call.connected = False
    cid.hangs_up()
    assert [(leg["kind"], leg["agent"]) for leg in call.record["legs"]] == [
        ("caller", ann.id), ("member", bob.id), ("caller", bob.id), ("agent", cid.id),
    ]  # fmt: skip


# -- a telephone connects the other sides of its two talks ---------------------------------------------------------


def test_an_agents_telephone_connects_the_caller_with_whom_it_called(story: Story) -> None:
    ann, bob, call = talk(story, wrap_up=5.0)
    second = dials(ann, "102")
    second.is_answered()
    story.advance(10)
    story.happens(e.CallsJoined(call.id, second.id))
    second.gone = True
    assert (ann.state, bob.state, call.phase, second.phase) == ("WrapUp", "OnCall", "connected", "over")
    call.talks_to = None
    story.advance(20)
    story.happens(e.PartyLegEnded(call.id))
    story.happens(e.CallReturned(call.id))
    assert [(leg["kind"], leg["agent"]) for leg in call.record["legs"]] == [
        ("agent", ann.id),
        ("member", bob.id),
    ]
    assert (call.record["talk"], second.record["talk"], bob.state) == (30.0, 10.0, "Available")


def test_a_telephone_connects_two_who_called_it(story: Story) -> None:
    """The second one, a colleague, becomes a leg of the first one's call."""
    ann, bob, call = talk(story)
    second = dials(bob, "101")
    second.is_answered()
    story.happens(e.CallsJoined(call.id, second.id, called=True))
    second.gone = True
    assert (ann.state, bob.state, call.phase) == ("Available", "OnCall", "connected")
    story.happens(e.PartyLegEnded(call.id))
    story.happens(e.CallReturned(call.id))
    assert [(leg["kind"], leg["agent"]) for leg in call.record["legs"]] == [
        ("agent", ann.id),
        ("member", bob.id),
    ]
    assert bob.state == "Available"


def test_an_agent_is_sent_into_their_own_queue(story: Story) -> None:
    """With room for two calls they are offered their own one. It holds them as its caller, whatever becomes of that."""
    ann, bob = member(story, "Ann", capacity=2), member(story, "Bob")
    queue = story.queue(ann)
    call = dials(ann, "102")
    call.is_answered()
    story.happens(e.TransferRequested(call.id, Destination("queue", queue.id), bob.config.user))
    story.happens(e.CallReturned(call.id))
    assert call.offered_to == (ann.id,)
    assert ann.state == "OnCall"
    call.drops(ann.id, LegFailure.NO_ANSWER)
    story.flush()
    assert (call.phase, ann.state) == ("queued", "OnCall")
    call.hangs_up()
    assert ann.state == "Available"

"""Races of a growing offer. The events are written by hand, because a real Asterisk shows them too rarely."""

from dataclasses import replace

import pytest

from pbx.ami import Response
from pbx.ami.message import Message
from pbx.asterisk import NodeCalls
from pbx.asterisk.protocol.dialplan import Role
from pbx.asterisk.protocol.messages import AgiStarted, Channel, DialBegan, DialEnded, HungUp, StateChanged
from routing.commands import AddToOffer, OfferCall, StartMusic, WithdrawOffer
from tests.pbx.asterisk.calls.test_node_calls import CALL, CALLER, leg
from tests.support.asterisk.story import AGENTS, PHONES, lines, new_calls, offer

pytestmark = pytest.mark.unit

NEAR = Channel("Local/later@later-0000000a;1", "a-1.8", CALLER.unique_id, CALLER.unique_id)
FAR = Channel("Local/later@later-0000000a;2", "a-1.9", CALLER.unique_id, CALLER.unique_id, role=Role.LATER)
ADD_BOB = AddToOffer(CALL, AGENTS[1], PHONES[1])


@pytest.fixture
def node() -> NodeCalls:
    """Ann's phone is being rung, and one slot is there; its far half has not been heard of."""
    made = new_calls()
    made.receive(AgiStarted(CALLER, "+14165550199", "", "s"))
    made.translate(offer(CALL, 0, more=1))
    made.receive(DialBegan(CALLER, leg(2), f"{PHONES[0]}/sip:x"))
    made.receive(DialBegan(CALLER, NEAR, "later@later/n"))
    return made


def ready(node: NodeCalls) -> list[str]:
    return [f"{a.name} {a.field('Channel')}" for a in node.receive(AgiStarted(FAR, "", "", "later")).actions]


def bob_rings(node: NodeCalls) -> None:
    ready(node)
    node.translate(ADD_BOB)
    node.receive(DialBegan(FAR, leg(3, 1), f"{PHONES[1]}/sip:x"))
    node.receive(StateChanged(leg(3, 1), "Ringing"))


def test_a_phone_waits_until_a_place_is_ready(node: NodeCalls) -> None:
    assert node.translate(ADD_BOB).actions == []
    assert ready(node) == [f"Setvar {FAR.name}", f"Redirect {FAR.name}"]
    assert ready(node) == [], "nobody else waits"


def test_a_place_that_waited_before_it_was_announced_is_used() -> None:
    node = new_calls()
    node.receive(AgiStarted(CALLER, "", "", "s"))
    node.translate(offer(CALL, 0, more=1))
    assert ready(node) == []
    node.receive(DialBegan(CALLER, NEAR, "later@later/n"))
    assert [a.name for a in node.translate(ADD_BOB).actions] == ["Setvar", "Redirect"]


def test_more_phones_than_places_ring_one_after_the_other(node: NodeCalls) -> None:
    bob_rings(node)
    eve = AddToOffer(CALL, AGENTS[0].__class__("eve"), "e103t0123456789ab")
    assert node.translate(eve).actions == []
    node.receive(DialEnded(FAR, leg(3, 1), "BUSY"))
    story = node.receive(HungUp(leg(3, 1), 17)).events
    assert lines(story) == ["OfferFailed bob busy"]
    assert ready(node) == [f"Setvar {FAR.name}", f"Redirect {FAR.name}"]


def test_a_withdrawn_phone_that_waits_is_never_rung(node: NodeCalls) -> None:
    node.translate(ADD_BOB)
    step = node.translate(WithdrawOffer(CALL, (AGENTS[1],)))
    assert lines(step.events) == ["OfferFailed bob withdrawn"]
    assert ready(node) == []


def test_an_offer_that_is_being_ended_takes_nobody(node: NodeCalls) -> None:
    step = node.translate(WithdrawOffer(CALL, ()))
    assert [a.field("Channel") for a in step.actions] == [leg(2).name, NEAR.name]
    assert lines(node.translate(ADD_BOB).events) == ["OfferFailed bob withdrawn"]


def test_a_place_that_begins_late_is_ended_too() -> None:
    node = new_calls()
    node.receive(AgiStarted(CALLER, "", "", "s"))
    node.translate(offer(CALL, 0, more=1))
    node.translate(WithdrawOffer(CALL, ()))
    step = node.receive(DialBegan(CALLER, leg(2), f"{PHONES[0]}/sip:x"))
    step.add(node.receive(DialBegan(CALLER, NEAR, "later@later/n")))
    assert [a.field("Channel") for a in step.actions] == [leg(2).name, NEAR.name]


def test_an_offer_ended_before_it_began_is_not_sent() -> None:
    node = new_calls()
    node.receive(AgiStarted(CALLER, "", "", "s"))
    node.translate(StartMusic(CALL, "default"))
    assert node.translate(offer(CALL, 0, more=1)).actions == [], "the music is not acknowledged"
    step = node.translate(WithdrawOffer(CALL, ()))
    assert lines(step.events) == ["OfferFailed ann withdrawn", "CallReturned"]


def test_withdrawing_everybody_leaves_the_offer_open(node: NodeCalls) -> None:
    step = node.translate(WithdrawOffer(CALL, (AGENTS[0],)))
    assert [a.field("Channel") for a in step.actions] == [leg(2).name]
    assert lines(node.receive(HungUp(leg(2), 16)).events) == ["OfferFailed ann withdrawn"]
    assert node.translate(ADD_BOB).events == []


def test_a_place_that_is_gone_when_it_is_told_to_dial(node: NodeCalls) -> None:
    ready(node)
    redirect = node.translate(ADD_BOB).actions[-1]
    refusal = Response(False, "No such channel", Message(), ())
    assert lines(node.outcome(redirect, refusal).events) == ["OfferFailed bob failed"]
    assert node.phones.state(PHONES[1]).busy is False


def test_the_place_dial_connects_names_who_answered(node: NodeCalls) -> None:
    """Ann's answer is read first, but Dial connects the slot, where bob picked up as well."""
    bob_rings(node)
    story = node.receive(StateChanged(leg(2), "Up")).events
    story += node.receive(StateChanged(leg(3, 1), "Up")).events
    story += node.receive(DialEnded(FAR, leg(3, 1), "ANSWER")).events
    assert lines(story) == ["AgentAnswered ann"], "the slot's own Dial does not decide"
    story = node.receive(DialEnded(CALLER, NEAR, "ANSWER")).events
    assert lines(story) == ["AgentAnswered bob"]
    assert lines(node.receive(HungUp(leg(2), 26)).events) == ["AgentLegEnded ann"]


def test_during_a_whisper_the_leg_that_is_left_is_who_answered(node: NodeCalls) -> None:
    bob_rings(node)
    node.receive(StateChanged(leg(2), "Up"))
    node.receive(StateChanged(leg(3, 1), "Up"))
    story = node.receive(HungUp(leg(2), 26)).events
    assert lines(story) == ["AgentLegEnded ann", "AgentAnswered bob"]
    assert node.receive(DialEnded(CALLER, NEAR, "ANSWER")).events == [], "it is known already"


def test_phones_are_given_back_once(node: NodeCalls) -> None:
    bob_rings(node)
    node.receive(DialEnded(FAR, leg(3, 1), "BUSY"))
    node.receive(HungUp(leg(3, 1), 17))
    ready(node)
    assert lines(node.translate(ADD_BOB).events) == []
    story = node.translate(replace(ADD_BOB)).events
    assert lines(story) == ["CommandFailed AddToOffer"]
    phones = node.phones
    phones.give_back(PHONES[1])
    assert phones._ours[PHONES[1]] == 0, "it was taken twice and given back twice"


@pytest.mark.parametrize("phone", ["e1&Local", "", "E1", "a" * 41])
def test_a_hostile_phone_is_not_added(node: NodeCalls, phone: str) -> None:
    ready(node)
    step = node.translate(AddToOffer(CALL, AGENTS[1], phone))
    assert step.actions == []
    assert lines(step.events) == ["OfferFailed bob failed", "CommandFailed AddToOffer"]


def test_an_offer_without_more_or_whisper_says_nothing_of_them() -> None:
    node = new_calls()
    node.receive(AgiStarted(CALLER, "", "", "s"))
    plain = node.translate(offer(CALL, 0))
    assert "SR_LATER" not in [a.field("Variable") for a in plain.actions if a.name == "Setvar"]
    assert plain.actions[-1].field("Exten") == "s"


def test_more_than_the_limit_is_the_limit() -> None:
    node = new_calls()
    node.receive(AgiStarted(CALLER, "", "", "s"))
    command: OfferCall = offer(CALL, 0, more=500)
    values = {
        a.field("Variable"): a.field("Value") for a in node.translate(command).actions if a.name == "Setvar"
    }
    assert values["SR_LATER"].count("Local/") == 40

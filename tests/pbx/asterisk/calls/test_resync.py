"""The lists of a real Asterisk (recorded), and what `resync` makes of them."""

import json

import pytest

from pbx.ami import Message
from pbx.asterisk import NodeCalls, resync
from routing.events import LivePhase, StateResynced
from routing.ids import AgentId, CallId
from tests.support.asterisk.story import RECORDINGS, load_message, new_calls

pytestmark = pytest.mark.unit


def listed(name: str) -> list[Message]:
    return [load_message(entry) for entry in json.loads((RECORDINGS / f"list-{name}.json").read_text())]


def after(node: NodeCalls, channels: list[Message], **more: object) -> StateResynced:
    agents = {"phone1": AgentId("ann")}
    return resync(node, channels=channels, contacts=[], devices=[], agents=agents, **more)  # type: ignore[arg-type]


def test_a_controlled_call_is_adopted_and_renewed() -> None:
    node = new_calls()
    (call,) = after(node, listed("controlled")).calls
    assert (call.phase, call.did, call.caller) == (LivePhase.CONTROLLED, "+14165550100", "+14165550199")
    assert call.caller_name == "Test Caller"
    assert call.entered_at > 1.7e9
    assert [action.name for action in node.renewals(100.0)] == ["AbsoluteTimeout"]
    assert node.renewals(110.0) == []
    assert len(node.renewals(120.0)) == 1


def test_a_ringing_phone_is_found_by_its_leg() -> None:
    node = new_calls()
    (call,) = after(node, listed("dialing")).calls
    assert (call.phase, call.ringing, call.agent) == (LivePhase.DIALING, ("ann",), None)
    assert node.renewals(100.0) == []


def test_a_slot_that_is_listed_before_the_ringing_phone_does_not_end_its_offer() -> None:
    caller, leg = listed("dialing")
    slot = load_message({"message": {**leg, **leg.repeated}})
    slot.update({"Channel": "Local/later@later-00000001;1", "Uniqueid": "a-1.1", "ChannelStateDesc": "Down"})
    (call,) = after(new_calls(), [caller, slot, leg]).calls
    assert (call.phase, call.ringing) == (LivePhase.DIALING, ("ann",))


def test_a_talk_is_found_with_its_agent() -> None:
    node = new_calls()
    (call,) = after(node, listed("talking")).calls
    assert (call.phase, call.agent, call.ringing) == (LivePhase.TALKING, "ann", ())
    assert node.calls[call.call].phase is LivePhase.TALKING


def test_what_is_not_listed_is_lost() -> None:
    node = new_calls()
    (call,) = after(node, listed("talking")).calls
    event = after(node, [], expected=[CallId("believed")])
    assert event.calls == ()
    assert set(event.lost_calls or ()) == {call.call, "believed"}
    assert node.calls == {}


def test_a_caller_in_the_fallback_is_left_alone() -> None:
    rows = listed("controlled")
    rows[0]["Context"] = "fallback"
    assert after(new_calls(), rows).calls == ()


def test_a_leg_at_another_node_is_found_by_what_dial_was_given() -> None:
    rows = listed("talking")
    caller, leg = rows
    caller["ApplicationData"] = "PJSIP/phone1@node-b,20,gm(default)"
    leg["Channel"] = "PJSIP/node-b-00000004"
    (call,) = after(new_calls(), rows).calls
    assert call.agent == "ann"

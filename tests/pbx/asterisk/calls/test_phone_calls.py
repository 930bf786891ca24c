"""A member's phone calls a colleague: the orders in which Asterisk may tell it, and what is sent."""

import pytest

from pbx.asterisk import NodeCalls, Phones
from pbx.asterisk.protocol.dialplan import Role
from pbx.asterisk.protocol.messages import (
    AgiStarted,
    Channel,
    ContactChanged,
    DeviceChanged,
    DialBegan,
    DialEnded,
    HangUpBegan,
    HungUp,
    StateChanged,
)
from routing.commands import RingExtension
from routing.events import LegFailure, PartyFailed, PhoneCallEntered, PhoneStateChanged
from routing.ids import CallId
from switchroom.ids import call_id
from tests.support.asterisk.story import PHONES, lines, new_calls

pytestmark = pytest.mark.unit

ID = "a-1795323478.1"
ANN = Channel(f"PJSIP/{PHONES[0]}-00000001", ID, ID, ID, "102", Role.PHONE)
CALL = CallId(call_id(ID))
RING = RingExtension(CALL, (PHONES[1],), 30.0, f"recordings/{CALL}-1")


def leg(number: int = 2) -> Channel:
    return Channel(f"PJSIP/{PHONES[1]}-0000000{number}", f"a-1.{number}", ID, ID)


def began(number: int = 2) -> DialBegan:
    return DialBegan(ANN, leg(number), f"{PHONES[1]}/sip:x@y", "Ann")


@pytest.fixture
def node() -> NodeCalls:
    made = new_calls()
    for phone in PHONES:
        made.receive(ContactChanged(phone, "sip:x@y", True))
    return made


@pytest.fixture
def ringing(node: NodeCalls) -> NodeCalls:
    node.receive(AgiStarted(ANN, "101", "Ann", "102"))
    node.translate(RING)
    node.receive(began())
    node.receive(StateChanged(leg(), "Ringing"))
    return node


def test_the_phone_is_named_and_rung(node: NodeCalls) -> None:
    step = node.receive(AgiStarted(ANN, "101", "Ann", "102"))
    assert step.events == [PhoneCallEntered(CALL, PHONES[0], "102", "Ann")]
    sent = [(action.name, dict(action.fields)) for action in node.translate(RING).actions]
    assert [fields.get("Variable") for name, fields in sent if name == "Setvar"] == [
        "SR_DIAL", "SR_TIMEOUT", "SR_RECORD", "SR_BACK",
    ]  # fmt: skip
    assert (sent[-1][0], sent[-1][1]["Context"]) == ("Redirect", "phone-dial")


def test_a_phone_of_ours_is_not_busy(node: NodeCalls) -> None:
    """The device may be in use before the call is told."""
    assert node.receive(DeviceChanged(PHONES[0], True)).events == [PhoneStateChanged(PHONES[0], True, True)]
    step = node.receive(AgiStarted(ANN, "101", "Ann", "102"))
    assert step.events[1:] == [PhoneStateChanged(PHONES[0], True, False)]
    node.translate(RING)
    assert node.receive(DeviceChanged(PHONES[1], True)).events == []
    node.receive(HungUp(ANN, 16))
    assert node.receive(DeviceChanged(PHONES[0], False)).events == []
    assert node.phones.state(PHONES[0]) == PhoneStateChanged(PHONES[0], True)
    node.receive(DeviceChanged(PHONES[1], False))
    busy = node.receive(DeviceChanged(PHONES[1], True)).events
    assert busy == [PhoneStateChanged(PHONES[1], True, True)], "it was given back"


@pytest.mark.parametrize(
    ("status", "cause", "reason"),
    [
        ("BUSY", 17, LegFailure.BUSY),
        ("NOANSWER", 21, LegFailure.REJECTED),
        ("NOANSWER", 19, LegFailure.NO_ANSWER),
        ("CHANUNAVAIL", 20, LegFailure.UNREACHABLE),
        ("CANCEL", 0, LegFailure.CALLER_GONE),
        ("", 0, LegFailure.CALLER_GONE),
    ],
)
@pytest.mark.parametrize("leg_first", [True, False])
def test_the_callers_end_may_come_before_that_of_the_leg(
    ringing: NodeCalls, status: str, cause: int, reason: LegFailure, leg_first: bool
) -> None:
    """The dialplan hangs the caller up with the cause of the phone that refused."""
    if status:
        ringing.receive(DialEnded(ANN, leg(), status))
    ends = [HungUp(leg(), cause), HungUp(ANN, cause or 16)]
    if not status and leg_first:
        return  # a leg that ends without a word is no answer of the caller
    events = [event for end in (ends if leg_first else ends[::-1]) for event in ringing.receive(end).events]
    assert [event.reason for event in events if isinstance(event, PartyFailed)] == [reason]
    assert ringing.calls == {}


def test_a_refusal_is_not_the_callers_doing(ringing: NodeCalls) -> None:
    """`PJSIPHangup` tells of a hang-up request of the caller, who has made none."""
    ringing.receive(DialEnded(ANN, leg(), "NOANSWER"))
    assert ringing.receive(HangUpBegan(ANN)).events == []


@pytest.mark.parametrize(("cause", "reason"), [(20, LegFailure.UNREACHABLE), (16, LegFailure.CALLER_GONE)])
def test_nothing_rang(node: NodeCalls, cause: int, reason: LegFailure) -> None:
    """No telephone is registered any more; or the caller hangs up before one rings."""
    node.receive(AgiStarted(ANN, "101", "Ann", "102"))
    node.translate(RING)
    assert PartyFailed(CALL, reason) in node.receive(HungUp(ANN, cause)).events


def test_several_telephones_of_the_colleague_are_one_party(ringing: NodeCalls) -> None:
    ringing.receive(began(3))
    assert ringing.receive(StateChanged(leg(3), "Ringing")).events == []
    ringing.receive(DialEnded(ANN, leg(2), "BUSY"))
    assert ringing.receive(HungUp(leg(2), 17)).events == []
    assert lines(ringing.receive(StateChanged(leg(3), "Up")).events) == ["PartyAnswered"]
    assert lines(ringing.receive(HungUp(leg(3), 16)).events) == ["PartyLegEnded"]
    assert lines(ringing.receive(HungUp(ANN, 16)).events) == ["CallHungUp 16"]


def test_the_dialplan_rings_a_call_that_we_never_saw(node: NodeCalls) -> None:
    step = node.receive(began())
    assert step.events == [PhoneCallEntered(CALL, PHONES[0], "102", "Ann", rings=True)]
    assert lines(node.receive(StateChanged(leg(), "Up")).events) == ["PartyAnswered"]
    node.receive(HangUpBegan(ANN))
    assert lines(node.receive(HungUp(ANN, 16)).events) == ["PartyLegEnded", "CallHungUp 16"]


def test_a_command_that_comes_after_the_dialplan_has_begun_rings_nothing_twice(node: NodeCalls) -> None:
    node.receive(AgiStarted(ANN, "101", "Ann", "102"))
    node.receive(began())
    step = node.translate(RING)
    assert (step.actions, step.events) == ([], [])


def test_phones_at_another_node_are_rung_over_the_trunk_between_them() -> None:
    phones = Phones()
    node = NodeCalls("a", phones, spool="/mnt/spool")
    phones.contact_changed("b", ContactChanged(PHONES[1], "sip:x@y", True))
    node.receive(AgiStarted(ANN, "101", "Ann", "102"))
    dial = node.translate(RING).actions[0]
    assert dial.field("Value") == f"PJSIP/{PHONES[1]}@node-b"

"""A member's browser rings beside the desk phone: two legs of one party."""

import pytest

from pbx.ami import Message
from pbx.asterisk import NodeCalls
from pbx.asterisk.protocol.dialplan import Role, endpoint_of
from pbx.asterisk.protocol.messages import (
    AgiStarted,
    Channel,
    ContactChanged,
    DialBegan,
    HungUp,
    StateChanged,
    contact,
    device,
    parse,
)
from routing.commands import RingMember
from routing.events import PhoneUse
from routing.ids import CallId
from switchroom.ids import call_id
from tests.support.asterisk.story import PHONES, lines, new_calls, offer

pytestmark = pytest.mark.unit

DESK = PHONES[0]
BROWSER = f"{DESK}w0f1e2d3c4b5a6978"
CALLER = Channel(
    "PJSIP/test-00000001", "a-1795323478.1", "a-1795323478.1", "a-1795323478.1", "+14165550100", Role.CALLER
)
CALL = CallId(call_id(CALLER.unique_id))


def leg(number: int, account: str) -> Channel:
    return Channel(f"PJSIP/{account}-0000000{number}", f"a-1.{number}", CALLER.unique_id, CALLER.unique_id)


@pytest.fixture
def node() -> NodeCalls:
    made = new_calls()
    made.receive(ContactChanged(DESK, "sip:desk@10.0.0.1", True))
    made.receive(ContactChanged(DESK, "sip:page@10.0.0.2;transport=ws", True, BROWSER))
    made.receive(AgiStarted(CALLER, "+14165550199", "", "s"))
    return made


def begin(node: NodeCalls) -> tuple[Channel, Channel]:
    """Ring both, and return their channels."""
    node.translate(offer(CALL, 0))
    desk, browser = leg(2, DESK), leg(3, BROWSER)
    node.receive(DialBegan(CALLER, desk, f"{DESK}/sip:desk@10.0.0.1"))
    node.receive(DialBegan(CALLER, browser, f"{BROWSER}/sip:page@10.0.0.2;transport=ws"))
    return desk, browser


def test_both_are_dialled_and_the_browser_is_told_the_call(node: NodeCalls) -> None:
    made = node.translate(offer(CALL, 0)).actions
    values = {action.field("Variable"): action.field("Value") for action in made if action.name == "Setvar"}
    assert values["SR_DIAL"] == f"${{PJSIP_DIAL_CONTACTS({DESK})}}&${{PJSIP_DIAL_CONTACTS({BROWSER})}}"
    assert values["__SR_ID"] == CALL


def test_without_a_browser_nothing_more_is_sent(node: NodeCalls) -> None:
    node.receive(ContactChanged(DESK, "sip:page@10.0.0.2;transport=ws", False, BROWSER))
    made = node.translate(offer(CALL, 0)).actions
    assert "__SR_ID" not in [action.field("Variable") for action in made if action.name == "Setvar"]


def test_the_agent_who_answers_in_the_browser_is_answered_once(node: NodeCalls) -> None:
    desk, browser = begin(node)
    rang = (
        node.receive(StateChanged(browser, "Ringing")).events
        + node.receive(StateChanged(desk, "Ringing")).events
    )
    assert lines(rang) == ["PhoneRang ann"]
    assert lines(node.receive(StateChanged(browser, "Up")).events) == ["AgentAnswered ann"]
    assert lines(node.receive(HungUp(desk, 26)).events) == []
    assert lines(node.receive(HungUp(browser, 16)).events) == ["AgentLegEnded ann"]


def test_a_browser_that_declines_leaves_the_desk_phone_ringing(node: NodeCalls) -> None:
    desk, browser = begin(node)
    assert lines(node.receive(HungUp(browser, 17)).events) == []
    assert lines(node.receive(HungUp(desk, 17)).events) == ["OfferFailed ann busy"]


def test_who_asked_for_a_call_is_rung_in_the_browser_too(node: NodeCalls) -> None:
    call = CallId("0f" * 16)
    (action,) = node.translate(RingMember(call, DESK, "102", 30)).actions
    variables = [value for name, value in action.fields if name == "Variable"]
    assert f"__SR_ID={call}" in variables
    assert any(BROWSER in value for value in variables if value.startswith("SR_DIAL="))


def test_a_browsers_channel_is_its_members() -> None:
    assert endpoint_of(f"PJSIP/{BROWSER}-0000000a") == DESK
    assert endpoint_of(f"PJSIP/{DESK}-0000000a") == DESK


def message(**fields: str) -> Message:
    made = Message()
    made.update(fields)
    return made


def test_what_asterisk_tells_of_a_browser_is_about_the_members_phone() -> None:
    changed = contact(message(AOR=BROWSER, URI="sip:page@10.0.0.2", ContactStatus="Reachable"))
    assert (changed.phone, changed.account, changed.registered_as) == (DESK, BROWSER, BROWSER)
    told = device(message(Device=f"PJSIP/{BROWSER}", State="INUSE"))
    assert told is not None
    assert (told.phone, told.account, told.use) == (DESK, BROWSER, PhoneUse.TALKING)
    assert parse(message(Event="DeviceStateChange", Device=f"PJSIP/{DESK}", State="INUSE")) is not None

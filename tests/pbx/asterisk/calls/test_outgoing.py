"""A member's phone calls a telephone number: what is sent, and what the core hears when trunks fail."""

import re
from dataclasses import replace

import pytest

from cli.run.asterisk_config import CONFIG_DIR
from pbx.asterisk import NodeCalls, Step
from pbx.asterisk.protocol.dialplan import Role
from pbx.asterisk.protocol.failure_reasons import FINAL
from pbx.asterisk.protocol.messages import (
    AgiStarted,
    Channel,
    DialBegan,
    DialEnded,
    HangUpBegan,
    HungUp,
    StateChanged,
)
from routing.commands import DialOut, HangUp
from routing.events import LegFailure, PartyFailed, PhoneCallEntered
from routing.ids import CallId
from switchroom.ids import call_id
from tests.support.asterisk.story import PHONES, lines, new_calls

pytestmark = pytest.mark.unit

ID = "a-1795323478.1"
CALL = CallId(call_id(ID))
NUMBER, MAIN = "+14165550177", "+14165550100"


def phone(dialled: str = "4165550177") -> Channel:
    return Channel(f"PJSIP/{PHONES[0]}-00000001", ID, ID, ID, dialled, Role.PHONE)


ANN = phone()


def line(number: int = 2) -> Channel:
    return Channel(f"PJSIP/one-0000000{number}", f"a-1.{number}", ID, ID)


def sent(step: Step) -> dict[str, str]:
    """Return the variables that are set, and the context and the extension of the redirect."""
    found = {a.field("Variable"): a.field("Value") for a in step.actions if a.name == "Setvar"}
    for action in step.actions:
        if action.name == "Redirect":
            found["to"] = f"{action.field('Context')},{action.field('Exten')}"
    return found


@pytest.fixture
def node() -> NodeCalls:
    made = new_calls(trunks=("one", "two", "three"))
    made.receive(AgiStarted(ANN, "101", "Ann", "4165550177"))
    return made


def dial(node: NodeCalls, *trunks: str, own: bool = False) -> Step:
    return node.translate(DialOut(CALL, NUMBER, MAIN, 120, trunks=trunks, own=own))


@pytest.mark.parametrize(
    ("dialled", "number"),
    [
        ("4165550177", NUMBER),
        ("14165550177", NUMBER),
        ("0114915112345678", "+4915112345678"),
        ("+4915112345678", "+4915112345678"),
        ("004915112345678", "+4915112345678"),
        ("102", ""),
        ("12345678", ""),
    ],
)
def test_digits_are_understood_as_in_the_teams_country(dialled: str, number: str) -> None:
    event = new_calls().receive(AgiStarted(phone(dialled), "101", "Ann", dialled)).events[0]
    assert isinstance(event, PhoneCallEntered)
    assert (event.dialled, event.number) == (dialled, number)


def test_the_phone_is_sent_over_the_trunks_in_their_order(node: NodeCalls) -> None:
    assert sent(dial(node, "two", "one")) == {
        "SR_TRUNKS": "two&one",
        "SR_CALLER_ID": MAIN,
        "SR_TIMEOUT": "120",
        "SR_MUSIC": "default",
        "SR_RECORD": "",
        "to": f"phone-out,{NUMBER}",
    }


@pytest.mark.parametrize(
    ("wanted", "over"),
    [((), "one&two&three"), (("gone", "two"), "two"), (("gone",), "one&two&three")],
)
def test_trunks_that_are_not_configured_are_left_out(
    node: NodeCalls, wanted: tuple[str, ...], over: str
) -> None:
    assert sent(dial(node, *wanted))["SR_TRUNKS"] == over


def test_a_number_of_ours_needs_no_trunk(node: NodeCalls) -> None:
    assert sent(dial(node, own=True))["SR_TRUNKS"] == "OWN"
    bare = new_calls(trunks=())
    bare.receive(AgiStarted(ANN, "101", "Ann", "4165550177"))
    assert sent(dial(bare, own=True))["SR_TRUNKS"] == "OWN"


def fails(node: NodeCalls, number: int, cause: int, status: str = "CHANUNAVAIL") -> list[str]:
    node.receive(DialBegan(ANN, line(number), f"{NUMBER}@one", "Ann"))
    node.receive(DialEnded(ANN, line(number), status))
    return lines(node.receive(HungUp(line(number), cause)).events)


def test_a_trunk_that_fails_is_not_the_end(node: NodeCalls) -> None:
    dial(node)
    assert fails(node, 2, 38) == []
    assert fails(node, 3, 34, "CONGESTION") == []
    node.receive(DialBegan(ANN, line(4), f"{NUMBER}@three", "Ann"))
    assert lines(node.receive(StateChanged(line(4), "Up")).events) == ["PartyAnswered"]
    assert lines(node.receive(HungUp(line(4), 16)).events) == ["PartyLegEnded"]


def test_the_last_trunk_that_fails_is_the_end(node: NodeCalls) -> None:
    dial(node, "one", "two")
    assert fails(node, 2, 38) == []
    assert fails(node, 3, 38) == ["PartyFailed"]


@pytest.mark.parametrize("cause", sorted(FINAL))
def test_what_every_trunk_would_say_is_the_end(node: NodeCalls, cause: int) -> None:
    dial(node)
    assert fails(node, 2, cause) == ["PartyFailed"]


def test_a_rejection_may_be_the_trunks_and_the_next_one_is_awaited(node: NodeCalls) -> None:
    dial(node)
    assert fails(node, 2, 21) == []
    node.receive(DialBegan(ANN, line(3), f"{NUMBER}@two", "Ann"))
    assert lines(node.receive(StateChanged(line(3), "Up")).events) == ["PartyAnswered"]


def test_a_rejection_after_which_the_dialplan_ends_the_call_is_told(node: NodeCalls) -> None:
    dial(node)
    assert fails(node, 2, 21) == []
    assert node.receive(HangUpBegan(ANN)).events == []
    ended = node.receive(HungUp(ANN, 21)).events
    assert [event.reason for event in ended if isinstance(event, PartyFailed)] == [LegFailure.REJECTED]


def test_the_dialplan_knows_the_same_final_causes() -> None:
    plan = (CONFIG_DIR / "templates" / "extensions.conf").read_text()
    (causes,) = re.findall(r"\^\(([0-9|]+)\)\$\" \$\{HANGUPCAUSE\}", plan)
    assert {int(cause) for cause in causes.split("|")} == FINAL


def test_the_caller_hangs_up_while_a_trunk_is_tried(node: NodeCalls) -> None:
    dial(node)
    assert fails(node, 2, 38) == []
    node.receive(DialBegan(ANN, line(3), f"{NUMBER}@two", "Ann"))
    node.receive(HangUpBegan(ANN))
    node.receive(DialEnded(ANN, line(3), "CANCEL"))
    assert node.receive(HungUp(line(3), 0)).events == []
    ended = node.receive(HungUp(ANN, 16)).events
    assert [event.reason for event in ended if isinstance(event, PartyFailed)] == [LegFailure.CALLER_GONE]


def test_no_trunk_is_reachable(node: NodeCalls) -> None:
    """Asterisk rings nothing: the dialplan hangs the phone up with 34."""
    dial(node)
    ended = node.receive(HungUp(ANN, 34)).events
    assert [event.reason for event in ended if isinstance(event, PartyFailed)] == [LegFailure.UNREACHABLE]


POLICE = replace(phone("911"), role=Role.EMERGENCY)


def test_an_emergency_call_is_told_when_it_is_dialled() -> None:
    node = new_calls()
    entered, *_ = node.receive(DialBegan(POLICE, line(2), "911@one", "Ann")).events
    assert entered == PhoneCallEntered(CALL, PHONES[0], "911", "Ann", rings=True, number="", emergency=True)
    for number, cause in ((2, 17), (3, 34)):
        node.receive(DialBegan(POLICE, line(number), "911@one", "Ann"))
        node.receive(DialEnded(POLICE, line(number), "BUSY"))
        assert node.receive(HungUp(line(number), cause)).events == [], "the next trunk is tried"
    node.receive(DialBegan(POLICE, line(4), "911@three", "Ann"))
    assert lines(node.receive(StateChanged(line(4), "Up")).events) == ["PartyAnswered"]
    assert lines(node.receive(HungUp(POLICE, 16)).events) == ["PartyLegEnded", "CallHungUp 16"]


def test_an_emergency_call_that_could_not_be_dialled_is_told_at_its_end() -> None:
    node = new_calls()
    events = node.receive(HungUp(POLICE, 34)).events
    assert lines(events) == ["PhoneCallEntered", "PartyFailed", "CallHungUp 34"]
    assert (node.calls, node.phones.state(PHONES[0]).busy) == ({}, False)


def test_a_phone_that_is_refused_hears_why(node: NodeCalls) -> None:
    step = node.translate(HangUp(CALL, 21, ("switchroom/outside-limit",)))
    assert sent(step) == {
        "SR_SOUND": "switchroom/outside-limit", "SR_CAUSE": "21", "to": "phone-refused,s",
    }  # fmt: skip
    again = node.translate(HangUp(CALL, 21))
    assert [action.name for action in again.actions] == ["Hangup"], "the guard does not wait for a sound"
    assert node.carried == 0


@pytest.mark.parametrize("sound", ["", "a b", "../x", "a&b", "x,noanswer"])
def test_what_is_no_sound_is_not_played(node: NodeCalls, sound: str) -> None:
    step = node.translate(HangUp(CALL, 21, (sound,)))
    assert step.actions == []
    assert lines(step.events) == ["CommandFailed HangUp"]

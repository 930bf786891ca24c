"""Errors that can happen while a customer is rung. The events are written by hand."""

import pytest

from pbx.ami import ActionTimeout, ConnectionLost, Response
from pbx.ami.message import Message
from pbx.asterisk import NodeCalls, Phones, Step, parse
from pbx.asterisk.protocol.dialplan import Role
from pbx.asterisk.protocol.messages import (
    AgiStarted,
    Channel,
    DialBegan,
    HungUp,
    OriginateFailed,
    StateChanged,
)
from routing.commands import HangUp, LaunchCallback, StartMusic
from routing.events import CallbackAnswered, LivePhase
from routing.ids import CallId
from tests.support.asterisk.story import lines, new_calls
from tests.support.routing.story import Story

pytestmark = pytest.mark.unit

CALL = CallId("0f" * 16)
UNIQUE = f"callback-{CALL}"
CHANNEL = Channel("PJSIP/provider-00000007", UNIQUE, UNIQUE, UNIQUE, "+14165550999", Role.CALLER)
LAUNCH = LaunchCallback(CALL, "+14165557000", "+14165550999", 20)
NAMED = DialBegan(None, CHANNEL, "+14165557000@provider")


@pytest.fixture
def node() -> NodeCalls:
    return new_calls()


def test_it_is_rung_once(node: NodeCalls) -> None:
    (action,) = node.translate(LAUNCH).actions
    assert action.name == "Originate"
    assert node.translate(LAUNCH).actions == []
    assert node.calls[CALL].phase is LivePhase.CALLING
    assert node.renewals(1e12) == []


def test_a_hang_up_waits_for_the_channels_name(node: NodeCalls) -> None:
    node.translate(LAUNCH)
    assert node.translate(HangUp(CALL)).actions == []
    assert [a.field("Channel") for a in node.receive(NAMED).actions] == [CHANNEL.name]
    assert lines(node.receive(HungUp(CHANNEL, 0)).events) == ["CallbackFailed withdrawn"]


def test_an_answer_that_crosses_the_hang_up_is_none(node: NodeCalls) -> None:
    node.translate(LAUNCH)
    node.receive(NAMED)
    node.translate(HangUp(CALL))
    step = node.receive(AgiStarted(CHANNEL, "", "", "s"))
    assert (step.events, [a.name for a in step.actions]) == ([], ["Hangup"])
    assert lines(node.receive(HungUp(CHANNEL, 16)).events) == ["CallbackFailed withdrawn"]


def test_without_a_channel_the_originates_end_speaks(node: NodeCalls) -> None:
    node.translate(LAUNCH)
    assert lines(node.receive(OriginateFailed(CALL)).events) == ["CallbackFailed unreachable"]
    assert node.calls == {}
    assert node.receive(OriginateFailed(CALL)).events == []


def test_with_a_channel_its_hang_up_speaks(node: NodeCalls) -> None:
    node.translate(LAUNCH)
    node.receive(NAMED)
    assert node.receive(OriginateFailed(CALL)).events == []
    assert lines(node.receive(HungUp(CHANNEL, 17)).events) == ["CallbackFailed busy"]


def test_a_refused_originate_fails(node: NodeCalls) -> None:
    (action,) = node.translate(LAUNCH).actions
    refusal = Response(False, "Permission denied", Message(), ())
    assert lines(node.outcome(action, refusal).events) == [
        "CallbackFailed failed",
        "CommandFailed LaunchCallback",
    ]


def test_an_originate_without_an_answer_fails_and_whoever_answers_late_is_told(node: NodeCalls) -> None:
    (action,) = node.translate(LAUNCH).actions
    node.outcome(action, ActionTimeout("Originate: no answer in 5 s"))
    assert node.calls == {}
    late = node.receive(AgiStarted(CHANNEL, "", "", "s"))
    assert lines(late.events) == ["CallbackAnswered"]
    assert [a.name for a in node.translate(HangUp(CALL)).actions] == ["Hangup"]


def test_whoever_answers_a_ring_that_the_core_forgot_can_be_hung_up(node: NodeCalls) -> None:
    """The core answers a `CallbackAnswered` of no call with a `HangUp`, so no customer stays on a silent line."""
    node.translate(LAUNCH)
    node.receive(NAMED)
    assert lines(node.receive(AgiStarted(CHANNEL, "", "", "s")).events) == ["CallbackAnswered"]
    core = Story()
    assert core.happens(CallbackAnswered(CALL)) == [HangUp(CALL)]
    (action,) = node.translate(HangUp(CALL)).actions
    assert (action.name, action.field("Channel")) == ("Hangup", CHANNEL.name)
    gone = node.receive(HungUp(CHANNEL, 16)).events
    assert (lines(gone), node.calls) == (["CallHungUp 16"], {})
    assert core.happens(gone[0]) == []


def test_an_originate_that_went_with_the_connection_is_left_to_the_resync(node: NodeCalls) -> None:
    (action,) = node.translate(LAUNCH).actions
    assert node.outcome(action, ConnectionLost("gone")).events == []
    assert CALL in node.calls


def test_nothing_else_can_be_done_with_a_phone_that_rings(node: NodeCalls) -> None:
    node.translate(LAUNCH)
    node.receive(NAMED)
    step = node.translate(StartMusic(CALL, "default"))
    assert (step.actions, lines(step.events)) == ([], ["CommandFailed StartMusic"])


def test_there_is_no_trunk() -> None:
    node = NodeCalls("a", Phones(), spool="/mnt/spool")
    assert lines(node.translate(LAUNCH).events) == ["CallbackFailed failed", "CommandFailed LaunchCallback"]


@pytest.mark.parametrize(
    ("number", "caller_id", "call"),
    [
        ("+1416&Local/s@inbound", "", CALL),
        ("100@other", "", CALL),
        ("", "", CALL),
        ("+1", "x\r\nAction: Logoff", CALL),
        ("+1", "", CallId("0F" * 16)),
        ("+1", "", CallId("x")),
    ],
)
def test_hostile_values_ring_nobody(node: NodeCalls, number: str, caller_id: str, call: CallId) -> None:
    step = node.translate(LaunchCallback(call, number, caller_id, 20))
    assert step.actions == []
    assert lines(step.events) == ["CallbackFailed failed", "CommandFailed LaunchCallback"]
    assert node.calls == {}


def test_only_failures_of_callbacks_are_read() -> None:
    def event(**more: str) -> Message:
        message = Message()
        message.update({"Event": "OriginateResponse", "Exten": CALL, "Context": "callback", **more})
        return message

    assert parse(event(Response="Failure")) == OriginateFailed(CALL)
    assert parse(event(Response="Success")) is None
    assert parse(event(Response="Failure", Context="other")) is None


TRUNKS = ("one", "two", "three")


def over(step: Step) -> list[str]:
    """Return the trunks over which it is rung."""
    return [(action.field("Channel") or "").partition("@")[2] for action in step.actions]


@pytest.mark.parametrize("said_first", [False, True])
def test_a_trunk_that_fails_gives_way_to_the_next(said_first: bool) -> None:
    """Asterisk says that the `Originate` failed before or after the channel's end. Both must be over."""
    node = new_calls(trunks=TRUNKS)
    assert over(node.translate(LAUNCH)) == ["one"]
    node.receive(NAMED)
    ends = [HungUp(CHANNEL, 34), OriginateFailed(CALL)]
    first, last = ends[::-1] if said_first else ends
    assert node.receive(first) == Step()
    assert over(node.receive(last)) == ["two"]
    node.receive(NAMED)
    assert node.receive(AgiStarted(CHANNEL, "", "", "s")).events == [CallbackAnswered(CALL)]


def test_the_last_trunk_that_fails_ends_the_attempt() -> None:
    node = new_calls(trunks=("one", "two"))
    node.translate(LAUNCH)
    assert over(node.receive(OriginateFailed(CALL))) == ["two"]
    assert lines(node.receive(OriginateFailed(CALL)).events) == ["CallbackFailed unreachable"]
    assert node.calls == {}


@pytest.mark.parametrize("cause", [1, 17, 19])
def test_what_the_number_says_is_no_failure_of_the_trunk(cause: int) -> None:
    node = new_calls(trunks=TRUNKS)
    node.translate(LAUNCH)
    node.receive(NAMED)
    step = node.receive(HungUp(CHANNEL, cause))
    assert (over(step), len(step.events)) == ([], 1)


@pytest.mark.parametrize("rang", [False, True])
def test_a_rejection_before_the_phone_rings_is_the_trunks(rang: bool) -> None:
    node = new_calls(trunks=TRUNKS)
    node.translate(LAUNCH)
    node.receive(NAMED)
    if rang:
        node.receive(StateChanged(CHANNEL, "Ringing"))
    step = node.receive(HungUp(CHANNEL, 21))
    node.receive(OriginateFailed(CALL))
    assert lines(step.events) == (["CallbackFailed rejected"] if rang else [])


def test_a_customer_whose_phone_rang_is_not_rung_over_another_trunk() -> None:
    node = new_calls(trunks=TRUNKS)
    node.translate(LAUNCH)
    node.receive(NAMED)
    node.receive(StateChanged(CHANNEL, "Ringing"))
    assert lines(node.receive(HungUp(CHANNEL, 0)).events) == ["CallbackFailed no-answer"]


def test_a_cancelled_attempt_goes_over_no_other_trunk() -> None:
    node = new_calls(trunks=TRUNKS)
    node.translate(LAUNCH)
    node.receive(NAMED)
    node.translate(HangUp(CALL))
    assert lines(node.receive(HungUp(CHANNEL, 34)).events) == ["CallbackFailed withdrawn"]

"""The node from which a callback is rung. The call stays on this node."""

import asyncio

import pytest

from pbx.asterisk.protocol.dialplan import Role
from pbx.asterisk.protocol.messages import AgiStarted, Channel
from pbx.failover.fence import Fence
from pbx.loop.input_queue import InputQueue
from pbx.metrics import Metrics
from pbx.nodes.admission import ENOUGH, WINDOW, Reaction
from pbx.nodes.fleet import Fleet
from pbx.nodes.node import Node
from routing.commands import Command, HangUp, LaunchCallback
from routing.events import CallbackAnswered, CallbackFailed, CommandFailed, LegFailure
from routing.ids import CallId
from switchroom.settings import AsteriskNode, Settings

pytestmark = pytest.mark.unit

ONE, TWO = CallId("1" * 32), CallId("2" * 32)


def launch(call: CallId) -> LaunchCallback:
    return LaunchCallback(call, "+14165557000", "", 20)


class Sent:
    """A fleet of the nodes a and b that are not connected; what each was told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, calls: dict[CallId, str]) -> None:
        self.told: list[tuple[str, Command]] = []
        self.inbox = InputQueue()
        nodes = [AsteriskNode(name="a"), AsteriskNode(name="b")]
        self.fleet = Fleet(
            Settings(nodes=nodes),
            self.inbox,
            Metrics(),
            dict,
            tuple,
            lambda phone: "",
            calls,
            Fence(1),
            heard=lambda node, said: None,
            lamps=dict,
        )
        monkeypatch.setattr(Node, "send", lambda node, command: self.told.append((node.name, command)))

    def ready(self, *names: str) -> None:
        for name, node in self.fleet.nodes.items():
            node.ready = name in names


def test_the_node_with_the_fewest_calls_rings(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = Sent(monkeypatch, {CallId("x"): "a"})
    sent.ready("a", "b")
    for command in (launch(ONE), launch(TWO), HangUp(ONE)):
        sent.fleet.send(command)
    assert sent.told == [("b", launch(ONE)), ("a", launch(TWO)), ("b", HangUp(ONE))]
    assert (sent.fleet.node_of(ONE), sent.fleet.node_of(TWO)) == ("b", "a")


def test_only_a_node_that_can_be_commanded_rings(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = Sent(monkeypatch, {CallId("x"): "a"})
    sent.ready("a")
    sent.fleet.send(launch(ONE))
    assert sent.told == [("a", launch(ONE))]


def test_a_second_launch_goes_where_the_first_went(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = Sent(monkeypatch, {ONE: "b", CallId("x"): "b"})
    sent.ready("a", "b")
    sent.fleet.send(launch(ONE))
    assert sent.told == [("b", launch(ONE))]


def test_without_any_node_it_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = Sent(monkeypatch, {})
    sent.ready()
    sent.fleet.send(launch(ONE))
    events = [sent.inbox.get_nowait().event for _ in range(len(sent.inbox))]
    assert events[0] == CallbackFailed(ONE, LegFailure.FAILED)
    assert isinstance(events[1], CommandFailed)
    assert sent.told == []
    assert sent.fleet.node_of(ONE) is None


def test_an_answer_tells_where_the_call_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = Sent(monkeypatch, {})
    sent.fleet.saw(CallbackAnswered(ONE), "b")
    assert sent.fleet.calls() == {ONE: "b"}


async def test_offers_that_rang_no_phone_do_not_make_a_node_look_slow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A Dial without a contact tells no `DialBegin`: the caller is back in AsyncAGI at once."""
    node = Sent(monkeypatch, {}).fleet.nodes["a"]
    admission = node._admission
    for number in range(ENOUGH):
        name, id = f"PJSIP/test-0000000{number}", f"a-1.{number}"
        admission.sent(name, Reaction.OFFER, 0.0)
        node._watch(AgiStarted(Channel(name, id, id, id, "+14165550100", Role.CALLER), "", "", "s"))
    later = asyncio.get_running_loop().time() + WINDOW + 1
    assert not admission.look(40, later)
    assert (admission.delay, admission.limit) == (0.0, None)

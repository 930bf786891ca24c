"""The runner, with hand-written fakes for the other parts."""

import asyncio
import json
from typing import Any

import pytest

from pbx.loop.input_queue import InputQueue
from pbx.loop.runner import Runner
from pbx.metrics import Metrics
from pbx.persistence.live_views import Publisher
from pbx.ports import Input
from routing.commands import (
    Answer,
    CancelTimer,
    Command,
    HangUp,
    LogCall,
    LogVoicemail,
    Notify,
    OfferCall,
    Publish,
    StartTimer,
)
from routing.errors import HandlerFailed, UnknownEvent
from routing.events import (
    CallbackAnswered,
    CallEntered,
    CallHungUp,
    DigitPressed,
    Event,
    PhoneRang,
    TimerFired,
)
from routing.ids import AgentId, CallId, TeamId, TimerId
from switchroom.messages.base import Message
from tests.support.pbx.fake_nodes import FakeNodes
from tests.support.pbx.waiting import until

pytestmark = pytest.mark.unit

CALL = CallId("c" * 32)
AGENT = AgentId("a" * 32)


class FakeCore:
    """Answers each kind of event with what the test says; an exception is raised."""

    def __init__(self) -> None:
        self.seen: list[tuple[Event, float]] = []
        self.answers: dict[type, list[Command] | Exception] = {}
        self.timers: dict[TimerId, float] = {}

    def handle(self, event: Event, now: float) -> list[Command]:
        self.seen.append((event, now))
        answer = self.answers.get(type(event), [])
        if isinstance(answer, Exception):
            raise answer
        return answer

    def snapshot(self) -> dict[str, object]:
        return {"seen": len(self.seen)}

    def agent_ids(self) -> list[Any]:
        return []

    queue_ids = call_ids = agent_ids

    def agent(self, id: Any) -> None:
        return None

    call = agent

    def queue(self, id: Any, now: float) -> None:
        return None


class FakeOutput:
    def __init__(self) -> None:
        self.journal: list[dict[str, Any]] = []
        self.records: list[dict[str, Any]] = []
        self.snapshots: list[tuple[dict[str, Any], bool]] = []
        self.ops: list[tuple[str, ...]] = []

    @property
    def journal_id(self) -> str:
        return f"1-{len(self.journal)}"

    def add_journal(self, entry: dict[str, Any]) -> None:
        self.journal.append(entry)

    def add_record(self, entry: Message) -> None:
        self.records.append(json.loads(entry.model_dump_json(warnings=False)))

    def add_snapshot(self, snapshot: dict[str, Any], *, opens_segment: bool) -> None:
        self.snapshots.append((snapshot, opens_segment))

    def add(self, op: tuple[str, ...]) -> None:
        self.ops.append(op)


class Desk:
    """A runner, with a clock that only the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.core, self.nodes, self.output, self.metrics = FakeCore(), FakeNodes(), FakeOutput(), Metrics()
        self.inbox = InputQueue(lambda: self.now)
        publisher = Publisher(
            self.core, self.output, self.nodes.node_of, interval=0.01, clock=lambda: self.now
        )
        self.runner = Runner(
            self.core, self.inbox, self.nodes, self.output, publisher, self.metrics, clock=lambda: self.now
        )

    def handle(self, event: Event, *, node: str | None = None, command: str | None = None) -> None:
        self.runner.handle(Input(event, self.now, node, command))

    def count(self, where: str) -> float:
        return float(self.metrics.errors.labels(where)._value.get())


@pytest.fixture
def desk() -> Desk:
    return Desk()


ENTERED = CallEntered(CALL, "+14165550100", "+14165550111")


def test_an_event_is_journaled_with_its_time_node_and_command(desk: Desk) -> None:
    desk.handle(ENTERED, node="a")
    desk.handle(DigitPressed(CALL, "1"), command="5-1")
    assert [entry["at"] for entry in desk.output.journal] == [1000.0, 1000.0]
    assert desk.output.journal[0]["node"] == "a"
    assert desk.output.journal[0]["event"]["type"] == "CallEntered"
    assert desk.output.journal[1]["command"] == "5-1"
    assert desk.runner.command_id == "5-1"
    assert desk.runner.snapshot()["command"] == "5-1"


async def test_events_are_handled_in_the_order_and_with_the_times_of_their_entry(desk: Desk) -> None:
    running = asyncio.create_task(desk.runner.run())
    for number in range(200):
        desk.now = 1000.0 + number
        desk.inbox.put(DigitPressed(CALL, str(number % 10)))
    await until(lambda: len(desk.core.seen) == 200, "200 events")
    running.cancel()
    assert [now for _, now in desk.core.seen] == [1000.0 + number for number in range(200)]


def test_commands_for_asterisk_go_to_the_nodes_in_order(desk: Desk) -> None:
    offer = OfferCall(CALL, (AGENT,), ("phone",), 20.0, "default")
    desk.core.answers[CallEntered] = [Answer(CALL), offer]
    desk.handle(ENTERED, node="a")
    assert desk.nodes.sent == [Answer(CALL), offer]


def test_a_customer_who_answers_a_ring_that_the_core_forgot_is_hung_up_and_forgotten(desk: Desk) -> None:
    desk.core.answers[CallbackAnswered] = [HangUp(CALL)]
    desk.handle(CallbackAnswered(CALL), node="b")
    assert (desk.nodes.sent, desk.nodes.calls()) == ([HangUp(CALL)], {CALL: "b"})
    desk.handle(CallHungUp(CALL), node="b")
    assert desk.nodes.calls() == {}


@pytest.mark.parametrize("error", [UnknownEvent("no"), RuntimeError("broken")])
def test_an_event_that_fails_is_counted_logged_with_its_call_and_the_next_one_follows(
    desk: Desk, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    desk.core.answers[DigitPressed] = error
    desk.handle(DigitPressed(CALL, "1"))
    desk.handle(ENTERED, node="a")
    assert len(desk.core.seen) == 2
    assert desk.count("core") + desk.metrics.rejected._value.get() == 1
    assert len(caplog.records) == 1
    assert len(desk.output.journal) == 2


def test_what_was_decided_before_a_fault_of_the_core_is_carried_out(desk: Desk) -> None:
    desk.core.answers[CallEntered] = HandlerFailed("broken", [Answer(CALL)])
    desk.handle(ENTERED, node="a")
    assert desk.nodes.sent == [Answer(CALL)]
    assert desk.count("core") == 1


def test_a_command_that_fails_does_not_stop_the_others(desk: Desk) -> None:
    desk.core.answers[CallEntered] = [LogVoicemail({}), Answer(CALL)]
    desk.handle(ENTERED, node="a")
    assert desk.nodes.sent == [Answer(CALL)]
    assert desk.count("command") == 1


def test_records_carry_their_calls_node_even_after_the_call_ended(desk: Desk) -> None:
    desk.core.answers[CallHungUp] = [LogCall({"id": CALL}), LogVoicemail({"call": CALL})]
    desk.handle(ENTERED, node="b")
    desk.handle(CallHungUp(CALL))
    assert [(body["type"], body["node"]) for body in desk.output.records] == [
        ("call", "b"),
        ("voicemail", "b"),
    ]
    assert desk.nodes.calls() == {}


async def test_a_timer_fires_once_and_a_cancelled_one_that_waits_for_its_turn_does_not(desk: Desk) -> None:
    timer = TimerId("x:ring")
    desk.core.answers[CallEntered] = [StartTimer(timer, 999.0)]
    desk.core.answers[CallHungUp] = [CancelTimer(timer)]
    desk.handle(ENTERED)
    await until(lambda: len(desk.inbox) == 1, "the timer's turn")
    desk.handle(CallHungUp(CALL))
    desk.runner.handle(desk.inbox.get_nowait())
    assert [type(event) for event, _ in desk.core.seen] == [CallEntered, CallHungUp]
    desk.handle(ENTERED)
    await until(lambda: len(desk.inbox) == 1, "the timer's turn")
    desk.runner.handle(desk.inbox.get_nowait())
    assert desk.core.seen[-1][0] == TimerFired(timer)


def test_the_time_from_the_cause_to_the_ringing_is_measured(desk: Desk) -> None:
    desk.core.answers[CallEntered] = [OfferCall(CALL, (AGENT,), ("phone",), 20.0, "default")]
    desk.handle(ENTERED, node="a")
    desk.now += 0.025
    desk.handle(PhoneRang(CALL, AGENT))
    desk.handle(PhoneRang(CALL, AGENT))
    samples = {
        s.name: s.value for m in desk.metrics.offer_latency.collect() for s in m.samples if not s.labels
    }
    assert samples["switchroom_offer_latency_seconds_count"] == 1
    assert samples["switchroom_offer_latency_seconds_sum"] == pytest.approx(0.025)


async def test_views_are_written_before_the_events_that_tell_of_them_and_once_for_many_changes(
    desk: Desk,
) -> None:
    change = Publish(TeamId("t"), "call", CALL, "updated")
    desk.core.answers[DigitPressed] = [change]
    for _ in range(50):
        desk.handle(DigitPressed(CALL, "1"))
    await until(lambda: len(desk.output.ops) == 51, "the views and events")
    assert desk.output.ops[0] == ("L", "call", CALL, "")
    assert {op[0] for op in desk.output.ops[1:]} == {"E"}


def test_a_snapshot_says_what_it_includes_and_the_first_opens_a_segment(desk: Desk) -> None:
    desk.handle(ENTERED, node="a")
    desk.runner.take_snapshot()
    desk.runner.take_snapshot()
    (first, opens), (_, again) = desk.output.snapshots
    assert (opens, again) == (True, False)
    clock = first.pop("clock")
    assert (clock["at"], set(clock)) == (1000.0, {"at", "steady", "boot"})
    assert first == {
        "at": 1000.0,
        "core": {"seen": 1},
        "journal": "1-1",
        "command": "0-0",
        "calls": {CALL: "a"},
        "configured": [],
    }


def test_a_notification_is_a_record_with_an_id_of_its_own(desk: Desk) -> None:
    told = Notify(CALL, TeamId("t" * 32), "email", "ann@example.org", "A caller waits", "Text")
    desk.core.answers[DigitPressed] = [told, told]
    desk.handle(ENTERED, node="a")
    desk.handle(DigitPressed(CALL, "1"))
    first, second = desk.output.records
    assert (first["type"], first["node"]) == ("notify", "a")
    assert first["record"] == {
        "id": first["record"]["id"],
        "call": CALL,
        "team": "t" * 32,
        "kind": "email",
        "to": "ann@example.org",
        "subject": "A caller waits",
        "text": "Text",
        "at": 1000.0,
    }
    assert first["record"]["id"] != second["record"]["id"]
    assert desk.nodes.sent == []

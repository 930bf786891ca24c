"""Members' phones call each other, on a real Asterisk with baresip. The scenes play at the same time."""

import time
from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any

import pytest

from models.call import CallLog
from tests.e2e.test_softphones import AUTO, LEFT, RIGHT, TALK, share
from tests.support.e2e.provision import TestAgent
from tests.support.e2e.scenes import Scene, SceneSet
from tests.support.e2e.two_nodes import TwoNodes
from tests.support.servers import wait_until

pytestmark = [pytest.mark.pbx, pytest.mark.e2e, pytest.mark.timeout(400)]

scene = SceneSet()
ANN, BOB = 440, 1000
"""What the phones say: a tone of so many hertz."""


def parties(log: CallLog) -> list[tuple[str, str | None, str]]:
    return [(leg["kind"], leg["agent"], leg["outcome"]) for leg in log.legs]


def extension(agent: TestAgent) -> str:
    return agent.account.extension


@scene
def both_are_on_the_call_and_it_is_logged_once(s: Scene) -> None:
    ann, bob = s.queue(2).agents
    caller, called = s.softphone(ann, voice=ANN), s.softphone(bob, voice=BOB, parameters=AUTO)
    caller.dial(extension(bob))
    shown = called.wait_for("CALL_ESTABLISHED")
    assert f"sip:{extension(ann)}@" in shown["peeruri"]
    assert shown["peerdisplayname"] == f"Agent {extension(ann)}"
    s.until_states([ann, bob], "OnCall")
    time.sleep(TALK)
    caller.hang_up()
    called.wait_for("CALL_CLOSED")
    s.until_states([ann, bob], "Available")
    log = s.log(extension(bob))
    assert (log.direction, log.caller, log.caller_name) == (
        "internal", extension(ann), f"Agent {extension(ann)}",
    )  # fmt: skip
    assert (log.disposition, log.ended_by, log.hangup_cause) == ("answered", "caller", 16)
    assert parties(log) == [("caller", ann.id, ""), ("member", bob.id, "answered")]
    assert share(caller.heard()[0], BOB) > 0.5
    assert share(called.heard()[0], ANN) > 0.5
    recording = s.recording(log)
    assert share(recording, ANN, LEFT) > 0.4
    assert share(recording, BOB, RIGHT) > 0.4


@scene
def who_talks_to_a_colleague_gets_no_queue_call(s: Scene) -> None:
    queue, other = s.queue(1), s.queue(1)
    ann, bob = queue.agents[0], other.agents[0]
    caller, called = s.softphone(ann, voice=ANN), s.softphone(bob, voice=BOB, parameters=AUTO)
    caller.dial(extension(bob))
    called.wait_for("CALL_ESTABLISHED")
    customer = s.caller(queue.did)
    wait_until(lambda: len(s.system.waiting(queue.id)) == 1, "the customer waits")
    time.sleep(TALK)
    assert caller.seen("CALL_INCOMING") == []
    called.hang_up()
    caller.wait_for("CALL_INCOMING")
    caller.command("accept")
    caller.wait_for("CALL_ESTABLISHED", 2)
    caller.hang_up()
    s.ended(customer)
    assert s.log(queue.did).agent_id == ann.id
    assert s.log(extension(bob)).ended_by == "agent"


@scene
def a_refusal_is_told_to_the_phone_that_calls(s: Scene) -> None:
    people = s.queue(4).agents
    for person in people:
        s.settings(person, voicemail=False)
    caller = s.softphone(people[0], voice=ANN)
    s.phones([people[1]], reject=486)
    s.phones([people[2]], reject=603)
    told = {
        extension(people[1]): ("486", "missed", "busy"),
        extension(people[2]): ("603", "missed", "rejected"),
        extension(people[3]): ("480", "missed", None),
        extension(people[0]): ("486", "missed", None),
        s.did()[-6:]: ("404", "not_in_service", None),
    }
    for number, (dialled, (status, disposition, outcome)) in enumerate(told.items(), 1):
        caller.dial(dialled)
        assert caller.wait_for("CALL_CLOSED", number)["param"].startswith(status), dialled
        log = s.log(dialled)
        assert log.disposition == disposition
        assert [leg["outcome"] for leg in log.legs[1:]] == ([outcome] if outcome else [])
    s.until_states(people[:3], "Available")


@scene
def the_caller_gives_up(s: Scene) -> None:
    ann, bob = s.queue(2).agents
    caller = s.softphone(ann, voice=ANN)
    phones = s.phones([bob], never_answer=True)
    caller.dial(extension(bob))
    s.until_states([bob], "Ringing")
    caller.hang_up()
    phones.wait_for("cancelled")
    log = s.log(extension(bob))
    assert (log.disposition, log.ended_by) == ("abandoned", "caller")
    s.until_states([ann, bob], "Available")


@scene
def every_phone_of_a_member_rings(s: Scene) -> None:
    ann, bob = s.queue(2).agents
    caller = s.softphone(ann, voice=ANN)
    desk = s.phones([bob], never_answer=True)
    mobile = s.softphone(bob, voice=BOB)
    caller.dial(extension(bob))
    mobile.wait_for("CALL_INCOMING")
    desk.wait_for("invite")
    mobile.command("accept")
    caller.wait_for("CALL_ESTABLISHED")
    desk.wait_for("cancelled")
    mobile.hang_up()
    caller.wait_for("CALL_CLOSED")
    assert parties(s.log(extension(bob))) == [("caller", ann.id, ""), ("member", bob.id, "answered")]


@pytest.fixture(scope="module")
def played(
    two_nodes: TwoNodes, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[dict[str, Future[None]]]:
    yield from scene.play(two_nodes, tmp_path_factory.mktemp("phone-calls"), request)


@pytest.mark.parametrize("name", scene.plays)
def test_phone_call(played: dict[str, Future[None]], name: str) -> None:
    played[name].result(300)


def test_nothing_is_left_behind(played: dict[str, Future[Any]], two_nodes: TwoNodes) -> None:
    for future in played.values():
        future.exception(300)
    wait_until(lambda: two_nodes.system.lives("call") == [], "no live call is left")

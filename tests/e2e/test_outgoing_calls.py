"""Members' phones call telephone numbers, on a real Asterisk with baresip. The engine may die meanwhile."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlmodel import Session, select

from models.outbox import emit_command
from models.team import TeamUser
from switchroom.ids import new_id
from switchroom.messages.commands import PlaceCall
from tests.e2e.test_phone_calls import ANN, extension, parties
from tests.e2e.test_phone_calls_survival import kill, the_only_log
from tests.support.e2e.provision import TestAgent
from tests.support.e2e.scenes import Scene
from tests.support.e2e.two_nodes import TwoNodes
from tests.support.servers import wait_until

pytestmark = [pytest.mark.pbx, pytest.mark.e2e, pytest.mark.timeout(400)]

PREMIUM = "+19005551234"


@pytest.fixture
def s(two_nodes: TwoNodes, tmp_path: Path) -> Iterator[Scene]:
    with ExitStack() as stack:
        yield Scene(two_nodes, tmp_path, stack)


def states(s: Scene) -> list[str]:
    """Return the states of the calls that live."""
    return [call["state"] for call in s.system.lives("call")]


def test_the_agent_is_on_the_call_and_it_is_logged_once(s: Scene, two_nodes: TwoNodes) -> None:
    queue = s.queue(1)
    (ann,), number = queue.agents, "+14165557110"
    caller = s.softphone(ann, voice=ANN)
    with two_nodes.outside_line(s.folder, talk=60) as line:
        caller.dial(number.removeprefix("+1"))
        caller.wait_for("CALL_ESTABLISHED")
        s.until_states([ann], "OnCall")
        time.sleep(2)
        caller.hang_up()
        log = the_only_log(s, number)
        assert [event[0] for event in line.events("invite")] == [number]
        (shown,) = (" ".join(words) for words in line.events("from"))
        assert f"sip:{queue.did}@" in shown or "sip:+1416" in shown
        assert f"sip:{extension(ann)}@" not in shown
    s.until_states([ann], "Available")
    assert (log.direction, log.caller, log.did) == ("outgoing", extension(ann), number)
    assert (log.disposition, log.ended_by) == ("answered", "caller")
    assert parties(log) == [("caller", ann.id, ""), ("number", None, "answered")]
    assert s.recording(log).stat().st_size > 8000


def test_what_may_not_be_dialled_is_told_and_logged(s: Scene, two_nodes: TwoNodes) -> None:
    (ann,) = s.queue(1).agents
    caller = s.softphone(ann, voice=ANN)
    with two_nodes.outside_line(s.folder) as line:
        caller.dial(PREMIUM)
        caller.wait_for("CALL_PROGRESS")
        assert caller.wait_for("CALL_CLOSED")["param"].startswith("403")
        log = the_only_log(s, PREMIUM)
        assert line.events("invite") == []
    assert (log.direction, log.disposition, log.hangup_cause) == ("outgoing", "denied", 21)
    assert parties(log) == [("caller", ann.id, ""), ("number", None, "outbound: country")]
    s.until_states([ann], "Available")


@pytest.mark.parametrize("talking", [False, True], ids=["while it rings", "in the talk"])
def test_the_engine_dies(s: Scene, two_nodes: TwoNodes, talking: bool) -> None:
    (ann,), number = s.queue(1).agents, f"+141655571{20 + talking}"
    caller = s.softphone(ann, voice=ANN)
    with two_nodes.outside_line(s.folder, ring=0.2 if talking else 8, talk=120):
        caller.dial(number)
        caller.wait_for("CALL_ESTABLISHED" if talking else "CALL_RINGING")
        s.until_states([ann], "OnCall")
        kill(s)()
        caller.wait_for("CALL_ESTABLISHED")
        wait_until(lambda: "connected" in states(s), "the next engine knows of the talk", 30)
        s.until_states([ann], "OnCall")
        caller.hang_up()
        log = the_only_log(s, number)
    assert (log.direction, log.disposition, log.ended_by) == ("outgoing", "answered", "caller")
    s.until_states([ann], "Available")


def test_without_an_engine_nothing_is_dialled(s: Scene, two_nodes: TwoNodes) -> None:
    (ann,) = s.queue(1).agents
    caller = s.softphone(ann, voice=ANN)
    with two_nodes.outside_line(s.folder) as line:
        s.system.stop_program("engine")
        try:
            caller.dial("+14165557130")
            assert caller.wait_for("CALL_CLOSED")["param"].startswith("503")
            assert line.events("invite") == []
        finally:
            s.system.start_program("engine")
        wait_until(s.system.engine_leads, "an engine", 40)


def test_a_number_of_ours_needs_no_trunk(s: Scene, two_nodes: TwoNodes) -> None:
    """The agent reaches the queue of another agent by its number; each side has its log."""
    (ann,), queue = s.queue(1).agents, s.queue(1)
    caller = s.softphone(ann, voice=ANN)
    other = s.softphone(queue.agents[0], voice=1000)
    with two_nodes.outside_line(s.folder) as line:
        caller.dial(queue.did)
        other.wait_for("CALL_INCOMING")
        other.command("accept")
        caller.wait_for("CALL_ESTABLISHED")
        s.until_states([ann, queue.agents[0]], "OnCall")
        other.hang_up()
        caller.wait_for("CALL_CLOSED")
        logs = {log.direction: log for log in s.logs(queue.did, 2)}
        assert line.events("invite") == []
    assert logs["inbound"].agent_id == queue.agents[0].id
    assert parties(logs["outgoing"]) == [("caller", ann.id, ""), ("number", None, "answered")]
    s.until_states([ann, queue.agents[0]], "Available")


def test_a_route_that_leads_to_its_own_number_ends(s: Scene, two_nodes: TwoNodes) -> None:
    (ann,) = s.queue(1).agents
    did = s.did()
    out = {"type": "number", "settings": {"number": did}}
    two_nodes.routed(did, "out", {"out": out})
    caller = s.softphone(ann, voice=ANN)
    caller.dial(did)
    caller.wait_for("CALL_CLOSED", seconds=60)
    logs = s.logs(did, 4, 40)
    reasons = [step.get("reason") for log in logs for step in log.path]
    assert reasons.count("outbound: loop") == 1


def test_an_emergency_call_is_logged_with_the_place(s: Scene, two_nodes: TwoNodes) -> None:
    (ann,) = s.queue(1).agents
    place = "Tower 2, floor 7"

    def stands(session: Session) -> None:
        member = session.exec(select(TeamUser).where(TeamUser.sip_username == ann.account.phone)).one()
        member.location = place
        session.add(member)

    s.system.transaction(stands)
    caller = s.softphone(ann, voice=ANN)
    with two_nodes.outside_line(s.folder, talk=60) as line:
        caller.dial("911")
        caller.wait_for("CALL_ESTABLISHED")
        s.until_states([ann], "OnCall")
        caller.hang_up()
        log = the_only_log(s, "911")
        assert [event[0] for event in line.events("invite")] == ["911"]
    assert (log.direction, log.location, log.disposition) == ("emergency", place, "answered")
    assert parties(log) == [("caller", ann.id, ""), ("number", None, "answered")]
    s.until_states([ann], "Available")


def places(s: Scene, agent: TestAgent, number: str) -> str:
    """Ask the engine for a call of the agent, as `POST /v1/call` does. Return the call's id."""
    call, member = new_id(), s.member_of(agent).id
    command = PlaceCall(call=call, member=member, dialled=number, number=number)
    s.system.transaction(lambda session: emit_command(session, command))
    return call


def test_click_to_call_rings_the_members_phone_first(s: Scene, two_nodes: TwoNodes) -> None:
    """The engine dies while it rings."""
    (ann,), number = s.queue(1).agents, "+14165557140"
    caller = s.softphone(ann, voice=ANN)
    with two_nodes.outside_line(s.folder, talk=120) as line:
        call = places(s, ann, number)
        assert number in caller.wait_for("CALL_INCOMING")["peeruri"]
        s.until_states([ann], "Ringing")
        assert line.events("invite") == []
        kill(s)()
        caller.command("accept")
        line.wait_for("invite", seconds=30)
        s.until_states([ann], "OnCall")
        wait_until(lambda: "connected" in states(s), "the far end answers", 30)
        caller.hang_up()
        log = the_only_log(s, number)
    assert (log.id, log.direction, log.disposition) == (call, "outgoing", "answered")
    assert parties(log) == [("caller", ann.id, ""), ("number", None, "answered")]
    s.until_states([ann], "Available")

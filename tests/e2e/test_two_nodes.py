"""Callers and agents on two Asterisk nodes. The engine controls both, and they reach each other."""

import json
from pathlib import Path

import httpx
import pytest

from models.call import CallLog
from tests.e2e.test_main_job import available
from tests.support.e2e.provision import TestAgent
from tests.support.e2e.two_nodes import TwoNodes
from tests.support.servers import wait_until
from tests.support.sip.phones import Caller

pytestmark = [pytest.mark.pbx, pytest.mark.e2e, pytest.mark.timeout(240)]


def log_of(both: TwoNodes, did: str, count: int = 1, seconds: float = 20) -> CallLog:
    """The last of exactly `count` call logs."""
    wait_until(lambda: len(both.rows(did)) >= count, f"{count} call logs of {did}", seconds)
    rows = sorted(both.rows(did), key=lambda row: row.started_at)
    assert len(rows) == count
    return rows[-1]


def outcomes(log: CallLog) -> dict[str, str]:
    """Agent -> outcome of the offer."""
    return {leg["agent"]: leg["outcome"] for leg in log.legs}


def test_the_engine_shows_each_node(two_nodes: TwoNodes) -> None:
    health = httpx.get(f"http://127.0.0.1:{two_nodes.system.settings.engine_port}/health").json()
    assert (health["ok"], health["nodes"]) == (True, {"a": "ready", "b": "ready"})


def test_a_caller_on_a_talks_to_an_agent_on_b(two_nodes: TwoNodes, tmp_path: Path) -> None:
    did, system = "+14165550301", two_nodes.system
    _, (agent,) = system.provision(did, 1, 500, recording="all")
    phones = two_nodes.phones("b", tmp_path, [agent], ring=0.5, talk=3)
    available(system, [agent])
    caller = Caller(tmp_path / "caller", system.sip(), did, wait=30, audio_seconds=6)
    caller.start()
    wait_until(lambda: system.states([agent]) == ["OnCall"], "agent on the call")
    (call,) = [live for live in system.lives("call") if live["did"] == did]
    assert (call["node"], call["agent"]) == ("a", agent.id)
    result = caller.wait(30)
    assert (result.successful, result.failed) == (1, 0), result.errors
    assert len(phones.events("hangup")) == 1
    wait_until(lambda: system.states([agent]) == ["Available"], "agent free again")
    phones.stop()
    log = log_of(two_nodes, did)
    assert (log.node, log.disposition, log.agent_id, log.ended_by) == ("a", "answered", agent.id, "agent")
    assert 2.5 <= log.talk <= 4.5
    assert log.legs[0]["rang_at"] is not None

    wait_until(
        lambda: {row.state for row in two_nodes.recordings(log.id)} == {"stored"}, "recording on S3", 40
    )
    (recording,) = two_nodes.recordings(log.id)
    assert recording.node == "a"
    assert recording.seconds is not None
    assert recording.seconds >= log.talk - 0.5
    assert not list(two_nodes.b.spool.glob(f"recordings/{log.id}*"))


def test_all_phones_on_both_nodes_ring_and_the_first_wins(two_nodes: TwoNodes, tmp_path: Path) -> None:
    did, system = "+14165550302", two_nodes.system
    _, (here, there) = system.provision(did, 2, 510, strategy="ring-all")
    quick, slow = 0.5, 20.0
    winners = ((there, slow, quick), (here, quick, slow))
    for number, (winner, ring_a, ring_b) in enumerate(winners, 1):
        folder = tmp_path / str(number)
        phones = {
            "a": two_nodes.phones("a", folder, [here], ring=ring_a, talk=1),
            "b": two_nodes.phones("b", folder, [there], ring=ring_b, talk=1),
        }
        available(system, [here, there])
        caller = Caller(folder / "caller", system.sip(), did, wait=30)
        caller.start()
        result = caller.wait(30)
        assert (result.successful, result.failed) == (1, 0), result.errors
        won, lost = ("b", "a") if winner is there else ("a", "b")
        phones[lost].wait_for("cancelled", 1, 5)
        assert len(phones[won].events("hangup")) == 1
        for part in phones.values():
            part.stop()
        log = log_of(two_nodes, did, number)
        assert (log.disposition, log.agent_id) == ("answered", winner.id)
        assert sorted(outcomes(log).values()) == ["answered", "withdrawn"]


def test_a_caller_who_hangs_up_stops_the_ringing_on_the_other_node(
    two_nodes: TwoNodes, tmp_path: Path
) -> None:
    did, system = "+14165550303", two_nodes.system
    _, (agent,) = system.provision(did, 1, 520)
    phones = two_nodes.phones("b", tmp_path, [agent], never_answer=True)
    available(system, [agent])
    caller = Caller(tmp_path / "caller", system.sip(), did, hang_up=2)
    caller.start()
    wait_until(lambda: system.states([agent]) == ["Ringing"], "phone rings")
    assert caller.wait(20).successful == 1
    phones.wait_for("cancelled", 1, 3)
    wait_until(lambda: system.states([agent]) == ["Available"], "agent free again")
    phones.stop()
    log = log_of(two_nodes, did)
    assert (log.disposition, outcomes(log)) == ("abandoned", {agent.id: "caller-gone"})


@pytest.mark.parametrize(("status", "outcome"), [(486, "busy"), (603, "rejected"), (480, "no-answer")])
def test_why_a_phone_on_the_other_node_did_not_answer(
    two_nodes: TwoNodes, tmp_path: Path, status: int, outcome: str
) -> None:
    did, system = f"+14165550{status}", two_nodes.system
    _, (agent,) = system.provision(did, 1, status + 100)
    phones = two_nodes.phones("b", tmp_path, [agent], ring=0.3, reject=status)
    available(system, [agent])
    caller = Caller(tmp_path / "caller", system.sip(), did, hang_up=3)
    caller.start()
    phones.wait_for("rejected", 1, 20)
    assert caller.wait(20).successful == 1
    phones.stop()
    assert log_of(two_nodes, did).legs[0]["outcome"] == outcome


def test_a_caller_on_b_talks_to_an_agent_on_a(two_nodes: TwoNodes, tmp_path: Path) -> None:
    did, system = "+14165550304", two_nodes.system
    _, (agent,) = system.provision(did, 1, 530)
    phones = two_nodes.phones("a", tmp_path, [agent], ring=0.3, talk=1)
    available(system, [agent])
    caller = Caller(tmp_path / "caller", two_nodes.b, did, wait=30)
    caller.start()
    result = caller.wait(30)
    assert (result.successful, result.failed) == (1, 0), result.errors
    phones.stop()
    log = log_of(two_nodes, did)
    assert (log.node, log.disposition, log.agent_id) == ("b", "answered", agent.id)


def test_a_talk_across_outlives_the_engines_connection_to_either_node(
    two_nodes: TwoNodes, tmp_path: Path
) -> None:
    did, system = "+14165550308", two_nodes.system
    _, (agent,) = system.provision(did, 1, 550)
    phones = two_nodes.phones("b", tmp_path, [agent], ring=0.2)
    available(system, [agent])
    caller = Caller(tmp_path / "caller", system.sip(), did, wait=60, audio_seconds=50)
    caller.start()
    phones.wait_for("answered")
    for name, node in (("b", two_nodes.b), ("a", system.sip())):
        before = resyncs(two_nodes, name)
        rows = [line.split() for line in node.cli("manager show connected").splitlines()]
        descriptor = next(row[4] for row in rows if row[:1] == ["switchroom"])
        assert "kick" in node.cli(f"manager kick session {descriptor}").lower()
        wait_until(lambda n=name, b=before: resyncs(two_nodes, n) > b, f"resync of node {name}")  # type: ignore[misc]
        wait_until(system.engine_leads, "the engine is well")
        assert system.states([agent]) == ["OnCall"]
    assert phones.events("ended") == []
    phones.phones.stop()
    two_nodes.b.cli("channel request hangup all")
    assert caller.wait(20).successful == 1
    assert log_of(two_nodes, did).legs[0]["outcome"] == "answered"


def resyncs(both: TwoNodes, node: str) -> int:
    """How often the engine brought itself in line with the node, by its log, whose last line may be half written."""
    text = both.system.logs()["engine.log"]
    lines = [json.loads(line) for line in text.split("\n")[:-1] if line.startswith("{")]
    return sum(line["message"] == "node resynced" and line["node"] == node for line in lines)


class Scene:
    """Node b with a talk across and a talk of its own; node a with a talk of its own."""

    ACROSS, ON_A, ON_B = "+14165550305", "+14165550306", "+14165550307"

    def __init__(self, both: TwoNodes, folder: Path) -> None:
        self.both = both
        self.agents: dict[str, TestAgent] = {}
        self.callers: dict[str, Caller] = {}
        sip = both.system.sip()
        places = ((self.ACROSS, sip, "b"), (self.ON_A, sip, "a"), (self.ON_B, both.b, "b"))
        for number, (did, entry, node) in enumerate(places):
            _, (agent,) = both.system.provision(did, 1, 540 + number)
            phones = both.phones(node, folder / did, [agent], ring=0.2)
            available(both.system, [agent])
            caller = Caller(folder / did, entry, did, wait=120, audio_seconds=90)
            caller.start()
            phones.wait_for("answered")
            self.agents[did], self.callers[did] = agent, caller
            self.phones = {**getattr(self, "phones", {}), did: phones}
        wait_until(lambda: set(self.states()) == {"OnCall"}, "three talks")

    def states(self) -> list[str]:
        return self.both.system.states(list(self.agents.values()))

    def alive(self, did: str) -> bool:
        process = self.callers[did].process
        return process is not None and process.poll() is None

    def end(self) -> None:
        for did, phones in self.phones.items():
            phones.phones.stop()
            self.callers[did].stop()


def test_a_node_dies_and_comes_back(two_nodes: TwoNodes, tmp_path: Path) -> None:
    system = two_nodes.system
    scene = Scene(two_nodes, tmp_path)
    try:
        two_nodes.b.stop(kill=True)
        health = f"http://127.0.0.1:{system.settings.engine_port}/health"
        wait_until(lambda: httpx.get(health).json()["nodes"]["b"] != "ready", "the engine misses node b", 10)
        answer = httpx.get(health)
        assert (answer.status_code, answer.json()["nodes"]["a"]) == (503, "ready")
        assert scene.alive(Scene.ON_A)
        assert system.states([scene.agents[Scene.ON_A]]) == ["OnCall"]

        two_nodes.b.start()
        wait_until(system.engine_leads, "the engine is well again", 20)
        ended = log_of(two_nodes, Scene.ON_B)
        assert (ended.node, ended.disposition) == ("b", "answered")
        # The caller on a does not sit in silence until media times out: node b says that it has no such call.
        across = log_of(two_nodes, Scene.ACROSS)
        assert (across.node, across.disposition) == ("a", "answered")
        result = scene.callers[Scene.ACROSS].wait(10)
        assert (result.successful, result.failed) == (1, 0), result.errors
        assert scene.alive(Scene.ON_A)
        wait_until(lambda: scene.states() == ["Available", "OnCall", "Available"], "agents of b are free")
    finally:
        scene.end()
    two_nodes.meet()
    agent = scene.agents[Scene.ACROSS]
    phones = two_nodes.phones("b", tmp_path / "again", [agent], ring=0.2, talk=1)
    available(system, [agent])
    caller = Caller(tmp_path / "again/caller", system.sip(), Scene.ACROSS, wait=30)
    caller.start()
    result = caller.wait(30)
    assert (result.successful, result.failed) == (1, 0), result.errors
    phones.stop()
    assert log_of(two_nodes, Scene.ACROSS, 2).disposition == "answered"

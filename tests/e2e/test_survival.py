"""Processes die during calls. No caller is cut off or loses their place, and no call is logged twice."""

import os
import re
import signal
import time
from contextlib import suppress
from pathlib import Path

import pytest

from switchroom.ids import public_id
from tests.e2e.test_main_job import available, logs_of, wait_for_logs
from tests.support.e2e.provision import TestAgent
from tests.support.e2e.system import System
from tests.support.servers import wait_until
from tests.support.sip.phones import AgentPhones, Caller

pytestmark = [pytest.mark.pbx, pytest.mark.e2e, pytest.mark.timeout(400)]

TALKING, WAITING = 10, 20
BRIEF = 3.0
"""Talk (s) of those who waited."""
TWO_SECONDS = 2 * 8000 * 2
"""Bytes of a message: 8,000 samples a second of two bytes."""


class Busy:
    """A queue with ten callers talking and twenty waiting, one agent in wrap-up and one on a break."""

    def __init__(self, system: System, folder: Path, did: str, first_extension: int, talk: float) -> None:
        self.system, self.did = system, did
        self.queue, agents = system.provision(did, TALKING + 2, first_extension, wrap_up=90.0)
        self.agents, (self.wrapping, self.pausing) = agents[:TALKING], agents[TALKING:]
        sip = system.sip()
        early = AgentPhones(folder / "early", sip, [self.wrapping.account], ring=0, talk=1)
        early.start()
        available(system, [self.wrapping])
        first = Caller(folder / "first", sip, did, wait=30)
        first.start()
        assert first.wait(40).successful == 1
        wait_until(lambda: system.states([self.wrapping]) == ["WrapUp"], "agent in wrap-up")
        early.stop()
        system.set_status([self.pausing], "Break")
        self.folder = folder
        self.phones = self._phones("phones", talk=talk)
        available(system, self.agents)
        self.talkers = Caller(
            folder / "talkers", sip, did, calls=TALKING, rate=10, wait=120, audio_seconds=60
        )
        self.talkers.start()
        self.phones.wait_for("answered", TALKING, 20)
        self.waiters = Caller(
            folder / "waiters", sip, did, calls=WAITING, rate=10, wait=200, audio_seconds=120
        )
        self.waiters.start()
        wait_until(lambda: len(system.waiting(self.queue)) == WAITING, "20 callers waiting")
        wait_until(lambda: set(system.states(self.agents)) == {"OnCall"}, "10 agents talking")
        self.before = self.picture()

    def _phones(self, name: str, *, talk: float) -> AgentPhones:
        accounts = [agent.account for agent in self.agents]
        phones = AgentPhones(self.folder / name, self.system.sip(), accounts, ring=0, talk=talk)
        phones.start()
        return phones

    def picture(self) -> dict[str, object]:
        """Order and clocks of the waiting, and every agent's state, as clients see them."""
        view = self.system.live("queue", self.queue)
        agents = [self.system.live("agent", agent.id) for agent in self.everyone]
        return {
            "waiting": [(entry["call"], entry["entered_at"]) for entry in view.get("waiting", [])],
            "agents": [(agent.get("state"), agent.get("status"), agent.get("call")) for agent in agents],
        }

    @property
    def everyone(self) -> list[TestAgent]:
        return [*self.agents, self.wrapping, self.pausing]

    def nobody_was_cut_off(self) -> None:
        assert self.phones.events("ended") == []
        assert self.talkers.process is not None
        assert self.talkers.process.poll() is None
        assert self.waiters.process is not None
        assert self.waiters.process.poll() is None
        assert self.talkers.result(0).failed == 0
        assert self.waiters.result(0).failed == 0

    def everyone_is_served_in_order(self) -> None:
        """Ten talkers end; their agents (out of wrap-up at once) take the waiting, first come, first served."""
        talked = self.talkers.wait(120)
        assert (talked.successful, talked.failed) == (TALKING, 0), talked.errors
        self.phones.wait_for("hangup", TALKING, 120)
        self.phones.stop()
        self.phones = self._phones("brief", talk=BRIEF)
        # Agents leave their wrap-up by becoming available, twice: ten agents serve twenty callers.
        for served in (0, 1):
            if served:
                self.phones.wait_for("hangup", TALKING * served, 60)
            wait_until(lambda: set(self.system.states(self.agents)) <= {"WrapUp"}, "agents in wrap-up")
            self.system.set_status(self.agents, "Available")
            self.phones.wait_for("answered", TALKING * (served + 1), 60)
        served_all = self.waiters.wait(120)
        assert (served_all.successful, served_all.failed) == (WAITING, 0), served_all.errors
        logs = [log for log in wait_for_logs(self.system, self.did, 1 + TALKING + WAITING) if log["queue"]]
        assert len(logs) == len({log["id"] for log in logs}) == 1 + TALKING + WAITING
        assert {log["disposition"] for log in logs} == {"answered"}
        order = [public_id(call) for call, _ in self.before["waiting"]]  # type: ignore[attr-defined]
        waited = sorted((log for log in logs if log["id"] in order), key=lambda log: str(log["answered_at"]))
        first_wave = {log["id"] for log in waited[:TALKING]}
        assert first_wave == set(order[:TALKING])

    def end(self) -> None:
        try:
            self.system.set_status(self.everyone, "Offline")
        finally:
            for part in (self.phones, self.talkers, self.waiters):
                part.stop()


def test_kill_of_the_engine_with_20_waiting_and_10_talking(system: System, tmp_path: Path) -> None:
    busy = Busy(system, tmp_path, "+14165550210", 400, talk=25)
    try:
        before = system.pid("engine")
        system.kill("engine")
        wait_until(
            lambda: system.pid("engine") not in (0, before) and system.engine_leads(), "a new engine", 30
        )
        wait_until(lambda: busy.picture() == busy.before, "the same picture as before", 10)
        busy.nobody_was_cut_off()
        busy.everyone_is_served_in_order()
    finally:
        busy.end()


def test_kill_of_redis_with_20_waiting_and_10_talking(system: System, tmp_path: Path) -> None:
    busy = Busy(system, tmp_path, "+14165550211", 420, talk=25)
    try:
        engine, before = system.pid("engine"), system.pid("redis")
        system.kill("redis")
        wait_until(
            lambda: system.pid("redis") not in (0, before) and system.redis_answers(), "a new Redis", 30
        )
        wait_until(system.engine_leads, "engine well again", 30)
        wait_until(lambda: busy.picture() == busy.before, "the same picture as before", 20)
        assert system.pid("engine") == engine
        busy.nobody_was_cut_off()
        busy.everyone_is_served_in_order()
    finally:
        busy.end()


def test_a_dropped_ami_connection_with_20_waiting_and_10_talking(system: System, tmp_path: Path) -> None:
    busy = Busy(system, tmp_path, "+14165550212", 440, talk=25)
    try:
        sessions = system.sip().cli("manager show connected")
        descriptor = next(
            line.split()[4] for line in sessions.splitlines() if line.split()[0] == "switchroom"
        )
        engine = system.pid("engine")
        assert "kick" in system.sip().cli(f"manager kick session {descriptor}").lower()
        wait_until(system.engine_leads, "engine connected again", 30)
        wait_until(lambda: busy.picture() == busy.before, "the same picture as before", 10)
        assert system.pid("engine") == engine
        busy.nobody_was_cut_off()
        busy.everyone_is_served_in_order()
    finally:
        busy.end()


def test_without_an_engine_everyone_hears_the_fallback_within_90_seconds(
    system: System, tmp_path: Path
) -> None:
    did = "+14165550213"
    queue, agents = system.provision(did, 2, 460)
    sip = system.sip()
    phones = AgentPhones(tmp_path / "phones", sip, [agent.account for agent in agents], ring=0, talk=20)
    phones.start()
    available(system, agents)
    talkers = Caller(tmp_path / "talkers", sip, did, calls=2, wait=200, audio_seconds=120)
    talkers.start()
    phones.wait_for("answered", 2)
    waiters = Caller(tmp_path / "waiters", sip, did, calls=3, wait=200, audio_seconds=120)
    waiters.start()
    wait_until(lambda: len(system.waiting(queue)) == 3, "3 callers waiting")
    folder = system.settings.spool_dir / "fallback"
    present = set(folder.iterdir())

    sizes: dict[Path, int] = {}

    def messages() -> list[int]:
        """Sizes in bytes, also of those that the worker took away since: it sweeps without an engine too."""
        for path in set(folder.iterdir()) - present:
            with suppress(FileNotFoundError):
                sizes[path] = path.stat().st_size
        return list(sizes.values())

    # Frozen first: it must not say goodbye. The supervisor's TERM goes unheard, its KILL does not; no restart follows.
    os.kill(system.pid("engine"), signal.SIGSTOP)
    try:
        system.stop_program("engine")
        latest = time.monotonic() + 90
        wait_until(lambda: bool(messages()), "a message being recorded", 90)
        late = Caller(tmp_path / "late", sip, did, hang_up=20, audio_seconds=25)
        late.start()
        left = latest - time.monotonic()
        wait_until(lambda: len(messages()) == 6, "a message of each caller", left)
        wait_until(lambda: min(messages()) > TWO_SECONDS, "something said in each")
        assert late.wait(40).successful == 1
    finally:
        talkers.stop()
        waiters.stop()
        phones.stop()
        for channel in re.findall(
            r"^(PJSIP/\S+)", sip.cli("core show channels concise").replace("!", " "), re.M
        ):
            sip.cli(f"channel request hangup {channel}")
        system.start_program("engine")
    wait_until(system.engine_leads, "engine back", 30)

    def stored() -> int:
        with system.api as api:
            found = api.get("/voicemail", params={"limit": 1000}).json()
        return sum(1 for message in found if message["called"] == did)

    wait_until(lambda: stored() == 6, "the six messages in the API", 60)
    logs = logs_of(system, did)
    assert len({log["id"] for log in logs}) == len(logs)
    system.set_status(agents, "Offline")

"""A caller dials a number and reaches an agent, end to end, on a real Asterisk."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from switchroom.ids import public_id
from tests.fixtures.record import real_call
from tests.support.e2e.provision import TestAgent
from tests.support.e2e.system import System
from tests.support.servers import wait_until
from tests.support.sip.phones import AgentPhones, Caller

pytestmark = [pytest.mark.pbx, pytest.mark.e2e, pytest.mark.timeout(240)]


def logs_of(system: System, did: str) -> list[dict[str, Any]]:
    with system.api as api:
        answer = api.get(
            "/call-log", params={"where": f'{{"did": "{did}"}}', "limit": 1000, "sort": "started_at ASC"}
        )
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


def wait_for_logs(system: System, did: str, count: int, seconds: float = 20) -> list[dict[str, Any]]:
    wait_until(lambda: len(logs_of(system, did)) >= count, f"{count} call logs of {did}", seconds)
    return logs_of(system, did)


def available(system: System, agents: list[TestAgent]) -> None:
    system.set_status(agents, "Available")
    wait_until(
        lambda: set(system.states(agents)) == {"Available"}, f"agents Available: {system.states(agents)}"
    )


def test_a_caller_chooses_in_the_menu_and_talks_to_an_agent_and_the_call_is_recorded(
    system: System, tmp_path: Path
) -> None:
    number, facts = real_call(system, tmp_path), system.demo["agents"][0]
    log = wait_for_logs(system, number, 1)[-1]
    assert log["disposition"] == "answered"
    assert log["agent"] == facts["agent"]
    assert 2.5 <= log["talk"] <= 5
    assert [step["type"] for step in log["path"]][-1] == "queue"

    def stored() -> bool:
        with system.api as api:
            return api.get(f"/call-log/{log['id']}/recording").status_code == 302

    wait_until(stored, "recording on S3", 40)
    with system.api as api:
        redirect = api.get(f"/call-log/{log['id']}/recording")
    audio = httpx.get(redirect.headers["location"])
    assert audio.status_code == 200
    assert len(audio.content) >= (log["talk"] - 0.5) * 8000 * 2 * 2

    def transcribed() -> bool:
        with system.api as api:
            return bool(api.get(f"/call-log/{log['id']}").json()["transcript_state"] == "done")

    wait_until(transcribed, "the transcript", 90)


def test_an_unknown_number_is_told_so_and_logged(system: System, tmp_path: Path) -> None:
    caller = Caller(tmp_path / "caller", system.sip(), "+14165559999", wait=30)
    caller.start()
    result = caller.wait(40)
    assert result.successful == 1, result.errors

    def logged() -> bool:
        entries = system.redis.xrevrange(system.keys.records, count=50)
        return any(
            "+14165559999" in fields["body"] and "not_in_service" in fields["body"] for _, fields in entries
        ) or (_in_database(system))

    wait_until(logged, "record of the unknown number")


def _in_database(system: System) -> bool:
    from sqlmodel import select

    from models.call import CallLog

    found = system.transaction(
        lambda session: session.exec(select(CallLog).where(CallLog.did == "+14165559999")).first() is not None
    )
    return bool(found)


def test_a_caller_who_gives_up_is_logged_as_abandoned(system: System, tmp_path: Path) -> None:
    queue, _ = system.provision("+14165550201", 0, 300)
    caller = Caller(tmp_path / "caller", system.sip(), "+14165550201", hang_up=2)
    caller.start()
    wait_until(lambda: len(system.waiting(queue)) == 1, "caller in the queue")
    assert caller.wait(20).successful == 1
    log = wait_for_logs(system, "+14165550201", 1)[0]
    assert log["disposition"] == "abandoned"
    assert 1.5 <= log["wait"] <= 4
    assert log["queue"] == public_id(queue)


def test_calls_and_registrations_go_on_while_the_api_is_stopped(system: System, tmp_path: Path) -> None:
    _, agents = system.provision("+14165550202", 1, 310)
    phones = AgentPhones(tmp_path, system.sip(), [agent.account for agent in agents], talk=1)
    phones.start()
    available(system, agents)
    system.stop_program("api")
    try:
        caller = Caller(tmp_path / "caller", system.sip(), "+14165550202", wait=20)
        caller.start()
        assert caller.wait(30).successful == 1
        assert len(phones.events("answered")) == 1
        phones.stop()
        again = phones.register()
        assert (again.exit_code, again.failed) == (0, 0), again.errors
    finally:
        system.start_program("api")
        wait_until(system.api_answers, "the api's return", 60)
    log = wait_for_logs(system, "+14165550202", 1, seconds=30)[0]
    assert log["disposition"] == "answered"

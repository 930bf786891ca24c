"""A team that has as many calls as it may: the next caller is told 503 at once, and is logged."""

from pathlib import Path

import pytest
from sqlmodel import Session

from models import Team
from models.outbox import emit_command
from switchroom.ids import public_id
from switchroom.messages.commands import ReloadConfig
from tests.e2e.test_main_job import wait_for_logs
from tests.support.e2e.system import System
from tests.support.servers import wait_until
from tests.support.sip.phones import Caller

pytestmark = [pytest.mark.pbx, pytest.mark.e2e, pytest.mark.timeout(120)]
DID = "+14165550470"


def may_have(system: System, calls: int | None) -> None:
    """Set how many calls the team may have at the same time, as an operator does."""

    def work(session: Session) -> None:
        team = session.get_one(Team, system.team_id)
        team.quotas = {} if calls is None else {"calls": calls}
        session.add(team)
        emit_command(session, ReloadConfig(kind="team", id=team.id))

    system.transaction(work)


def none_left(system: System) -> None:
    """End every call. A caller of an earlier test may have gone without a BYE, and counts until the audio is missed."""
    left = {call["call"] for call in system.lives("call")}
    with system.api as api:
        for call in left:
            api.post(f"/call/{public_id(call)}/hangup")  # it may be over by now
    wait_until(
        lambda: left.isdisjoint(call["call"] for call in system.lives("call")), "the end of every call"
    )


def test_one_call_too_many_gets_503(system: System, tmp_path: Path) -> None:
    none_left(system)
    may_have(system, 1)
    system.provision(DID, 0, 1700)  # the engine reads the api's messages in their order
    first = Caller(tmp_path / "first", system.sip(), DID, hang_up=3)
    try:
        first.start()
        first.wait_for("answered")
        second = Caller(tmp_path / "second", system.sip(), DID, expect=503)
        second.start()
        assert second.wait(20).successful == 1
        assert first.wait(20).successful == 1
    finally:
        may_have(system, None)
    logs = wait_for_logs(system, DID, 2)
    assert [(log["disposition"], log["hangup_cause"]) for log in logs] == [("abandoned", 16), ("refused", 42)]
    third = Caller(tmp_path / "third", system.sip(), DID, hang_up=0.5)
    third.start()
    assert third.wait(20).successful == 1

"""The engine dies while members' phones call each other. The calls go on, and each is logged once."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from models.call import CallLog
from tests.e2e.test_phone_calls import ANN, BOB, extension
from tests.support.e2e.scenes import Scene
from tests.support.e2e.two_nodes import TwoNodes
from tests.support.servers import wait_until

pytestmark = [pytest.mark.pbx, pytest.mark.e2e, pytest.mark.timeout(400)]


@pytest.fixture
def s(two_nodes: TwoNodes, tmp_path: Path) -> Iterator[Scene]:
    with ExitStack() as stack:
        yield Scene(two_nodes, tmp_path, stack)


def kill(s: Scene) -> Callable[[], None]:
    """Kill the engine. Return a function that waits for the next one."""
    before = s.system.pid("engine")
    s.system.kill("engine")

    def back() -> None:
        wait_until(
            lambda: s.system.pid("engine") not in (0, before) and s.system.engine_leads(), "a new engine", 40
        )

    return back


def the_only_log(s: Scene, dialled: str) -> CallLog:
    log = s.log(dialled)
    time.sleep(2)
    assert len(s.both.rows(dialled)) == 1
    return log


def test_while_it_rings(s: Scene) -> None:
    ann, bob = s.queue(2).agents
    caller, called = s.softphone(ann, voice=ANN), s.softphone(bob, voice=BOB)
    caller.dial(extension(bob))
    called.wait_for("CALL_INCOMING")
    s.until_states([bob], "Ringing")
    back = kill(s)
    called.command("accept")
    caller.wait_for("CALL_ESTABLISHED")
    back()
    s.until_states([ann, bob], "OnCall")
    called.hang_up()
    caller.wait_for("CALL_CLOSED")
    log = the_only_log(s, extension(bob))
    assert (log.direction, log.disposition, log.ended_by) == ("internal", "answered", "agent")
    s.until_states([ann, bob], "Available")


def test_in_the_talk(s: Scene) -> None:
    ann, bob = s.queue(2).agents
    caller, called = s.softphone(ann, voice=ANN), s.softphone(bob, voice=BOB)
    caller.dial(extension(bob))
    called.wait_for("CALL_INCOMING")
    called.command("accept")
    caller.wait_for("CALL_ESTABLISHED")
    s.until_states([ann, bob], "OnCall")
    kill(s)()
    assert caller.seen("CALL_CLOSED") == []
    s.until_states([ann, bob], "OnCall")
    caller.hang_up()
    called.wait_for("CALL_CLOSED")
    log = the_only_log(s, extension(bob))
    assert (log.direction, log.disposition, log.ended_by) == ("internal", "answered", "caller")
    s.until_states([ann, bob], "Available")


def test_the_talk_ends_while_no_engine_runs(s: Scene) -> None:
    ann, bob = s.queue(2).agents
    caller, called = s.softphone(ann, voice=ANN), s.softphone(bob, voice=BOB)
    caller.dial(extension(bob))
    called.wait_for("CALL_INCOMING")
    called.command("accept")
    caller.wait_for("CALL_ESTABLISHED")
    s.until_states([ann, bob], "OnCall")
    back = kill(s)
    caller.hang_up()
    called.wait_for("CALL_CLOSED")
    back()
    log = the_only_log(s, extension(bob))
    assert (log.direction, log.disposition) == ("internal", "answered")
    s.until_states([ann, bob], "Available")


def test_a_call_that_begins_while_no_engine_runs_is_adopted(s: Scene) -> None:
    """The phone waits two seconds for the engine; with an old heartbeat it does not wait. Then the dialplan rings."""
    ann, bob = s.queue(2).agents
    caller, called = s.softphone(ann, voice=ANN), s.softphone(bob, voice=BOB)
    s.system.stop_program("engine")
    try:
        caller.dial(extension(bob))
        called.wait_for("CALL_INCOMING")
        called.command("accept")
        caller.wait_for("CALL_ESTABLISHED")
    finally:
        s.system.start_program("engine")
    wait_until(s.system.engine_leads, "an engine", 40)
    s.until_states([ann, bob], "OnCall")
    caller.hang_up()
    called.wait_for("CALL_CLOSED")
    log = the_only_log(s, extension(bob))
    assert (log.direction, log.caller, log.disposition) == ("internal", extension(ann), "answered")
    assert [leg["kind"] for leg in log.legs] == ["caller", "member"]

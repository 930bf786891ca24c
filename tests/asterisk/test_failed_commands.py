"""An AGI command that fails ends AsyncAGI, but the caller stays."""

from pathlib import Path

import pytest

from tests.support.servers import wait_until
from tests.support.sip.ami import Ami
from tests.support.sip.asterisk import AsteriskServer
from tests.support.sip.phones import Caller
from tests.support.sip.plugin import AsteriskFactory

pytestmark = pytest.mark.pbx

MISSING = 'STREAM FILE no/such-sound ""'


def entered(server: AsteriskServer, ami: Ami, folder: Path) -> tuple[Caller, str]:
    server.heartbeat(ami)
    caller = Caller(folder, server, "+14165550190", wait=30)
    caller.start()
    channel = ami.wait("AsyncAGIStart")["Channel"]
    ami.agi(channel, "ANSWER")
    return caller, channel


def starts(ami: Ami) -> int:
    return sum(1 for event in ami.events if event.get("Event") == "AsyncAGIStart")


def test_a_missing_sound_brings_the_caller_back_and_what_waits_is_still_done(
    asterisk: AsteriskServer, tmp_path: Path
) -> None:
    with asterisk.ami() as ami:
        caller, channel = entered(asterisk, ami, tmp_path / "caller")
        ami.action("AGI", Channel=channel, Command=MISSING, CommandID="missing")
        ami.action("AGI", Channel=channel, Command='STREAM FILE beep ""', CommandID="beep")
        failed = ami.wait("AsyncAGIExec", lambda m: m.get("CommandId") == "missing")
        assert "result%3D-1" in failed["Result"]
        played = ami.wait("AsyncAGIExec", lambda m: m.get("CommandId") == "beep")
        assert "result%3D0" in played["Result"]
        assert starts(ami) == 2
        assert ami.agi(channel, 'STREAM FILE beep ""').startswith("200 result=0")
        ami.action("Hangup", Channel=channel)
        assert caller.wait(10).successful == 1


def test_a_fault_that_stays_does_not_spin_for_ever(asterisk_factory: AsteriskFactory, tmp_path: Path) -> None:
    server = asterisk_factory()
    with server.ami() as ami:
        caller, channel = entered(server, ami, tmp_path / "caller")
        for failed in range(4):
            if failed == 2:
                ami.action("Setvar", Channel=channel, Variable="SR_FAILURES", Value=97)
            server.heartbeat(ami)
            ami.events.clear()
            assert ami.agi(channel, MISSING).startswith("200 result=-1")
            ami.wait("AsyncAGIStart")
        ami.action("AGI", Channel=channel, Command=MISSING, CommandID="last")
        assert caller.wait(10).successful == 1
        wait_until(lambda: "0 active channels" in server.cli("core show channels"), "the caller's end")

"""AMI's user has the class `agi`. The tests show what this user can and cannot do."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.run.asterisk_config import EVENTS
from cli.run.asterisk_modules import MODULES
from tests.support.servers import wait_until
from tests.support.sip.ami import Ami
from tests.support.sip.asterisk import AsteriskServer
from tests.support.sip.phones import AgentPhones, Caller
from tests.support.sip.plugin import ACCOUNTS, AsteriskFactory
from tests.support.sip.realtime import RealtimeServer

pytestmark = pytest.mark.pbx


@pytest.fixture
def ami(asterisk: AsteriskServer) -> Iterator[Ami]:
    with asterisk.ami() as connection:
        asterisk.heartbeat(connection)
        yield connection


@pytest.fixture
def channel(asterisk: AsteriskServer, ami: Ami, tmp_path: Path) -> Iterator[str]:
    """A caller's channel that is answered and in AsyncAGI."""
    caller = Caller(tmp_path / "caller", asterisk, "14165550177", wait=30)
    caller.start()
    name = ami.wait("AsyncAGIStart")["Channel"]
    assert ami.agi(name, "ANSWER") == "200 result=0"
    yield name
    ami.action("Hangup", Channel=name)
    assert caller.wait(10).successful == 1


def test_boots_without_a_warning_or_error(
    asterisk_factory: AsteriskFactory, realtime: RealtimeServer
) -> None:
    server = asterisk_factory(api_url=realtime.url, node_secret=realtime.password)
    assert [line for line in server.log().splitlines() if " WARNING[" in line or " ERROR[" in line] == []
    loaded = server.cli("module show")
    assert [name for name in MODULES if f"{name}.so" not in loaded] == []
    assert "Not Running" not in loaded


@pytest.mark.parametrize(
    "application", ["System", "TrySystem", "ExternalIVR", "Originate", "MP3Player", "ICES"]
)
def test_applications_that_run_programs_are_absent(asterisk: AsteriskServer, application: str) -> None:
    assert "not" in asterisk.cli(f"core show application {application}")


@pytest.mark.parametrize(
    "function", ["SHELL", "FILE", "ENV", "STAT", "SYSINFO", "REALTIME", "LOCK", "DB", "AST_CONFIG"]
)
def test_functions_that_reach_the_machine_are_absent(asterisk: AsteriskServer, function: str) -> None:
    assert "No function by that name" in asterisk.cli(f"core show function {function}")


@pytest.mark.parametrize("module", ["app_system.so", "func_shell.so", "func_env.so", "app_originate.so"])
def test_no_other_module_can_be_loaded(asterisk: AsteriskServer, ami: Ami, module: str) -> None:
    folder = asterisk.instance.module_dir
    for name in (module, f"{folder}/{module}", f"../../../../..{folder}/{module}"):
        assert ami.action("ModuleLoad", Module=name, LoadType="load")["Response"] == "Error"
    assert module not in asterisk.cli(f"module show like {module}")


def test_agi_reaches_no_program(asterisk: AsteriskServer, ami: Ami, channel: str) -> None:
    mark = asterisk.spool / "owned"
    inside = "/mnt/spool/owned"
    assert "-2" in ami.agi(channel, f"EXEC System {'/usr/bin/touch ' + inside!r}")
    shell = ami.agi(channel, "GET FULL VARIABLE ${SHELL(id)}")
    assert "uid" not in shell
    for program in (
        "/usr/bin/touch",
        "/bin/touch",
        "/bin/sh",
        "/usr/bin/dash",
        "/usr/bin/perl",
        "/usr/sbin/chroot",
    ):
        ami.agi(channel, f"EXEC AGI {program},{inside}")
    ami.agi(channel, f'EXEC MixMonitor "x.wav,,touch {inside}"')
    ami.agi(channel, "EXEC StopMixMonitor")
    assert ami.agi(channel, "EXEC NoOp") == "200 result=0"
    assert not mark.exists()


@pytest.mark.parametrize("application", ["System", "TrySystem", "ExternalIVR", "AGI", "MP3Player"])
def test_originate_reaches_no_program(asterisk: AsteriskServer, ami: Ami, application: str) -> None:
    mark = asterisk.spool / "owned"
    answer = ami.action(
        "Originate",
        Channel="Local/s@fallback",
        Application=application,
        Data="/usr/bin/touch,/mnt/spool/owned",
        Async="true",
    )
    if answer["Response"] == "Success":
        ended = ami.wait("OriginateResponse", lambda m: m["Application"] == application)
        if ended["Response"] == "Success":
            ami.wait("Hangup", lambda m: m["Uniqueid"] == ended["Uniqueid"])
    assert not mark.exists()


@pytest.mark.parametrize("action", ["Command", "UpdateConfig", "CreateConfig", "UserEvent"])
def test_actions_outside_the_classes_are_refused(ami: Ami, action: str) -> None:
    answer = ami.action(
        action, Command="core show version", Filename="manager.conf", Channel="Local/1@control"
    )
    assert answer["Response"] == "Error"
    assert "Permission denied" in answer["Message"]


def test_every_action_that_the_engine_needs_works(
    asterisk: AsteriskServer, ami: Ami, channel: str, tmp_path: Path
) -> None:
    def works(action: str, **fields: object) -> None:
        answer = ami.action(action, **fields)
        assert answer["Response"] == "Success", (action, answer)

    works("Ping")
    works("CoreShowChannels")
    listed = ami.wait("CoreShowChannel", lambda m: m["Channel"] == channel)
    assert listed["Context"] == "control"
    ami.wait("CoreShowChannelsComplete")
    phones = AgentPhones(tmp_path / "phones", asterisk, ACCOUNTS[:1])
    try:
        assert phones.register().exit_code == 0
        works("PJSIPShowContacts")  # without any contact its answer is an error, "No Contacts found"
        assert ACCOUNTS[0].phone in ami.wait("ContactList")["Uri"]
    finally:
        phones.stop()
    works("DeviceStateList")
    works("Getvar", Channel=channel, Variable="SR_DID")
    works("Setvar", Channel=channel, Variable="SR_TIMEOUT", Value="5")
    works("AbsoluteTimeout", Channel=channel, Timeout="60")
    works("SorceryMemoryCacheExpire", Cache="res_pjsip/endpoint")
    ami.action("AGI", Channel=channel, Command='STREAM FILE demo-congrats ""', CommandID="long")

    def stopped() -> bool:  # a stop that comes before the sound has started is lost, so say it again
        works("ControlPlayback", Channel=channel, Control="stop")
        return any(m.get("CommandId") == "long" for m in ami.drain(0.1))

    wait_until(stopped, "end of the prompt", 5)
    ami.events.clear()
    works("Redirect", Channel=channel, Context="control", Exten="s", Priority="1")
    ami.wait("AsyncAGIStart", lambda m: m["Channel"] == channel)


def test_an_account_can_be_expired_from_the_cache(asterisk: AsteriskServer, ami: Ami) -> None:
    asterisk.cli("pjsip show endpoint e101t0123456789ab")
    answer = ami.action(
        "SorceryMemoryCacheExpireObject", Cache="res_pjsip/endpoint", Object="e101t0123456789ab"
    )
    assert answer["Response"] == "Success", answer
    gone = ami.action(
        "SorceryMemoryCacheExpireObject", Cache="res_pjsip/endpoint", Object="e101t0123456789ab"
    )
    assert gone["Response"] == "Error"


def test_only_the_named_events_pass(ami: Ami, channel: str) -> None:
    ami.agi(channel, "SET MUSIC ON")
    ami.agi(channel, "SET VARIABLE X 1")
    ami.action("Redirect", Channel=channel, Context="control", Exten="s", Priority="1")
    ami.action("Hangup", Channel=channel)
    ami.wait("Hangup", lambda m: m["Channel"] == channel)
    names = {message["Event"] for message in ami.events}
    assert names <= set(EVENTS)
    assert {"AsyncAGIStart", "AsyncAGIExec", "Newstate", "Hangup"} <= names


def test_events_carry_the_call(ami: Ami, channel: str) -> None:
    entered = next(message for message in ami.events if message["Event"] == "AsyncAGIStart")
    assert entered["SR_CALL"] == entered["Uniqueid"]
    assert entered["Uniqueid"].startswith("a-")
    assert (entered["SR_DID"], entered["SR_ROLE"]) == ("14165550177", "caller")

"""Callers do not wait in silence when the engine has died or was never there."""

import time
from pathlib import Path

import pytest

from tests.support.servers import wait_until
from tests.support.sip.ami import Ami
from tests.support.sip.asterisk import AsteriskServer
from tests.support.sip.audio import wav_seconds
from tests.support.sip.phones import AgentPhones, Caller
from tests.support.sip.plugin import ACCOUNTS, AsteriskFactory
from tests.support.sip.realtime import RealtimeServer

pytestmark = pytest.mark.pbx


def entered(server: AsteriskServer, ami: Ami, folder: Path, **options: object) -> tuple[Caller, str]:
    """A caller who is answered and waits in AsyncAGI, and the channel's name."""
    server.heartbeat(ami)
    caller = Caller(folder, server, "14165550188", **options)  # type: ignore[arg-type]
    caller.start()
    channel = ami.wait("AsyncAGIStart")["Channel"]
    ami.agi(channel, "ANSWER")
    ami.agi(channel, "SET MUSIC ON")
    return caller, channel


def in_fallback(server: AsteriskServer, channel: str) -> bool:
    return "fallback" in next(
        (line for line in server.cli("core show channels concise").splitlines() if line.startswith(channel)),
        "",
    )


def messages(server: AsteriskServer) -> list[Path]:
    return list((server.spool / "fallback").glob("*.wav"))


def test_no_engine_means_fallback_at_once_and_a_message_survives_the_hang_up(
    asterisk_factory: AsteriskFactory, tmp_path: Path
) -> None:
    server = asterisk_factory(fallback_sounds=("beep",))
    caller = Caller(tmp_path / "caller", server, "+14165550100", hang_up=4, audio_seconds=4)
    caller.start()
    assert caller.wait(20).successful == 1
    wait_until(lambda: bool(messages(server)), "message in the spool")
    (message,) = messages(server)
    assert message.name.endswith("_14165550100_14165550123.wav")
    assert 1 < wav_seconds(message) < 4.5
    assert message.stat().st_uid != 0


def test_a_clock_that_was_put_forward_is_not_taken_for_an_absent_engine(
    asterisk: AsteriskServer, tmp_path: Path
) -> None:
    """The heartbeat is an hour old by the new clock. The next one shows that the engine lives."""
    caller = Caller(tmp_path / "caller", asterisk, "+14165550187", hang_up=1, wait=30)
    with asterisk.ami() as ami:
        ami.action("Setvar", Variable="SR_HEARTBEAT", Value=int(time.time()) - 3600)
        caller.start()
        wait_until(lambda: "!Wait!3!" in asterisk.cli("core show channels concise"), "second look", 10)
        asterisk.heartbeat(ami)
        channel = ami.wait("AsyncAGIStart")["Channel"]
        ami.agi(channel, "ANSWER")
        assert caller.wait(10).successful == 1


def test_asterisk_tells_its_own_time_for_the_heartbeat(asterisk: AsteriskServer) -> None:
    with asterisk.ami() as ami:
        told = ami.action("Getvar", Variable="EPOCH")
    assert told["Response"] == "Success"
    assert abs(int(told["Value"]) - time.time()) < 5


def test_the_notice_that_is_heard_without_an_engine_is_our_own(
    asterisk: AsteriskServer, tmp_path: Path
) -> None:
    before = len(asterisk.log())
    caller = Caller(tmp_path / "caller", asterisk, "+14165550100", wait=30)
    with asterisk.ami() as ami:
        ami.action("Setvar", Variable="SR_HEARTBEAT", Value=0)
        caller.start()
        channel = ami.wait("Newstate")["Channel"]
        said = "!Playback!switchroom/leave-message!"
        wait_until(lambda: said in asterisk.cli("core show channels concise"), "notice", 10)
        ami.action("Hangup", Channel=channel)
        assert caller.wait(10).successful == 1
    assert "does not exist" not in asterisk.log()[before:]


def test_a_withheld_and_a_strange_caller_id_give_safe_file_names(
    asterisk_factory: AsteriskFactory, tmp_path: Path
) -> None:
    server = asterisk_factory(fallback_sounds=("beep",))
    caller = Caller(
        tmp_path / "caller", server, "+1416", caller="a%2F..%2F%24%7B", name="${SHELL(id)}", hang_up=2
    )
    caller.start()
    assert caller.wait(20).successful == 1
    wait_until(lambda: bool(messages(server)), "message in the spool")
    (message,) = messages(server)
    assert message.name.endswith("_1416_2224.wav") or message.name.endswith("_1416_.wav")


def test_a_waiting_caller_goes_to_the_fallback_when_the_engine_falls_silent(
    asterisk_factory: AsteriskFactory, tmp_path: Path
) -> None:
    server = asterisk_factory(control_timeout=2, fallback_sounds=("demo-congrats",))
    with server.ami() as ami:
        caller, channel = entered(server, ami, tmp_path / "caller", wait=30)
        ami.action("AbsoluteTimeout", Channel=channel, Timeout="4")
        assert not in_fallback(server, channel)
        wait_until(lambda: in_fallback(server, channel), "fallback", 10)
        ami.action("Hangup", Channel=channel)
        assert caller.wait(10).successful == 1


def test_a_prompt_does_not_hold_the_timeout_up(asterisk_factory: AsteriskFactory, tmp_path: Path) -> None:
    server = asterisk_factory(control_timeout=2)
    with server.ami() as ami:
        caller, channel = entered(server, ami, tmp_path / "caller", wait=30)
        ami.action("AGI", Channel=channel, Command='STREAM FILE demo-instruct ""', CommandID="x")
        wait_until(lambda: in_fallback(server, channel), "fallback", 10)
        ami.action("Hangup", Channel=channel)
        assert caller.wait(10).successful == 1


def test_agent_hangs_up_while_the_engine_is_dead(
    asterisk_factory: AsteriskFactory, realtime: RealtimeServer, tmp_path: Path
) -> None:
    server = asterisk_factory(
        api_url=realtime.url, node_secret=realtime.password, engine_timeout=1, control_timeout=3
    )
    with (
        AgentPhones(tmp_path / "agents", server, ACCOUNTS[:1], ring=0, talk=5) as phones,
        server.ami() as ami,
    ):
        caller, channel = entered(server, ami, tmp_path / "caller", wait=30)
        offer(ami, channel, ACCOUNTS[0].phone)
        phones.wait_for("answered")
        phones.wait_for("hangup")
        wait_until(lambda: in_fallback(server, channel), "fallback", 6)
        ami.action("Hangup", Channel=channel)
        assert caller.wait(10).successful == 1


def offer(ami: Ami, channel: str, phone: str) -> None:
    variables = {
        "SR_DIAL": f"${{PJSIP_DIAL_CONTACTS({phone})}}",
        "SR_TIMEOUT": "20",
        "SR_MUSIC": "default",
        "SR_RECORD": "",
    }
    for name, value in variables.items():
        ami.action("Setvar", Channel=channel, Variable=name, Value=value)
    ami.action("Redirect", Channel=channel, Context="offer", Exten="s", Priority="1")

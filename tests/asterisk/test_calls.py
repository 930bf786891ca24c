"""Calls through the dialplan without an engine. They show what Asterisk does by itself."""

import wave
from pathlib import Path

import pytest

from cli.run.asterisk_config import CONFIG_DIR
from routing.config import NOTICE_SOUND
from tests.support.servers import wait_until
from tests.support.sip.ami import Ami
from tests.support.sip.asterisk import AsteriskServer, realtime_for
from tests.support.sip.audio import wav_level, wav_seconds
from tests.support.sip.phones import AgentPhones, Caller
from tests.support.sip.plugin import ACCOUNTS, AsteriskFactory
from tests.support.sip.realtime import Account, RealtimeServer

pytestmark = pytest.mark.pbx


def offer(ami: Ami, channel: str, account: Account, **variables: str) -> None:
    """Ring the account's phone for the caller, as the engine does."""
    dial = f"${{PJSIP_DIAL_CONTACTS({account.phone})}}"
    for name, value in {"SR_DIAL": dial, "SR_TIMEOUT": "10", "SR_MUSIC": "default", **variables}.items():
        ami.action("Setvar", Channel=channel, Variable=name, Value=value)
    ami.action("Redirect", Channel=channel, Context="offer", Exten="s", Priority="1")


def test_offer_rings_an_agent_and_returns_the_caller(
    asterisk: AsteriskServer, realtime: RealtimeServer, tmp_path: Path
) -> None:
    with AgentPhones(tmp_path / "agents", asterisk, ACCOUNTS[:1], talk=1) as phones:
        caller = Caller(tmp_path / "caller", asterisk, "+14165550101", wait=20, audio_seconds=5)
        with asterisk.ami() as ami:
            asterisk.heartbeat(ami)
            caller.start()
            channel = ami.wait("AsyncAGIStart")["Channel"]
            assert ami.agi(channel, "ANSWER") == "200 result=0"
            asked = len(realtime.requests)
            ami.events.clear()
            offer(ami, channel, ACCOUNTS[0], SR_RECORD="recordings/r1")
            phones.wait_for("hangup")
            ami.wait("AsyncAGIStart", lambda m: m["Channel"] == channel)
            ami.action("Hangup", Channel=channel)
            assert caller.wait(10).successful == 1
        assert realtime.requests[asked:] == [], "the api was asked on the call's path"
        for leg in ("agent", "caller"):
            recording = asterisk.spool / f"recordings/r1.{leg}.wav"
            wait_until(recording.exists, "recording")
            assert wav_seconds(recording) > 0.5
            assert wav_level(recording) > 100


def test_every_phone_of_an_account_rings(asterisk: AsteriskServer, tmp_path: Path) -> None:
    account = ACCOUNTS[1]
    with (
        AgentPhones(tmp_path / "desk", asterisk, [account], never_answer=True) as desk,
        AgentPhones(tmp_path / "mobile", asterisk, [account], ring=1, talk=1) as mobile,
    ):
        caller = Caller(tmp_path / "caller", asterisk, "+14165550101", wait=20)
        with asterisk.ami() as ami:
            asterisk.heartbeat(ami)
            caller.start()
            channel = ami.wait("AsyncAGIStart")["Channel"]
            ami.events.clear()
            offer(ami, channel, account)
            mobile.wait_for("hangup")
            assert len(desk.wait_for("cancelled")) == 1
            ami.wait("AsyncAGIStart", lambda m: m["Channel"] == channel)
            ami.action("Hangup", Channel=channel)
            caller.wait(10)


def test_many_agents_behind_one_socket(asterisk_factory: AsteriskFactory, tmp_path: Path) -> None:
    accounts = [Account(str(100 + n), f"secret-{n}") for n in range(40)]
    with realtime_for(accounts) as realtime:
        server = asterisk_factory(api_url=realtime.url, node_secret=realtime.password, rtp_ports=400)
        with AgentPhones(tmp_path / "agents", server, accounts, talk=1.5) as phones:
            callers = Caller(
                tmp_path / "callers", server, "14165550101", calls=40, rate=20, wait=30, audio_seconds=3
            )
            with server.ami() as ami:
                server.heartbeat(ami)
                callers.start()
                seen: set[str] = set()
                for account in accounts:
                    channel = ami.wait("AsyncAGIStart", lambda m: m["Channel"] not in seen)["Channel"]
                    seen.add(channel)
                    ami.action(
                        "Setvar",
                        Channel=channel,
                        Variable="SR_DIAL",
                        Value=f"${{PJSIP_DIAL_CONTACTS({account.phone})}}",
                    )
                    ami.action("Setvar", Channel=channel, Variable="SR_TIMEOUT", Value="20")
                    ami.action("Redirect", Channel=channel, Context="offer", Exten="s", Priority="1")
                answered = phones.wait_for("answered", 40)
                assert {phone for phone, *_ in answered} == {account.phone for account in accounts}
                phones.wait_for("hangup", 40)
                for channel in seen:
                    ami.action("Hangup", Channel=channel)
                assert callers.wait(20).successful == 40


def test_a_phone_refuses_and_a_phone_never_answers(asterisk: AsteriskServer, tmp_path: Path) -> None:
    with (
        AgentPhones(tmp_path / "busy", asterisk, ACCOUNTS[:1], reject=486) as busy,
        AgentPhones(tmp_path / "silent", asterisk, ACCOUNTS[1:2], never_answer=True) as silent,
    ):
        caller = Caller(tmp_path / "caller", asterisk, "14165550101", wait=20)
        with asterisk.ami() as ami:
            asterisk.heartbeat(ami)
            caller.start()
            channel = ami.wait("AsyncAGIStart")["Channel"]
            ami.agi(channel, "ANSWER")
            dial = "&".join(f"${{PJSIP_DIAL_CONTACTS({account.phone})}}" for account in ACCOUNTS[:2])
            for name, value in {"SR_DIAL": dial, "SR_TIMEOUT": "2", "SR_MUSIC": "default"}.items():
                ami.action("Setvar", Channel=channel, Variable=name, Value=value)
            ami.events.clear()
            ami.action("Redirect", Channel=channel, Context="offer", Exten="s", Priority="1")
            assert (
                ami.wait("DialEnd", lambda m: ACCOUNTS[0].phone in m["DestChannel"])["DialStatus"] == "BUSY"
            )
            assert (
                ami.wait("DialEnd", lambda m: ACCOUNTS[1].phone in m["DestChannel"])["DialStatus"]
                == "NOANSWER"
            )
            ami.wait("AsyncAGIStart", lambda m: m["Channel"] == channel)
            ami.action("Hangup", Channel=channel)
            assert caller.wait(10).successful == 1
        assert silent.wait_for("cancelled")[0][0] == ACCOUNTS[1].phone
        assert busy.events("rejected")[0][0] == ACCOUNTS[0].phone


@pytest.mark.parametrize("status", [300, 301, 302, 305, 380])
def test_a_phone_that_sends_the_call_elsewhere_refuses_it(
    asterisk: AsteriskServer, tmp_path: Path, status: int
) -> None:
    with AgentPhones(
        tmp_path / "phone", asterisk, ACCOUNTS[:1], ring=0, reject=status, moved_to="102"
    ) as phone:
        caller = Caller(tmp_path / "caller", asterisk, "14165550101", wait=20)
        with asterisk.ami() as ami:
            asterisk.heartbeat(ami)
            caller.start()
            channel = ami.wait("AsyncAGIStart")["Channel"]
            ami.agi(channel, "ANSWER")
            ami.events.clear()
            offer(ami, channel, ACCOUNTS[0])
            ended = ami.wait("DialEnd", lambda m: ACCOUNTS[0].phone in m["DestChannel"])
            assert ended["DialStatus"] not in ("ANSWER", "")
            ami.wait("AsyncAGIStart", lambda m: m["Channel"] == channel)
            ami.drain(1)
            rung = [m["DestChannel"] for m in ami.events if m["Event"] == "DialBegin"]
            assert len(rung) == 1, "the phone chose whom to ring"
            ami.action("Hangup", Channel=channel)
            assert caller.wait(10).successful == 1
        assert len(phone.events("invite")) == 1


def test_digits_reach_the_engine(asterisk: AsteriskServer, tmp_path: Path) -> None:
    caller = Caller(tmp_path, asterisk, "14165550101", digits=((0.5, "7"), (0.4, "#")), hang_up=0.5)
    with asterisk.ami() as ami:
        asterisk.heartbeat(ami)
        caller.start()
        channel = ami.wait("AsyncAGIStart")["Channel"]
        ami.agi(channel, "ANSWER")
        ami.agi(channel, "SET MUSIC ON")
        ami.wait("DTMFEnd", lambda m: m["Digit"] == "#")
        pressed = [m["Digit"] for m in ami.events if m["Event"] == "DTMFEnd" and m["Channel"] == channel]
        assert pressed == ["7", "#"]
        assert caller.wait(10).successful == 1


def test_the_recording_notice_is_played_to_its_end(asterisk: AsteriskServer, tmp_path: Path) -> None:
    caller = Caller(tmp_path, asterisk, "14165550101", wait=20)
    with asterisk.ami() as ami:
        asterisk.heartbeat(ami)
        caller.start()
        channel = ami.wait("AsyncAGIStart")["Channel"]
        ami.agi(channel, "ANSWER")
        result = ami.agi(channel, f'STREAM FILE {NOTICE_SOUND} ""')
        ami.action("Hangup", Channel=channel)
        assert caller.wait(10).successful == 1
    with wave.open(str(CONFIG_DIR / "sounds" / "en" / f"{NOTICE_SOUND}.wav")) as file:
        assert result == f"200 result=0 endpos={file.getnframes()}"


def test_asterisk_stops_cleanly_and_leaves_nothing_mounted(asterisk_factory: AsteriskFactory) -> None:
    server = asterisk_factory()
    process = server.process.process
    assert process is not None
    server.stop()
    assert process.returncode == 0
    assert "cleanly ending" in server.log()
    assert str(server.instance.home) not in Path("/proc/mounts").read_text()

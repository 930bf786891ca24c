"""Calls through the dialplan, without an engine: what Asterisk does by itself."""

from pathlib import Path

import pytest

from tests.services import wait_until
from tests.sip.asterisk import AsteriskServer
from tests.sip.audio import wav_level, wav_seconds
from tests.sip.phones import AgentPhones, Caller
from tests.sip.plugin import ACCOUNTS, AsteriskFactory

pytestmark = pytest.mark.pbx


def test_caller_hears_the_fallback_and_leaves_a_message_when_there_is_no_engine(
    asterisk: AsteriskServer, tmp_path: Path
) -> None:
    caller = Caller(tmp_path, asterisk, "+14165550100", hang_up=14, audio_seconds=14)
    caller.start()
    result = caller.wait(40)
    assert result.successful == 1, result
    found = list((asterisk.spool / "fallback").glob("a-*_14165550100_14165550123.wav"))
    assert len(found) == 1
    assert wav_seconds(found[0]) > 1
    assert wav_level(found[0]) > 500


def test_offer_rings_an_agent_and_returns_the_caller(asterisk: AsteriskServer, tmp_path: Path) -> None:
    phones = AgentPhones(tmp_path / "agents", asterisk, ACCOUNTS[:1], talk=1)
    phones.start()
    caller = Caller(tmp_path / "caller", asterisk, "+14165550101", wait=20, audio_seconds=5)
    with asterisk.ami() as ami:
        asterisk.heartbeat(ami)
        caller.start()
        channel = ami.wait("AsyncAGIStart")["Channel"]
        assert ami.agi(channel, "ANSWER") == "200 result=0"
        phone = ACCOUNTS[0].phone
        dial = f"${{PJSIP_DIAL_CONTACTS({phone})}}"
        for name, value in {
            "SR_DIAL": dial,
            "SR_TIMEOUT": "10",
            "SR_MUSIC": "default",
            "SR_RECORD": "recordings/r1",
        }.items():
            ami.action("Setvar", Channel=channel, Variable=name, Value=value)
        ami.events.clear()
        ami.action("Redirect", Channel=channel, Context="offer", Exten="s", Priority="1")
        phones.wait_for("hangup")
        ami.wait("AsyncAGIStart", lambda m: m["Channel"] == channel)
        ami.action("Hangup", Channel=channel)
        assert caller.wait(10).successful == 1
    phones.stop()
    for leg in ("agent", "caller"):
        recording = asterisk.spool / f"recordings/r1.{leg}.wav"
        wait_until(recording.exists, "recording")
        assert wav_seconds(recording) > 0.5

"""Asterisk's open files: the limit is raised at the start, and calls beyond what it suffices for are refused."""

from functools import partial
from pathlib import Path

import pytest

from tests.asterisk.test_calls import offer
from tests.support.servers import wait_until
from tests.support.sip.asterisk import realtime_for
from tests.support.sip.audio import wav_seconds
from tests.support.sip.phones import AgentPhones, Caller
from tests.support.sip.plugin import AsteriskFactory
from tests.support.sip.realtime import Account

pytestmark = pytest.mark.pbx

FILES, CALLS = 192, 3


def _has(path: Path, seconds: float) -> bool:
    return path.exists() and wav_seconds(path) > seconds


def test_calls_beyond_the_open_files_are_refused_cleanly(
    asterisk_factory: AsteriskFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SWITCHROOM_OPEN_FILES", str(FILES))
    accounts = [Account(str(100 + n), f"secret-{n}") for n in range(CALLS)]
    with realtime_for(accounts) as realtime:
        asterisk = asterisk_factory(api_url=realtime.url, node_secret=realtime.password)
        assert f"{FILES} open files: at most {CALLS} calls at once" in asterisk.log()
        pid = (asterisk.instance.home / "run/asterisk.pid").read_text().strip()
        with AgentPhones(tmp_path / "agents", asterisk, accounts, talk=20) as phones:
            with asterisk.ami() as ami:
                asterisk.heartbeat(ami)
                callers, channels = [], []
                for number, account in enumerate(accounts):
                    caller = Caller(
                        tmp_path / f"caller{number}", asterisk, "+14165550101", wait=60, audio_seconds=20
                    )
                    caller.start()
                    callers.append(caller)
                    channel = ami.wait("AsyncAGIStart")["Channel"]
                    channels.append(channel)
                    ami.events.clear()
                    ami.agi(channel, "ANSWER")
                    offer(ami, channel, account, SR_RECORD=f"recordings/r{number}")
                phones.wait_for("answered", CALLS)
                for number in range(4):
                    refused = Caller(tmp_path / f"refused{number}", asterisk, "+14165550101", expect=503)
                    refused.start()
                    assert refused.wait(20).successful == 1
                used = list(Path(f"/proc/{pid}/fd").iterdir())
                assert len(used) < FILES - 50, "there is room left"
                phones.wait_for("hangup", CALLS)
                for channel in channels:
                    ami.action("Hangup", Channel=channel)
            wait_until(
                lambda: "0 active channels" in asterisk.cli("core show channels count"),
                "the end of the calls",
            )
            for number in range(CALLS):
                for leg in ("agent", "caller"):
                    path = asterisk.spool / f"recordings/r{number}.{leg}.wav"
                    wait_until(partial(_has, path, 10), "the whole recording")
            with asterisk.ami() as ami:
                asterisk.heartbeat(ami)
                again = Caller(tmp_path / "again", asterisk, "+14165550101", wait=20)
                again.start()
                channel = ami.wait("AsyncAGIStart")["Channel"]
                ami.agi(channel, "ANSWER")
                ami.action("Hangup", Channel=channel)
                assert again.wait(20).successful == 1
            assert "Too many open files" not in asterisk.log()

"""What phones send within a call. It never ends the talk, and what Asterisk can refuse it refuses at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from cli.run.asterisk_config import Trunk
from routing.calls.hangup import MEDIA_LOST
from tests.support.sip.asterisk import CALLERS, AsteriskServer
from tests.support.sip.dialog import Dialog
from tests.support.sip.phones import Caller, OutsideLine
from tests.support.sip.plugin import AsteriskFactory
from tests.support.sip.ports import free_port

pytestmark = pytest.mark.pbx

NUMBER = "+14165550101"
ANSWERED = {
    "REFER": (603, ("Refer-To: <sip:102@example.com>", "Referred-By: <sip:101@example.com>")),
    "MESSAGE": (415, ("Content-Type: text/html",)),
    "INFO": (200, ("Content-Type: application/dtmf-relay",)),
    "UPDATE": (200, ()),
    "OPTIONS": (200, ()),
    "PRACK": (400, ("RAck: 1 1 INVITE",)),
}
UNANSWERED = {
    "SUBSCRIBE": ("Event: presence", "Expires: 60"),
    "NOTIFY": ("Event: refer", "Subscription-State: active"),
    "PUBLISH": ("Event: presence", "Expires: 60"),
    "WHATEVER": (),
}
"""Asterisk 22 has no part that answers these within a call, whatever modules are loaded."""


@contextmanager
def talk(asterisk: AsteriskServer) -> Iterator[Dialog]:
    """Yield an answered call. Afterwards it must still be up."""
    with asterisk.ami() as ami, Dialog(asterisk, NUMBER) as call, ThreadPoolExecutor(1) as thread:
        asterisk.heartbeat(ami)
        status = thread.submit(call.invite)
        channel = ami.wait("AsyncAGIStart")["Channel"]
        assert ami.agi(channel, "ANSWER") == "200 result=0"
        assert status.result(5) == 200
        yield call
        assert call.request("OPTIONS") == 200
        assert ami.agi(channel, "VERBOSE still-here") == "200 result=1"
        assert call.request("BYE") == 200


@pytest.mark.parametrize("method", ANSWERED)
def test_a_request_within_a_call_is_answered_at_once(asterisk: AsteriskServer, method: str) -> None:
    status, headers = ANSWERED[method]
    with talk(asterisk) as call:
        assert call.request(method, *headers, seconds=2) == status


def test_an_attended_transfer_is_refused(asterisk: AsteriskServer) -> None:
    replaces = "Refer-To: <sip:102@example.com?Replaces=abc%3Bto-tag%3D1%3Bfrom-tag%3D2>"
    with talk(asterisk) as call:
        assert call.request("REFER", replaces, seconds=2) == 603


@pytest.mark.parametrize("method", UNANSWERED)
def test_what_is_not_answered_does_not_end_the_talk(asterisk: AsteriskServer, method: str) -> None:
    with talk(asterisk) as call, pytest.raises(TimeoutError, match=method):
        call.request(method, *UNANSWERED[method], seconds=1)


def test_a_caller_whose_audio_is_lost_is_hung_up_with_a_cause_of_its_own(
    asterisk_factory: AsteriskFactory,
) -> None:
    server = asterisk_factory(rtp_timeout=2)
    with server.ami() as ami, Dialog(server, NUMBER) as call, ThreadPoolExecutor(1) as thread:
        server.heartbeat(ami)
        status = thread.submit(call.invite)
        channel = ami.wait("AsyncAGIStart")["Channel"]
        ami.agi(channel, "ANSWER")
        assert status.result(5) == 200
        assert call.heard("BYE", 10)
        ended = ami.wait("Hangup", lambda m: m["Channel"] == channel)
        assert ended["Cause"] == str(MEDIA_LOST)
        asked = [m for m in ami.events if m["Event"] == "HangupRequest" and m["Channel"] == channel]
        assert asked == [], "it would be told as the caller's own hang-up"


def test_another_party_whose_audio_is_lost_is_hung_up_with_that_cause_too(
    asterisk_factory: AsteriskFactory, tmp_path: Path
) -> None:
    port = free_port()
    trunk = Trunk("far", ("127.0.0.9",), f"127.0.0.9:{port}")
    server = asterisk_factory(rtp_timeout=3, trunks=(Trunk("test", (CALLERS,)), trunk))
    far = OutsideLine(tmp_path / "far", server, "127.0.0.9", port, echo=False)
    far.start()
    caller = Caller(tmp_path / "caller", server, NUMBER, wait=40, audio_seconds=30)
    with server.ami() as ami:
        server.heartbeat(ami)
        caller.start()
        channel = ami.wait("AsyncAGIStart")["Channel"]
        ami.agi(channel, "ANSWER")
        for name, value in {"SR_TRUNKS": "far", "SR_TIMEOUT": "10", "SR_MUSIC": "default"}.items():
            ami.action("Setvar", Channel=channel, Variable=name, Value=value)
        ami.action("Redirect", Channel=channel, Context="dialout", Exten="+14165550177", Priority="1")
        ended = ami.wait("Hangup", lambda m: m["Channel"].startswith("PJSIP/far-"), seconds=20)
        assert ended["Cause"] == str(MEDIA_LOST)
        ami.wait("AsyncAGIStart", lambda m: m["Channel"] == channel)
    caller.stop()
    far.stop()


def test_a_message_outside_of_a_call_goes_nowhere(asterisk: AsteriskServer) -> None:
    with asterisk.ami() as ami, Dialog(asterisk, NUMBER) as caller:
        asterisk.heartbeat(ami)
        assert caller.request("MESSAGE", "Content-Type: text/plain", body="hello") == 404
        assert caller.request("REFER", "Refer-To: <sip:102@example.com>") >= 400
        ami.drain(0.5)
        assert not [event for event in ami.events if event.get("Event") == "AsyncAGIStart"]

"""SIP over IPv6."""

import socket

import pytest

from cli.run.asterisk_config import Trunk
from tests.support.servers import wait_until
from tests.support.sip.asterisk import AsteriskServer
from tests.support.sip.media import Media
from tests.support.sip.plugin import ACCOUNTS, AsteriskFactory
from tests.support.sip.realtime import Account, RealtimeServer
from tests.support.sip.user_agent import UserAgent, body_of

pytestmark = pytest.mark.pbx

LOCAL = "::1"


def request(method: str, port: int, here: int, body: str = "") -> bytes:
    lines = [
        f"{method} sip:+14165550100@[{LOCAL}]:{port} SIP/2.0",
        f"Via: SIP/2.0/UDP [{LOCAL}]:{here};branch=z9hG4bK-{method}",
        "Max-Forwards: 70",
        f"From: <sip:+14165550123@[{LOCAL}]>;tag=1",
        f"To: <sip:+14165550100@[{LOCAL}]>",
        f"Call-ID: over-ipv6-{method}",
        f"CSeq: 1 {method}",
        f"Contact: <sip:caller@[{LOCAL}]:{here}>",
        *(["Content-Type: application/sdp"] if body else []),
        f"Content-Length: {len(body)}",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


OFFER = "".join(
    f"{line}\r\n"
    for line in (
        "v=0", f"o=- 1 1 IN IP6 {LOCAL}", "s=-", f"c=IN IP6 {LOCAL}", "t=0 0", "m=audio 40000 RTP/AVP 0",
    )
)  # fmt: skip


def test_a_trunk_calls_over_ipv6_and_its_audio_does_too(asterisk_factory: AsteriskFactory) -> None:
    server = asterisk_factory(ipv6_bind=LOCAL, trunks=(Trunk("six", (LOCAL,)),))
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as trunk, server.ami() as ami:
        server.heartbeat(ami)
        trunk.bind((LOCAL, 0))
        trunk.settimeout(20)
        here = trunk.getsockname()[1]
        trunk.sendto(request("INVITE", server.sip_port, here, OFFER), (LOCAL, server.sip_port))
        assert trunk.recv(65535).startswith(b"SIP/2.0 100")
        told = ami.wait("AsyncAGIStart")
        assert told["CallerIDNum"] == "+14165550123"
        ami.action("AGI", Channel=told["Channel"], Command="ANSWER", CommandID="1")
        answer = trunk.recv(65535).decode()
        assert answer.startswith("SIP/2.0 200")
        assert f"c=IN IP6 {LOCAL}" in answer


V4 = "127.0.0.1"


def phone(server: AsteriskServer, address: str, account: Account) -> UserAgent:
    made = UserAgent((address, server.sip_port), address, account)
    assert made.register() == 200
    return made


@pytest.mark.parametrize(("caller", "called"), [(LOCAL, LOCAL), (LOCAL, V4), (V4, LOCAL)])
def test_phones_talk_over_ipv6_and_with_those_over_ipv4(
    asterisk_factory: AsteriskFactory, realtime: RealtimeServer, caller: str, called: str
) -> None:
    server = asterisk_factory(ipv6_bind=LOCAL, api_url=realtime.url, node_secret=realtime.password)
    with phone(server, caller, ACCOUNTS[0]) as one, phone(server, called, ACCOUNTS[1]) as other:
        call = one.dial(ACCOUNTS[1].extension, media=Media(caller, 440))
        rung = other.rung()
        rung.media = Media(called, 1000)
        rung.media.send_to(body_of(rung.request))
        rung.respond("200 OK")
        assert call.final() == 200
        wait_until(lambda: call.media.hears(1000) and rung.media.hears(440), "both hear each other")
        assert call.bye() == 200

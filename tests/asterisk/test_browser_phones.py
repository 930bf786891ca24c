"""Browsers as phones: SIP over WebSocket, beside the member's desk phones."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.asterisk.test_calls import offer
from tests.support.certificates import certificate
from tests.support.servers import wait_until
from tests.support.sip.asterisk import AsteriskServer, new_asterisk, realtime_for
from tests.support.sip.phones import AgentPhones, Caller
from tests.support.sip.ports import free_port
from tests.support.sip.realtime import Account
from tests.support.sip.web_phone import WebPhone

pytestmark = pytest.mark.pbx

DESK = Account("101", "secret-of-101")
BROWSER = Account("101", "secret-of-a-browser", browser="0f1e2d3c4b5a6978")
CALL = "0192f3c4d5e67890a1b2c3d4e5f60718"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AsteriskServer]:
    folder = tmp_path_factory.mktemp("asterisk")
    keys = folder / "lib" / "keys"
    keys.mkdir(parents=True)
    certificate(keys, "localhost")
    with realtime_for([DESK, BROWSER]) as accounts:
        made = new_asterisk(
            folder,
            api_url=accounts.url,
            node_secret=accounts.password,
            ws_port=free_port(),
            wss_port=free_port(),
            tls_certificate="/mnt/lib/keys/cert.pem",
            tls_key="/mnt/lib/keys/key.pem",
        )
        made.start()
        yield made
        made.stop()
        print(made.log())


def address(server: AsteriskServer) -> str:
    return f"ws://127.0.0.1:{server.instance.ws_port}/ws"


@pytest.fixture
def browser(server: AsteriskServer) -> Iterator[WebPhone]:
    with WebPhone(address(server), BROWSER) as phone:
        assert phone.register() == 200
        yield phone
    wait_until(lambda: not contacts(server), "the end of the browser's registration")


def contacts(server: AsteriskServer) -> list[str]:
    lines = server.cli("pjsip show contacts").splitlines()
    return [line for line in lines if BROWSER.phone in line]


def test_boots_without_a_warning(server: AsteriskServer) -> None:
    assert [line for line in server.log().splitlines() if " WARNING[" in line or " ERROR[" in line] == []


def test_a_browser_signs_in_and_is_gone_with_its_page(server: AsteriskServer) -> None:
    with WebPhone(address(server), BROWSER) as page:
        assert page.register("guess") == 401
        assert page.register() == 200
        wait_until(lambda: "Avail" in "".join(contacts(server)), "answer to OPTIONS")
        with WebPhone(address(server), BROWSER) as loaded_again:
            assert loaded_again.register() == 200
            assert len(contacts(server)) == 1, "a page has one place, and a newer one takes it"
    wait_until(lambda: not contacts(server), "the end of its registration")


def test_over_tls(server: AsteriskServer) -> None:
    trusts = ssl.create_default_context(cafile=server.instance.home / "lib/keys/cert.pem")
    url = f"wss://localhost:{server.instance.wss_port}/ws"
    with WebPhone(url, BROWSER, tls=trusts) as page:
        assert page.register() == 200
    wait_until(lambda: not contacts(server), "the end of its registration")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        trusts.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(ssl.SSLError):
        WebPhone(url, BROWSER, tls=trusts)


def test_the_web_server_has_nothing_else(server: AsteriskServer) -> None:
    at = f"http://127.0.0.1:{server.instance.ws_port}"
    pages = ("", "/", "/httpstatus", "/static/index.html", "/manager", "/rawman", "/ari/channels", "/metrics")
    assert {path: httpx.get(at + path).status_code for path in pages} == dict.fromkeys(pages, 404)
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.2:{server.instance.ws_port}/ws")


def test_a_browser_rings_with_the_desk_phone(
    server: AsteriskServer, browser: WebPhone, tmp_path: Path
) -> None:
    """Its offer is for WebRTC, the desk phone's is not. The engine's headers are there, the caller's are not."""
    forged = ("X-Switchroom-Answer: auto", "X-Switchroom-Id: a00")
    caller = Caller(tmp_path / "caller", server, "+14165550101", wait=20, headers=forged)
    with AgentPhones(tmp_path / "desk", server, [DESK], ring=1, talk=0.5) as desk, server.ami() as ami:
        server.heartbeat(ami)
        caller.start()
        channel = ami.wait("AsyncAGIStart")["Channel"]
        both = "&".join(f"${{PJSIP_DIAL_CONTACTS({account.phone})}}" for account in (DESK, BROWSER))
        ami.action("Setvar", Channel=channel, Variable="__SR_ID", Value=CALL)
        offer(ami, channel, DESK, SR_DIAL=both)
        invite = browser.invited()
        desk.wait_for("answered")
        browser.cancelled()
        desk.wait_for("hangup")
        ami.action("Hangup", Channel=channel)
        assert caller.wait(20).successful == 1
    assert f"X-Switchroom-Id: a{CALL}" in invite
    assert "X-Switchroom-Answer" not in invite
    media = [line for line in invite.splitlines() if line.startswith("m=")]
    assert [line.split()[2] for line in media] == ["UDP/TLS/RTP/SAVPF"]
    for needed in ("a=fingerprint:SHA-256", "a=setup:actpass", "a=ice-ufrag:", "a=candidate:", "a=rtcp-mux"):
        assert needed in invite


def test_only_the_engine_lets_a_browser_answer_by_itself(
    server: AsteriskServer, browser: WebPhone, tmp_path: Path
) -> None:
    caller = Caller(tmp_path / "caller", server, "+14165550101", wait=20)
    with server.ami() as ami:
        server.heartbeat(ami)
        caller.start()
        channel = ami.wait("AsyncAGIStart")["Channel"]
        ami.agi(channel, "ANSWER")
        ami.action("Setvar", Channel=channel, Variable="__SR_ANSWER", Value="1")
        offer(ami, channel, BROWSER)
        invite = browser.invited()
        browser.answer(invite, "486 Busy Here")
        ami.wait("AsyncAGIStart", lambda m: m["Channel"] == channel)
        ami.action("Hangup", Channel=channel)
        assert caller.wait(20).successful == 1
    assert "X-Switchroom-Answer: auto" in invite


def test_a_browser_calls_as_its_member_does(server: AsteriskServer, browser: WebPhone) -> None:
    """Without an engine its colleague's extension is rung at once, and no telephone number is."""
    for number, status in {"102": "480", "103": "480", "9": "484", "s": "404"}.items():
        answer = browser.request("INVITE", f"sip:{number}@127.0.0.1", BROWSER, OFFERED)
        assert answer.split()[1] == status, number


OFFERED = "Contact: <sip:x@y.invalid;transport=ws>"

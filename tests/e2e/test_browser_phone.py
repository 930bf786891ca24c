"""A real WebRTC phone: JsSIP in Chromium, with the account of `POST /v1/phone`, on the whole system."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from scripts import build_console
from tests.e2e.test_accounts_of_phones import signed_in
from tests.support.browser.build import built_console
from tests.support.browser.visitor import CHROMIUM, FLAGS
from tests.support.e2e.scenes import Scene
from tests.support.e2e.two_nodes import TwoNodes
from tests.support.servers import wait_until
from tests.support.sip.asterisk import CALLERS
from tests.support.sip.media import Media
from tests.support.sip.user_agent import UserAgent

__all__ = ["built_console"]

pytestmark = [
    pytest.mark.pbx,
    pytest.mark.e2e,
    pytest.mark.browser,
    pytest.mark.timeout(300),
    pytest.mark.usefixtures("built_console"),
]

CALLER, PAGE = 440, 1000
"""What they say: a tone of so many hertz."""
_PHONE = """
    async (account) => {
        const audio = new AudioContext(), tone = audio.createOscillator(), out = audio.createMediaStreamDestination();
        tone.frequency.value = account.hertz;
        tone.connect(out);
        tone.start();
        await audio.resume();
        const ua = new JsSIP.UA({
            sockets: account.sockets.map((url) => new JsSIP.WebSocketInterface(url)),
            uri: account.uri, contact_uri: account.contact, password: account.password, register_expires: 120,
        });
        window.phone = {ua, rung: null, id: null, ended: false};
        ua.on('newRTCSession', ({session, request}) => {
            Object.assign(window.phone, {rung: session, id: request.getHeader('X-Switchroom-Id') ?? null});
            session.on('ended', () => { window.phone.ended = true; });
            session.on('failed', () => { window.phone.ended = true; });
        });
        window.phone.answer = () => {
            const session = window.phone.rung;
            session.on('peerconnection', ({peerconnection}) => window.phone.listen(peerconnection));
            session.answer({mediaStream: out.stream, pcConfig: {iceServers: account.ice_servers}});
        };
        window.phone.call = (number) => {
            const session = ua.call(`sip:${number}@${account.uri.split('@')[1]}`, {mediaStream: out.stream});
            window.phone.rung = session;
            window.phone.listen(session.connection);
        };
        window.phone.listen = (connection) => connection.addEventListener('track', ({track}) => {
            const stream = new MediaStream([track]);
            const element = new Audio();
            element.srcObject = stream;  // Chromium decodes only what is played
            element.muted = true;
            element.play();
            const ear = audio.createAnalyser();
            ear.fftSize = 8192;
            audio.createMediaStreamSource(stream).connect(ear);
            window.phone.ear = ear;
        });
        window.phone.loudest = () => {
            if (!window.phone.ear) return 0;
            const bins = new Float32Array(window.phone.ear.frequencyBinCount);
            window.phone.ear.getFloatFrequencyData(bins);
            const most = bins.indexOf(Math.max(...bins));
            return bins[most] < -80 ? 0 : most * audio.sampleRate / window.phone.ear.fftSize;
        };
        window.phone.stats = async () => {
            const all = [...(await window.phone.rung.connection.getStats()).values()];
            const one = (type) => all.find((each) => each.type === type);
            return {
                received: one('inbound-rtp')?.packetsReceived ?? 0, sent: one('outbound-rtp')?.packetsSent ?? 0,
                codec: one('codec')?.mimeType, dtls: one('transport')?.dtlsState,
            };
        };
        ua.start();
        await new Promise((done, failed) => {
            ua.once('registered', done);
            ua.once('registrationFailed', ({cause}) => failed(new Error(cause)));
        });
    }
"""


@pytest.fixture(scope="module")
def jssip(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return JsSIP as one script."""
    made = tmp_path_factory.mktemp("jssip") / "jssip.js"
    entry = "node_modules/jssip/lib/JsSIP.js"
    options = ["--format", "iife", "--name", "JsSIP", "--platform", "browser", "--file", os.fspath(made)]
    build_console.node("node_modules/rolldown/bin/cli.mjs", entry, *options)
    return made.read_text()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Start a Chromium whose pages may play sound without a click."""
    with sync_playwright() as playwright:
        flags = [*FLAGS, "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*flags, "--autoplay-policy=no-user-gesture-required"]
        )
        yield browser
        browser.close()


@pytest.fixture
def s(two_nodes: TwoNodes, tmp_path: Path) -> Iterator[Scene]:
    with ExitStack() as stack:
        yield Scene(two_nodes, tmp_path, stack)


@pytest.fixture
def page(s: Scene, chromium: Browser, jssip: str) -> Iterator[Page]:
    context = chromium.new_context(bypass_csp=True)
    made = context.new_page()
    made.goto(f"http://127.0.0.1:{s.system.settings.api_port}/health")
    made.add_script_tag(content=jssip)
    yield made
    context.close()


def until(page: Page, expression: str) -> None:
    """Return when the expression is true in the page."""
    page.wait_for_function(expression, timeout=30_000)


def until_both_hear(page: Page, line: Media) -> None:
    wait_until(lambda: line.hears(PAGE), "the caller hears the page", 30)
    wait_until(lambda: abs(page.evaluate("phone.loudest()") - CALLER) < 20, "the page hears the caller", 30)
    before = page.evaluate("phone.stats()")

    def more() -> bool:
        now = page.evaluate("phone.stats()")
        return all(now[way] > before[way] > 0 for way in ("received", "sent"))

    wait_until(more, "packets go both ways", 10)
    assert (before["codec"], before["dtls"]) == ("audio/PCMU", "connected")


def test_a_browser_takes_a_queues_call_and_calls_a_colleague(s: Scene, page: Page) -> None:
    served = s.queue(2, recording="none")
    agent, colleague = served.agents
    with signed_in(s, agent) as api:
        page.evaluate(_PHONE, {**api.post("/phone", json={}).json(), "hertz": PAGE})
        s.available([agent])
        line = UserAgent(("127.0.0.1", s.system.settings.sip_port), CALLERS)
        s._stack.callback(line.close)
        said = Media(CALLERS, CALLER)
        call = line.dial(served.did, media=said)
        assert call.final() == 200, "the queue answers"
        until(page, "phone.rung !== null")
        rings = page.evaluate("phone.id")

        def shown() -> list[str]:
            return [f"a{view['call']}" for view in s.system.lives("call") if view["did"] == served.did]

        wait_until(lambda: shown() == [rings], f"the live view of {rings}: {shown()}")
        page.evaluate("phone.answer()")
        until_both_hear(page, said)
        s.until_states([agent], "OnCall")
        page.evaluate("phone.rung.hold()")
        wait_until(lambda: not said.hears(PAGE), "the caller hears music", 20)
        page.evaluate("phone.rung.unhold()")
        until_both_hear(page, said)
        assert call.bye() == 200
        until(page, "phone.ended")
        assert [leg["outcome"] for leg in s.log(served.did).legs] == ["answered"]
        s.until_states([agent], "Available", 40)

        desk = UserAgent(("127.0.0.1", s.system.settings.sip_port), "127.0.0.1", colleague.account)
        s._stack.callback(desk.close)
        assert desk.register() == 200
        page.evaluate(f"phone.ear = null; phone.call('{colleague.account.extension}')")
        rung = desk.rung()
        rung.media = Media("127.0.0.1", CALLER)
        rung.media.send_to(rung.request.partition("\r\n\r\n")[2])
        rung.respond("180 Ringing")
        rung.respond("200 OK")
        rung.confirm()
        until_both_hear(page, rung.media)
        page.evaluate("phone.rung.terminate()")
        wait_until(rung.ended.is_set, "end of the colleague's call")


def test_a_page_that_goes_is_no_phone_any_more(s: Scene, page: Page) -> None:
    served = s.queue(1, recording="none")
    agent = served.agents[0]
    with signed_in(s, agent) as api:
        account = api.post("/phone", json={}).json()
        page.evaluate(_PHONE, {**account, "hertz": PAGE})
        sip = s.system.sip()
        wait_until(lambda: account["username"] in sip.cli("pjsip show contacts"), "registration")
        page.goto("about:blank")
        wait_until(lambda: account["username"] not in sip.cli("pjsip show contacts"), "the page is gone", 20)
        s.until_states([agent], "Offline", 40)

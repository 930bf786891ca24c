"""The page as a telephone: from an INVITE to the ring, from an answer until both sides hear each other.

The same after a reload in the talk, and after its move to another tab.
A caller says a tone, and so does the page's microphone. The page hears when its browser has played sound of the talk;
the caller hears when the last 40 ms were the page's tone. Both are on this machine, and so have one clock.
"""

import time
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import Browser, Page

from bench.console.row import Row, milliseconds
from tests.support.browser.people import PASSWORD, Staffed, staffed
from tests.support.browser.sound import microphones, speaks
from tests.support.browser.telephone import PAGE, calls, is_telephone
from tests.support.browser.visitor import visitor
from tests.support.e2e.system import System
from tests.support.servers import wait_until
from tests.support.sip.media import Media

ROUNDS = 7
_RINGS = """
    window.ringing = {};
    const Socket = window.WebSocket;
    window.WebSocket = class extends Socket {
        constructor(...options) {
            super(...options);
            this.addEventListener('message', ({data}) => {
                if (String(data).startsWith('INVITE ')) window.ringing = {invite: Date.now()};
            });
        }
    };
    new MutationObserver(() => {
        const answer = [...document.querySelectorAll('button')].some((one) => one.textContent.includes('Answer'));
        if (answer && ringing.invite && !ringing.seen) {
            ringing.seen = true;
            requestAnimationFrame(() => setTimeout(() => { ringing.shown = Date.now(); }));
        }
    }).observe(document, {subtree: true, childList: true});
"""
_HEARS = """() => {
    window.heardAt = 0;
    const look = async () => {
        const talk = connections.findLast((one) => one.connectionState === 'connected');
        for (const one of talk ? (await talk.getStats()).values() : []) {
            if (one.type === 'inbound-rtp' && one.totalAudioEnergy > 1e-5) {
                window.heardAt = Date.now();
                return;
            }
        }
        setTimeout(look, 5);
    };
    look();
}"""
_LOADED = "performance.timeOrigin + performance.getEntriesByType('navigation')[0].loadEventEnd"


def telephone(system: System, browser: Browser, base: str, folder: Path) -> list[Row]:
    """Call a page again and again. Return how fast it rings, answers, comes back, and hands its talk to another tab."""
    rings: list[float] = []
    answers: list[float] = []
    reloads: list[float] = []
    tabs: list[float] = []
    registered = 0
    with ExitStack() as stack:
        queue = stack.enter_context(staffed(system, folder, desk_phone=False, ring_timeout=60))
        who = stack.enter_context(visitor(browser, base, permissions=["microphone", "notifications"]))
        who.context.add_init_script(_RINGS)
        speaks(who.context, PAGE)
        page = who.signs_in(queue.email, PASSWORD)
        is_telephone(system, page, queue)
        for _ in range(ROUNDS):
            call, voice = calls(system, stack, queue.did)
            _once(page, "ringing.shown")
            rings.append(float(page.evaluate("ringing.shown - ringing.invite")))
            page.evaluate(_HEARS)
            began = time.time()
            page.get_by_role("button", name="Answer").click()
            answers.append(_both_hear(page, voice) - began * 1000)

            page.reload()
            page.evaluate(_HEARS)
            voice.heard.clear()
            reloads.append(_both_hear(page, voice) - float(page.evaluate(_LOADED)))

            other = who.context.new_page()
            other.goto(f"{base}/console/desk")
            other.get_by_role("button", name="Phone: In another tab").click()
            registered = max(registered, _registered(system, queue))
            other.evaluate(_HEARS)
            voice.heard.clear()
            began = time.time()
            other.get_by_role("button", name="Use this tab").click()
            tabs.append(_both_hear(other, voice) - began * 1000)
            page.close()
            page = other
            assert call.bye() == 200
            wait_until(lambda page=page: microphones(page) == 0, "the microphone is closed")  # type: ignore[misc]
            wait_until(lambda: system.states([queue.agent]) == ["Available"], "the agent is available", 90)
            page.evaluate("window.ringing = {}")
        who.tolerate("/pull")  # answered 409, and asked again, until the engine knows of the page's phone
    return [
        milliseconds("INVITE to ring", 150, rings),
        milliseconds("answer to sound both ways", 400, answers),
        milliseconds("reload in a talk: load to sound both ways", 2000, reloads),
        milliseconds("talk handed to another tab", 3000, tabs),
        Row("telephones of two tabs", "1", f"{registered}", registered == 1),
    ]


def _registered(system: System, queue: Staffed) -> int:
    """Return how many telephones the agent has at Asterisk."""
    lines = system.sip().cli("pjsip show contacts").splitlines()
    return sum(f"{queue.agent.account.phone}w" in line for line in lines)


def _both_hear(page: Page, voice: Media) -> float:
    """Return when the later of both heard the other, in POSIX milliseconds."""
    heard = 0.0
    until = time.time() + 20
    while not heard:
        if voice.hears(PAGE, 0.04):
            heard = time.time() * 1000
        elif time.time() > until:
            raise TimeoutError("the caller does not hear the page")
        else:
            time.sleep(0.005)
    return max(heard, _once(page, "heardAt"))


def _once(page: Page, moment: str) -> float:
    """Wait until the page has noted this moment, and return it. Playwright's own way to wait needs `eval`."""
    wait_until(lambda: bool(page.evaluate(moment)), f"{moment} in the page")
    return float(page.evaluate(moment))

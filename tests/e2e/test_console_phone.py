"""The console as a telephone, with real calls: a page rings, answers, talks, and is loaded again while it talks."""

import re
import socket
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Route, expect
from pydantic import SecretStr

from api.telephony.phone.service import ice_servers
from models import utcnow
from switchroom.settings import Settings
from tests.support.browser.build import built_console
from tests.support.browser.people import Staffed
from tests.support.browser.sound import hears, microphones
from tests.support.browser.stun import StunServer
from tests.support.browser.telephone import (
    COLLEAGUE,
    PAGE,
    answers,
    bob,
    calls,
    chromium,
    desk_phone,
    kate,
    logged,
    queue,
    stack,
    stranger,
    until_both_hear,
)
from tests.support.browser.turn import turn_server
from tests.support.browser.visitor import Visitor
from tests.support.e2e.system import System
from tests.support.servers import wait_until

__all__ = ["built_console", "chromium", "kate", "queue", "stack", "stranger"]

pytestmark = [
    pytest.mark.browser, pytest.mark.pbx, pytest.mark.e2e, pytest.mark.timeout(300),
    pytest.mark.usefixtures("built_console"),
]  # fmt: skip

VISITOR = 587
"""What the page says when it calls itself."""


def test_a_call_rings_the_page_and_outlives_it(
    system: System, kate: Visitor, queue: Staffed, stack: ExitStack
) -> None:
    page = kate.page
    call, voice = calls(system, stack, queue.did)
    shown = page.get_by_role("region", name="Current call")
    expect(shown.get_by_role("button", name="Answer")).to_be_visible()
    expect(page).to_have_title(re.compile("^☎"))
    assert microphones(page) == 0
    kate.checks_screen("desk that rings")
    page.keyboard.press("Alt+a")
    until_both_hear(page, voice)
    page.keyboard.press("Alt+m")
    wait_until(lambda: not voice.hears(PAGE), "the page is mute")
    page.keyboard.press("Alt+m")
    wait_until(lambda: voice.hears(PAGE), "the page is heard again")
    shown.get_by_role("button", name="Keypad").click()
    shown.get_by_role("group", name="Keypad").get_by_role("button", name="5").click()
    kate.checks_screen("desk with a keypad")

    page.reload()
    until_both_hear(page, voice)
    expect(shown).to_contain_text("On the line")

    other = kate.context.new_page()
    other.goto(f"{kate.base}/console/calls")
    expect(other.get_by_role("button", name="Phone: In another tab")).to_be_visible()
    other.get_by_role("button", name="Phone: In another tab").click()
    other.get_by_role("button", name="Use this tab").click()
    until_both_hear(other, voice)
    expect(page.get_by_role("button", name="Phone: In another tab")).to_be_visible()
    other.close()
    until_both_hear(page, voice)

    shown.get_by_role("button", name="Hang up").click()
    wait_until(call.ended.is_set, "the caller's call ends")
    wait_until(lambda: microphones(page) == 0, "the microphone is closed")
    expect(page.get_by_role("heading", name="After the call")).to_be_visible()
    wait_until(lambda: logged(system, queue.did) != [], "the log")
    assert logged(system, queue.did) == [["answered"]], "one talk, logged once"
    kate.tolerate("/pull")  # answered 409, and asked again, until the engine knows of the page's phone


def test_a_talk_outlives_the_engine_and_a_crash_of_the_tab(
    system: System, kate: Visitor, queue: Staffed, stack: ExitStack
) -> None:
    page = kate.page
    call, voice = calls(system, stack, queue.did)
    shown = page.get_by_role("region", name="Current call")
    shown.get_by_role("button", name="Answer").click()
    until_both_hear(page, voice)
    before = system.pid("engine")
    system.kill("engine")
    wait_until(lambda: system.pid("engine") not in (0, before) and system.engine_leads(), "an engine", 60)
    until_both_hear(page, voice)
    shown.get_by_role("button", name="Hold").click()
    expect(shown).to_contain_text("On hold")
    page.keyboard.press("Alt+h")
    until_both_hear(page, voice)

    kate.page = kate.context.new_page()
    with page.expect_event("crash"), suppress(PlaywrightError):
        page.goto("chrome://crash")
    page.close()
    kate.opens("/desk")
    until_both_hear(kate.page, voice)
    kate.page.get_by_role("button", name="Hang up").click()
    wait_until(call.ended.is_set, "the caller's call ends")
    wait_until(lambda: logged(system, queue.did) == [["answered"]], "one talk, logged once")
    kate.tolerate("/pull")


def test_a_colleague_is_asked_first_and_takes_the_caller(
    system: System, kate: Visitor, queue: Staffed, stack: ExitStack
) -> None:
    page, colleague = kate.page, bob(system)
    own, desk = colleague.account, desk_phone(system, stack, colleague)
    call, voice = calls(system, stack, queue.did)
    shown = page.get_by_role("region", name="Current call")
    shown.get_by_role("button", name="Answer").click()
    until_both_hear(page, voice)

    # By keyboard alone.
    page.keyboard.press("Alt+t")
    page.keyboard.type(own.extension)
    page.get_by_role("button", name=f"Ask first: Bob Singh, {own.extension}").press("Enter")
    rung = desk.rung()
    rung.respond("180 Ringing")
    connect = shown.get_by_role("button", name="Connect them")
    expect(connect).to_be_disabled()
    answers(rung)
    wait_until(lambda: hears(page, COLLEAGUE), "the page hears the colleague", 30)
    assert not voice.hears(PAGE), "the caller hears music"
    kate.checks_screen("asking a colleague")
    connect.press("Enter")
    wait_until(lambda: voice.hears(COLLEAGUE), "the caller hears the colleague", 30)
    expect(shown).to_be_hidden()
    wait_until(lambda: microphones(page) == 0, "the microphone is closed")
    assert call.bye() == 200
    wait_until(rung.ended.is_set, "the colleague's call ends")


def test_who_is_alone_calls_themselves(system: System, kate: Visitor, queue: Staffed) -> None:
    page = kate.page
    own = page.get_by_role("region", name="Call yourself")
    menu = own.get_by_role("option").filter(has_text="Welcome menu: 1 sales")
    expect(menu).to_have_text("+1 416 555 0100 · Welcome menu: 1 sales, 2 support, 3 voicemail")
    own.get_by_label("Number to call").select_option(queue.did)
    own.get_by_role("button", name="Call in").click()
    shown = page.get_by_role("region", name="Current call")
    shown.get_by_role("button", name="Answer").click()
    expect(own.get_by_role("status")).to_contain_text("On the line")
    wait_until(lambda: hears(page, VISITOR), "the agent hears the customer's melody", 30)
    kate.checks_screen("desk that calls itself")
    own.get_by_role("button", name="End the customer’s call").click()
    expect(shown).to_be_hidden()
    wait_until(lambda: logged(system, queue.did) == [["answered"]], "the log")


def names_server(url: str, secret: str = "") -> Callable[[Route], None]:
    """Return what lets `POST /v1/phone` name this STUN or TURN server, which has this secret."""
    settings = Settings(_env_file=None, ice_servers=[url], turn_secret=SecretStr(secret))

    def answer(route: Route) -> None:
        found = route.fetch()
        servers = ice_servers(settings, "kate", utcnow())
        route.fulfill(response=found, json={**found.json(), "ice_servers": servers})

    return answer


def test_the_ready_check_asks_the_servers_of_the_network(kate: Visitor, stack: ExitStack) -> None:
    page = kate.page
    page.get_by_role("button", name="Phone: Ready").click()
    page.get_by_role("button", name="Check the network").click()
    expect(page.get_by_text("only the local network is reached")).to_be_visible()
    kate.checks_screen("ready check of the network")

    stun = stack.enter_context(StunServer())
    silent = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    silent.bind(("127.0.0.1", 0))
    for port, told in (
        (stun.port, "A STUN server told the address"),
        (silent.getsockname()[1], "No STUN or TURN server answered in five seconds"),
    ):
        page.route("**/v1/phone", names_server(f"stun:127.0.0.1:{port}"))
        page.reload()
        page.get_by_role("button", name="Phone: Ready").click()
        page.get_by_role("button", name="Check the network").click()
        expect(page.get_by_text(told)).to_be_visible()
        page.unroute("**/v1/phone")
    kate.checks_screen("a network without an answer")


_RELAY_ALONE = """
    window.RTCPeerConnection = class extends RTCPeerConnection {
        constructor(options) { super({ ...options, iceTransportPolicy: 'relay' }); }
    };
"""
"""Let a page send and hear nothing but by a TURN server, as if a firewall let nothing else through."""
_WAY = """
    async () => {
        const talk = connections.findLast((one) => one.connectionState === 'connected');
        const found = await talk.getStats(), all = [...found.values()];
        const pair = found.get(all.find((one) => one.type === 'transport').selectedCandidatePairId);
        return found.get(pair.localCandidateId).candidateType;
    }
"""


def test_a_call_goes_through_a_turn_server(
    system: System, kate: Visitor, queue: Staffed, stack: ExitStack, tmp_path: Path
) -> None:
    page = kate.page
    port = stack.enter_context(turn_server(tmp_path, "s3cret"))
    kate.context.add_init_script(_RELAY_ALONE)
    for secret, told in (
        ("another", "No STUN or TURN server answered in five seconds"),
        ("s3cret", "A TURN server passes your calls on"),
    ):
        page.unroute_all()
        page.route("**/v1/phone", names_server(f"turn:127.0.0.1:{port}", secret))
        page.reload()
        page.get_by_role("button", name="Phone: Ready").click()
        page.get_by_role("button", name="Check the network").click()
        expect(page.get_by_text(told)).to_be_visible()
    page.keyboard.press("Escape")
    call, voice = calls(system, stack, queue.did)
    page.get_by_role("button", name="Answer").click()
    until_both_hear(page, voice)
    assert page.evaluate(_WAY) == "relay"
    assert call.bye() == 200
    page.unroute_all()


def test_a_page_declines_calls_out_and_ends_with_its_session(
    system: System, kate: Visitor, queue: Staffed, stack: ExitStack
) -> None:
    page = kate.page
    call, _ = calls(system, stack, queue.did)
    shown = page.get_by_role("region", name="Current call")
    shown.get_by_role("button", name="Decline").click()
    expect(shown).to_be_hidden()
    call.bye()

    page.get_by_role("button", name="Phone: Ready").click()
    page.get_by_label("Extension or number").fill("999999")
    page.get_by_role("button", name="Call", exact=True).click()
    expect(page.get_by_role("button", name="Phone: Ready")).to_be_visible()

    sip = system.sip()
    account = f"{queue.agent.account.phone}w"
    assert account in sip.cli("pjsip show contacts")
    page.get_by_role("button", name="Your account").click()
    page.get_by_role("button", name="Sign out").click()
    wait_until(lambda: account not in sip.cli("pjsip show contacts"), "the account dies with its session")

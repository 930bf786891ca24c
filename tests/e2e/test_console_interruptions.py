"""What comes between an agent's page and the system while a call goes on or may come: restarts, and sleep."""

from contextlib import ExitStack

import pytest
from playwright.sync_api import expect

from tests.support.browser.build import built_console
from tests.support.browser.people import Staffed
from tests.support.browser.sound import microphones
from tests.support.browser.telephone import (
    calls,
    chromium,
    kate,
    logged,
    queue,
    stack,
    stranger,
    until_both_hear,
)
from tests.support.browser.visitor import Visitor
from tests.support.e2e.system import System
from tests.support.servers import wait_until

__all__ = ["built_console", "chromium", "kate", "queue", "stack", "stranger"]

pytestmark = [
    pytest.mark.browser, pytest.mark.pbx, pytest.mark.e2e, pytest.mark.timeout(300),
    pytest.mark.usefixtures("built_console"),
]  # fmt: skip


def test_a_talk_outlives_the_api_and_redis(
    system: System, kate: Visitor, queue: Staffed, stack: ExitStack
) -> None:
    page = kate.page
    call, voice = calls(system, stack, queue.did)
    shown = page.get_by_role("region", name="Current call")
    shown.get_by_role("button", name="Answer").click()
    until_both_hear(page, voice)
    expect(shown).to_contain_text("On the line")

    system.stop_program("api")
    try:
        expect(page.get_by_text("Connection lost")).to_be_visible()
        until_both_hear(page, voice)
        kate.checks_screen("desk with a call while the api is away")
    finally:
        system.start_program("api")
        wait_until(system.api_answers, "the api listens", 120)
    expect(page.get_by_text("Connection lost")).to_be_hidden(timeout=30_000)
    shown.get_by_role("button", name="Hold").click()
    expect(shown).to_contain_text("On hold")

    before = system.pid("redis")
    system.kill("redis")
    wait_until(lambda: system.pid("redis") not in (0, before) and system.redis_answers(), "a new Redis", 30)
    wait_until(system.engine_leads, "the engine is well again", 30)
    expect(page.get_by_text("Connection lost")).to_be_hidden(timeout=30_000)
    expect(shown).to_contain_text("On hold")
    shown.get_by_role("button", name="Resume").click()
    expect(shown).to_contain_text("On the line")
    until_both_hear(page, voice)
    shown.get_by_role("button", name="Hang up").click()
    wait_until(call.ended.is_set, "the caller's call ends")
    expect(page.get_by_role("heading", name="After the call")).to_be_visible()
    wait_until(lambda: logged(system, queue.did) == [["answered"]], "one talk, logged once")
    kate.tolerate("ERR_CONNECTION_REFUSED")
    kate.tolerate("ERR_INCOMPLETE_CHUNKED_ENCODING")
    kate.tolerate("503")


def test_a_page_that_slept_rings_again(
    system: System, kate: Visitor, queue: Staffed, stack: ExitStack
) -> None:
    """Asleep it answers nothing, so that Asterisk gives its telephone up; and it misses what is told meanwhile."""
    page = kate.page
    devtools = kate.context.new_cdp_session(page)

    def reachable() -> bool:
        return bool(system.live("agent", queue.agent.id).get("registered"))

    assert reachable()
    own = page.get_by_role("region", name="Your status")
    devtools.send("Page.setWebLifecycleState", {"state": "frozen"})
    devtools.send(
        "Network.emulateNetworkConditions",
        {"offline": True, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1},
    )
    wait_until(lambda: not reachable(), "Asterisk gives the telephone up", 40)
    system.set_status([queue.agent], "Break")
    wait_until(lambda: system.states([queue.agent]) == ["Break"], "the status that the page misses")

    devtools.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1},
    )
    devtools.send("Page.setWebLifecycleState", {"state": "active"})
    wait_until(reachable, "the telephone registers again", 40)
    expect(page.get_by_role("button", name="Phone: Ready")).to_be_visible()
    expect(own.locator(".tag").first).to_have_text("Break")
    expect(page.get_by_text("Connection lost")).to_be_hidden(timeout=30_000)
    own.get_by_role("button", name="Available", exact=True).click()
    call, voice = calls(system, stack, queue.did)
    page.get_by_role("region", name="Current call").get_by_role("button", name="Answer").click()
    until_both_hear(page, voice)
    assert call.bye() == 200
    wait_until(lambda: microphones(page) == 0, "the microphone is closed")

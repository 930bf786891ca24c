"""Real calls, as an agent and a supervisor see them in the console."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from switchroom.ids import public_id
from tests.support.browser.build import built_console
from tests.support.browser.people import PASSWORD, is_now, staffed
from tests.support.browser.visitor import Visitor, chromium, visitor
from tests.support.e2e.system import System
from tests.support.servers import wait_until
from tests.support.sip.phones import AgentPhones, Caller
from tests.support.sip.realtime import Account

__all__ = ["built_console", "chromium"]

pytestmark = [
    pytest.mark.browser, pytest.mark.pbx, pytest.mark.e2e, pytest.mark.timeout(300),
    pytest.mark.usefixtures("built_console"),
]  # fmt: skip


@pytest.fixture
def visitors(system: System, chromium: Browser) -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def looks(system: System, chromium: Browser, visitors: ExitStack) -> Visitor:
    base = f"http://127.0.0.1:{system.settings.api_port}"
    return visitors.enter_context(visitor(chromium, base))


def test_a_call_from_ring_to_wrap_up(
    system: System, chromium: Browser, visitors: ExitStack, tmp_path: Path
) -> None:
    queue = visitors.enter_context(staffed(system, tmp_path / "phones", wrap_up=600, recording="all"))
    boss, kate = looks(system, chromium, visitors), looks(system, chromium, visitors)
    admin = system.demo["admin"]
    board = boss.signs_in(admin["email"], admin["password"])
    boss.opens("/wallboard")
    row = board.locator(f"tr[data-queue='{public_id(queue.queue)}']")
    agent = board.locator(f"li[data-agent='{public_id(queue.agent.id)}']")
    expect(agent).to_contain_text("Offline")

    desk = kate.signs_in(queue.email, PASSWORD)
    expect(desk.get_by_role("heading", name="Desk")).to_be_visible()
    is_now(desk, "Available")
    expect(agent).to_contain_text("Available")

    first = Caller(
        tmp_path / "first",
        system.sip(),
        queue.did,
        caller="+14165550131",
        name="Kim Ferro",
        wait=120,
        audio_seconds=30,
    )
    first.start()
    visitors.callback(first.stop)
    queue.phones.wait_for("answered")
    call = desk.get_by_role("region", name="Current call")
    expect(call).to_contain_text("+1 416 555 0131")
    expect(call).to_contain_text("On the line")
    expect(agent).to_contain_text("On a call")
    kate.checks_screen("desk with a call")

    second = Caller(tmp_path / "second", system.sip(), queue.did, caller="+14165550132", wait=120)
    second.start()
    visitors.callback(second.stop)
    place = board.get_by_role("listitem").filter(has_text="+1 416 555 0132")
    expect(place).to_be_visible()
    expect(row.locator("td").first).to_have_text("1")
    ticking = place.locator(".wait").inner_text()
    expect(place.locator(".wait")).not_to_have_text(ticking)
    boss.checks_screen("wallboard with a caller")

    call.get_by_role("button", name="Hold").click()
    expect(call).to_contain_text("On hold")
    desk.keyboard.press("Alt+h")
    expect(call).to_contain_text("On the line")
    call.get_by_role("button", name="Pause recording").click()
    call.get_by_role("button", name="Resume recording").click()
    expect(call.get_by_role("button", name="Pause recording")).to_be_visible()
    call.get_by_role("button", name="Transfer").click()
    kate.checks_screen("transfer")
    desk.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    call.get_by_role("button", name="Hang up").click()
    expect(agent).to_contain_text("Wrap-up")
    desk.get_by_label("Note").fill("Wants a catalogue")
    desk.get_by_role("button", name="Save").click()
    history = desk.get_by_role("link").filter(has_text="Kim Ferro")
    expect(history).to_contain_text("Answered")
    expect(history).to_contain_text("+1 416 555 0131")
    history.click()
    expect(desk.get_by_text("Wants a catalogue")).to_be_visible()
    expect(desk.get_by_role("heading", name="Why did this caller wait?")).to_be_visible()
    expect(desk.get_by_text("The first agent was rung after")).to_be_visible()
    kate.checks_screen("call")
    kate.opens("/calls")
    expect(desk.get_by_role("row").filter(has_text="Kim Ferro")).to_contain_text("+1 416 555 0131")
    system.set_status([queue.agent], "Offline")


def test_a_supervisor_listens_whispers_and_joins(
    system: System, chromium: Browser, visitors: ExitStack, tmp_path: Path
) -> None:
    queue = visitors.enter_context(staffed(system, tmp_path / "phones"))
    bob = system.demo["agents"][1]
    own = Account(bob["extension"], bob["sip_password"], team=system.team_id[-12:])
    phones = AgentPhones(tmp_path / "supervisor", system.sip(), [own])
    phones.start()
    visitors.callback(phones.stop)
    with system.api as api:
        managers = {"managers": [bob["user"]]}
        api.patch(f"/CCQueueConfig/{public_id(queue.queue)}", json=managers).raise_for_status()
    looking = looks(system, chromium, visitors)
    looking.signs_in(bob["email"], bob["password"])
    board = looking.opens("/wallboard")
    system.set_status([queue.agent], "Available")
    caller = Caller(
        tmp_path / "caller", system.sip(), queue.did, caller="+14165550133", wait=120, audio_seconds=60
    )
    caller.start()
    visitors.callback(caller.stop)
    tile = board.locator(f"li[data-agent='{public_id(queue.agent.id)}']")
    expect(tile).to_contain_text("On a call")
    part = tile.get_by_role("group")
    part.get_by_role("button", name="Listen").click()
    phones.wait_for("answered")
    expect(part.get_by_role("button", name="Listen")).to_have_attribute("aria-pressed", "true")
    looking.checks_screen("wallboard of a supervisor who listens")
    for way in ("Whisper", "Join"):
        part.get_by_role("button", name=way).click()
        expect(part.get_by_role("button", name=way)).to_have_attribute("aria-pressed", "true")
    part.get_by_role("button", name="Leave").click()
    expect(part.get_by_role("button", name="Leave")).to_be_hidden()
    expect(tile).to_contain_text("On a call")
    system.set_status([queue.agent], "Offline")


def test_the_page_says_what_it_does_not_know(
    system: System, chromium: Browser, visitors: ExitStack, tmp_path: Path
) -> None:
    """While the api is away the last figures stay, marked as old; afterwards the page goes on by itself."""
    boss = looks(system, chromium, visitors)
    admin = system.demo["admin"]
    page = boss.signs_in(admin["email"], admin["password"])
    boss.opens("/wallboard")
    expect(page.get_by_role("heading", name="Queues today")).to_be_visible()
    system.stop_program("api")
    try:
        expect(page.get_by_text("Connection lost")).to_be_visible()
        boss.checks_screen("wallboard while the api is away")
    finally:
        system.start_program("api")
        wait_until(system.api_answers, "the api listens", 60)
    expect(page.get_by_text("Connection lost")).to_be_hidden(timeout=30_000)
    boss.excuse("ERR_CONNECTION_REFUSED")


def test_two_tabs_hold_one_stream(system: System, chromium: Browser, visitors: ExitStack) -> None:
    boss = looks(system, chromium, visitors)
    admin = system.demo["admin"]
    streams: list[str] = []
    boss.context.on(
        "request", lambda request: streams.append(request.url) if "/stream" in request.url else None
    )
    boss.signs_in(admin["email"], admin["password"])
    first = boss.opens("/wallboard")
    expect(first.get_by_role("heading", name="Queues today")).to_be_visible()
    first.get_by_role("button", name="Full screen").click()
    first.get_by_role("button", name="Leave full screen").wait_for()
    assert first.evaluate("document.fullscreenElement.textContent.includes('Queues today')")
    assert not first.evaluate("document.fullscreenElement.contains(document.querySelector('header.top'))")
    first.get_by_role("button", name="Leave full screen").click()
    first.get_by_role("button", name="Full screen", exact=True).wait_for()
    # The page after the sign-in may have begun one too: it is gone.
    streams.clear()
    other = boss.context.new_page()
    other.goto(f"{boss.base}/console/wallboard")
    expect(other.get_by_role("heading", name="Queues today")).to_be_visible()
    assert streams == []
    first.close()
    boss.page = other
    wait_until(lambda: _pumped(other) and len(streams) == 1, "the other tab takes the stream over")


def _pumped(page: Page) -> bool:
    """Let Playwright handle what the browser said meanwhile."""
    return bool(page.evaluate("true"))

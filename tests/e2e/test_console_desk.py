"""What an agent does with a call at the desk: parks it, sends it on, lets three talk; and all of it without a mouse."""

from collections.abc import Iterable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser.build import built_console
from tests.support.browser.people import PASSWORD, Staffed, staffed
from tests.support.browser.sound import hears, microphones
from tests.support.browser.telephone import (
    CALLER,
    COLLEAGUE,
    PAGE,
    answers,
    bob,
    calls,
    chromium,
    desk_phone,
    kate,
    logged,
    logs,
    notes,
    queue,
    stack,
    steps,
    stranger,
    until_both_hear,
)
from tests.support.browser.visitor import Visitor
from tests.support.e2e.system import System
from tests.support.servers import wait_until
from tests.support.sip.media import Media

__all__ = ["built_console", "chromium", "kate", "queue", "stack", "stranger"]

pytestmark = [
    pytest.mark.browser, pytest.mark.pbx, pytest.mark.e2e, pytest.mark.timeout(300),
    pytest.mark.usefixtures("built_console"),
]  # fmt: skip


def test_a_caller_is_parked_fetched_and_sent_to_a_colleague(
    system: System, kate: Visitor, queue: Staffed, stack: ExitStack
) -> None:
    page, colleague = kate.page, bob(system)
    own, desk = colleague.account, desk_phone(system, stack, colleague)
    call, voice = calls(system, stack, queue.did)
    shown = page.get_by_role("region", name="Current call")
    shown.get_by_role("button", name="Answer").click()
    until_both_hear(page, voice)

    shown.get_by_role("button", name="Park").click()
    expect(shown).to_be_hidden()
    wait_until(lambda: microphones(page) == 0, "the microphone is closed")
    parked = page.get_by_role("region", name="Parked callers")
    expect(parked).to_contain_text("Parked: dial 7")
    wait_until(lambda: not voice.hears(PAGE), "the caller hears music")
    kate.checks_screen("desk with a parked caller")
    parked.get_by_role("button", name="Fetch").click()
    until_both_hear(page, voice)
    expect(parked).to_be_hidden()
    expect(shown).to_contain_text("On the line")

    shown.get_by_role("button", name="Transfer").click()
    where = page.get_by_role("dialog", name="Transfer the call")
    where.get_by_label("A name, a queue, or a number").fill(own.extension)
    where.get_by_role("button", name=f"Bob Singh {own.extension}", exact=True).click()
    rung = answers(desk.rung())
    wait_until(lambda: voice.hears(COLLEAGUE), "the caller hears the colleague", 30)
    wait_until(lambda: rung.media.hears(CALLER), "the colleague hears the caller", 30)
    wait_until(lambda: microphones(page) == 0, "the microphone is closed")
    expect(where).to_be_hidden()
    expect(shown).to_be_hidden()
    # The colleague still talks: the call has no log yet.
    page.get_by_label("Note").fill("Bob knows")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Note")).to_be_hidden()
    assert call.bye() == 200
    wait_until(rung.ended.is_set, "the colleague's call ends")
    wait_until(lambda: logged(system, queue.did) != [], "the log")
    (log,) = logs(system, queue.did)
    assert steps(log) == ["queue", "transfer", "park", "transfer", "user"]
    assert [leg["agent"] for leg in log.legs] == [queue.agent.id, queue.agent.id, colleague.id]
    assert notes(system, log.id) == {queue.agent.id: "Bob knows"}


def hears_all(media: Media, tones: Iterable[int]) -> bool:
    """Say whether each tone is a part of what this phone hears."""
    return all(media.hears(one, share=0.02) for one in tones)


def test_three_talk_and_who_asked_leaves(
    system: System, kate: Visitor, queue: Staffed, stack: ExitStack
) -> None:
    page, colleague = kate.page, bob(system)
    own, desk = colleague.account, desk_phone(system, stack, colleague)
    call, voice = calls(system, stack, queue.did)
    shown = page.get_by_role("region", name="Current call")
    shown.get_by_role("button", name="Answer").click()
    until_both_hear(page, voice)
    shown.get_by_role("button", name="Transfer").click()
    page.get_by_label("A name, a queue, or a number").fill(own.extension)
    page.get_by_role("button", name=f"Ask first: Bob Singh, {own.extension}").click()
    rung = answers(desk.rung())
    wait_until(lambda: hears(page, COLLEAGUE), "the page hears the colleague", 30)
    shown.get_by_role("button", name="All three talk").click()

    wait_until(lambda: hears(page, CALLER, COLLEAGUE), "the page hears both", 30)
    for media, others in ((voice, (PAGE, COLLEAGUE)), (rung.media, (PAGE, CALLER))):
        wait_until(partial(hears_all, media, others), "each hears both", 30)
    expect(shown).to_contain_text("On the line")
    kate.checks_screen("desk where three talk")

    shown.get_by_role("button", name="Hang up").click()
    wait_until(lambda: microphones(page) == 0, "the microphone is closed")
    expect(page.get_by_role("heading", name="After the call")).to_be_visible()
    wait_until(lambda: voice.hears(COLLEAGUE), "the caller talks to the colleague only", 30)
    wait_until(lambda: rung.media.hears(CALLER), "the colleague talks to the caller only", 30)
    assert not call.ended.is_set()
    assert call.bye() == 200
    wait_until(rung.ended.is_set, "the colleague's call ends")
    wait_until(lambda: logged(system, queue.did) != [], "the log")
    (log,) = logs(system, queue.did)
    assert steps(log) == ["queue", "consult", "three"]
    assert [leg["agent"] for leg in log.legs] == [queue.agent.id, colleague.id]


def tabs_to(page: Page, wanted: Locator) -> None:
    """Go to this part of the page by the tab key alone."""
    expect(wanted).to_be_enabled()
    for _ in range(80):
        if wanted.evaluate("(one) => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the tab key does not lead to {wanted}")


def test_a_call_without_a_mouse(
    system: System, stranger: Visitor, queue: Staffed, stack: ExitStack, tmp_path: Path
) -> None:
    """From the sign-in to the wrap-up's note: nothing here moves a mouse, or calls an element by itself."""
    others = stack.enter_context(staffed(system, tmp_path / "others", desk_phone=False, ring_timeout=60))
    desk = desk_phone(system, stack, others.agent)
    system.set_status([others.agent], "Available")
    page = stranger.opens("/desk")
    press, say = page.keyboard.press, page.keyboard.type

    def presses(name: str, within: Locator | Page = page, key: str = "Enter") -> None:
        tabs_to(page, within.get_by_role("button", name=name, exact=True))
        press(key)

    tabs_to(page, page.get_by_label("E-mail address"))
    say(queue.email)
    press("Tab")
    say(PASSWORD)
    press("Enter")
    expect(page.get_by_role("heading", name="Desk")).to_be_visible()
    presses("Phone: Off")
    presses("Switch on")
    expect(page.get_by_role("button", name="Phone: Ready")).to_be_visible()
    press("Escape")
    presses("Available", page.get_by_role("region", name="Your status"), "Space")
    wait_until(lambda: system.states([queue.agent]) == ["Available"], "the agent is available")

    call, voice = calls(system, stack, queue.did)
    shown = page.get_by_role("region", name="Current call")
    expect(shown.get_by_role("button", name="Answer")).to_be_visible()
    press("Alt+a")
    until_both_hear(page, voice)
    press("Alt+h")
    expect(shown).to_contain_text("On hold")
    wait_until(lambda: not voice.hears(PAGE), "the caller hears music")
    press("Alt+h")
    expect(shown).to_contain_text("On the line")
    until_both_hear(page, voice)
    press("Alt+m")
    wait_until(lambda: not voice.hears(PAGE), "the page is mute")
    press("Alt+m")
    until_both_hear(page, voice)

    # The caller is sent to another queue. There is nothing to note of it yet.
    press("Alt+t")
    say(f"Queue {others.did}")
    press("Enter")
    rung = answers(desk.rung())
    wait_until(lambda: voice.hears(COLLEAGUE), "the caller hears who took the call from the queue", 30)
    wait_until(lambda: rung.media.hears(CALLER), "who took the call from the queue hears the caller", 30)
    noting = page.get_by_role("heading", name="After the call")
    expect(noting).to_be_visible()
    presses("Skip")
    expect(noting).to_be_hidden()
    assert call.bye() == 200
    wait_until(lambda: logged(system, queue.did) != [], "the log")
    (log,) = logs(system, queue.did)
    assert (steps(log), [leg["agent"] for leg in log.legs]) == (
        ["queue", "transfer", "queue"], [queue.agent.id, others.agent.id],
    )  # fmt: skip

    second, voice = calls(system, stack, queue.did)
    expect(shown.get_by_role("button", name="Answer")).to_be_visible()
    press("Alt+a")
    until_both_hear(page, voice)
    press("Alt+e")
    wait_until(second.ended.is_set, "the caller's call ends")
    history = page.get_by_role("link").filter(has_text="Answered")
    expect(history).to_have_count(1)
    tabs_to(page, page.get_by_label("Note"))
    say("Wants a catalogue")
    presses("Save")
    expect(noting).to_be_hidden()
    tabs_to(page, history)
    press("Enter")
    expect(page.get_by_text("Wants a catalogue")).to_be_visible()

"""Whether an agent's page is ready: its devices, its sound, and what it says when nobody looks at it."""

from contextlib import ExitStack
from functools import partial

import pytest
from playwright.sync_api import expect

from tests.support.browser.build import built_console
from tests.support.browser.people import Staffed
from tests.support.browser.sound import asked_for, be_silent, is_played, loses_packets
from tests.support.browser.telephone import (
    calls,
    chromium,
    kate,
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

_RECORDS = """
    window.told = [];
    window.Notification = class extends Notification {
        constructor(title, options) { super(title, options); told.push(title); }
    };
    Object.defineProperty(document, 'hidden', { get: () => true });
"""
"""Let the page think that nobody looks at it, and note of what it notifies."""


def test_devices_are_chosen_and_tried(
    system: System, kate: Visitor, queue: Staffed, stack: ExitStack
) -> None:
    page = kate.page
    page.get_by_role("button", name="Phone: Ready").click()
    chosen = {}
    for role in ("Microphone", "Headset or speaker", "Ringer"):
        field = page.get_by_label(role, exact=True)
        expect(field.locator("option").nth(1)).to_be_attached()
        names = field.locator("option").all_inner_texts()
        assert len(names) > 1, f"{role}: {names}"
        field.select_option(index=len(names) - 1)
        chosen[role] = field.input_value()
    page.get_by_role("button", name="Try", exact=True).click()
    meter = page.get_by_role("meter", name="Level")
    wait_until(lambda: float(meter.get_attribute("value") or 0) > 0.05, "the meter moves")
    expect(page.get_by_role("listitem").filter(has_text="Microphone")).to_contain_text("Good")
    kate.checks_screen("ready check")
    page.get_by_role("button", name="Stop", exact=True).click()
    for role in ("Headset or speaker", "Ringer"):
        page.get_by_role("button", name=f"Try: {role}").click()
        wait_until(partial(is_played, page, chosen[role], 523, 659), f"the test tone in the {role}")
    page.reload()
    page.get_by_role("button", name="Phone: Ready").click()
    for role, device in chosen.items():
        expect(page.get_by_label(role, exact=True)).to_have_value(device)
    page.keyboard.press("Escape")

    # A call uses them: it rings in the ringer, and is heard in the headset. Nobody looks at the page.
    page.evaluate(_RECORDS)
    call, voice = calls(system, stack, queue.did)
    wait_until(lambda: is_played(page, chosen["Ringer"], 440, 480), "the ringer rings")
    wait_until(lambda: len(page.evaluate("told")) == 1, "the page notifies")
    assert "416" in page.evaluate("told")[0]
    page.get_by_role("button", name="Answer").click()
    until_both_hear(page, voice)
    assert asked_for(page) == {"ideal": chosen["Microphone"]}
    wait_until(lambda: is_played(page, chosen["Headset or speaker"], 440), "the headset plays the caller")
    expect(page.get_by_text("Your microphone gives no sound")).to_be_hidden()
    be_silent(page)
    expect(page.get_by_text("Your microphone gives no sound")).to_be_visible()
    kate.checks_screen("desk with a silent microphone")
    be_silent(page, False)
    expect(page.get_by_text("Your microphone gives no sound")).to_be_hidden()

    warning = page.get_by_text("The network loses much of the sound")
    expect(warning).to_be_hidden()
    loses_packets(page, 1)
    expect(warning).to_be_visible()
    loses_packets(page, 0)
    expect(warning).to_be_hidden()
    assert call.bye() == 200

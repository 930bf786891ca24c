"""The channels of the inbox in the console, in front of the whole running system and its workers."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from switchroom.ids import new_id
from tests.support.browser.build import built_console
from tests.support.browser.visitor import Visitor, chromium, visitor
from tests.support.e2e.system import System

__all__ = ["built_console", "chromium"]

pytestmark = [
    pytest.mark.browser, pytest.mark.e2e, pytest.mark.timeout(300), pytest.mark.usefixtures("built_console"),
]  # fmt: skip


@pytest.fixture
def admin(system: System, chromium: Browser) -> Iterator[Visitor]:
    facts, base = system.demo["admin"], f"http://127.0.0.1:{system.settings.api_port}"
    with visitor(chromium, base, permissions=["clipboard-read", "clipboard-write"]) as who:
        who.signs_in(facts["email"], facts["password"])
        yield who


def test_a_web_chat_is_made_shown_and_disconnected(admin: Visitor) -> None:
    page, name = admin.opens("/channels"), f"Shop {new_id()[-6:]}"
    page.get_by_role("button", name="Connect a channel").click()
    dialog = page.get_by_role("dialog", name="Connect a channel")
    dialog.get_by_label("Source", exact=True).select_option(label="Web chat")
    dialog.get_by_label("Name").fill(name)
    sites = dialog.get_by_label("Pages that may show it")
    sites.fill("shop.example")
    dialog.get_by_role("button", name="Connect", exact=True).click()
    expect(sites).to_have_attribute("aria-invalid", "true")
    admin.excuse("400")
    admin.checks_screen("connecting a web chat")
    sites.fill("https://Shop.example/\nhttps://www.shop.example/cart")
    dialog.get_by_role("button", name="Connect", exact=True).click()

    expect(page.get_by_role("heading", name=name)).to_be_visible()
    snippet = page.get_by_label("Script tag")
    expect(snippet).to_have_value(f'<script src="{admin.base}/web-chat/widget.js" data-channel="'
                                  f'{page.url.rsplit("/", 1)[1]}" async></script>')  # fmt: skip
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_text("Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == snippet.input_value()
    expect(page.get_by_label("Pages that may show it")).to_have_value(
        "https://shop.example\nhttps://www.shop.example"
    )
    page.get_by_label("Greeting").fill("How can we help?")
    page.get_by_role("button", name="Add a span on Monday").click()
    look = page.get_by_role("form", name="Web chat")
    look.get_by_role("button", name="Save").click()
    expect(look.get_by_text("Saved")).to_be_visible()
    settings = page.get_by_role("form", name="Hours, automatic answers, retention")
    settings.get_by_label("Open at certain times only").check()
    settings.get_by_label("Friday to").fill("24:30")
    settings.get_by_label("Answer outside of the hours").fill("We are back at nine.")
    settings.get_by_label("Keep messages (days)").fill("365")
    settings.get_by_role("button", name="Save").click()
    expect(settings.get_by_role("group", name="Opening hours").last).to_contain_text("fri: each span")
    admin.excuse("400")
    admin.checks_screen("channel")
    settings.get_by_label("Friday to").fill("24:00")
    settings.get_by_role("button", name="Save").click()
    expect(settings.get_by_text("Saved")).to_be_visible()
    page.reload()
    expect(settings.get_by_label("Friday to")).to_have_value("24:00")
    expect(settings.get_by_label("Keep messages (days)")).to_have_value("365")
    expect(look.get_by_label("Monday to")).to_have_value("17:00")

    page.get_by_role("main").get_by_role("link", name="Channels").click()
    row = page.get_by_role("row").filter(has_text=name)
    expect(row).to_contain_text("Connected")
    row.get_by_role("button", name="Disconnect").click()
    admin.checks_screen("disconnecting a channel")
    page.get_by_role("dialog", name="Disconnect").get_by_role("button", name="Disconnect").click()
    # A worker does it; the stream tells of it.
    expect(row).to_contain_text("Disconnected")
    row.get_by_role("link", name=name).click()
    look.get_by_role("button", name="Save and connect again").click()
    expect(page.locator("header .tag", has_text="Connected")).to_be_visible()

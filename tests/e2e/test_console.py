"""The console in a real browser, in front of the whole running system."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.support.browser.build import built_console
from tests.support.browser.people import is_now
from tests.support.browser.visitor import Visitor, chromium, visitor
from tests.support.e2e.system import System

__all__ = ["built_console", "chromium"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.e2e,
    pytest.mark.timeout(240),
    pytest.mark.usefixtures("built_console"),
]


@pytest.fixture
def someone(system: System, chromium: Browser) -> Iterator[Visitor]:
    with visitor(chromium, f"http://127.0.0.1:{system.settings.api_port}") as who:
        yield who


def test_an_admin_signs_in_and_out(system: System, someone: Visitor) -> None:
    page = someone.opens()
    someone.checks_screen("sign in")
    page.get_by_label("E-mail address").fill(system.demo["admin"]["email"])
    page.get_by_label("Password").fill("not it")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_have_text("The address or the password is wrong.")
    someone.excuse("401")
    page.get_by_label("Password").fill(system.demo["admin"]["password"])
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Your account").click()
    expect(page.get_by_text(system.demo["admin"]["email"]).first).to_be_visible()
    assert page.evaluate("document.cookie") == ""
    page.reload()
    page.get_by_role("button", name="Your account").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_the_page_speaks_german_and_keeps_it(someone: Visitor) -> None:
    page = someone.opens()
    page.get_by_label("Language").select_option("de")
    expect(page.get_by_role("heading", name="Anmelden")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Anmelden")).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == "de"


def test_signing_out_in_one_tab_signs_out_the_others(system: System, someone: Visitor) -> None:
    admin = system.demo["admin"]
    page = someone.signs_in(admin["email"], admin["password"])
    other = someone.context.new_page()
    other.goto(f"{someone.base}/console/me")
    expect(other.get_by_role("heading", name="Your profile")).to_be_visible()
    page.get_by_role("button", name="Your account").click()
    page.get_by_role("button", name="Sign out").click()
    expect(other.get_by_role("heading", name="Sign in")).to_be_visible()


def test_the_keyboard_finds_everything(system: System, someone: Visitor) -> None:
    admin = system.demo["admin"]
    page = someone.signs_in(admin["email"], admin["password"])
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Search or jump to")).to_be_focused()
    assert page.evaluate("document.querySelector('dialog[open]').matches(':modal')")
    someone.checks_screen("search")
    page.keyboard.type("prof")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your profile")).to_be_visible()
    page.keyboard.press("Control+k")
    page.keyboard.type("switch to dark")
    page.keyboard.press("Enter")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_an_agent_chooses_their_shortcuts(system: System, someone: Visitor) -> None:
    bob = system.demo["agents"][1]
    page = someone.signs_in(bob["email"], bob["password"])
    someone.opens("/me")
    status, transfer = page.get_by_label("Available, break"), page.get_by_label("Transfer")
    status.fill("?")
    expect(status).to_have_value("S")
    status.fill("T")
    expect(transfer).to_have_value("S")
    someone.checks_screen("shortcuts")
    someone.opens("/desk")
    own = page.get_by_role("region", name="Your status")
    expect(own.get_by_role("button", name="Offline")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Alt+s")
    page.keyboard.press("Alt+t")
    expect(own.locator(".tag").first).to_have_text("Available")
    is_now(page, "Offline")
    someone.opens("/me")
    page.get_by_role("button", name="As at first").click()
    expect(status).to_have_value("S")

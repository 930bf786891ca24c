"""A route that an admin edits, checks and publishes in the console, and what callers hear of it."""

from contextlib import ExitStack

import pytest
from playwright.sync_api import expect

from switchroom.ids import new_id, parse_id
from tests.support.browser.build import built_console
from tests.support.browser.people import Staffed
from tests.support.browser.telephone import (
    CALLER,
    COLLEAGUE,
    answers,
    bob,
    calls,
    chromium,
    desk_phone,
    dials,
    logs,
    queue,
    stack,
    steps,
    stranger,
)
from tests.support.browser.visitor import Visitor
from tests.support.e2e.system import System
from tests.support.servers import wait_until

__all__ = ["built_console", "chromium", "queue", "stack", "stranger"]

pytestmark = [
    pytest.mark.browser, pytest.mark.pbx, pytest.mark.e2e, pytest.mark.timeout(300),
    pytest.mark.usefixtures("built_console"),
]  # fmt: skip


def test_a_route_is_published_and_called(
    system: System, stranger: Visitor, queue: Staffed, stack: ExitStack
) -> None:
    """At first the number's route ends the call. Then it leads to a colleague."""
    desk, did, name = desk_phone(system, stack, bob(system)), queue.did, f"Door {new_id()[-6:]}"
    admin = system.demo["admin"]
    page = stranger.signs_in(admin["email"], admin["password"])
    stranger.opens("/routes")
    page.get_by_role("button", name="New call route").click()
    page.get_by_label("Name").fill(name)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    path = page.url.split("/console")[1]
    route = parse_id(path.rsplit("/", 1)[1]) or ""
    stranger.opens("/numbers")
    page.get_by_label(f"{did} leads to").select_option(label=name)
    expect(page.get_by_role("status").filter(has_text="Saved")).to_be_visible()
    system.until_known(route, did)
    refused, _ = dials(system, stack, did)
    assert refused.final() != 200, "the route ends the call"

    stranger.opens(path)
    page.get_by_role("button", name="Add a block").click()
    page.get_by_role("dialog").get_by_label("Type").select_option("user")
    page.get_by_role("dialog").get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("button", name="Begin here").click()
    page.get_by_label("Person").select_option(label="Bob Singh")
    page.get_by_label("failed", exact=True).select_option("hangup")
    expect(page.get_by_text("No problems")).to_be_visible()
    page.get_by_role("tab", name="Check").click()
    expect(page.get_by_text("Every way ends well")).to_be_visible()
    page.get_by_role("button", name="Publish version 2").click()
    expect(page.get_by_text("Version 2 is in use for new calls")).to_be_visible()
    system.until_known(route, '"user"')

    call, voice = calls(system, stack, did)
    rung = answers(desk.rung())
    wait_until(lambda: voice.hears(COLLEAGUE), "the caller hears the colleague", 30)
    wait_until(lambda: rung.media.hears(CALLER), "the colleague hears the caller", 30)
    assert call.bye() == 200
    wait_until(lambda: len(logs(system, did)) == 2, "the logs")
    first, second = logs(system, did)
    assert (first.route_version, steps(first)) == (1, ["hangup"])
    assert (second.route_version, steps(second)) == (2, ["user"])
    assert [leg["agent"] for leg in second.legs] == [bob(system).id]

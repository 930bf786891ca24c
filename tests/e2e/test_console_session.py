"""Whose session it is in a browser: what stays of the last one, what changes meanwhile, and odd addresses."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from models import Agent
from switchroom.ids import public_id
from tests.support.browser.build import built_console
from tests.support.browser.pairs import people
from tests.support.browser.people import PASSWORD, staffed
from tests.support.browser.visitor import PHONE, Visitor, chromium, visitor
from tests.support.e2e.system import System

__all__ = ["built_console", "chromium", "people"]

pytestmark = [
    pytest.mark.browser, pytest.mark.e2e, pytest.mark.timeout(240), pytest.mark.usefixtures("built_console"),
]  # fmt: skip


@pytest.fixture
def someone(system: System, chromium: Browser) -> Iterator[Visitor]:
    with visitor(chromium, f"http://127.0.0.1:{system.settings.api_port}") as who:
        yield who


@pytest.fixture
def bob(system: System, tmp_path: Path) -> Iterator[dict[str, str]]:
    """An agent who manages nothing: how they sign in, and their user's id."""
    with staffed(system, tmp_path / "phones", desk_phone=False) as found:
        user: str = system.transaction(lambda session: session.get_one(Agent, found.agent.id).user_id)
        yield {"email": found.email, "password": PASSWORD, "user": public_id(user)}


def has_role(system: System, user: str, role: str) -> None:
    with system.api as api:
        team = public_id(system.team_id)
        api.patch(f"/team/{team}/users/{user}", json={"role": role}).raise_for_status()


def navigation(page: Page) -> list[str]:
    return page.get_by_role("navigation").get_by_role("link").all_inner_texts()


def test_nobody_gets_the_drafts_of_another_whose_session_ended_by_itself(
    system: System, someone: Visitor, bob: dict[str, str]
) -> None:
    """A text in the chat, and a draft of a call route."""
    dana = system.demo["admin"]
    team = public_id(system.team_id)
    with system.api as api:
        room = {"type": "room", "team": team, "name": f"Room {secrets.token_hex(3)}", "users": [bob["user"]]}
        chat = api.post("/chat", json=room).raise_for_status().json()["id"]
        body = {
            "team": team,
            "name": f"Route {secrets.token_hex(3)}",
            "entry": "end",
            "blocks": {"end": {"type": "hangup"}},
        }
        route = api.post("/callroute", json=body).raise_for_status().json()["id"]
    page = someone.signs_in(dana["email"], dana["password"])
    someone.opens(f"/chat/{chat}")
    page.get_by_label("Message to").fill("Between us: no.")
    someone.opens(f"/routes/{route}")
    page.get_by_label("Name of the block").fill("goodbye")
    page.keyboard.press("Tab")
    expect(page.get_by_text("Not published yet")).to_be_visible()
    someone.opens(f"/chat/{chat}")
    expect(page.get_by_label("Message to")).to_have_value("Between us: no.")

    someone.context.clear_cookies()
    has_role(system, bob["user"], "admin")
    try:
        page = someone.signs_in(bob["email"], bob["password"])
        someone.opens(f"/chat/{chat}")
        expect(page.get_by_label("Message to")).to_have_value("")
        someone.opens(f"/routes/{route}")
        expect(page.get_by_label("Name of the block")).to_have_value("end")
        expect(page.get_by_text("Nothing is changed")).to_be_visible()
    finally:
        has_role(system, bob["user"], "member")
    someone.tolerate("401")  # The page asked once more between the sessions.


def test_all_tabs_are_of_who_signed_in_last(system: System, someone: Visitor, bob: dict[str, str]) -> None:
    """The session of the one before ended by itself, and their tab has not noticed."""
    dana = system.demo["admin"]
    page = someone.signs_in(dana["email"], dana["password"])
    someone.opens("/me")
    expect(page.get_by_text(dana["email"])).to_be_visible()
    page.route("**/v1/team/*/stream*", lambda route: route.abort())
    other = someone.context.new_page()
    someone.context.clear_cookies()
    other.goto(f"{someone.base}/console/")
    other.get_by_label("E-mail address").fill(bob["email"])
    other.get_by_label("Password").fill(bob["password"])
    other.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text(bob["email"])).to_be_visible()
    expect(page.get_by_text(dana["email"])).to_have_count(0)
    assert navigation(page) == ["Desk", "Calls", "Inbox", "Team chat"]


def test_a_page_hears_that_its_users_role_changed(
    system: System, someone: Visitor, bob: dict[str, str]
) -> None:
    page = someone.signs_in(bob["email"], bob["password"])
    other = someone.context.new_page()
    other.goto(f"{someone.base}/console/wallboard")
    expect(other.get_by_text("You may not see this")).to_be_visible()
    expect(page.get_by_role("region", name="Your status")).to_be_visible()
    has_role(system, bob["user"], "admin")
    try:
        expect(page.get_by_role("link", name="Audit log")).to_be_visible()
        page.get_by_role("link", name="Wallboard").click()
        expect(page.get_by_role("heading", name="Queues today")).to_be_visible()
    finally:
        has_role(system, bob["user"], "member")
    expect(page.get_by_text("You may not see this")).to_be_visible()
    expect(page.get_by_role("link", name="Audit log")).to_be_hidden()
    assert navigation(page) == ["Desk", "Calls", "Inbox", "Team chat"]


def test_who_cannot_sign_out_is_told_so(system: System, someone: Visitor) -> None:
    admin = system.demo["admin"]
    page = someone.signs_in(admin["email"], admin["password"])
    someone.opens("/me")
    page.route("**/console/session", lambda route: route.abort())
    page.get_by_role("button", name="Your account").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("alert")).to_have_text("You are still signed in. The server cannot be reached")
    someone.checks_screen("not signed out")
    someone.excuse("ERR_FAILED")
    page.unroute("**/console/session")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_addresses_that_lead_nowhere(system: System, someone: Visitor) -> None:
    """One that cannot be decoded, and what could be taken for another server."""
    admin = system.demo["admin"]
    page = someone.signs_in(admin["email"], admin["password"])
    for path in ("/calls/%E0%A4%A", "//evil.example/x", "/nowhere"):
        someone.opens(path)
        expect(page.get_by_text("This does not exist")).to_be_visible()
    for path in ("/?next=//evil.example", "/#//evil.example"):
        someone.opens(path)
        expect(page.get_by_role("heading", name="Wallboard")).to_be_visible()
        assert page.url.startswith(f"{someone.base}/console/")


def test_a_manager_supervises_their_queues_only(system: System, someone: Visitor) -> None:
    """They are an agent of another queue: their desk shows it, the wallboard does not."""
    manager, queue = system.demo["agents"][0], f"Late {secrets.token_hex(3)}"
    with system.api as api:
        body = {"team": public_id(system.team_id), "name": queue, "managers": [manager["user"]]}
        made = api.post("/ccqueueconfig", json=body).raise_for_status().json()["id"]
    page = someone.signs_in(manager["email"], manager["password"])
    own = page.get_by_role("region", name="Your queues")
    expect(page.get_by_role("row").filter(has_text="Sales")).to_be_visible()
    assert own.count() <= 1
    someone.opens("/wallboard")
    expect(page.get_by_role("row").filter(has_text=queue)).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="Sales")).to_have_count(0)
    expect(page.get_by_text("No agent here")).to_be_visible()
    with system.api as api:
        api.delete(f"/CCQueueConfig/{made}").raise_for_status()


def test_names_that_are_code_or_without_end(system: System, people: tuple[Visitor, Visitor]) -> None:
    dana, _ = people
    team, page = public_id(system.team_id), dana.page
    end = {"entry": "end", "blocks": {"end": {"type": "hangup"}}}
    made = []
    for name in (f"<img src=x onerror=alert(1)>{secrets.token_hex(3)}", "W" * 90 + secrets.token_hex(3)):
        with system.api as api:
            queue = (
                api.post("/ccqueueconfig", json={"team": team, "name": name}).raise_for_status().json()["id"]
            )
            route = (
                api.post("/callroute", json={"team": team, "name": name, **end})
                .raise_for_status()
                .json()["id"]
            )
            room = {
                "type": "room",
                "team": team,
                "name": name[:80],
                "users": [system.demo["agents"][0]["user"]],
            }
            chat = api.post("/chat", json=room).raise_for_status().json()["id"]
            api.post(f"/chat/{chat}/messages", json={"body": name * 50}).raise_for_status()
        made += [f"/CCQueueConfig/{queue}", f"/callroute/{route}"]
        screens = (
            f"/queues/{queue}",
            f"/routes/{route}",
            f"/chat/{chat}",
            "/wallboard",
            "/queues",
            "/routes",
            "/reports",
        )
        for path in (*screens, "/audit"):
            for size in (PHONE, {"width": 1280, "height": 800}):
                page.set_viewport_size(size)  # type: ignore[arg-type]
                dana.opens(path)
                expect(page.get_by_role("main")).to_contain_text(name[:20])
                wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
                assert wide <= 0, f"{path}, {size['width']} px: {wide} px too wide"
    assert page.locator("main img").count() == 0
    with system.api as api:
        for path in made:
            api.delete(path).raise_for_status()

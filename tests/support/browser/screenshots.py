"""Pictures of the console for docs/console.md: `make screenshots`.

It starts the whole system, lets callers call the demo team, and writes `docs/images/console-*.png`. Some screens are
also shown as they look dark (`-dark`), and on a phone (`-narrow`).
"""

import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from io import BytesIO
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from scripts import build_console
from switchroom.ids import public_id
from tests.support.browser.customers import hears
from tests.support.browser.visitor import CHROMIUM, DESKTOP, FLAGS, SECONDS, Visitor, visitor
from tests.support.e2e.system import System
from tests.support.servers import wait_until
from tests.support.sip.phones import AgentPhones, Caller
from tests.support.sip.realtime import Account

IMAGES = Path(__file__).resolve().parents[3] / "docs" / "images"
COLOURS = 128
"""In the palette of a picture: it stays small, and nobody sees the difference."""
LOOKS: dict[str, tuple[Literal["light", "dark"], ViewportSize]] = {
    "": ("light", DESKTOP), "-dark": ("dark", DESKTOP), "-narrow": ("light", {"width": 375, "height": 760}),
}  # fmt: skip
"""End of a picture's name -> colour scheme and size of the window."""


def main() -> int:
    """Make all pictures. Return the exit code."""
    build_console.build()
    expect.set_options(timeout=SECONDS * 1000)
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright, ExitStack() as stack:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        stack.callback(browser.close)
        system = System(Path(place) / "system")
        stack.callback(system.end)
        system.start()
        with day(system, Path(place)):
            pictures(system, browser)
    return 0


@contextmanager
def day(system: System, folder: Path) -> Iterator[None]:
    """Let Bob and Carol talk and three callers wait, after some calls that are over."""
    agents = system.demo["agents"]
    sales = next(one["e164"] for one in system.demo["numbers"] if one.get("queue"))
    accounts = [Account(one["extension"], one["sip_password"], team=system.team_id[-12:]) for one in agents]
    phones = AgentPhones(folder / "phones", system.sip(), accounts, ring=1.5)
    phones.start()
    with ExitStack() as stack:
        stack.callback(phones.stop)
        set_statuses(system, "Available")
        for number, seconds in enumerate((4.0, 6.0, 3.0)):
            over = Caller(
                folder / f"over-{number}", system.sip(), sales, caller=f"+1416555017{number}", hang_up=seconds
            )
            over.start()
            over.wait(60)
            wait_until(lambda: not system.lives("call"), "the call is over", 30)
        for number in range(5):
            waits = Caller(
                folder / f"caller-{number}", system.sip(), sales, caller=f"+1416555018{number}", wait=600,
                audio_seconds=60,
            )  # fmt: skip
            waits.start()
            stack.callback(waits.stop)
        wait_until(lambda: len(phones.events("answered")) >= 5, "the agents talk", 60)
        yield


def set_statuses(system: System, status: str) -> None:
    with system.api as api:
        for agent in system.demo["agents"]:
            api.post(f"/CCAgentConfig/{agent['agent']}/setstatus", json={"status": status}).raise_for_status()


LISTS = ("calls", "people", "numbers", "prompts", "channels", "reports", "system", "audit")
"""Screens whose picture is taken as they open."""


def pictures(system: System, browser: Browser) -> None:
    """Open the screens and take their pictures."""
    base, facts = f"http://127.0.0.1:{system.settings.api_port}", system.demo
    with visitor(browser, base) as boss, visitor(browser, base) as bob:
        boss.signs_in(facts["admin"]["email"], facts["admin"]["password"])
        desk = bob.signs_in(facts["agents"][1]["email"], facts["agents"][1]["password"])
        expect(desk.get_by_role("region", name="Current call")).to_be_visible()
        take(desk, "desk", LOOKS)
        page = boss.opens("/wallboard")
        expect(page.locator("li[data-agent]").first).to_be_visible()
        take(page, "wallboard", LOOKS)
        setup(boss)
        messages(system, boss, bob)
        for name in LISTS:
            shows(boss, f"/{name}", name)
        page.get_by_role("link", name="Calls", exact=True).click()
        page.get_by_role("table").get_by_role("link").last.click()
        expect(page.get_by_role("heading", name="Course of the call")).to_be_visible()
        take(page, "call")


def setup(boss: Visitor) -> None:
    """Take pictures of a queue with its simulation, and of a route with the way of a call."""
    page = boss.opens("/queues")
    page.get_by_role("main").get_by_role("link").first.click()
    page.get_by_label("Wrap-up (s)").fill("20")
    page.get_by_role("slider").fill("1")
    page.get_by_role("button", name="Simulate").click()
    expect(page.get_by_role("columnheader", name="Changed")).to_be_visible()
    take(page, "queue")
    boss.opens("/routes")
    page.get_by_role("main").get_by_role("link", name="Welcome").first.click()
    page.get_by_role("tab", name="Dry run").click()
    page.get_by_label("Digits pressed").fill("1")
    page.get_by_role("button", name="Follow the call").click()
    expect(page.locator("button.way").first).to_be_visible()
    take(page, "route")


def messages(system: System, boss: Visitor, bob: Visitor) -> None:
    """Take pictures of the inbox and of the team chat."""
    page = boss.opens(f"/inbox/{hears(system, 'Where is my order 4711?')}")
    page.get_by_label("Message to Grace Hopper").fill("It left our house this morning.")
    page.keyboard.press("Enter")
    expect(page.get_by_role("log")).to_contain_text("this morning")
    take(page, "inbox", LOOKS)
    people = [facts["user"] for facts in system.demo["agents"][:2]]
    room = {"type": "room", "team": public_id(system.team_id), "name": "Late shift", "users": people}
    with system.api as api:
        chat = api.post("/chat", json=room).raise_for_status().json()["id"]
        for text in ("Who takes the late shift?", "Three callers wait in Sales."):
            api.post(f"/chat/{chat}/messages", json={"body": text}).raise_for_status()
    other = bob.opens(f"/chat/{chat}")
    other.get_by_label("Message to Late shift").fill("I do.")
    other.keyboard.press("Enter")
    expect(other.get_by_role("log")).to_contain_text("I do.")
    take(other, "chat")


def shows(who: Visitor, path: str, name: str) -> None:
    page = who.opens(path)
    expect(page.get_by_role("main").get_by_role("heading").first).to_be_visible()
    expect(page.get_by_text("Loading")).to_have_count(0)
    take(page, name)


def take(page: Page, name: str, looks: Iterable[str] = ("",)) -> None:
    """Write the pictures of a page, with few colours."""
    expect(page.locator(".loading")).to_have_count(0)
    IMAGES.mkdir(parents=True, exist_ok=True)
    for look in looks:
        scheme, size = LOOKS[look]
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size(size)
        shot = Image.open(BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
        few = shot.quantize(COLOURS, dither=Image.Dither.NONE)
        few.save(IMAGES / f"console-{name}{look}.png", optimize=True)
        sys.stdout.write(f"{name}{look}\n")
        sys.stdout.flush()
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(LOOKS[""][1])


if __name__ == "__main__":
    sys.exit(main())

"""People with a real browser: Debian's Chromium, driven by Playwright, in front of the running system's console."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    ViewportSize,
    expect,
    sync_playwright,
)

from scripts import build_console

CHROMIUM = "/usr/bin/chromium"
# Without the last ones Chromium looks for Google's servers, which no test may reach.
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--lang=en-US",
)  # fmt: skip
SECONDS = 20
"""How long a page may take to show what is expected, on a busy machine."""
DESKTOP: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 320, "height": 640}
LOOKS = (("light", DESKTOP), ("dark", DESKTOP), ("light", PHONE))
"""In which every screen is checked: colour scheme and size."""
_RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
_REPORTS = """
    window.policyReports = [];
    document.addEventListener('securitypolicyviolation', (event) =>
        window.policyReports.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`));
"""
_TWO_FRAMES = """
    Promise.race([
        new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
        new Promise((done) => setTimeout(done, 500)),
    ])
"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Start one Chromium for the file's tests. Each visitor has a profile of their own in it.

    Not for the session: Playwright runs an event loop meanwhile, so that no test could run one of its own.
    """
    expect.set_options(timeout=SECONDS * 1000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


class Visitor:
    """Somebody who looks at the console at `base`, in a browser without cookies. `page` is their first tab."""

    def __init__(self, context: BrowserContext, base: str) -> None:
        self.context, self.base = context, base
        self.problems: list[str] = []
        context.set_default_timeout(SECONDS * 1000)
        context.add_init_script(_REPORTS)
        context.on("page", self._watch)
        self.page = context.new_page()

    def _watch(self, page: Page) -> None:
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.problems.append(f"exception: {error}"))

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.problems.append(f"{message.type}: {message.text} {message.location.get('url', '')}")

    def excuse(self, text: str) -> None:
        """Take back problems with this text, which the test brought about."""
        kept = [problem for problem in self.problems if text not in problem]
        assert len(kept) < len(self.problems), f"no problem has {text!r}: {self.problems}"
        self.problems = kept

    def tolerate(self, text: str) -> None:
        """Take back problems with this text, which there may be."""
        self.problems = [problem for problem in self.problems if text not in problem]

    def opens(self, path: str = "/") -> Page:
        """Open a path of the console."""
        self.page.goto(f"{self.base}/console{path}")
        return self.page

    def signs_in(self, email: str, password: str) -> Page:
        """Sign in by the form."""
        page = self.opens()
        page.get_by_label("E-mail address").fill(email)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("navigation", name="Main navigation").wait_for(state="attached")
        return page

    def checked(self) -> None:
        """Fail if the page logged an error, or if anything violated its content policy."""
        reports = [report for page in self.context.pages for report in page.evaluate("window.policyReports")]
        assert (self.problems, reports) == ([], []), (self.problems, reports)

    def checks_screen(self, name: str) -> None:
        """Fail if the screen that is shown has faults in accessibility, or scrolls sideways, in any of `LOOKS`."""
        for scheme, size in LOOKS:
            self.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            self.page.set_viewport_size(size)
            found = axe_findings(self.page)
            assert found == [], f"{name}, {scheme}, {size['width']} px: {json.dumps(found, indent=1)}"
            wide = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            assert wide <= 0, f"{name}, {size['width']} px: {wide} px too wide"
        self.page.emulate_media(color_scheme="light")
        self.page.set_viewport_size(DESKTOP)


@contextmanager
def visitor(chromium: Browser, base: str, **options: Any) -> Iterator[Visitor]:
    """Give somebody a browser. At the end it must have logged no error and no violation of the policy."""
    context = chromium.new_context(viewport=DESKTOP, locale="en-US", **options)
    try:
        who = Visitor(context, base)
        yield who
        who.checked()
    finally:
        context.close()


@cache
def _axe() -> str:
    return (build_console.MODULES / "axe-core" / "axe.min.js").read_text()


def axe_findings(page: Page) -> list[dict[str, Any]]:
    """Return what axe finds against WCAG 2.2 A and AA on the page as it is shown now."""
    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate(_axe())
    # A button that has been scrolled half below the head of the page would count as too small.
    page.evaluate("scrollTo(0, 0)")
    # A box sees in the next frame that it is too narrow for its table now, and can be scrolled by keys from then on.
    page.evaluate(_TWO_FRAMES)
    # Colours in a transition are neither the old ones nor the new ones.
    page.evaluate("Promise.all(document.getAnimations().map((one) => one.finished.catch(() => null)))")
    options = json.dumps({"runOnly": {"type": "tag", "values": _RULES}, "resultTypes": ["violations"]})
    found: list[dict[str, Any]] = page.evaluate(f"axe.run(document, {options}).then((run) => run.violations)")
    return [
        {
            "rule": one["id"],
            "nodes": [
                (node["html"][:200], node.get("failureSummary", "")[:300]) for node in one["nodes"][:5]
            ],
        }
        for one in found
    ]


def shown_at(folder: Path, name: str, page: Page) -> None:
    """Write a picture of the page."""
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=folder / f"{name}.png", animations="disabled")

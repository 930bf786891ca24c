"""What tests do with messages in the console: find one, and do something with it."""

import re

from playwright.sync_api import Locator


def said_by(log: Locator, text: str) -> Locator:
    """Return the message that says exactly this."""
    exactly = log.page.locator(".text", has_text=re.compile(f"^{re.escape(text)}$"))
    return log.get_by_role("article").filter(has=exactly)


def acts(message: Locator, what: str) -> None:
    """Do something with a message."""
    actions = message.get_by_role("button", name="Actions")
    if actions.get_attribute("aria-expanded") == "false":
        actions.click()
    message.get_by_role("button", name=what, exact=True).click()

"""The channels of the inbox in the console, in front of the whole running system and its workers."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect

from switchroom.ids import new_id
from tests.support import smtp
from tests.support.browser.build import built_console
from tests.support.browser.visitor import Visitor, chromium, visitor
from tests.support.dovecot import PASSWORD, dovecot
from tests.support.e2e.sources import Sources
from tests.support.e2e.system import System
from tests.support.providers import facebook, twilio

__all__ = ["built_console", "chromium"]

pytestmark = [
    pytest.mark.browser, pytest.mark.e2e, pytest.mark.timeout(300), pytest.mark.usefixtures("built_console"),
]  # fmt: skip


@pytest.fixture(scope="module")
def signed_in(system: System, chromium: Browser) -> dict[str, Any]:
    """Return how a visitor begins who is the demo team's admin, and signed in."""
    facts, base = system.demo["admin"], f"http://127.0.0.1:{system.settings.api_port}"
    with visitor(chromium, base) as who:
        who.signs_in(facts["email"], facts["password"])
        return {"base": base, "storage_state": who.context.storage_state()}


@pytest.fixture
def admin(signed_in: dict[str, Any], chromium: Browser) -> Iterator[Visitor]:
    with visitor(chromium, **signed_in, permissions=["clipboard-read", "clipboard-write"]) as who:
        yield who


class Form:
    """The form that connects a channel."""

    def __init__(self, admin: Visitor, source: str) -> None:
        self.page = admin.opens("/channels")
        self.page.get_by_role("button", name="Connect a channel").click()
        self.dialog = self.page.get_by_role("dialog", name="Connect a channel")
        self.fill(Source=source)

    def fill(self, **fields: str) -> None:
        """Fill fields in, by their labels, `_` for a blank."""
        for label, text in fields.items():
            field = self.dialog.get_by_label(label.replace("_", " "), exact=True)
            if field.evaluate("(one) => one.tagName") == "SELECT":
                field.select_option(label=text)
            else:
                field.fill(text)

    def asks_the_source(self) -> None:
        self.dialog.get_by_role("button", name="Ask the source").click()

    def connects(self) -> None:
        self.dialog.get_by_role("button", name="Connect", exact=True).click()

    def is_refused(self, why: str) -> None:
        expect(self.dialog.get_by_role("alert")).to_have_text(why)
        expect(self.dialog.get_by_role("button", name="Connect", exact=True)).to_be_enabled()

    def has_connected(self, name: str) -> Locator:
        """Return the channel's row in the list, when the form is closed."""
        expect(self.dialog).to_be_hidden()
        row = self.page.get_by_role("row").filter(has_text=name)
        expect(row).to_contain_text("Connected")
        return row

    def disconnects(self, row: Locator) -> None:
        row.get_by_role("button", name="Disconnect").click()
        sure = self.page.get_by_role("dialog", name="Disconnect")
        sure.get_by_role("button", name="Disconnect").click()
        expect(row).to_contain_text("Disconnected")


def test_a_number_for_sms_is_found_connected_and_disconnected(admin: Visitor, sources: Sources) -> None:
    sources.twilio.add_number("+14165550171", "Front desk")
    sources.twilio.add_number("+14165550172", "Warehouse")
    form = Form(admin, "SMS (Twilio)")
    form.fill(Account_SID=twilio.ACCOUNT, Token="wrong")
    form.asks_the_source()
    form.is_refused("Twilio: 20003 Authenticate")
    form.fill(Token=twilio.AUTH_TOKEN)
    form.asks_the_source()
    expect(form.dialog.get_by_text("2 channels found")).to_be_visible()
    form.fill(Address="Warehouse (+14165550172)")
    form.connects()
    row = form.has_connected("Warehouse")
    assert hooks(sources) == {"+14165550171": "", "+14165550172": "/hooks/twilio"}
    form.disconnects(row)
    assert hooks(sources)["+14165550172"] == ""


def hooks(sources: Sources) -> dict[str, str]:
    """Return the paths at which Twilio sends us what comes to its numbers."""
    rows = sources.twilio.numbers.values()
    return {row["phone_number"]: row["sms_url"][row["sms_url"].find("/hooks") :] for row in rows}


def test_a_sender_of_whatsapp_is_connected_after_a_refusal(admin: Visitor, sources: Sources) -> None:
    sources.twilio.add_sender("+14165550173", "Acme on WhatsApp")
    form = Form(admin, "WhatsApp (Twilio)")
    form.fill(Account_SID=twilio.ACCOUNT, Token="wrong", WhatsApp_number="(416) 555-0173")
    form.connects()
    expect(form.dialog.get_by_label("WhatsApp number")).to_have_attribute("aria-invalid", "true")
    admin.excuse("400")
    form.fill(WhatsApp_number="+1 416 555 0173")
    form.connects()
    form.is_refused("Twilio: 20003 Authenticate")
    form.fill(Token=twilio.AUTH_TOKEN)
    form.connects()
    row = form.has_connected("Acme on WhatsApp")
    (sender,) = sources.twilio.senders.values()
    assert sender["webhook"]["callback_url"].endswith("/hooks/twilio")
    form.disconnects(row)
    assert sender["webhook"]["callback_url"] == ""


def test_a_page_of_facebook_is_connected_and_connected_again(admin: Visitor, sources: Sources) -> None:
    form = Form(admin, "Facebook")
    form.fill(Token="wrong", Id_of_the_page=facebook.PAGE)
    form.connects()
    form.is_refused("Facebook: 190 Invalid OAuth access token.")
    admin.checks_screen("a source refuses")
    form.dialog.get_by_role("button", name="Cancel").click()
    row = form.page.get_by_role("row").filter(has_text=facebook.PAGE)
    expect(row).to_contain_text("Facebook: 190 Invalid OAuth access token.")
    row.get_by_role("button", name="Connect again").click()
    expect(form.dialog.get_by_label("Id of the page")).to_have_value(facebook.PAGE)
    form.fill(Token=facebook.USER_TOKEN)
    form.connects()
    row = form.has_connected(facebook.PAGE)
    assert sources.facebook.subscribed is not None
    form.disconnects(row)
    assert sources.facebook.subscribed is None


def test_a_mailbox_is_connected_and_its_mail_comes_in(admin: Visitor) -> None:
    with dovecot() as imap, smtp.smtp_server() as out:
        form = Form(admin, "E-mail")
        form.fill(User=smtp.USER, Password="wrong")
        form.fill(**{"E-mail address": smtp.USER, "Server for incoming mail (IMAP)": f"localhost:{imap.port}",
                     "Server for outgoing mail (SMTP)": "no.invalid"})  # fmt: skip
        form.dialog.get_by_label("The servers begin without encryption").check()
        form.connects()
        form.is_refused("E-mail: localhost refuses the user or the password")
        form.fill(Password=PASSWORD)
        form.connects()
        form.is_refused("E-mail: there is no server no.invalid")
        expect(form.dialog.get_by_text("tried again by itself")).to_be_visible()
        admin.checks_screen("connecting a mailbox")
        form.fill(**{"Server for outgoing mail (SMTP)": f"localhost:{out.port}"})
        form.connects()
        row = form.has_connected(smtp.USER)
        text = f"Where is order {new_id()[-6:]}?"
        mail = f"From: Grace Hopper <grace@example.com>\r\nSubject: About an order\r\n\r\n{text}\r\n"
        imap.deliver(smtp.USER, mail.encode())
        form.page.get_by_role("link", name="Inbox", exact=True).click()
        form.page.get_by_role("link").filter(has_text=text).click()
        expect(form.page.get_by_role("log")).to_contain_text("About an order")
        form.page.get_by_role("link", name="Channels", exact=True).click()
        form.disconnects(row)


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
    expect(look.get_by_label("Greeting")).to_have_value("How can we help?")

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

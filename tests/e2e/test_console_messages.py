"""The team chat and the customer inbox in the console, in front of the whole running system."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, expect
from sqlmodel import Session

from models import ChannelState, InboxChannel, InboxTemplate, utcnow
from models.inbox_channel import claim_of
from models.inbox_message import receive
from switchroom.encryption import encrypt
from switchroom.ids import new_id
from switchroom.inbox import Inbound, Source
from tests.support.browser.build import built_console
from tests.support.browser.visitor import Visitor, chromium, visitor
from tests.support.e2e.system import System

__all__ = ["built_console", "chromium"]

pytestmark = [
    pytest.mark.browser, pytest.mark.e2e, pytest.mark.timeout(300), pytest.mark.usefixtures("built_console"),
]  # fmt: skip


@pytest.fixture
def people(system: System, chromium: Browser) -> Iterator[tuple[Visitor, Visitor]]:
    """The team's admin and its first agent."""
    base = f"http://127.0.0.1:{system.settings.api_port}"
    with ExitStack() as stack:
        dana, alice = (stack.enter_context(visitor(chromium, base)) for _ in range(2))
        for who, facts in ((dana, system.demo["admin"]), (alice, system.demo["agents"][0])):
            who.signs_in(facts["email"], facts["password"])
        yield dana, alice


def test_two_people_chat(people: tuple[Visitor, Visitor]) -> None:
    dana, alice = people
    name = f"Shift {new_id()[-6:]}"
    page, other = dana.opens("/chat"), alice.opens("/chat")
    page.get_by_role("button", name="New chat").click()
    page.get_by_label("Name (for a group)").fill(name)
    page.get_by_label("Alice Martin").check()
    page.get_by_role("button", name="Create").click()
    box = page.get_by_label(f"Message to {name}")
    # A draft outlives a reload.
    box.fill("Who takes the late")
    page.reload()
    expect(box).to_have_value("Who takes the late")
    other.get_by_role("link").filter(has_text=name).click()
    box.press_sequentially(" shift?")
    expect(other.get_by_text("is writing")).to_be_visible()
    box.press("Enter")
    expect(box).to_have_value("")
    expect(other.get_by_role("log")).to_contain_text("Who takes the late shift?")
    expect(page.get_by_text("Read by Alice Martin")).to_be_visible()
    other.get_by_label(f"Message to {name}").fill("<b>I do</b>")
    other.keyboard.press("Enter")
    expect(page.get_by_role("log")).to_contain_text("<b>I do</b>")
    other.get_by_label("Attach a file").set_input_files(
        {"name": "plan.txt", "mimeType": "text/plain", "buffer": b"Late shift: Alice"}
    )
    expect(page.get_by_role("link", name="plan.txt")).to_be_visible()
    dana.checks_screen("chat")


def test_a_conversation_of_the_inbox(system: System, people: tuple[Visitor, Visitor]) -> None:
    dana, _ = people
    number = f"+1416777{new_id()[-4:]}"
    text = f"Where is order {new_id()[-6:]}?"

    def writes(session: Session) -> None:
        source = Source.SMS_TWILIO.value
        channel = InboxChannel(
            team_id=system.team_id, source=source, external_id=number, name="Shop",
            state=ChannelState.CONNECTED.value, claim=claim_of(source, number),
            sealed_token=encrypt(system.settings, "AC0:secret"),
        )  # fmt: skip
        template = InboxTemplate(team_id=system.team_id, source=source, name=text, text="It is on its way.")
        session.add_all((channel, template))
        session.flush()
        said = Inbound(
            sender="+14165550188",
            sender_name="Grace Hopper",
            text=text,
            provider_id=new_id(),
            sent_at=utcnow(),
        )
        assert receive(session, channel, said) is not None

    system.transaction(writes)
    page = dana.opens("/inbox")
    dana.checks_screen("inbox")
    page.get_by_role("link").filter(has_text=text).click()
    expect(page.get_by_role("log")).to_contain_text(text)
    page.get_by_label("Template").select_option(label=text)
    box = page.get_by_label("Message to Grace Hopper")
    expect(box).to_have_value("It is on its way.")
    page.reload()
    expect(box).to_have_value("It is on its way.")
    box.press("Enter")
    expect(page.get_by_role("log")).to_contain_text("It is on its way.")
    dana.checks_screen("conversation")
    page.get_by_role("button", name="Done", exact=True).click()
    expect(page.get_by_role("button", name="Open again")).to_be_visible()
    page.get_by_label("State").select_option("Done")
    expect(page.get_by_role("link").filter(has_text="It is on its way.")).to_be_visible()

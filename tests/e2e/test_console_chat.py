"""The team chat in the console, in front of the whole running system."""

import re

import pytest
from playwright.sync_api import Locator, expect
from sqlmodel import Session

from models import MessageTranslation, User
from switchroom.ids import new_id, parse_id, public_id
from tests.support.browser.build import built_console
from tests.support.browser.messages import acts, said_by
from tests.support.browser.pairs import people
from tests.support.browser.visitor import Visitor, chromium
from tests.support.e2e.system import System

__all__ = ["built_console", "chromium", "people"]

pytestmark = [
    pytest.mark.browser, pytest.mark.e2e, pytest.mark.timeout(300), pytest.mark.usefixtures("built_console"),
]  # fmt: skip


def test_two_people_chat(system: System, people: tuple[Visitor, Visitor]) -> None:
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
    # Who writes is told once in some seconds: the other page must listen by then.
    expect(other.get_by_label(f"Message to {name}")).to_be_visible()
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
    reads_it_in_another_language(system, dana, said_by(page.get_by_role("log"), "<b>I do</b>"))
    chats_beside_the_desk(dana, alice, name)


def reads_it_in_another_language(system: System, dana: Visitor, said: Locator) -> None:
    """Nobody translates here: what was translated before is shown, and of the rest is said why it is not."""
    message = parse_id(said.get_attribute("data-message") or "")
    admin, alice = (parse_id(one["user"]) for one in (system.demo["admin"], system.demo["agents"][0]))

    def speaks(language: str) -> None:
        def change(session: Session) -> None:
            session.get_one(User, alice).language = language
            if language != "en":
                mine = session.get_one(User, admin).language
                assert message is not None
                session.add(MessageTranslation(message_id=message, language=mine, body="Me, gladly"))

        system.transaction(change)

    acts(said, "Translate")
    expect(said).to_contain_text("in your language already (English)")
    speaks("fr")
    try:
        acts(said, "Translate")
        expect(said).to_contain_text("Translated from French")
        expect(said).to_contain_text("Me, gladly")
        dana.checks_screen("a translated message")
    finally:
        speaks("en")


def chats_beside_the_desk(dana: Visitor, alice: Visitor, name: str) -> None:
    beside = alice.opens("/desk").get_by_role("region", name="Team chat")
    box = dana.page.get_by_label(f"Message to {name}")
    box.fill("Are you at your desk?")
    box.press("Enter")
    room = beside.get_by_role("button", name=re.compile(name))
    expect(room).to_contain_text("not read")
    alice.checks_screen("desk with team chat")
    room.press("Enter")
    expect(beside.get_by_role("log")).to_contain_text("Are you at your desk?")
    expect(beside.get_by_role("button", name="Back to the list")).to_be_focused()
    alice.checks_screen("desk with a chat")
    beside.get_by_label(f"Message to {name}").fill("I am")
    alice.page.keyboard.press("Enter")
    expect(dana.page.get_by_role("log")).to_contain_text("I am")
    beside.get_by_role("button", name="Back to the list").press("Enter")
    expect(room).to_be_focused()
    expect(room).not_to_contain_text("not read")


def test_a_thread_edits_marks_and_a_forwarded_message(
    system: System, people: tuple[Visitor, Visitor]
) -> None:
    dana, alice = people
    name = f"Late {new_id()[-6:]}"
    body = {
        "type": "room",
        "team": public_id(system.team_id),
        "name": name,
        "users": [system.demo["agents"][0]["user"]],
    }
    with system.api as api:
        chat = api.post("/chat", json=body).raise_for_status().json()["id"]
        question = {"body": "Who takes the late shift?"}
        api.post(f"/chat/{chat}/messages", json=question).raise_for_status()
    page, other = dana.opens(f"/chat/{chat}"), alice.opens(f"/chat/{chat}")
    room = page.get_by_role("log", name=f"Messages: {name}")
    asked = said_by(room, question["body"])

    acts(said_by(other.get_by_role("log"), question["body"]), "Reply in a thread")
    hers = other.get_by_role("region", name="Thread")
    expect(hers.get_by_text("No reply yet")).to_be_visible()
    hers.get_by_label("Reply to Dana Reed").fill("I do")
    other.keyboard.press("Enter")
    expect(said_by(room, "I do")).to_contain_text(f"Reply to: {question['body']}")
    # By keyboard alone: open the thread, answer, and go back to where one was.
    asked.get_by_role("button", name="1 reply").press("Enter")
    beside = page.get_by_role("region", name="Thread")
    expect(beside.get_by_role("button", name="Close the thread")).to_be_focused()
    expect(said_by(beside, "I do")).to_be_visible()
    beside.get_by_label("Reply to Dana Reed").fill("Thanks")
    page.keyboard.press("Enter")
    expect(said_by(hers.get_by_role("log"), "Thanks")).to_be_visible()
    expect(asked.get_by_role("button", name="2 replies")).to_be_visible()
    dana.checks_screen("thread")

    acts(said_by(hers.get_by_role("log"), "I do"), "Edit")
    text = hers.get_by_label("Edit the message")
    expect(text).to_be_focused()
    alice.checks_screen("editing a message")
    text.fill("I do, until ten")
    text.press("Enter")
    expect(said_by(beside.get_by_role("log"), "I do, until ten")).to_contain_text("edited")
    beside.get_by_role("button", name="Close the thread").press("Enter")
    expect(beside).to_have_count(0)
    expect(asked.get_by_role("button", name="Actions")).to_be_focused()

    acts(asked, "Pin")
    expect(asked.get_by_text("Pinned")).to_be_visible()
    dana.checks_screen("actions of a message")
    page.reload()
    expect(asked.get_by_text("Pinned")).to_be_visible()
    expect(other.get_by_text("Pinned")).to_have_count(0)
    acts(asked, "Forward")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Bob Singh").check()
    dana.checks_screen("forward")
    dialog.get_by_role("button", name="Send").click()
    expect(page.get_by_text("The message was forwarded")).to_be_visible()
    expect(page.get_by_role("link").filter(has_text="Bob Singh")).to_be_visible()

    acts(asked, "Delete")
    expect(asked).to_have_count(0)
    expect(hers).to_have_count(0)
    expect(said_by(other.get_by_role("log"), "Thanks")).to_be_visible()

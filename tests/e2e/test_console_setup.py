"""What administrators change in the console, in front of the whole running system."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, expect
from sqlmodel import Session

from models import CallLog, QueueStay, Team, utcnow
from switchroom.ids import new_id, parse_id
from tests.support.browser.build import built_console
from tests.support.browser.visitor import DESKTOP, PHONE, Visitor, chromium, visitor
from tests.support.e2e.system import System
from tests.support.servers import wait_until
from tests.support.sip.audio import write_tone

__all__ = ["built_console", "chromium"]

pytestmark = [
    pytest.mark.browser, pytest.mark.e2e, pytest.mark.timeout(300), pytest.mark.usefixtures("built_console"),
]  # fmt: skip

SCREENS = {
    "/wallboard": "Wallboard",
    "/calls": "Calls",
    "/queues": "Queues",
    "/people": "People",
    "/numbers": "Numbers",
    "/routes": "Call routes",
    "/audit": "Audit log",
    "/reports": "Reports",
    "/prompts": "Prompts",
    "/channels": "Channels",
    "/system": "System",
    "/me": "Your profile",
    "/nothing": "This does not exist",
    "/desk": "You may not see this",
}


@pytest.fixture
def admin(system: System, chromium: Browser) -> Iterator[Visitor]:
    facts = system.demo["admin"]
    with visitor(chromium, f"http://127.0.0.1:{system.settings.api_port}") as who:
        who.signs_in(facts["email"], facts["password"])
        yield who


def test_every_screen_is_accessible(admin: Visitor) -> None:
    for path, title in SCREENS.items():
        page = admin.opens(path)
        expect(page.get_by_role("heading", name=title).first).to_be_visible()
        expect(page.get_by_role("main").get_by_text("Loading")).to_have_count(0)
        admin.checks_screen(path)


def test_longer_words_and_lines_from_right_to_left_fit(admin: Visitor) -> None:
    """In the languages for tests every text of ours stands in brackets. A text without them stands in the code."""
    for language, direction in (("en-XA", "ltr"), ("ar-XB", "rtl")):
        admin.page.evaluate("(chosen) => localStorage.setItem('switchroom.locale', chosen)", language)
        for path in SCREENS:
            page = admin.opens(path)
            expect(page.get_by_role("heading", level=1).or_(page.get_by_role("alert")).first).to_be_visible()
            expect(page.get_by_role("main").locator(".loading")).to_have_count(0)
            assert page.evaluate("document.documentElement.dir") == direction
            bare = page.locator(
                "h1, h2, main th[scope=col], nav a, header.top button.find, main header button"
            )
            texts = [text.strip() for text in bare.all_inner_texts()]
            wrong = [text for text in texts if text and "[" not in text]
            assert wrong == [], f"{language}, {path}"
            for size in (PHONE, DESKTOP):
                page.set_viewport_size(size)
                wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
                assert wide <= 0, f"{language}, {path}, {size['width']} px: {wide} px too wide"
    admin.page.evaluate("localStorage.removeItem('switchroom.locale')")


def test_a_queue_is_made_changed_and_simulated(admin: Visitor, system: System) -> None:
    page, name = admin.opens("/queues"), f"Returns {new_id()[-6:]}"
    page.get_by_role("button", name="New queue").click()
    page.get_by_role("dialog").get_by_label("Name").fill(name)
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    page.get_by_label("Strategy").select_option("round-robin")
    page.get_by_label("Wrap-up (s)").fill("-5")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Wrap-up (s)")).to_have_js_property("validity.valid", False)
    page.get_by_label("Wrap-up (s)").fill("30")
    expect(page.get_by_text("2 changes not saved")).to_be_visible()
    page.get_by_label("Calls an hour").fill("40")
    page.get_by_role("button", name="Simulate").click()
    expect(page.get_by_role("columnheader", name="Changed")).to_be_visible()
    admin.checks_screen("queue")
    page.get_by_role("button", name="A recorded day").click()
    page.get_by_role("button", name="Simulate").click()
    expect(page.get_by_role("alert")).to_contain_text("The queue had no calls")
    admin.excuse("400")
    had_calls(system, page.url.rpartition("/")[2], page.get_by_label("Day (").input_value())
    page.get_by_role("button", name="Simulate").click()
    expect(page.get_by_role("alert")).to_contain_text("It is not recorded who worked on that day")
    admin.excuse("400")
    page.get_by_label("Agents now").fill("1")
    page.get_by_role("button", name="Simulate").click()
    expect(page.get_by_role("columnheader", name="That day")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("^Speed of answer"))).to_contain_text("0:08")
    expect(page.get_by_text("That day 12 calls came. Agents who answered: 1.")).to_be_visible()
    expect(page.get_by_text("1 agent is at work all day.")).to_be_visible()
    admin.tolerate("400")  # Each run asks twice.
    admin.checks_screen("queue with a recorded day")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").filter(has_text="Saved")).to_be_visible()
    page.get_by_label("Add an agent").select_option(label="Alice Martin")
    expect(page.get_by_role("button", name="Remove Alice Martin")).to_be_visible()
    alice = page.get_by_role("listitem").filter(has_text="Alice Martin")
    alice.locator("summary").click()
    alice.get_by_role("group", name="Skills").get_by_role("button", name="Add").click()
    alice.get_by_role("textbox", name="Skill").fill("german")
    alice.get_by_label("Level").fill("3")
    alice.get_by_role("button", name="Save").click()
    expect(alice.get_by_role("status")).to_have_text("Saved")
    expect(alice.locator("summary")).to_contain_text("german 3")
    admin.checks_screen("an agent's place in a queue")
    page.reload()
    expect(alice).to_contain_text("german 3")
    expect(page.get_by_label("Strategy")).to_have_value("round-robin")
    expect(page.get_by_label("Wrap-up (s)")).to_have_value("30")
    page = admin.opens("/audit")
    expect(page.get_by_role("cell", name="dana@demo.example").first).to_be_visible()
    joined = page.get_by_role("row").filter(has_text="Agent of a queue created")
    expect(joined.first).to_contain_text(f"{name} · Alice Martin")
    of_queue = page.get_by_role("row").filter(has=page.get_by_role("cell", name="Queue changed", exact=True))
    changed = of_queue.filter(has_text=name).first
    changed.get_by_text(name).click()
    expect(changed).to_contain_text("Longest idle → Round robin")


def had_calls(system: System, queue: str, day: str) -> None:
    """Let the queue have had twelve calls at noon of the day, which an agent answered after eight seconds."""

    def write(session: Session) -> None:
        zone = ZoneInfo(session.get_one(Team, system.team_id).timezone)
        agent, noon = new_id(), datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=zone)
        for minute in range(12):
            at = noon + timedelta(minutes=minute)
            call = CallLog(
                team_id=system.team_id, queue_id=parse_id(queue), started_at=at, queued_at=at,
                ended_at=at + timedelta(seconds=160), wait=8.0, talk=150.0, disposition="answered",
            )  # fmt: skip
            stay = QueueStay(
                call_id=call.id, number=1, team_id=system.team_id, queue_id=call.queue_id or "", agent_id=agent,
                joined_at=at, outcome="answered", wait=8.0, talk=150.0, last_call_id=call.id,
            )  # fmt: skip
            session.add_all((call, stay))

    system.transaction(write)


def test_the_hours_of_a_queue_are_a_form(admin: Visitor) -> None:
    page, name = admin.opens("/queues"), f"Night shift {new_id()[-6:]}"
    page.get_by_role("button", name="New queue").click()
    page.get_by_role("dialog").get_by_label("Name").fill(name)
    page.get_by_role("button", name="Create").click()
    page.get_by_text("Skills, hours and overflow").click()
    page.get_by_label("Open at certain times only").check()
    expect(page.get_by_text("All times are those of America/Toronto")).to_be_visible()
    page.get_by_label("Monday from").fill("21:00")
    page.get_by_label("Monday to").fill("02:00")
    expect(page.get_by_text("on the next day", exact=True)).to_be_visible()
    page.get_by_label("Tuesday from").fill("9 o'c")
    expect(page.get_by_label("Tuesday from")).to_have_attribute("aria-invalid", "true")
    page.get_by_role("button", name="Save").click()
    # What the server refuses stands at its field.
    expect(page.get_by_role("group", name="Opening hours").last).to_contain_text(
        "tue: each span must be two times"
    )
    admin.excuse("400")
    page.get_by_label("Tuesday from").fill("09:00")
    page.get_by_label("Country, two letters").fill("DE")
    page.get_by_label("Year").fill("2027")
    page.get_by_role("button", name="Add public holidays").click()
    expect(page.get_by_label("Holiday 1", exact=True)).to_have_value("2027-01-01")
    page.get_by_role("button", name="Add a half day").click()
    page.get_by_label("Half day 1", exact=True).fill("12-24")
    admin.checks_screen("opening hours")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").filter(has_text="Saved")).to_be_visible()
    page.reload()
    page.get_by_text("Skills, hours and overflow").click()
    expect(page.get_by_label("Monday to")).to_have_value("02:00")
    expect(page.get_by_label("12-24 to")).to_have_value("12:00")
    page.get_by_label("Open at certain times only").uncheck()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_label("Half day 1", exact=True)).to_have_value("12-24")


def test_what_a_queue_needs_and_where_it_overflows_are_forms(admin: Visitor) -> None:
    page, name = admin.opens("/queues"), f"Night care {new_id()[-6:]}"
    page.get_by_role("button", name="New queue").click()
    page.get_by_role("dialog").get_by_label("Name").fill(name)
    page.get_by_role("button", name="Create").click()
    page.get_by_text("Skills, hours and overflow").click()
    skills = page.get_by_role("group", name="Needed skills", exact=True)
    for skill in ("german", "billing"):
        skills.get_by_role("button", name="Add").click()
        last = skills.get_by_role("group").last
        last.get_by_role("textbox", name="Skill").fill(skill)
        last.get_by_label("Level").fill("3")
    skills.get_by_role("button", name="Remove 1 of Needed skills").click()
    expect(skills.get_by_role("textbox", name="Skill")).to_have_value("billing")
    skills.get_by_label("Required").uncheck()
    relaxed = page.get_by_role("group", name="Relaxation", exact=True)
    relaxed.get_by_role("button", name="Add").click()
    relaxed.get_by_label("After (s)").fill("30")
    relaxed.get_by_label("Levels lower by").fill("2")
    overflow = page.get_by_role("group", name="Overflow")
    overflow.get_by_label("Callers who cannot be served go to").select_option("Voicemail")
    admin.checks_screen("a queue's skills and overflow")
    page.get_by_role("button", name="Save").click()
    # What the server refuses stands at its field.
    expect(overflow.get_by_label("Mailbox")).to_have_attribute("aria-invalid", "true")
    admin.excuse("400")
    overflow.get_by_label("Mailbox").select_option(label=f"Queue: {name}")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").filter(has_text="Saved")).to_be_visible()
    page.reload()
    page.get_by_text("Skills, hours and overflow").click()
    expect(skills.get_by_role("textbox", name="Skill")).to_have_value("billing")
    expect(skills.get_by_label("Required")).not_to_be_checked()
    expect(relaxed.get_by_label("After (s)")).to_have_value("30")
    expect(overflow.get_by_label("Mailbox").locator("option:checked")).to_have_text(f"Queue: {name}")
    overflow.get_by_label("Callers who cannot be served go to").select_option("Where the call’s route says")
    expect(page.get_by_text("1 change not saved")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(overflow.get_by_label("Mailbox")).to_be_visible()


def test_a_number_leads_elsewhere(system: System, admin: Visitor) -> None:
    number = next(one["e164"] for one in system.demo["numbers"] if not one.get("route"))
    page = admin.opens("/numbers")
    leads = page.get_by_label(f"{number} leads to")
    before = leads.input_value()
    leads.select_option(label="Sales")
    expect(page.get_by_role("status").filter(has_text="Saved")).to_be_visible()
    page.reload()
    expect(page.get_by_label(f"{number} leads to").locator("option:checked")).to_have_text("Sales")
    page.get_by_label(f"{number} leads to").select_option(before)
    expect(page.get_by_role("status").filter(has_text="Saved")).to_be_visible()


def test_a_route_is_edited_checked_tried_and_published(admin: Visitor) -> None:
    page, name = admin.opens("/routes"), f"Night {new_id()[-6:]}"
    page.get_by_role("button", name="New call route").click()
    page.get_by_label("Name").fill(name)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="Nothing is changed")).to_be_visible()
    page.get_by_role("button", name="Add a block").click()
    page.get_by_role("dialog").get_by_label("Type").select_option(label="Menu")
    page.get_by_role("dialog").get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("button", name="Begin here").click()
    # What is wrong stands at its block while one types.
    expect(page.get_by_text("is required").first).to_be_visible()
    expect(page.get_by_role("button", name="Publish version 2")).to_be_disabled()
    page.get_by_role("button", name="Choose a sound").click()
    page.get_by_label("Text 1").fill("For sales press 1.")
    page.get_by_label("1", exact=True).select_option("hangup")
    expect(page.get_by_text("No problems")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("No problems")).to_be_hidden()
    page.keyboard.press("Control+Shift+z")
    expect(page.get_by_text("No problems")).to_be_visible()
    admin.checks_screen("route editor")

    # The draft outlives a reload. Everything but typing goes by the keys of the graph and of the tabs.
    page.reload()
    graph = page.get_by_role("group", name="Graph of the route")
    graph.get_by_role("button", name="menu").focus()
    page.keyboard.press("ArrowRight")
    expect(graph.get_by_role("button", name="hangup")).to_be_focused()
    page.get_by_role("tab", name="Block").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text("0:15").first).to_be_visible()
    admin.checks_screen("check of a route")
    page.get_by_role("tab", name="Dry run").click()
    page.get_by_label("Digits pressed").fill("1")
    page.get_by_role("button", name="Follow the call").click()
    expect(graph.locator("button.way")).to_have_count(2)
    page.get_by_role("button", name="Publish version 2").click()
    expect(page.get_by_text("Version 2 is in use for new calls")).to_be_visible()
    page.get_by_role("tab", name="Versions").click()
    page.get_by_role("button", name="Compare Version 1").click()
    expect(page.get_by_text("is new")).to_be_visible()
    admin.checks_screen("versions of a route")
    page.get_by_role("button", name="Outline", exact=True).click()
    expect(page.get_by_role("button", name="hangup")).to_be_visible()
    admin.checks_screen("outline of a route")


def test_an_outline_says_settings_in_words(admin: Visitor) -> None:
    """The names of what they refer to, and hours as people say them."""
    page = admin.opens("/routes")
    page.get_by_role("main").get_by_role("link", name="Auto attendant").click()
    page.get_by_role("button", name="Outline", exact=True).click()
    hours = page.locator("[data-block=hours]")
    expect(hours).to_contain_text("Opening hours Mon–Fri 09:00–17:00")
    expect(page.locator("[data-block=open]")).to_contain_text("“Thank you for calling Demo Company.")
    expect(page.locator("[data-block=message]")).to_contain_text("Mailbox Demo Company")
    page.get_by_role("tab", name="Dry run").click()
    expect(page.get_by_label("At (America/Toronto)")).to_be_visible()


def test_charts_and_old_calls_can_be_read(system: System, admin: Visitor) -> None:
    """A label of a chart is as large as other small texts, on a telephone, too. An old call has its year."""
    then = utcnow() - timedelta(days=400)
    call = CallLog(
        team_id=system.team_id, caller="+14165550177", did="+14165550100", disposition="answered", talk=6.0,
        started_at=then, ended_at=then + timedelta(seconds=6),
    )  # fmt: skip
    system.transaction(lambda session: session.add(call))
    page = admin.opens("/calls?search=%2B14165550177")
    expect(page.get_by_role("row").filter(has_text="+1 416 555 0177").first).to_contain_text(str(then.year))
    for size in (PHONE, DESKTOP):
        page.set_viewport_size(size)
        admin.opens("/reports")
        labels = page.locator("figure svg text")
        expect(labels.first).to_be_visible()
        height = labels.first.evaluate("one => one.getBoundingClientRect().height")
        assert height > 10, f"{size['width']} px: {height} px"
        boxes = [box for one in labels.all()[3:] if (box := one.bounding_box())]
        assert all(
            one["x"] + one["width"] <= next["x"] for one, next in pairwise(boxes) if one["y"] == next["y"]
        )


def test_cases_are_a_form_and_a_route_is_deleted(system: System, admin: Visitor) -> None:
    page, name = admin.opens("/routes"), f"Tiers {new_id()[-6:]}"
    page.get_by_role("button", name="New call route").click()
    page.get_by_label("Name").fill(name)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Add a block").click()
    page.get_by_role("dialog").get_by_label("Type").select_option("match")
    page.get_by_role("dialog").get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("button", name="Begin here").click()
    page.get_by_role("button", name="Add a case").click()
    page.get_by_label("Name of case 1").fill("gold")
    page.get_by_label("Case 1, condition 1: what is compared").fill("Tier")
    expect(page.get_by_role("group", name="Case 1")).to_contain_text("must be a variable's name")
    page.get_by_label("Case 1, condition 1: what is compared").fill("tier")
    page.get_by_label("Case 1, condition 1: how").select_option("is one of")
    page.get_by_label("Case 1, condition 1: with what").fill("gold, platinum")
    page.get_by_label("gold", exact=True).select_option("hangup")
    page.get_by_label("else", exact=True).select_option("hangup")
    # The exit goes along with the case's name.
    page.get_by_label("Name of case 1").fill("best")
    expect(page.get_by_label("best", exact=True)).to_have_value("hangup")
    page.get_by_role("button", name="Add a case").click()
    page.get_by_label("Case 2, condition 1: what is compared").fill("debts")
    page.get_by_label("Case 2, condition 1: how").select_option("is more than")
    page.get_by_label("Case 2, condition 1: with what").fill("100")
    page.get_by_role("button", name="and … Case 2").click()
    page.get_by_label("Case 2, condition 2: what is compared").fill("name")
    page.get_by_label("Case 2, condition 2: how").select_option("is not empty")
    page.get_by_role("button", name="Try case 2 earlier").click()
    page.get_by_label("Name of case 1").fill("debtor")
    page.get_by_label("debtor", exact=True).select_option("hangup")
    expect(page.get_by_text("No problems")).to_be_visible()
    admin.checks_screen("cases of a route")
    page.get_by_role("button", name="Publish version 2").click()
    expect(page.get_by_text("Version 2 is in use for new calls")).to_be_visible()
    path = page.url.split("/console")[1]
    with system.api as api:
        kept = api.get(f"/callroute/{path.rsplit('/', 1)[1]}").json()["blocks"]["match"]
    assert kept["exits"] == {"best": "hangup", "debtor": "hangup", "else": "hangup"}
    assert kept["settings"]["cases"] == [
        {
            "name": "debtor",
            "when": [
                {"variable": "debts", "is": "greater", "value": 100},
                {"variable": "name", "is": "not-empty"},
            ],
        },
        {"name": "best", "when": [{"variable": "tier", "is": "in", "value": ["gold", "platinum"]}]},
    ]

    # While a number leads to it, it cannot be deleted, and the number is named.
    number = system.demo["numbers"][2]["e164"]
    leads = admin.opens("/numbers").get_by_label(f"{number} leads to")
    before = leads.input_value()
    leads.select_option(label=name)
    expect(page.get_by_role("status").filter(has_text="Saved")).to_be_visible()
    admin.opens(path)
    page.get_by_role("button", name="Delete the route").click()
    dialog = page.get_by_role("dialog", name="Delete the route")
    dialog.get_by_role("button", name="Delete", exact=True).click()
    expect(dialog.get_by_role("alert")).to_contain_text("+1 416 555 0102")
    admin.excuse("409")
    admin.checks_screen("a route that is in use")
    admin.opens("/numbers").get_by_label(f"{number} leads to").select_option(before)
    expect(page.get_by_role("status").filter(has_text="Saved")).to_be_visible()
    admin.opens(path)
    page.get_by_role("button", name="Delete the route").click()
    dialog.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("heading", name="Call routes")).to_be_visible()
    expect(page.get_by_role("link", name=name)).to_be_hidden()


def test_a_sound_is_uploaded_and_heard(admin: Visitor, tmp_path: Path) -> None:
    page, name = admin.opens("/prompts"), f"Hello {new_id()[-6:]}"
    sound = tmp_path / "hello.wav"
    write_tone(sound, 1.0)
    page.get_by_role("button", name="Upload a sound").click()
    page.get_by_label("File").set_input_files(sound)
    page.get_by_label("Name").fill(name)
    admin.checks_screen("upload of a prompt")
    page.get_by_role("button", name="Upload", exact=True).click()
    row = page.get_by_role("row").filter(has_text=name)
    expect(row.get_by_role("cell", name="0:01")).to_be_visible()
    player = row.locator("audio")
    player.evaluate("audio => audio.play()")
    wait_until(lambda: bool(player.evaluate("audio => audio.currentTime > 0.2")), "the sound plays", 20)
    admin.checks_screen("prompts")
    row.get_by_role("button", name="Delete").click()
    expect(row).to_be_hidden()


def test_people_of_a_file_are_tried_first(admin: Visitor) -> None:
    page, who = admin.opens("/people"), f"{new_id()[-8:]}@example.com"
    page.get_by_role("button", name="Import").click()
    text = page.get_by_label("Or its text")
    text.fill("email,role\nnot an address,member\n")
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_role("alert")).to_contain_text("line 2.email")
    admin.excuse("400")
    text.fill(f"email,role\n{who},member\n")
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_text("1 new, 0 changed")).to_be_visible()
    admin.checks_screen("import")
    page.get_by_role("dialog").get_by_role("button", name="Import").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_role("listitem").filter(has_text=who)).to_be_visible()


def test_people_are_found_and_changed(admin: Visitor) -> None:
    page = admin.opens("/people")
    page.get_by_label("Search people").fill("carol")
    page.get_by_role("button", name="Edit").click()
    dialog = page.get_by_role("dialog")
    admin.checks_screen("person")
    dialog.get_by_label("Position").fill("Second level")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_role("cell", name="Second level")).to_be_visible()

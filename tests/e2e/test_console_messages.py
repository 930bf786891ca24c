"""The customer inbox in the console, in front of the whole running system."""

import io
import re
import secrets
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect
from sqlmodel import Session, col, select

from models import (
    CallLog,
    CallRoute,
    CallRouteVersion,
    Conversation,
    InboxChannel,
    InboxFile,
    InboxMail,
    InboxMessage,
    InboxSavedReply,
    InboxTemplate,
    Recording,
    Voicemail,
    utcnow,
)
from models.file import object_key
from switchroom.ids import dashed_id, new_id, parse_id, public_id
from switchroom.inbox import Source
from switchroom.storage import Storage
from tests.support.browser.build import built_console
from tests.support.browser.customers import hears
from tests.support.browser.messages import acts, said_by
from tests.support.browser.pairs import people
from tests.support.browser.people import is_now
from tests.support.browser.visitor import Visitor, chromium
from tests.support.e2e.system import System
from tests.support.servers import wait_until
from tests.support.sip.audio import voice, write_samples

__all__ = ["built_console", "chromium", "people"]

pytestmark = [
    pytest.mark.browser, pytest.mark.e2e, pytest.mark.timeout(300), pytest.mark.usefixtures("built_console"),
]  # fmt: skip


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as made:
        yield made


def a_number() -> str:
    return f"+1416558{secrets.randbelow(10_000):04}"


def test_a_conversation_of_the_inbox(system: System, people: tuple[Visitor, Visitor]) -> None:
    dana, _ = people
    text = f"Where is order {new_id()[-6:]}?"
    answer = f"It is on its way: {new_id()[-6:]}"
    hears(system, text)
    template = InboxTemplate(team_id=system.team_id, source=Source.SMS_TWILIO.value, name=text, text=answer)
    system.transaction(lambda session: session.add(template))
    page = dana.opens("/inbox")
    dana.checks_screen("inbox")
    page.get_by_role("link").filter(has_text=text).click()
    expect(page.get_by_role("log")).to_contain_text(text)
    page.get_by_role("button", name="Template").click()
    page.get_by_role("region", name="Template").get_by_role("button", name=text).click()
    box = page.get_by_label("Message to Grace Hopper")
    expect(box).to_have_value(answer)
    expect(box).to_be_focused()
    page.reload()
    expect(box).to_have_value(answer)
    box.press("Enter")
    expect(page.get_by_role("log")).to_contain_text(answer)
    dana.checks_screen("conversation")
    page.get_by_role("button", name="Done", exact=True).click()
    expect(page.get_by_role("button", name="Open again")).to_be_visible()
    page.get_by_label("State").select_option("Done")
    expect(page.get_by_role("link").filter(has_text=answer)).to_be_visible()


def test_the_list_is_narrowed_by_channel_and_inbox_team(
    system: System, people: tuple[Visitor, Visitor]
) -> None:
    dana, _ = people
    mark = new_id()[-6:]
    for name in ("Shop", "Care"):
        hears(system, f"{name}, please answer {mark}", channel=f"{name} {mark}")
    organization = {"organization_id": dashed_id(system.team_id)}
    inbox = f"http://127.0.0.1:{system.settings.api_port}/inbox"
    with system.api as api:
        found = api.post(f"{inbox}/connected-channels", json=organization).raise_for_status().json()
        care = next(one["id"] for one in found["channels"] if one["name"] == f"Care {mark}")
        team = {"name": f"Carers {mark}", "query": {"channel_ids": [care]}, "member_ids": []}
        api.post(f"{inbox}/create-team", json={**organization, **team}).raise_for_status()
    page = dana.opens("/inbox")
    of_shop, of_care = (
        page.get_by_role("link").filter(has_text=f"{name}, please answer {mark}") for name in ("Shop", "Care")
    )
    expect(of_care).to_be_visible()
    page.get_by_label("Channel").select_option(f"Shop {mark}")
    expect(of_care).to_have_count(0)
    expect(of_shop).to_be_visible()
    page.get_by_label("Channel").select_option("Any channel")
    page.get_by_label("Inbox team").select_option(f"Carers {mark}")
    expect(of_shop).to_have_count(0)
    expect(of_care).to_be_visible()
    page.reload()
    expect(of_care).to_be_visible()
    expect(of_shop).to_have_count(0)
    dana.checks_screen("inbox of a team")
    page = dana.opens("/channels")
    row = page.get_by_role("row").filter(has_text=f"Carers {mark}")
    row.get_by_role("button", name="Change").click()
    form = page.get_by_role("dialog", name="Change the inbox team")
    expect(form.get_by_role("group", name="Channels of the team")).to_contain_text(f"Care {mark}")
    form.get_by_label("Name").fill(f"Helpers {mark}")
    form.get_by_label("Add: Members").select_option("Alice Martin")
    dana.checks_screen("an inbox team")
    form.get_by_role("button", name="Save").click()
    row = page.get_by_role("row").filter(has_text=f"Helpers {mark}")
    expect(row).to_contain_text("Alice Martin")
    dana.checks_screen("inbox teams")
    row.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(row).to_have_count(0)


def test_who_writes_is_seen_and_files_go_out(system: System, people: tuple[Visitor, Visitor]) -> None:
    dana, alice = people
    conversation = hears(system, f"Where is order {new_id()[-6:]}?")
    page, other = dana.opens(f"/inbox/{conversation}"), alice.opens(f"/inbox/{conversation}")
    expect(page.get_by_role("log")).to_contain_text("Where is order")
    box = other.get_by_label("Message to Grace Hopper")
    box.press_sequentially("See the bill.")
    expect(page.get_by_text("Alice Martin is writing")).to_be_visible()
    for name in ("wrong.txt", "bill.txt"):
        file = {"name": name, "mimeType": "text/plain", "buffer": name.encode()}
        other.get_by_label("Attach a file").set_input_files(file)  # type: ignore[arg-type]
        expect(other.get_by_role("list", name="Files that go out")).to_contain_text(name)
    other.get_by_role("button", name="Remove wrong.txt").click()
    alice.checks_screen("a file that waits to be sent")
    box.press("Enter")
    expect(said_by(page.get_by_role("log"), "See the bill.").get_by_role("link")).to_have_text("bill.txt")
    expect(page.get_by_text("is writing")).to_have_count(0)
    expect(other.get_by_role("list", name="Files that go out")).to_have_count(0)


def test_who_else_reads_is_seen_and_a_mail_as_it_was_designed(
    system: System, people: tuple[Visitor, Visitor], stack: ExitStack
) -> None:
    dana, alice = people
    conversation = hears(system, f"Where is order {new_id()[-6:]}?")
    senders = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
    senders.setblocking(False)
    pixel = f"http://127.0.0.1:{senders.getsockname()[1]}/pixel.png"
    html = f'<h1>Order <b>7</b></h1><p><a href="{dana.base}/health">Follow it</a></p><img src="{pixel}">'
    picture = InboxFile(team_id=system.team_id, name="logo.png", type="image/png")
    html += f'<img alt="Our logo" src="cid:{dashed_id(picture.id)}">'
    drawn = io.BytesIO()
    Image.new("RGB", (40, 20), "navy").save(drawn, "PNG")
    Storage(system.settings).put_bytes(object_key(picture.id), drawn.getvalue(), picture.type)

    def is_a_mail(session: Session) -> None:
        found = session.get_one(Conversation, parse_id(conversation))
        message = session.exec(select(InboxMessage).where(InboxMessage.conversation_id == found.id)).one()
        channel = session.get_one(InboxChannel, found.channel_id)
        channel.source, channel.claim = Source.EMAIL.value, None
        picture.message_id = message.id
        session.add(picture)
        session.add(InboxMail(message_id=message.id, channel_id=channel.id, mid="", html=html))

    system.transaction(is_a_mail)
    page, other = dana.opens(f"/inbox/{conversation}"), alice.opens(f"/inbox/{conversation}")
    expect(page.get_by_text("Alice Martin reads this too")).to_be_visible()
    expect(other.get_by_text("Dana Reed reads this too")).to_be_visible()
    page.get_by_role("button", name="Show as designed").press("Enter")
    mail = page.frame_locator("iframe[title='Mail from Grace Hopper as designed']")
    expect(mail.get_by_role("heading")).to_have_text("Order 7")
    expect(mail.get_by_alt_text("Our logo")).to_have_js_property("naturalWidth", 40)
    dana.checks_screen("a mail as designed")
    with dana.context.expect_page() as opened:
        mail.get_by_role("link", name="Follow it").click()
    assert opened.value.url == f"{dana.base}/health"
    assert opened.value.evaluate("window.opener") is None
    opened.value.close()
    # The picture of elsewhere is not fetched: who sent it does not learn that it was read.
    with pytest.raises(BlockingIOError):
        senders.accept()
    dana.excuse("Content Security Policy")
    # What the tests put into every page does not run in this one either.
    dana.excuse("Blocked script execution")
    alice.opens("/inbox")
    expect(page.get_by_text("reads this too")).to_have_count(0)


def test_who_looks_after_a_conversation_and_when(system: System, people: tuple[Visitor, Visitor]) -> None:
    dana, alice = people
    text = f"Where is order {new_id()[-6:]}?"
    conversation = hears(system, text)
    page, other = dana.opens(f"/inbox/{conversation}"), alice.opens("/inbox")
    mine, hers = (one.get_by_role("link").filter(has_text=text) for one in (page, other))
    expect(hers).to_be_visible()
    other.get_by_label("Assigned to").select_option("Mine")
    expect(hers).to_have_count(0)
    # By keyboard alone.
    page.get_by_role("button", name="Not assigned").press("Enter")
    sheet = page.get_by_role("region", name="Assigned to")
    expect(sheet.get_by_role("button", name="Nobody")).to_have_attribute("aria-pressed", "true")
    dana.checks_screen("assigning")
    sheet.get_by_role("button", name="Alice Martin").press("Enter")
    expect(page.get_by_role("button", name="Assigned to Alice Martin")).to_be_focused()
    expect(hers).to_be_visible()
    page.get_by_label("Assigned to", exact=True).select_option("Not assigned")
    expect(mine).to_have_count(0)
    page.get_by_label("Assigned to", exact=True).select_option("Everybody’s")
    page.get_by_role("button", name="Assigned to Alice Martin").click()
    sheet.get_by_role("button", name="Me (Dana Reed)").click()
    expect(page.get_by_role("button", name="Assigned to Dana Reed")).to_be_visible()
    expect(hers).to_have_count(0)

    snooze = page.get_by_role("button", name="Snooze").first
    snooze.click()
    dana.checks_screen("snoozing")
    page.get_by_role("button", name="For an hour").click()
    log = page.get_by_role("log")
    expect(page.locator(".tag", has_text="Snoozed until")).to_be_visible()
    expect(mine).to_have_count(0)
    expect(log).to_contain_text(text)
    page.get_by_label("State").select_option("Snoozed")
    expect(mine).to_contain_text("Snoozed until")
    dana.checks_screen("snoozed")
    snooze.click()
    page.get_by_label(re.compile(r"^Until \(")).fill(f"{utcnow() + timedelta(days=3):%Y-%m-%dT10:15}")
    page.get_by_role("region", name="Snooze").get_by_role("button", name="Snooze").click()
    expect(mine).to_contain_text("10:15")
    snooze.click()
    page.get_by_role("button", name="Bring it back now").click()
    expect(mine).to_have_count(0)
    page.get_by_label("State").select_option("Open")
    expect(mine).not_to_contain_text("Snoozed")


def test_notes_and_saved_replies(system: System, people: tuple[Visitor, Visitor]) -> None:
    dana, alice = people
    text = f"Where is order {new_id()[-6:]}?"
    conversation = hears(system, text)
    saved = InboxSavedReply(
        team_id=system.team_id, name=f"Late {new_id()[-6:]}", text="Hello {{first_name}}, {{order}} is late."
    )
    name = saved.name
    system.transaction(lambda session: session.add(saved))
    page, other = dana.opens(f"/inbox/{conversation}"), alice.opens(f"/inbox/{conversation}")
    page.get_by_role("button", name="Note", exact=True).click()
    page.get_by_label("Note for your team").fill("A good customer")
    dana.checks_screen("writing a note")
    page.keyboard.press("Enter")
    note, hers = (said_by(one.get_by_role("log"), "A good customer") for one in (page, other))
    expect(hers).to_contain_text("Note, only for your team")
    expect(hers.get_by_role("button", name="Actions")).to_have_count(0)
    alice.checks_screen("note")
    acts(note, "Delete")
    for one in (note, hers):
        expect(one).to_have_count(0)

    page.get_by_role("button", name="Message", exact=True).click()
    page.get_by_role("button", name="Saved reply").click()
    sheet = page.get_by_role("region", name="Saved reply")
    dana.checks_screen("saved replies")
    sheet.get_by_role("button", name=name).click()
    box = page.get_by_label("Message to Grace Hopper")
    expect(box).to_have_value("Hello Grace, {{order}} is late.")
    expect(page.get_by_role("alert")).to_have_text("Without a value: order")
    dana.checks_screen("a missing value")
    box.fill("Hello Grace, order 7 is late.")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_calls_and_voicemails_stand_among_messages(
    system: System, people: tuple[Visitor, Visitor], tmp_path: Path
) -> None:
    dana, _ = people
    number, text = a_number(), f"Call me about order {new_id()[-6:]}"
    conversation = hears(system, text, number)
    key = f"voicemail/{new_id()}.wav"
    Storage(system.settings).put_file(key, write_samples(tmp_path / "said.wav", voice(1)), "audio/wav")
    now = utcnow()
    saved = (
        select(CallRouteVersion)
        .join(CallRoute, col(CallRoute.id) == col(CallRouteVersion.route_id))
        .where(CallRoute.team_id == system.team_id)
    )
    route = system.transaction(lambda session: session.exec(saved).first())
    entry = route.document["entry"]
    passed = {
        "block": entry,
        "type": route.document["blocks"][entry]["type"],
        "at": now.timestamp(),
        "exit": None,
    }
    call = CallLog(
        team_id=system.team_id, caller=number, did="+14165550100", disposition="answered", talk=20.0,
        started_at=now, ended_at=now + timedelta(seconds=30),
        route_id=route.route_id, route_version=route.version, path=[passed],
    )  # fmt: skip
    talk = Recording(
        call_id=call.id, team_id=system.team_id, file_base=new_id(), state="failed", seconds=20.0,
        transcript={"lines": [], "text": "I want my money back"}, transcript_state="done",
    )  # fmt: skip
    voicemail = Voicemail(
        call_id=new_id(), team_id=system.team_id, mailbox_kind="user",
        mailbox_id=parse_id(system.demo["admin"]["user"]), caller=number, file=f"{new_id()}.wav",
        state="stored", s3_key=key, seconds=1.0, transcript={"lines": [], "text": "Please call back"},
        transcript_state="done",
    )  # fmt: skip
    system.transaction(lambda session: session.add_all((call, talk, voicemail)))
    page = dana.opens(f"/inbox/{conversation}")
    log = page.get_by_role("log")
    expect(log.get_by_role("article")).to_have_count(3)
    rang, left = (log.get_by_role("article").filter(has_text=one) for one in ("Call · Inbound", "Voicemail"))
    expect(rang).to_contain_text("Answered")
    rang.get_by_text("Transcript").press("Enter")
    expect(rang.get_by_text("I want my money back")).to_be_visible()
    left.get_by_text("Transcript").click()
    expect(left.get_by_text("Please call back")).to_be_visible()
    left.get_by_role("button", name="Hear it").click()
    expect(left.locator("audio")).to_have_js_property("readyState", 4)
    dana.checks_screen("timeline")
    page.get_by_role("button", name="Call", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("(closed)")
    dana.excuse("409")
    dana.checks_screen("a call that cannot be made")
    rang.get_by_role("link", name="Open the call").click()
    expect(page.get_by_role("heading", name="Course of the call")).to_be_visible()
    drawn = page.get_by_role("group", name="Graph of the route")
    expect(drawn.get_by_role("button", pressed=True)).to_contain_text(entry)
    expect(drawn.locator("button.way")).to_have_count(1)
    expect(drawn.get_by_role("button")).to_have_count(len(route.document["blocks"]))
    dana.checks_screen("a call on its route")


def test_an_agent_accepts_what_their_queue_offers(system: System, people: tuple[Visitor, Visitor]) -> None:
    """The wallboard shows the conversation meanwhile, and the reports count it."""
    dana, alice = people
    agent, name = system.demo["agents"][0]["agent"], f"Messages {new_id()[-6:]}"
    text = f"Is order {new_id()[-6:]} on its way?"
    with system.api as api:
        body = {"team": public_id(system.team_id), "name": name, "agents": [agent]}
        queue = api.post("/CCQueueConfig", json=body).raise_for_status().json()["id"]
    is_now(alice.opens("/desk"), "Available")
    page = alice.opens("/calls")
    offers = page.get_by_role("complementary", name="Offered conversations")
    board = dana.opens("/wallboard")
    row = board.locator(f"tr[data-conversations='{queue}']")
    try:
        expect(board.locator(f"tr[data-queue='{queue}']")).to_be_visible()
        expect(row).to_have_count(0)
        hears(system, text, queue=queue)
        expect(offers).to_contain_text(f"For {name}")
        expect(offers).to_contain_text("Grace Hopper")
        alice.checks_screen("offered conversation")
        waiting, longest = row.locator("td").nth(0), row.locator("td").nth(1)
        expect(waiting).to_have_text("1")
        expect(longest).to_have_text(re.compile(r"^\d+:\d\d$"))
        dana.checks_screen("wallboard with a conversation")
        page.reload()
        expect(offers).to_contain_text(text)
        offers.get_by_role("button", name="Decline").click()
        expect(offers).to_be_hidden()
        # Nobody else is there: the queue offers it to the same agent again.
        expect(offers).to_contain_text(text)
        offers.get_by_role("button", name="Accept").click()
        expect(page.get_by_role("log")).to_contain_text(text)
        hers = page.get_by_role("button", name="Assigned to Alice Martin")
        expect(hers).to_be_visible()
        expect(page.get_by_text(f"taken by Alice Martin ({name})").last).to_be_visible()
        expect(offers).to_be_hidden()
        expect(row).to_contain_text("1 with an agent")
        expect(waiting).to_have_text("0")
        # She sends it back to her queue, which offers it to her again.
        hers.click()
        page.get_by_role("button", name=f"Queue: {name}").click()
        expect(page.get_by_role("button", name="Not assigned")).to_be_visible()
        expect(offers).to_contain_text(text)
        offers.get_by_role("button", name="Accept").click()
        expect(hers).to_be_visible()
        page.get_by_role("button", name="Done", exact=True).click()
        reports_count_it(dana, name)
    finally:
        is_now(alice.opens("/desk"), "Offline")
        with system.api as api:
            api.delete(f"/CCQueueConfig/{queue}").raise_for_status()


def reports_count_it(dana: Visitor, queue: str) -> None:
    page = dana.opens("/reports")
    page.get_by_label("What is counted").select_option("Conversations")
    expect(page.get_by_role("heading", name="Conversations")).to_be_visible()
    expect(page.get_by_label("By", exact=True).locator("option")).to_have_text(["Queue", "Agent"])
    page.get_by_label("Interval").select_option("The whole time")
    row = page.get_by_role("row").filter(has_text=queue)
    # She had it twice.
    expect(row.get_by_role("cell").nth(1)).to_have_text("2")
    expect(page.get_by_role("columnheader", name="Abandoned")).to_have_count(0)
    expect(page.get_by_role("link", name="Download CSV")).to_have_attribute(
        "href", re.compile("of=conversations")
    )
    page.reload()
    expect(row).to_be_visible()
    dana.checks_screen("reports of conversations")


def test_what_was_read_stays_while_the_api_is_away(system: System, people: tuple[Visitor, Visitor]) -> None:
    dana, _ = people
    text = f"Where is order {new_id()[-6:]}?"
    page = dana.opens(f"/inbox/{hears(system, text)}")
    expect(page.get_by_role("log")).to_contain_text(text)
    system.stop_program("api")
    try:
        expect(page.get_by_text("Connection lost")).to_be_visible()
        page.get_by_role("button", name="Done", exact=True).click()
        expect(page.get_by_role("alert").first).to_be_visible()
        told = page.get_by_role("alert").all_inner_texts()
        assert set(told) == {"The server cannot be reached"}
        expect(page.get_by_role("log")).to_contain_text(text)
        dana.checks_screen("inbox while the api is away")
    finally:
        system.start_program("api")
        wait_until(system.api_answers, "the api listens", 60)
    later = f"Still waiting for {new_id()[-6:]}"
    hears(system, later)
    for who in people:
        expect(who.page.get_by_text("Connection lost")).to_be_hidden(timeout=30_000)
    expect(page.get_by_role("link").filter(has_text=later)).to_be_visible()
    for who in people:
        who.excuse("ERR_CONNECTION_REFUSED")

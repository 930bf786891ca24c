"""Messages, notes, calls and voicemails of one conversation, in one list."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from models import (
    Agent,
    CallLog,
    CallMember,
    Contact,
    InboxChannel,
    InboxMail,
    InboxMessage,
    InboxNote,
    Recording,
    Voicemail,
    utcnow,
)
from tests.api.core.test_one_hop import Counted, counted
from tests.support.api.client import Api, Person
from tests.support.api.inbox import GRACE, Inbox, did, stored_inbox
from tests.support.servers import S3Server

__all__ = ["counted"]
pytestmark = pytest.mark.service

SAID = {"lines": [], "text": "I want my money back"}


class Line:
    """A contact who writes and calls. Each entry is one minute after the one before."""

    def __init__(self, inbox: Inbox) -> None:
        self.inbox, self.team = inbox, inbox.world.team.id
        self.message = inbox.hears("first")
        self.id = did(self.message.conversation_id)
        self.now = utcnow()

    def later(self) -> Any:
        self.now += timedelta(minutes=1)
        return self.now

    def writes(self, text: str) -> None:
        row = self.inbox.hears(text)
        with self.inbox.world.api.session() as session:
            session.get_one(InboxMessage, row.id).created_at = self.later()

    def notes(self, text: str) -> None:
        self.inbox.world.api.add(
            InboxNote(
                team_id=self.team,
                conversation_id=self.message.conversation_id,
                text=text,
                created_at=self.later(),
            )
        )

    def calls(self, caller: str = GRACE, did: str = "+14165550100", **more: Any) -> CallLog:
        at = self.later()
        values = {"direction": "inbound", "disposition": "answered", "talk": 20.0, **more}
        log = CallLog(
            team_id=self.team,
            caller=caller,
            did=did,
            started_at=at,
            ended_at=at + timedelta(seconds=30),
            **values,
        )
        self.inbox.world.api.add(log)
        return log

    def leaves(self, **more: Any) -> Voicemail:
        row = Voicemail(
            call_id="0" * 32,
            team_id=self.team,
            caller=GRACE,
            file=f"voicemail/{self.now.timestamp()}.wav",
            created_at=self.later(),
            state="stored",
            seconds=4.0,
            transcript=SAID,
            transcript_state="done",
            **more,
        )
        self.inbox.world.api.add(row)
        return row

    def page(self, person: Person, **more: Any) -> Any:
        answer = self.inbox.ask(person, "/timeline", conversation_id=self.id, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()


def kinds(page: Any) -> list[str]:
    return [entry["kind"] for entry in page["data"]]


def test_everything_stands_in_one_order(inbox: Inbox) -> None:
    line, admin = Line(inbox), inbox.world.admin
    agent = Agent(team_id=line.team, user_id=inbox.world.member.user.id, name="Jane")
    inbox.world.api.add(agent)
    inbound = line.calls(agent_id=agent.id)
    talk = Recording(
        call_id=inbound.id, team_id=line.team, file_base="b-1", seconds=20.0, transcript=SAID,
        transcript_state="done",
    )  # fmt: skip
    inbox.world.api.add(talk)
    line.notes("called")
    line.writes("second")
    voicemail = line.leaves()
    outgoing = line.calls("101", GRACE, direction="outgoing", disposition="missed", talk=0.0)
    line.calls("+14165550000")
    line.calls("+14165550000", GRACE, direction="inbound")
    page = inbox.drive(admin, "/timeline", conversation_id=line.id)
    assert kinds(page) == ["call", "voicemail", "message", "note", "call", "message"]
    first, second, _, note, third, last = page["data"]
    assert (first["call"]["id"], first["call"]["direction"]) == (did(outgoing), "outgoing")
    assert (second["voicemail"]["id"], second["voicemail"]["transcript"]) == (did(voicemail), SAID["text"])
    assert note["note"]["text"] == "called"
    assert third["call"] == {
        "id": did(inbound), "direction": "inbound", "caller": GRACE, "called": "+14165550100",
        "disposition": "answered", "duration": 30.0, "talk": 20.0,
        "agent": {"id": did(inbox.world.member.user.id), "first_name": inbox.world.member.user.first_name,
                  "last_name": inbox.world.member.user.last_name or None},
        "talks": [{"number": 1, "duration": 20.0, "transcript_state": "done", "transcript": SAID["text"]}],
    }  # fmt: skip
    assert (last["message"]["text"], last["call"]) == ("first", None)


def test_a_mail_stands_there_with_its_subject(inbox: Inbox) -> None:
    line = Line(inbox)
    mail = InboxMail(
        message_id=line.message.id, channel_id=inbox.channel.id, mid="<1@example.com>", subject="A question"
    )
    inbox.world.api.add(mail)
    with inbox.world.api.session() as session:
        session.get_one(InboxChannel, inbox.channel.id).source = "EMAIL"
    (entry,) = line.page(inbox.world.admin)["data"]
    assert entry["message"]["subject"] == "A question"


def test_pages_lead_through_all_kinds_and_back(inbox: Inbox) -> None:
    line, admin = Line(inbox), inbox.world.admin
    for number in range(3):
        line.calls()
        line.notes(f"note {number}")
        line.leaves()
        line.writes(f"text {number}")
    whole, seen, cursor = line.page(admin, page_size=100)["data"], [], ""
    while True:
        page = line.page(admin, page_size=4, cursor=cursor)
        seen += page["data"]
        back, cursor = page["response_metadata"]["previous_cursor"], page["response_metadata"]["next_cursor"]
        if not cursor:
            break
    assert seen == whole
    assert len(whole) == 13
    assert line.page(admin, page_size=4, cursor=back)["data"] == whole[8:12]


def test_a_member_sees_the_calls_that_they_see_in_the_call_log(inbox: Inbox) -> None:
    line, world = Line(inbox), inbox.world
    mine = line.calls("101", GRACE, direction="outgoing")
    assert world.member.member
    world.api.add(CallMember(call_id=mine.id, member_id=world.member.member.id))
    line.calls()
    line.leaves(mailbox_kind="user", mailbox_id=world.member.user.id)
    line.leaves(mailbox_kind="user", mailbox_id=world.admin.user.id)
    assert kinds(line.page(world.member)) == ["voicemail", "call", "message"]
    assert kinds(line.page(world.admin)) == ["voicemail", "voicemail", "call", "call", "message"]
    other = world.api.person(world.team)
    assert kinds(line.page(other)) == ["message"]


def test_a_merged_contacts_other_numbers_count(inbox: Inbox) -> None:
    line = Line(inbox)
    with inbox.world.api.session() as session:
        contact = session.get_one(Contact, inbox.conversation(line.message).contact_id)
        contact.home_number = "+5491134567890"
    line.calls("+541134567890")
    assert kinds(line.page(inbox.world.admin)) == ["call", "message"]


def test_files_of_messages_have_links(
    make_api: Callable[..., Api], any_database_url: str, s3_server: S3Server
) -> None:
    inbox = stored_inbox(make_api, any_database_url, s3_server)
    line, member, content = Line(inbox), inbox.world.member, b"%PDF-1.4\n%%EOF\n"
    uploaded = inbox.world.api.client.post(
        "/inbox/upload-attachment",
        files={"file": ("Offer.pdf", content, "application/pdf")},
        data={"organization_id": inbox.org},
        headers=member.headers,
    ).json()
    message = {"attachments": [{"type": "FILE", "payload": {"file_id": uploaded["file_id"]}}]}
    assert inbox.ask(member, "/send-message", conversation_id=line.id, message=message).is_success
    newest = line.page(member)["data"][0]["message"]
    (attachment,) = newest["attachments"]
    assert (attachment["title"], attachment["payload"]["url"]) == ("Offer.pdf", attachment["url"])
    assert httpx.get(attachment["url"]).content == content


def test_thirty_entries_take_as_many_statements_as_three(inbox: Inbox, counted: Counted) -> None:
    line, admin = Line(inbox), inbox.world.admin

    def ask() -> list[str]:
        assert inbox.world.call(admin, "GET", "/user/me").is_success
        counted.clear()
        line.page(admin, page_size=100)
        assert counted.jobs == ["reads"]
        return sorted(counted.tables)

    def grow(times: int) -> None:
        for number in range(times):
            line.calls()
            line.notes(f"{number}")
            line.leaves()
            line.writes(f"{number}")

    grow(1)
    few = ask()
    grow(10)
    assert ask() == few
    assert len(few) <= 12

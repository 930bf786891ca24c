"""Mails that would stop the reader, or that machines would answer each other for ever."""

from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from sqlalchemy import literal, select
from sqlalchemy.exc import OperationalError

from models import Contact, Conversation, InboxMailbox, InboxMessage, utcnow
from models.inbox_message import reply_by_rule
from switchroom.database import session
from switchroom.inbox import LONGEST_TEXT
from tests.workers.mailboxes.conftest import Desk
from workers.mailboxes import storing

pytestmark = pytest.mark.service


def test_the_longest_address_stops_nobody(desk: Desk) -> None:
    local, domain = "l" * 64, ".".join(["d" * 60] * 3) + ".example"
    desk.gets("long", From=f"{local}@{domain}")
    desk.gets("next")
    assert [message.text for message in desk.messages()] == ["long", "next"]


def test_a_mail_that_the_database_refuses_stops_nobody(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    if desk.resources.engine.dialect.name != "postgresql":
        pytest.skip("SQLite takes everything")
    receive = storing.receive

    def refused(db: Any, channel: Any, told: Any) -> Any:
        if told.text == "poison":
            db.execute(select(1 / literal(0)))
        return receive(db, channel, told)

    monkeypatch.setattr(storing, "receive", refused)
    desk.gets("poison")
    desk.gets("next")
    assert [message.text for message in desk.messages()] == ["next"]


class Deadlock(Exception):
    sqlstate = "40P01"


def test_a_mail_that_loses_to_another_transaction_is_stored_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    receive, lost = storing.receive, [Deadlock(), Deadlock()]

    def losing(db: Any, channel: Any, told: Any) -> Any:
        if lost:
            raise OperationalError("INSERT", None, lost.pop())
        return receive(db, channel, told)

    monkeypatch.setattr(storing, "receive", losing)
    desk.gets("once")
    assert [message.text for message in desk.messages()] == ["once"]


def test_a_mail_without_a_sender_is_shown_and_cannot_be_answered(desk: Desk) -> None:
    desk.gets("who am I?", From="Nobody at all <>")
    desk.gets("nor I", From="undisclosed:;")
    first, second = desk.messages()
    talks = [desk.office.get(Conversation, one.conversation_id) for one in (first, second)]
    contacts = [desk.office.get(Contact, one.contact_id) for one in talks]
    assert (contacts[0].first_name, contacts[0].last_name) == ("Nobody", "at all <>")
    assert contacts[0].email is None
    assert contacts[0].id != contacts[1].id
    ours = desk.answers(first)
    row = desk.office.get(InboxMessage, ours.id)
    assert (row.state, row.problem) == ("FAILED", "E-mail: the contact's mail names no address to answer")
    assert desk.smtp.mails == []


def test_what_was_erased_does_not_come_back_when_the_server_numbers_its_mails_anew(desk: Desk) -> None:
    desk.gets("erased")
    with session(desk.resources.engine) as db:
        db.delete(db.get_one(Conversation, desk.messages()[0].conversation_id))
        read = db.get_one(InboxMailbox, desk.channel.id)
        read.read_at = utcnow() + timedelta(hours=1)  # It was read long ago.
    desk.imap.number_anew(desk.account)
    desk.reads()
    assert desk.messages() == []
    desk.gets("new")
    assert [message.text for message in desk.messages()] == ["new"]


def test_a_text_that_is_too_long_says_so(desk: Desk) -> None:
    desk.gets("word " * LONGEST_TEXT)
    (message,) = desk.messages()
    assert len(message.text) <= LONGEST_TEXT
    assert message.text.endswith("The rest is in the mailbox.]")


def test_what_a_rule_sends_says_that_a_machine_wrote_it(desk: Desk) -> None:
    desk.gets()
    (message,) = desk.messages()
    with session(desk.resources.engine) as db:
        reply_by_rule(db, db.get_one(Conversation, message.conversation_id), "We are closed.")
    desk.office.works()
    desk.answers(message, "Good morning")
    assert [sent["Auto-Submitted"] for sent in desk.smtp.mails] == ["auto-replied", None]


def test_headers_of_an_answer_cannot_be_injected(desk: Desk) -> None:
    raw = EmailMessage()
    raw["From"] = "grace@example.com"
    raw.set_content("Hi")
    subject = "=?utf-8?q?Hello=0D=0ABcc:_all@example.com=0D=0A=0D=0Abody?="
    ids = "In-Reply-To: <a@x\r\n Bcc:all@example.com>\r\nMessage-ID: <1@x>\r\n"
    desk.imap.deliver(desk.account, f"Subject: {subject}\r\n{ids}".encode() + raw.as_bytes())
    desk.reads()
    desk.answers(desk.messages()[0])
    (sent,) = desk.smtp.mails
    assert "Bcc" not in sent
    assert sent["Subject"] == "Re: Hello Bcc: all@example.com body"
    assert sent.get_content().strip() == "Hi"

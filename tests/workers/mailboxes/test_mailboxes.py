"""E-mail on a real IMAP server and over a real SMTP server: read once, in threads, and answered."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from sqlmodel import select

from models import (
    ChannelState,
    Contact,
    Conversation,
    InboxChannel,
    InboxFile,
    InboxMail,
    InboxMailbox,
    InboxMessage,
    LooseFile,
    Team,
    User,
    utcnow,
)
from models.file import object_key
from models.inbox_file import attachment_of
from models.outbox import OutboxKind, emit
from providers.inbox.http import SourceRefused
from switchroom.database import session
from switchroom.encryption import encrypt
from switchroom.ids import dashed_id, new_id
from switchroom.messages.outbox import JobRequest
from switchroom.storage import StorageError
from tests.providers.inbox.test_mail_reading import bounced
from tests.support.certificates import certificate
from tests.support.dovecot import Dovecot, dovecot
from tests.support.servers import free_port, wait_until
from tests.support.smtp import USER, SmtpServer
from tests.workers.jobs.inbox import office_of
from tests.workers.mailboxes.conftest import Desk, written
from workers.jobs.inbox_channels import connect_inbox_channel
from workers.mailboxes import reading
from workers.mailboxes.process import MailReader
from workers.resources import Resources

pytestmark = pytest.mark.service


def test_a_mail_becomes_a_message_of_a_contact(desk: Desk) -> None:
    desk.gets("Where is my order?", Message_ID="<1@example.com>")
    (message,) = desk.messages()
    assert (message.text, message.inbound, message.state) == ("Where is my order?", True, "RECEIVED")
    conversation = desk.office.get(Conversation, message.conversation_id)
    contact = desk.office.get(Contact, conversation.contact_id)
    assert (contact.first_name, contact.last_name, contact.email) == ("Grace", "Hopper", "grace@example.com")
    (mail,) = desk.rows(select(InboxMail))
    assert (mail.subject, mail.mid, mail.automatic) == ("A question", "<1@example.com>", False)
    assert desk.imap.flags(desk.account) == [rb"1 (FLAGS (\Recent))"]
    desk.reads()
    assert len(desk.messages()) == 1


def test_what_was_there_before_the_channel_was_connected_stays_there(desk: Desk) -> None:
    desk.gets("new")
    with session(desk.resources.engine) as db:
        row = db.get_one(InboxMailbox, desk.channel.id)
        row.since, row.uid_validity = utcnow() + timedelta(hours=1), 1
        for message in db.exec(select(InboxMessage)):
            db.delete(message)
    desk.reads()
    assert desk.messages() == []


def test_threads_are_conversations(desk: Desk) -> None:
    desk.gets("first", Message_ID="<1@example.com>")
    ours = desk.answers(desk.messages()[0])
    (sent,) = desk.smtp.mails
    assert sent["Message-ID"] == f"<{ours.id}@acme.example>"
    assert (sent["In-Reply-To"], sent["References"], sent["Subject"]) == (
        "<1@example.com>", "<1@example.com>", "Re: A question",
    )  # fmt: skip
    assert (sent["From"], sent["X-To"]) == ("Acme Support <desk@acme.example>", "grace@example.com")
    desk.gets("second", Message_ID="<2@example.com>", In_Reply_To=str(sent["Message-ID"]))
    desk.gets("third", References="<1@example.com> <2@example.com>")
    desk.gets("another thing")
    desk.gets("mine too", From="colleague@example.com", In_Reply_To="<2@example.com>")
    first, _, second, third, other, colleague = desk.messages()
    assert first.conversation_id == second.conversation_id == third.conversation_id
    assert len({first.conversation_id, other.conversation_id, colleague.conversation_id}) == 3
    contacts = {row.contact_id for row in desk.rows(select(Conversation))}
    assert len(contacts) == 2


def test_mails_that_arrive_in_another_order_are_one_thread(desk: Desk) -> None:
    desk.gets("the answer to nothing", References="<1@example.com>", Message_ID="<2@example.com>")
    desk.gets("the beginning", Message_ID="<1@example.com>")
    assert len({message.conversation_id for message in desk.messages()}) == 1


def test_the_contact_who_has_the_address_is_found(desk: Desk) -> None:
    known = Contact(team_id=desk.office.team.id, first_name="Amazing", email="Grace@Example.com")
    desk.office.add(known)
    desk.gets()
    (conversation,) = desk.rows(select(Conversation))
    assert conversation.contact_id == known.id


def test_files_come_in_and_go_out(desk: Desk) -> None:
    message = EmailMessage()
    message["From"], message["Subject"] = "grace@example.com", "Files"
    message.set_content("see below")
    message.add_attachment(b"%PDF-1.4\n%%EOF\n", maintype="image", subtype="png", filename="Offer.pdf")
    desk.imap.deliver(desk.account, message.as_bytes())
    desk.reads()
    (got,) = desk.messages()
    (attachment,) = got.attachments
    assert (attachment["type"], attachment["payload"]["media_type"]) == ("FILE", "application/pdf")
    (file,) = desk.rows(select(InboxFile))
    assert file.message_id == got.id
    assert desk.resources.storage.size(object_key(file.id)) == 15
    assert desk.rows(select(LooseFile)) == []
    uploaded = InboxFile(team_id=desk.office.team.id, name=file.name, type=file.type, size=file.size)
    desk.office.add(uploaded)
    desk.resources.storage.put_bytes(object_key(uploaded.id), b"%PDF-1.4\n%%EOF\n", uploaded.type)
    desk.answers(got, "back to you", attachments=[attachment_of(uploaded)])
    (sent,) = desk.smtp.mails
    (part,) = sent.iter_attachments()
    assert (part.get_filename(), part.get_content_type(), part.get_content()) == (
        "Offer.pdf", "application/pdf", b"%PDF-1.4\n%%EOF\n",
    )  # fmt: skip
    assert sent.get_body(("plain",)).get_content().strip() == "back to you"  # type: ignore[union-attr]


def test_pictures_of_a_mail_are_named_by_its_files(desk: Desk) -> None:
    message = EmailMessage()
    message["From"] = "grace@example.com"
    message.set_content("see below")
    body = '<p src="cid:logo">src="cid:logo@x" <img alt="Ours" src="cid:logo%40x"><img src="cid:none@x"></p>'
    message.add_alternative(body, subtype="html")
    message.get_payload()[1].add_related(
        b"\x89PNG\r\n\x1a\n", maintype="image", subtype="png", cid="<logo@x>", filename="logo.png"
    )  # type: ignore[union-attr, index]
    desk.imap.deliver(desk.account, message.as_bytes())
    desk.reads()
    (mail,), (file,) = desk.rows(select(InboxMail)), desk.rows(select(InboxFile))
    picture = f'<img alt="Ours" src="cid:{dashed_id(file.id)}">'
    assert (mail.html or "").strip() == f'<p>src="cid:logo@x" {picture}<img></p>'


def test_a_bounce_fails_the_message_with_its_reason(desk: Desk) -> None:
    desk.gets()
    ours = desk.answers(desk.messages()[0])
    assert desk.office.state(ours) == "DELIVERED"
    desk.imap.deliver(desk.account, bounced(original=f"<{ours.id}@acme.example>"))
    desk.reads()
    row = desk.office.get(InboxMessage, ours.id)
    assert (row.state, row.problem) == ("FAILED", "E-mail: smtp; 550 5.1.1 No such user")
    assert len(desk.messages()) == 2


def test_machines_are_known_and_our_own_mails_are_no_messages(desk: Desk) -> None:
    desk.gets("I am away", Auto_Submitted="auto-replied")
    desk.gets("a loop", From=USER)
    (mail,) = desk.rows(select(InboxMail))
    assert mail.automatic
    assert len(desk.messages()) == 1


def test_what_the_server_refuses_has_failed_and_what_it_delays_waits(desk: Desk) -> None:
    desk.gets()
    desk.smtp.refusals = {"grace@example.com": "451 4.7.1 Try again later"}
    ours = desk.answers(desk.messages()[0])
    row = desk.office.get(InboxMessage, ours.id)
    assert (row.state, row.problem) == ("PENDING", "E-mail: 451 4.7.1 Try again later")
    desk.smtp.refusals = {"grace@example.com": "550 5.1.1 No such user"}
    desk.office.works_later()
    row = desk.office.get(InboxMessage, ours.id)
    assert (row.state, row.problem) == ("FAILED", "E-mail: 550 5.1.1 No such user")


def test_a_mail_whose_answer_was_lost_goes_out_under_the_same_name(desk: Desk) -> None:
    desk.gets()
    desk.smtp.lost = 1
    ours = desk.answers(desk.messages()[0])
    assert desk.office.state(ours) == "PENDING"
    desk.office.works_later()
    assert desk.office.state(ours) == "DELIVERED"
    first, second = desk.smtp.mails
    assert first["Message-ID"] == second["Message-ID"]


def test_a_reader_that_dies_at_any_moment_leaves_nothing_out_and_nothing_twice(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = EmailMessage()
    message["From"] = "grace@example.com"
    message.set_content("with a file")
    message.add_attachment(b"x", maintype="text", subtype="plain", filename="a.txt")
    for number in range(3):
        desk.gets(f"number {number}", read=False, Message_ID=f"<{number}@example.com>")
    desk.imap.deliver(desk.account, message.as_bytes())
    deaths = {"storage": 1, "read": 2}
    put, fetch = type(desk.resources.storage).put_file, reading.Mailbox.fetch

    def dying_put(self: Any, *args: Any) -> Any:
        stored = put(self, *args)
        if deaths["storage"]:
            deaths["storage"] -= 1
            raise StorageError("died behind the upload")
        return stored

    def dying_fetch(self: Any, uid: int, most: int) -> Any:
        if deaths["read"]:
            deaths["read"] -= 1
            raise OSError("died")
        return fetch(self, uid, most)

    monkeypatch.setattr(type(desk.resources.storage), "put_file", dying_put)
    monkeypatch.setattr(reading.Mailbox, "fetch", dying_fetch)
    for error in (Exception, Exception, StorageError):
        with pytest.raises(error):
            desk.reads()
    desk.reads()
    desk.imap.number_anew(desk.account)
    desk.reads()
    desk.imap.deliver(
        desk.account, written("number 1", Message_ID="<1@example.com>", Received="by another way")
    )
    desk.reads()
    assert sorted(one.text for one in desk.messages()) == ["number 0", "number 1", "number 2", "with a file"]
    assert len(desk.rows(select(InboxFile))) == 1


def test_another_mail_with_the_same_id_is_not_lost(desk: Desk) -> None:
    desk.gets("one", Message_ID="<same@example.com>")
    desk.gets("two", Message_ID="<same@example.com>")
    assert [one.text for one in desk.messages()] == ["one", "two"]


def test_a_mail_that_is_too_large_comes_without_its_end(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MEGABYTE", 100)
    desk.gets("x" * 10_000)
    (message,) = desk.messages()
    assert "[The mail is larger than" in message.text


@contextmanager
def running(desk: Desk) -> Iterator[MailReader]:
    reader = MailReader(desk.resources)
    thread = Thread(target=reader.run)
    thread.start()
    try:
        yield reader
    finally:
        reader.stop()
        thread.join(30)


def test_the_process_waits_for_mail_by_idle_and_ends_with_the_channel(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "IDLE_SECONDS", 15.0)
    with running(desk):
        desk.gets("first", read=False)
        wait_until(lambda: len(desk.messages()) == 1, "the first mail")
        assert desk.resources.redis.exists(desk.resources.keys.mail_reader), "health sees that it works"
        desk.gets("second", read=False)
        wait_until(lambda: len(desk.messages()) == 2, "the second mail, before the IDLE ends", 10)
        with session(desk.resources.engine) as db:
            db.get_one(InboxChannel, desk.channel.id).state = ChannelState.DISCONNECTED.value
        desk.gets("third", read=False)
        wait_until(
            lambda: not desk.resources.redis.exists(desk.resources.keys.mailbox(desk.channel.id)),
            "the lock's end",
        )
        desk.gets("fourth", read=False)
    assert len(desk.messages()) <= 3


def test_a_server_without_idle_is_asked_at_intervals(
    both: Resources, monkeypatch: pytest.MonkeyPatch, httpserver: HTTPServer, smtp: SmtpServer
) -> None:
    monkeypatch.setattr(reading, "POLL_SECONDS", 0.1)
    office = office_of(both, monkeypatch, httpserver, fetch_private_addresses=True)
    with dovecot(idle=False) as server:
        desk = Desk(office, server, smtp)
        with running(desk):
            wait_until(lambda: bool(desk.rows(select(InboxMailbox))), "the first look")
            desk.gets("first", read=False)
            wait_until(lambda: len(desk.messages()) == 1, "the mail")


def connect(desk: Desk, token: str) -> InboxChannel:
    with session(desk.resources.engine) as db:
        channel = db.get_one(InboxChannel, desk.channel.id)
        channel.state, channel.sealed_token = "pending", encrypt(desk.resources.settings, token)
        emit(
            db,
            OutboxKind.JOB,
            JobRequest(name="connect_inbox_channel", args=[channel.id, new_id()]).model_dump(),
        )
    desk.office.works()
    found: InboxChannel = desk.office.get(InboxChannel, desk.channel.id)
    return found


def test_a_channel_is_connected_if_both_servers_let_it_in(desk: Desk) -> None:
    imap, smtp = desk.imap.url(desk.account), desk.smtp.url
    assert connect(desk, f"{imap} {smtp}").state == "connected"
    wrong = desk.imap.url(desk.account, "wrong")
    for token, problem in (
        (f"{wrong} {smtp}", "E-mail: localhost refuses the user or the password"),
        (f"{imap} {smtp.replace('p%3Ass', 'other')}", "E-mail: localhost refuses the user or the password"),
        ("secret", "E-mail: the token must be imaps://"),
    ):
        row = connect(desk, token)
        assert row.state == "failed"
        assert (row.problem or "").startswith(problem)


def test_two_organizations_that_name_one_address_have_a_mailbox_each(desk: Desk) -> None:
    """The one who named it first had another server, and proved nothing by it."""
    user = User(email="v@example.com")
    team = Team(team_name="Other", slug="other", owner_id=user.id, billing_id=2, number=2)
    account = f"{team.id}@acme.example"
    theirs = InboxChannel(
        team_id=team.id, source="EMAIL", external_id=USER, name="Desk",
        sealed_token=encrypt(desk.resources.settings, f"{desk.imap.url(account)} {desk.smtp.url}"),
    )  # fmt: skip
    desk.office.add(user, team, theirs)
    connect_inbox_channel(theirs.id)
    assert desk.office.get(InboxChannel, theirs.id).state == "connected"
    reading.follow(desk.resources, theirs.id, lambda: True, lambda _: True)
    desk.gets("for the first")
    desk.imap.deliver(account, written("for the second"))
    reading.follow(desk.resources, theirs.id, lambda: True, lambda _: True)
    found = {(message.channel_id, message.text.strip()) for message in desk.messages()}
    assert found == {(desk.channel.id, "for the first"), (theirs.id, "for the second")}


def test_a_server_that_is_not_there_is_asked_again_and_the_channel_says_why(desk: Desk) -> None:
    imap, smtp = desk.imap.url(desk.account), desk.smtp.url
    nowhere = free_port()
    for token, problem in (
        (f"{imap} {smtp.replace('localhost', 'no.invalid')}", "E-mail: there is no server no.invalid"),
        (f"{imap} {smtp.replace(str(desk.smtp.port), str(nowhere))}",
         f"E-mail: localhost takes no connections on port {nowhere}"),
        (f"{imap} {smtp.replace('smtp', 'smtps')}",
         f"E-mail: localhost does not begin with TLS on port {desk.smtp.port}"),
    ):  # fmt: skip
        row = connect(desk, token)
        assert (row.state, row.problem) == ("pending", problem)


def test_a_certificate_that_nobody_knows_is_refused(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = certificate(tmp_path, "localhost")
    with dovecot(made) as server:
        for tls in (True, False):
            row = connect(desk, f"{server.url(desk.account, tls=tls)} {desk.smtp.url}")
            assert (row.problem or "").startswith("E-mail: the certificate of localhost: ")
        monkeypatch.setenv("SSL_CERT_FILE", str(made.certificate))
        for tls in (True, False):
            assert connect(desk, f"{server.url(desk.account, tls=tls)} {desk.smtp.url}").state == "connected"


def test_servers_that_are_not_public_are_refused(
    both: Resources, monkeypatch: pytest.MonkeyPatch, httpserver: HTTPServer, imap: Dovecot, smtp: SmtpServer
) -> None:
    desk = Desk(office_of(both, monkeypatch, httpserver), imap, smtp)
    with pytest.raises(SourceRefused, match="localhost is no public server"):
        desk.reads()
    assert "no public server" in (connect(desk, f"{imap.url(desk.account)} {smtp.url}").problem or "")

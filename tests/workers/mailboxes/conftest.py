"""A desk that reads a mailbox on a real IMAP server, and answers over a real SMTP server."""

from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from sqlmodel import col, select

from models import ChannelState, Conversation, InboxChannel, InboxMessage
from models.inbox_channel import claim_of
from switchroom.database import session
from switchroom.encryption import encrypt
from tests.support.dovecot import Dovecot, dovecot
from tests.support.smtp import USER, SmtpServer, smtp_server
from tests.workers.jobs.inbox import Office, office_of
from workers.mailboxes import reading
from workers.resources import Resources


@pytest.fixture(scope="module")
def imap() -> Iterator[Dovecot]:
    with dovecot() as server:
        yield server


@pytest.fixture
def smtp() -> Iterator[SmtpServer]:
    with smtp_server() as server:
        yield server


class Desk:
    """An office with a mailbox of its own."""

    def __init__(self, office: Office, imap: Dovecot, smtp: SmtpServer) -> None:
        self.office, self.imap, self.smtp = office, imap, smtp
        self.resources = office.resources
        self.account = f"{office.team.id}@acme.example"
        self.channel = self.connected(f"{imap.url(self.account)} {smtp.url}")

    def connected(self, token: str, state: ChannelState = ChannelState.CONNECTED) -> InboxChannel:
        row = InboxChannel(
            team_id=self.office.team.id, source="EMAIL", external_id=USER, name="Acme Support", state=state.value,
            claim=claim_of("EMAIL", USER), sealed_token=encrypt(self.resources.settings, token),
        )  # fmt: skip
        self.office.add(row)
        return row

    def reads(self) -> None:
        """Read what is there now."""
        reading.follow(self.resources, self.channel.id, lambda: True, lambda _: True)

    def gets(self, text: str = "Hello", *, read: bool = True, **headers: str) -> None:
        self.imap.deliver(self.account, written(text, **headers))
        if read:
            self.reads()

    def messages(self) -> list[InboxMessage]:
        return self.rows(select(InboxMessage).order_by(col(InboxMessage.id)))

    def rows(self, statement: Any) -> list[Any]:
        with session(self.resources.engine, readonly=True) as db:
            return list(db.exec(statement))

    def answers(self, message: InboxMessage, text: str = "Hi", **more: Any) -> InboxMessage:
        sent = self.office.answers(self.office.get(Conversation, message.conversation_id), text, **more)
        self.office.works()
        return sent


def written(text: str = "Hello", **headers: str) -> bytes:
    message = EmailMessage()
    given = {
        "From": "Grace Hopper <grace@example.com>", "To": USER, "Subject": "A question",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }  # fmt: skip
    for name, value in given.items():
        message[name] = value
    message.set_content(text)
    return message.as_bytes()


@pytest.fixture
def desk(
    both: Resources, monkeypatch: pytest.MonkeyPatch, httpserver: HTTPServer, imap: Dovecot, smtp: SmtpServer
) -> Desk:
    both.storage.ensure_bucket()
    monkeypatch.setattr(reading, "IDLE_SECONDS", 0.05)
    desk = Desk(office_of(both, monkeypatch, httpserver, fetch_private_addresses=True), imap, smtp)
    desk.reads()  # Where it begins.
    return desk

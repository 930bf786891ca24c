"""A route's notification goes once from the engine's record to a real SMTP server and a real webhook."""

import hashlib
import hmac
import logging
import time
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message as Mail
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from pytest_httpserver import HTTPServer
from sqlmodel import select
from werkzeug import Request, Response

from models import Chat, ChatType, Message, Outbox, Team, User, utcnow
from models.chat import new_chat
from switchroom.database import session
from switchroom.ids import new_id, public_id
from switchroom.webhook_signature import HEADER, team_secret
from tests.support.servers import free_port
from tests.workers.conftest import work
from tests.workers.records.test_record_writer import count, drain, send
from workers.failed import failed_jobs
from workers.jobs.notify import write
from workers.outbox import relay
from workers.resources import Resources

pytestmark = pytest.mark.service

TEAM, CALL = "7" * 32, "c" * 32
TO, TEXT = "ann@example.org", "Zoë wartet seit 5 Minuten"


class Mailbox:
    def __init__(self) -> None:
        self.messages: list[Mail] = []
        self.refuses = ""

    async def handle_RCPT(
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if self.refuses:
            return f"550 {self.refuses} {address}"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.messages.append(message_from_bytes(envelope.content, policy=default))
        return "250 OK"


class Receiver:
    """Keeps what is posted and answers with `status` and `body`."""

    def __init__(self, server: HTTPServer) -> None:
        self.url = server.url_for("/hook?x=1")
        self.status, self.body, self.location = 204, b"", ""
        self._server = server
        hook = server.expect_request("/hook", method="POST", query_string="x=1")
        hook.respond_with_handler(self._answer)

    @property
    def posts(self) -> list[Request]:
        return [request for request, _ in self._server.log]

    def _answer(self, _request: Request) -> Response:
        return Response(self.body, self.status, {"Location": self.location} if self.location else None)


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, str]]:
    port, handler = free_port(), Mailbox()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    yield handler, f"smtp://127.0.0.1:{port}"
    controller.stop()


@pytest.fixture
def receiver(httpserver_ipv4: HTTPServer) -> Iterator[Receiver]:
    yield Receiver(httpserver_ipv4)
    httpserver_ipv4.check()


class Desk:
    """The record writer and a worker on one set of resources."""

    def __init__(self, resources: Resources, patch: pytest.MonkeyPatch, **settings: Any) -> None:
        changed = resources.settings.model_copy(update={"fetch_private_addresses": True, **settings})
        self.resources = Resources(changed, resources.engine, resources.redis, resources.storage)
        for module in ("workers.jobs.notify", "workers.failed"):
            patch.setattr(f"{module}.get_resources", lambda: self.resources)

    def tell(self, kind: str, to: str, **more: Any) -> dict[str, Any]:
        """As the engine writes it (`pbx.loop.runner`)."""
        record = {
            "id": new_id(), "call": CALL, "team": TEAM, "kind": kind, "to": to, "subject": "A caller waits",
            "text": TEXT, "at": 1_790_000_000.5, **more,
        }  # fmt: skip
        entry = {"type": "notify", "node": "a", "record": record}
        send(self.resources, entry)
        drain(self.resources)
        return entry

    def work(self) -> None:
        relay(self.resources.engine, self.resources.redis, self.resources.keys)
        work(self.resources)

    def row(self, entry: dict[str, Any]) -> Outbox:
        with session(self.resources.engine, readonly=True) as db:
            return db.get_one(Outbox, entry["record"]["id"])

    def failures(self) -> list[str]:
        return [job.error for job in failed_jobs(self.resources.redis)]


@pytest.fixture
def desk(resources: Resources, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(resources, monkeypatch)


def test_a_mail_is_sent(
    both: Resources, mailbox: tuple[Mailbox, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(both, monkeypatch, smtp_url=mailbox[1], mail_from="pbx@example.com")
    entry = desk.tell("email", TO, subject="Zoë\nwaits")
    desk.work()
    (message,) = mailbox[0].messages
    assert (message["To"], message["From"]) == (TO, "pbx@example.com")
    assert message["Subject"] == "Zoë waits"
    assert message["Message-ID"] == f"<{entry['record']['id']}@example.com>"
    payload = message.get_payload(decode=True)
    assert isinstance(payload, bytes)
    assert payload.decode().strip() == TEXT
    assert desk.row(entry).error is None
    assert desk.row(entry).delivered_at is not None


def test_a_webhook_is_posted_and_signed(desk: Desk, receiver: Receiver) -> None:
    entry = desk.tell("webhook", receiver.url)
    desk.work()
    (post,) = receiver.posts
    assert post.get_json() == {
        "type": "notification",
        "id": public_id(entry["record"]["id"]),
        "team": public_id(TEAM),
        "call": public_id(CALL),
        "subject": "A caller waits",
        "text": TEXT,
        "at": 1_790_000_000.5,
    }
    stamp, _, signed = post.headers[HEADER].partition(",v1=")
    secret = team_secret(desk.resources.settings.secret_key, TEAM)
    expected = hmac.new(secret.encode(), stamp.removeprefix("t=").encode() + b"." + post.data, hashlib.sha256)
    assert hmac.compare_digest(signed, expected.hexdigest())
    assert abs(int(stamp.removeprefix("t=")) - time.time()) < 60
    assert post.headers["Content-Type"] == "application/json"


def test_a_record_that_comes_twice_is_told_once(
    both: Resources, monkeypatch: pytest.MonkeyPatch, receiver: Receiver
) -> None:
    desk = Desk(both, monkeypatch)
    entry = desk.tell("webhook", receiver.url)
    send(desk.resources, entry, entry)
    drain(desk.resources)
    assert count(desk.resources, Outbox) == 1
    desk.work()
    send(desk.resources, entry)
    drain(desk.resources)
    desk.work()
    assert len(receiver.posts) == 1


@pytest.fixture
def room(desk: Desk) -> Chat:
    """Make a room of the team."""
    with session(desk.resources.engine) as db:
        owner = User(email="o@example.com")
        db.add(owner)
        db.flush()
        db.add(Team(id=TEAM, team_name="T", slug="t", owner_id=owner.id, billing_id=1, number=1))
        db.flush()
        chat = new_chat(db, TEAM, ChatType.ROOM, owner_id=owner.id)
        db.add(chat)
    return chat


def messages(desk: Desk) -> list[Message]:
    with session(desk.resources.engine, readonly=True) as db:
        return list(db.exec(select(Message)))


def test_a_chat_gets_a_system_message_once(desk: Desk, room: Chat) -> None:
    entry = desk.tell("chat", room.id, subject="Zoë\nwaits")
    desk.work()
    (message,) = messages(desk)
    assert (message.type, message.from_id, message.number) == ("system", None, 1)
    assert (message.chat_id, message.call_id) == (room.id, CALL)
    assert message.body == f"Zoë waits\n{TEXT}"
    assert desk.row(entry).error is None
    with session(desk.resources.engine) as db:
        write(db, desk.row(entry))
    assert len(messages(desk)) == 1


@pytest.mark.parametrize("wrong", ["another team's", "private", "archived", "gone"])
def test_only_rooms_of_the_team_are_written_to(desk: Desk, room: Chat, wrong: str) -> None:
    with session(desk.resources.engine) as db:
        chat = db.get_one(Chat, room.id)
        if wrong == "private":
            chat.type = ChatType.PRIVATE.value
        elif wrong == "archived":
            chat.archived_at = utcnow()
        elif wrong == "gone":
            db.delete(chat)
    team = "8" * 32 if wrong == "another team's" else TEAM
    entry = desk.tell("chat", room.id, team=team)
    desk.work()
    why = "the chat is archived" if wrong == "archived" else "the team has no such room"
    assert desk.row(entry).error == f"failed: RefusedError: {why}"
    assert messages(desk) == []


@pytest.mark.parametrize(
    ("status", "final"),
    [(400, True), (404, True), (410, True), (302, True), (429, False), (500, False), (503, False)],
)
def test_a_receiver_that_refuses(desk: Desk, receiver: Receiver, status: int, final: bool) -> None:
    receiver.status, receiver.location = status, receiver.url
    entry = desk.tell("webhook", receiver.url)
    desk.work()
    assert len(receiver.posts) == 1, "a redirect is not followed"
    assert bool(desk.failures()) is final
    kind = "failed: RefusedError" if final else "will be tried again: NotificationError"
    assert desk.row(entry).error == f"{kind}: webhook: status {status}"


def test_an_answer_that_is_too_long_is_not_read(desk: Desk, receiver: Receiver) -> None:
    receiver.status, receiver.body = 200, b"x" * 1_000_000
    entry = desk.tell("webhook", receiver.url)
    desk.work()
    assert (desk.failures(), desk.row(entry).error) == ([], None)


def test_a_private_address_is_refused(
    resources: Resources, monkeypatch: pytest.MonkeyPatch, receiver: Receiver
) -> None:
    desk = Desk(resources, monkeypatch, fetch_private_addresses=False)
    entry = desk.tell("webhook", receiver.url)
    desk.work()
    assert receiver.posts == []
    assert desk.row(entry).error == "failed: RefusedError: webhook: refused address"


def test_a_receiver_that_is_away_is_tried_again(desk: Desk) -> None:
    entry = desk.tell("webhook", f"http://127.0.0.1:{free_port()}/")
    desk.work()
    assert desk.failures() == []
    assert desk.row(entry).error == "will be tried again: NotificationError: webhook: no connection"


@pytest.mark.parametrize("to", ["nobody", "a@b.c, d@e.f", "a@b.c\r\nBcc: d@e.f", "Ann <a@b.c>", ""])
def test_only_one_plain_address_gets_mail(desk: Desk, to: str) -> None:
    entry = desk.tell("email", to)
    desk.work()
    assert desk.row(entry).error == "failed: RefusedError: not one e-mail address"


def test_nothing_personal_is_logged(
    resources: Resources,
    monkeypatch: pytest.MonkeyPatch,
    mailbox: tuple[Mailbox, str],
    receiver: Receiver,
    caplog: pytest.LogCaptureFixture,
) -> None:
    desk = Desk(resources, monkeypatch, smtp_url=mailbox[1])
    mailbox[0].refuses = "no mailbox"
    receiver.status = 500
    with caplog.at_level(logging.DEBUG):
        refused = desk.tell("email", TO)
        desk.tell("webhook", receiver.url, text="+14165550111")
        desk.tell("chat", "the-chat")
        desk.work()
    assert desk.row(refused).error == "will be tried again: NotificationError: mail: SMTPRecipientsRefused"
    ours = "\n".join(
        f"{r.getMessage()} {r.__dict__}"
        for r in caplog.records
        if r.name.startswith(("workers", "switchroom"))
    )
    assert "job failed" in ours
    for private in (TO, "Zoë", "4165550111", "/hook", "the-chat"):
        assert private not in ours


def test_a_team_sends_so_many_a_minute(
    resources: Resources, monkeypatch: pytest.MonkeyPatch, receiver: Receiver
) -> None:
    desk = Desk(resources, monkeypatch, notify_per_minute=2, shard=f"t-{new_id()[-8:]}")
    entries = [desk.tell("webhook", receiver.url) for _ in range(3)]
    desk.tell("webhook", receiver.url, team="8" * 32)
    desk.work()
    assert len(receiver.posts) == 3, "the other team's is none of this team's"
    waits = [desk.row(entry).error for entry in entries]
    assert sum(error is None for error in waits) == 2
    assert "too many notifications this minute" in "".join(error or "" for error in waits)
    assert desk.failures() == []

"""Mail over a real SMTP server. Without a server, the row says why the mail was not sent."""

import socket
from collections.abc import Iterator
from email import message_from_bytes
from time import monotonic
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from rq import Retry
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer

from models import Outbox
from switchroom.database import session
from tests.support.servers import free_port
from tests.workers.conftest import work
from workers.enqueue import RETRY_SECONDS, enqueue
from workers.failed import failed_jobs
from workers.jobs.mail import HANGS_SECONDS, MailError, compose, deliver, send_mail
from workers.outbox import mails_waiting, relay
from workers.resources import Resources

pytestmark = pytest.mark.service

PAYLOAD = {"to": "ann@example.org", "subject": "Grüße", "text": "Your link:\nhttp://x/y\n"}


class Inbox:
    """What the server accepted."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.messages.append(envelope.content)
        return "250 OK"


@pytest.fixture
def inbox() -> Iterator[tuple[Inbox, int]]:
    port, handler = free_port(), Inbox()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    yield handler, port
    controller.stop()


def with_smtp(resources: Resources, url: str) -> Resources:
    settings = resources.settings.model_copy(update={"smtp_url": url, "mail_from": "pbx@example.com"})
    return Resources(settings, resources.engine, resources.redis, resources.storage)


def add(resources: Resources, **payload: str) -> Outbox:
    row = Outbox(kind="mail", payload={**PAYLOAD, **payload})
    with session(resources.engine) as db:
        db.add(row)
    return row


def test_a_mail_of_the_outbox_arrives(
    resources: Resources, inbox: tuple[Inbox, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    sending = with_smtp(resources, f"smtp://127.0.0.1:{inbox[1]}")
    monkeypatch.setattr("workers.jobs.mail.get_resources", lambda: sending)
    row = add(resources)
    assert relay(resources.engine, resources.redis, resources.keys) == 1
    work(resources)
    (raw,) = inbox[0].messages
    message = message_from_bytes(raw)
    assert (message["To"], message["From"]) == ("ann@example.org", "pbx@example.com")
    assert message["Message-ID"] == f"<{row.id}@example.com>"
    assert b"http://x/y" in raw


def test_without_a_server_the_row_says_so(resources: Resources, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workers.jobs.mail.get_resources", lambda: resources)
    monkeypatch.setattr("workers.failed.get_resources", lambda: resources)
    row = add(resources)
    enqueue(resources.redis, "send_mail", row.id)
    work(resources)
    with session(resources.engine, readonly=True) as db:
        error = db.get_one(Outbox, row.id).error
        assert mails_waiting(db) == 1
    assert error == "waits: SWITCHROOM_SMTP_URL is not set"
    job = Job.fetch(f"send_mail-{row.id}", connection=resources.redis, serializer=JSONSerializer)
    assert (job.get_status(), job.retries_left) == (JobStatus.SCHEDULED, len(RETRY_SECONDS))


def test_what_waited_is_sent_when_there_is_a_server(
    resources: Resources, inbox: tuple[Inbox, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    row = add(resources)
    monkeypatch.setattr("workers.jobs.mail.get_resources", lambda: resources)
    assert isinstance(send_mail(row.id), Retry)
    sending = with_smtp(resources, f"smtp://127.0.0.1:{inbox[1]}")
    monkeypatch.setattr("workers.jobs.mail.get_resources", lambda: sending)
    assert send_mail(row.id) is None
    assert len(inbox[0].messages) == 1
    with session(resources.engine, readonly=True) as db:
        assert db.get_one(Outbox, row.id).error is None


def test_a_server_that_hangs_is_asked_once_for_all_mails(
    resources: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each mail would take half a minute, and all other jobs would wait behind them."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        hanging = with_smtp(resources, f"smtp://127.0.0.1:{port}")
        monkeypatch.setattr("workers.jobs.mail.get_resources", lambda: hanging)
        monkeypatch.setattr("workers.jobs.mail.TIMEOUT_SECONDS", 0.3)
        rows = [add(resources) for _ in range(5)]
        began = monotonic()
        for row in rows:
            assert isinstance(send_mail(row.id), Retry)
        took = monotonic() - began
    assert 0.3 <= took < 1.2, "one of the five waited"
    with session(resources.engine, readonly=True) as db:
        errors = {db.get_one(Outbox, row.id).error for row in rows}
        assert mails_waiting(db) == 5
    assert errors == {"waits: the mail server does not answer"}
    assert 0 < int(resources.redis.ttl(resources.keys.mail_hangs)) <= HANGS_SECONDS  # type: ignore[arg-type]


def test_a_callers_name_adds_no_header(resources: Resources) -> None:
    name = "=?utf-8?q?a=0D=0ABcc=3Aall=0D=0A=0D=0Abody?="
    raw = compose(resources.settings, add(resources, subject=f"Voicemail from {name}")).as_bytes()
    assert b"\nBcc" not in raw
    assert b"\nbody" not in raw


def test_a_mail_that_was_purged_fails_for_good(resources: Resources, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workers.jobs.mail.get_resources", lambda: resources)
    monkeypatch.setattr("workers.failed.get_resources", lambda: resources)
    enqueue(resources.redis, "send_mail", "gone")
    work(resources)
    assert [job.id for job in failed_jobs(resources.redis)] == ["send_mail-gone"]


def test_a_refused_connection_and_a_wrong_url_raise(resources: Resources) -> None:
    message = compose(resources.settings, add(resources))
    with pytest.raises(OSError, match="refused"):
        deliver(with_smtp(resources, f"smtp://127.0.0.1:{free_port()}").settings, message)
    with pytest.raises(MailError, match="smtp://user"):
        deliver(with_smtp(resources, "http://127.0.0.1").settings, message)


@pytest.mark.parametrize(
    "payload", [{"to": "nobody"}, {"to": "a@b.c\r\nBcc: d@e.f"}, {"subject": "x\nBcc: d@e.f"}]
)
def test_a_header_cannot_be_smuggled_in(resources: Resources, payload: dict[str, str]) -> None:
    with pytest.raises(MailError):
        compose(resources.settings, add(resources, **payload))


def test_an_unknown_row_raises(resources: Resources, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workers.jobs.mail.get_resources", lambda: resources)
    with pytest.raises(MailError, match="no outbox row"):
        send_mail("nothing")

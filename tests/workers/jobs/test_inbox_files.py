"""What people send beside text is fetched from its source and kept; what members send goes out with a link."""

import io
from datetime import timedelta
from typing import Any

import httpx
import pytest
from PIL import Image
from pytest_httpserver import HTTPServer
from sqlmodel import Session, col, select
from werkzeug import Response

from models import Conversation, InboxChannel, InboxFile, InboxMessage, LooseFile, utcnow
from models.file import object_key
from models.inbox_file import with_links
from models.inbox_message import show_message
from switchroom.database import session
from switchroom.inbox import Source
from tests.workers.jobs.inbox import Office, office_of
from workers.jobs import loose_files, purge
from workers.jobs.inbox_resume import resume_inbox
from workers.resources import Resources

pytestmark = pytest.mark.service


def png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (4, 4)).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def office(both: Resources, monkeypatch: pytest.MonkeyPatch, httpserver: HTTPServer) -> Office:
    both.storage.ensure_bucket()
    return office_of(
        both, monkeypatch, httpserver, fetch_private_addresses=True, inbox_attachment_megabytes=1
    )


def sent(office: Office, *urls: str) -> Conversation:
    """Let somebody send files over a channel for WhatsApp."""
    attachments = [{"type": "IMAGE", "payload": {"url": url}} for url in urls]
    return office.hears(office.channel(Source.WHATSAPP_TWILIO), text="", attachments=attachments)


def message_of(office: Office, conversation: Conversation) -> InboxMessage:
    with session(office.resources.engine, readonly=True) as db:
        mine = select(InboxMessage).where(col(InboxMessage.conversation_id) == conversation.id)
        return db.exec(mine.order_by(col(InboxMessage.number).desc())).first()  # type: ignore[return-value]


def files(office: Office) -> list[InboxFile]:
    with session(office.resources.engine, readonly=True) as db:
        return list(db.exec(select(InboxFile).order_by(col(InboxFile.place))))


def shown(office: Office, message: InboxMessage) -> list[dict[str, Any]]:
    told = with_links(office.resources.storage, show_message(message, None))
    return list(told["attachments"])


def test_what_a_person_sends_is_kept_and_typed_by_its_content(office: Office) -> None:
    office.twilio.files = {
        "ME1": png(),
        "ME2": b"%PDF-1.4\n%%EOF\n",
        "ME3": b"<html><script>alert(1)</script>",
    }
    conversation = sent(office, *(office.twilio.media(name) for name in office.twilio.files))
    office.works()
    message = message_of(office, conversation)
    first, second, third = shown(office, message)
    assert [one["type"] for one in (first, second, third)] == ["IMAGE", "FILE", "FILE"]
    assert [one["payload"]["media_type"] for one in (first, second, third)] == [
        "image/png",
        "application/pdf",
        "text/html",
    ]
    assert (first["title"], first["payload"]["size"]) == ("ME1.png", len(png()))
    answer = httpx.get(first["url"])
    assert (answer.content, answer.headers["content-type"]) == (png(), "image/png")
    assert answer.headers["content-disposition"].startswith("inline;")
    assert httpx.get(third["url"]).headers["content-disposition"].startswith("attachment;")
    updates = [event for event in office.events("inbox_message") if event["verb"] == "updated"]
    assert len(updates) == 3
    assert (
        updates[-1]["data"]["message"]["attachments"][0]["payload"]["file_id"] == first["payload"]["file_id"]
    )


def test_the_secret_of_the_account_goes_to_twilio_alone(office: Office) -> None:
    office.twilio.files = {"ME1": png()}
    elsewhere = f"http://127.0.0.1:{office.twilio.server.port}/cdn/ME1"
    sent(office, office.twilio.media("ME1"), elsewhere)
    office.works()
    assert [row.state for row in files(office)] == ["stored", "stored"]


def test_an_address_that_names_no_host_is_refused(office: Office) -> None:
    sent(office, "http://\u2460\u2461\u2466.0.0.1/")
    office.works()
    assert [(row.state, row.problem) for row in files(office)] == [("failed", "bad url")]


def test_private_addresses_are_refused_also_behind_a_redirect(
    both: Resources, monkeypatch: pytest.MonkeyPatch, httpserver: HTTPServer
) -> None:
    office = office_of(both, monkeypatch, httpserver)
    conversation = sent(office, office.twilio.media("ME1"), "http://169.254.169.254/latest/meta-data")
    office.works()
    assert office.twilio.requests == []
    assert [(row.state, row.problem) for row in files(office)] == [("failed", "refused address")] * 2
    problem = message_of(office, conversation).attachments[1]["payload"]
    assert problem == {"url": "http://169.254.169.254/latest/meta-data", "problem": "refused address"}
    assert office.waits() == []


def test_a_file_that_is_too_large_stays_where_it_is(office: Office) -> None:
    office.twilio.files = {"ME1": png() + b"\0" * 1024 * 1024}
    sent(office, office.twilio.media("ME1"))
    office.works()
    (row,) = files(office)
    assert (row.state, row.problem, row.size) == ("failed", "larger than 1 MiB", 0)


def test_a_source_that_is_away_is_asked_again_for_a_day(office: Office) -> None:
    office.twilio.files = {"ME1": png()}
    office.twilio.interruptions = [Response(status=503), Response(status=404)]
    conversation = sent(office, office.twilio.media("ME1"))
    office.works()
    (row,) = files(office)
    assert (row.state, row.problem, row.attempts) == ("waiting", "status 503", 1)
    assert message_of(office, conversation).attachments[0]["payload"] == {"url": office.twilio.media("ME1")}
    office.works_later()
    office.works_later()
    assert files(office)[0].state == "stored"


def test_after_a_day_a_file_has_failed(office: Office) -> None:
    office.twilio.interruptions = [Response(status=503)]
    sent(office, office.twilio.media("ME1"))
    with session(office.resources.engine) as db:
        db.exec(select(InboxFile)).one().created_at = utcnow() - timedelta(hours=25)
    office.works()
    assert files(office)[0].state == "failed"


def test_a_file_whose_job_is_lost_is_fetched(office: Office) -> None:
    office.twilio.files = {"ME1": png()}
    sent(office, office.twilio.media("ME1"))
    office.resources.redis.flushdb()
    with session(office.resources.engine) as db:
        db.exec(select(InboxFile)).one().due_at = utcnow() - timedelta(minutes=3)
    resume_inbox()
    office.works()
    assert files(office)[0].state == "stored"


def test_a_file_goes_with_its_message(office: Office) -> None:
    office.twilio.files = {"ME1": png()}
    conversation = sent(office, office.twilio.media("ME1"))
    office.works()
    (row,) = files(office)
    storage = office.resources.storage
    assert storage.exists(object_key(row.id))
    assert loose_files.remove(office.resources) == 0
    with session(office.resources.engine) as db:
        db.delete(db.get_one(InboxMessage, message_of(office, conversation).id))
    assert loose_files.remove(office.resources) == 1
    assert not storage.exists(object_key(row.id))
    assert files(office) == []


def uploaded(office: Office, **columns: Any) -> InboxFile:
    row = InboxFile(
        team_id=office.team.id,
        user_id=office.user.id,
        name="a.png",
        type="image/png",
        size=3,
        sha256="x",
        **columns,
    )
    office.add(row)
    return row


def test_what_a_member_sends_goes_out_with_a_link_that_ends(office: Office) -> None:
    conversation = office.hears(office.channel())
    row = uploaded(office)
    payload = {"file_id": row.id, "title": "a.png", "media_type": "image/png", "size": 3}
    message = office.answers(conversation, "Look", attachments=[{"type": "IMAGE", "payload": payload}])
    assert files(office)[0].message_id == message.id
    office.works()
    (link,) = office.twilio.messages[0]["media"]
    assert object_key(row.id) in link
    assert "X-Amz-Expires=3600" in link


def test_what_nobody_sends_goes_after_a_day(office: Office) -> None:
    old = utcnow() - timedelta(days=2)
    conversation = office.hears(office.channel())
    row, gone = uploaded(office, created_at=old), uploaded(office, created_at=old)
    payload = {"file_id": row.id, "title": "a.png", "media_type": "image/png", "size": 3}
    office.answers(conversation, "Look", attachments=[{"type": "IMAGE", "payload": payload}])
    counts = purge.purge(office.resources.engine, utcnow() - timedelta(days=1))
    assert counts["inbox_files"] == 1
    with Session(office.resources.engine) as db:
        assert [one.id for one in db.exec(select(InboxFile))] == [row.id]
        assert db.get(LooseFile, gone.id) is not None


def test_a_channel_without_a_token_still_gets_public_files(office: Office) -> None:
    office.twilio.files = {"ME1": png()}
    sent(office, f"http://127.0.0.1:{office.twilio.server.port}/cdn/ME1")
    with session(office.resources.engine) as db:
        db.exec(select(InboxChannel)).one().sealed_token = None
    office.works()
    assert files(office)[0].state == "stored"

"""Messages of members go out over Twilio: in order, once, with retries, limits and states."""

from datetime import timedelta

import pytest
from pytest_httpserver import HTTPServer
from sqlmodel import select
from werkzeug import Response

from models import ChannelState, InboxChannel, InboxMessage, Outbox, utcnow
from switchroom.database import session
from switchroom.inbox import Source
from tests.workers.jobs.inbox import GRACE, NUMBER, Office, office_of
from workers.jobs.inbox_resume import resume_inbox
from workers.resources import Resources

pytestmark = pytest.mark.service


@pytest.fixture
def office(both: Resources, monkeypatch: pytest.MonkeyPatch, httpserver: HTTPServer) -> Office:
    return office_of(both, monkeypatch, httpserver)


def bodies(office: Office) -> list[str]:
    return [row["body"] for row in office.twilio.messages]


def test_messages_go_out_in_the_order_of_their_conversation(office: Office) -> None:
    conversation = office.hears(office.channel())
    sent = [office.answers(conversation, text) for text in ("one", "two", "three")]
    office.works()
    assert bodies(office) == ["one", "two", "three"]
    first = office.twilio.messages[0]
    assert (first["from"], first["to"]) == (NUMBER, GRACE)
    assert first["callback"] == f"https://calls.example.org/hooks/twilio?message={sent[0].id}"
    row = office.get(InboxMessage, sent[0].id)
    assert (row.state, row.provider_id, row.due_at) == ("PENDING", first["sid"], None)
    office.works()
    assert len(bodies(office)) == 3


def test_whatsapp_addresses_and_attachments(office: Office) -> None:
    conversation = office.hears(office.channel(Source.WHATSAPP_TWILIO))
    image = {"type": "IMAGE", "payload": {"url": "https://example.com/a.png"}}
    link = {"type": "LINK", "payload": {"url": "https://example.com", "title": "Our page"}}
    office.answers(conversation, "Look", attachments=[image, link])
    office.works()
    (row,) = office.twilio.messages
    assert (row["from"], row["to"]) == (f"whatsapp:{NUMBER}", f"whatsapp:{GRACE}")
    assert (row["body"], row["media"]) == (
        "Look\nOur page: https://example.com",
        ["https://example.com/a.png"],
    )


def test_what_twilio_refuses_has_failed_and_holds_up_nothing(office: Office) -> None:
    conversation = office.hears(office.channel(), sender="+14165550000")
    message = office.answers(conversation, "Hello?")
    office.works()
    row = office.get(InboxMessage, message.id)
    assert (row.state, row.due_at) == ("FAILED", None)
    assert row.problem == "Twilio: 21211 The 'To' number +14165550000 is not a valid phone number."
    assert office.waits() == []
    (told,) = [
        event["data"]["message"] for event in office.events("inbox_message") if event["verb"] == "updated"
    ]
    assert (told["state"], told["problem"]) == ("FAILED", row.problem)


def test_a_busy_twilio_is_asked_again_when_it_says(office: Office) -> None:
    conversation = office.hears(office.channel())
    office.twilio.interruptions = [Response(status=429, headers={"Retry-After": "7"})]
    sent = [office.answers(conversation, text) for text in ("one", "two")]
    office.works()
    assert bodies(office) == []
    row = office.get(InboxMessage, sent[0].id)
    assert (row.state, row.attempts, row.attempted_at) == ("PENDING", 1, None)
    assert timedelta(seconds=5) < row.due_at - utcnow() < timedelta(seconds=8)
    office.works_later()
    assert bodies(office) == ["one", "two"]


def test_an_answer_that_is_lost_sends_nothing_twice(office: Office) -> None:
    conversation = office.hears(office.channel())
    office.answers(conversation, "same")
    office.works()
    office.twilio.loses_answers = 1
    lost = office.answers(conversation, "same")
    office.works()
    assert office.get(InboxMessage, lost.id).provider_id is None
    office.works_later()
    assert bodies(office) == ["same", "same"]
    assert office.get(InboxMessage, lost.id).provider_id == office.twilio.messages[1]["sid"]


def test_a_worker_that_died_before_it_asked_sends_the_message_after_all(office: Office) -> None:
    conversation = office.hears(office.channel())
    message = office.answers(conversation, "Hello")
    with session(office.resources.engine) as db:
        db.get_one(InboxMessage, message.id).attempted_at = utcnow()
    office.works()
    assert bodies(office) == ["Hello"]


def test_nothing_goes_out_over_a_channel_that_was_disconnected(office: Office) -> None:
    channel = office.channel()
    message = office.answers(office.hears(channel), "Hello")
    with session(office.resources.engine) as db:
        db.get_one(InboxChannel, channel.id).state = ChannelState.DISCONNECTED.value
    office.works()
    assert (office.state(message), bodies(office)) == ("FAILED", [])


def test_after_a_day_a_message_has_failed(office: Office) -> None:
    message = office.answers(office.hears(office.channel()), "Hello")
    with session(office.resources.engine) as db:
        db.get_one(InboxMessage, message.id).created_at = utcnow() - timedelta(hours=25)
    office.works()
    assert (office.state(message), bodies(office)) == ("FAILED", [])


def test_a_channel_sends_no_more_in_a_minute_than_a_setting_says(
    both: Resources, monkeypatch: pytest.MonkeyPatch, httpserver: HTTPServer
) -> None:
    office = office_of(both, monkeypatch, httpserver, inbox_sends_per_minute=2)
    conversation = office.hears(office.channel())
    for text in ("one", "two", "three"):
        office.answers(conversation, text)
    office.works()
    assert bodies(office) == ["one", "two"]
    assert len(office.waits()) == 1


def test_a_message_whose_job_is_lost_goes_out(office: Office) -> None:
    message = office.answers(office.hears(office.channel()), "Hello")
    office.resources.redis.flushdb()
    with session(office.resources.engine) as db:
        db.get_one(InboxMessage, message.id).due_at = utcnow() - timedelta(minutes=3)
        for row in db.exec(select(Outbox)):
            row.delivered_at = utcnow()
    resume_inbox()
    resume_inbox()
    office.works()
    assert bodies(office) == ["Hello"]

"""Contacts who write outside of the hours are answered once in each closed period; snoozed conversations come back."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from sqlmodel import col, select

from models import Conversation, ConversationState, InboxMessage, InboxSettings, utcnow
from models.inbox_mail import InboxMail
from switchroom.database import session
from tests.workers.jobs.inbox import Office, office_of
from workers.jobs import inbox_hours
from workers.jobs.inbox_snooze import wake_conversations
from workers.resources import Resources

pytestmark = pytest.mark.service

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
OFFICE_HOURS = {"timezone": "Europe/Berlin", "weekly": {day: [["09:00", "17:00"]] for day in DAYS[:5]}}
FRIDAY_EVENING = datetime.fromisoformat("2026-03-06T18:00:00+01:00")
SUNDAY = FRIDAY_EVENING + timedelta(days=2)
MONDAY_MORNING = datetime.fromisoformat("2026-03-09T09:00:00+01:00")
MONDAY_EVENING = MONDAY_MORNING + timedelta(hours=9)


@pytest.fixture
def office(both: Resources, monkeypatch: pytest.MonkeyPatch, httpserver: HTTPServer) -> Office:
    return office_of(both, monkeypatch, httpserver)


class Line:
    """A channel with hours and a text, and a contact who writes at a chosen time."""

    def __init__(self, office: Office, patch: pytest.MonkeyPatch, hours: Any = OFFICE_HOURS) -> None:
        self.office, self.patch, self.channel = office, patch, office.channel()
        settings = InboxSettings(
            channel_id=self.channel.id,
            team_id=office.team.id,
            hours={"holidays": [], "half_days": {}, **hours},
            closed_reply="{{first_name}}, we are back on Monday.",
        )
        office.add(settings)

    def hears(self, at: datetime, sender: str = "+14165550199") -> Conversation:
        self.patch.setattr(inbox_hours, "utcnow", lambda: at)
        conversation = self.office.hears(self.channel, sender=sender)
        self.office.works()
        return conversation

    def answers(self) -> int:
        with session(self.office.resources.engine, readonly=True) as db:
            return len(db.exec(select(InboxMessage).where(InboxMessage.inbound == False)).all())  # noqa: E712


def test_one_answer_in_each_closed_period(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    line = Line(office, monkeypatch)
    line.hears(FRIDAY_EVENING)
    line.hears(FRIDAY_EVENING + timedelta(minutes=1))
    line.hears(SUNDAY)
    assert line.answers() == 1
    line.hears(MONDAY_MORNING)
    assert line.answers() == 1, "it is open"
    line.hears(MONDAY_EVENING)
    assert line.answers() == 2
    line.hears(MONDAY_EVENING, sender="+14165550198")
    assert line.answers() == 3, "another conversation has its own"
    assert office.twilio.messages[0]["body"] == "{{first_name}}, we are back on Monday."


def test_a_channel_that_never_opens_answers_once(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    line = Line(office, monkeypatch, {"timezone": "UTC", "weekly": {}})
    for days in (0, 100):
        line.hears(FRIDAY_EVENING + timedelta(days=days))
    assert line.answers() == 1


def test_a_job_that_runs_twice_answers_once(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    line = Line(office, monkeypatch)
    conversation = line.hears(FRIDAY_EVENING)
    with session(office.resources.engine, readonly=True) as db:
        written = select(InboxMessage).where(InboxMessage.conversation_id == conversation.id)
        message = db.exec(written.order_by(col(InboxMessage.number))).first()
    assert message is not None
    inbox_hours.answer_when_closed(message.id)
    assert line.answers() == 1


def test_what_a_machine_wrote_is_not_answered(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    line = Line(office, monkeypatch)
    monkeypatch.setattr(inbox_hours, "utcnow", lambda: FRIDAY_EVENING)
    conversation = office.hears(line.channel)
    mail = InboxMail(
        message_id=conversation.last_message_id or "", channel_id=line.channel.id, mid="", automatic=True
    )
    office.add(mail)
    office.works()
    assert line.answers() == 0


def test_a_snoozed_conversation_wakes_exactly_once(office: Office) -> None:
    channel = office.channel()
    due, later = office.hears(channel), office.hears(channel, sender="+14165550198")
    with session(office.resources.engine) as db:
        for conversation, until in ((due, utcnow()), (later, utcnow() + timedelta(hours=1))):
            row = db.get_one(Conversation, conversation.id)
            row.snoozed_until, row.state = until, ConversationState.CLOSED.value
    assert [wake_conversations(), wake_conversations()] == [1, 0]
    row = office.get(Conversation, due.id)
    assert (row.snoozed_until, row.state) == (None, "OPEN")
    assert office.get(Conversation, later.id).snoozed_until is not None
    (event,) = office.events("inbox_conversation")
    assert (event["verb"], event["id"], event["data"]["snoozed_until"]) == ("woken", due.id, None)

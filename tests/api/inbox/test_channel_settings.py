"""What an organization decides for a channel, and what comes of it when a contact writes."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from models import AuditEntry, InboxMail, InboxSurvey, Outbox, utcnow
from models.inbox_survey import ANSWERED_WITHIN, score_in
from tests.support.api.inbox import Inbox, did

pytestmark = pytest.mark.service

HOURS: dict[str, Any] = {
    "timezone": "America/Toronto",
    "weekly": {"mon": [["09:00", "17:00"]]},
    "holidays": [],
    "half_days": {},
}
NONE: dict[str, Any] = dict.fromkeys(
    ("hours", "closed_reply", "survey_question", "survey_thanks", "retention_days", "queue_id")
)
QUESTION, THANKS = "How did we do, from 1 to 5?", "Thank you, {{first_name}}!"


def texts(inbox: Inbox, conversation: str) -> list[str]:
    page = inbox.ask(inbox.world.member, "/messages", conversation_id=conversation).json()
    return [one["text"] for one in reversed(page["data"])]


def settle(inbox: Inbox, **settings: Any) -> Any:
    body = {"channel_id": did(inbox.channel), "settings": settings}
    return inbox.ask(inbox.world.admin, "/update-channel-settings", **body).json()


def jobs(inbox: Inbox, name: str) -> list[Any]:
    with inbox.world.api.session() as session:
        rows = session.exec(select(Outbox).where(Outbox.kind == "job")).all()
        return [row.payload["args"] for row in rows if row.payload["name"] == name]


def test_settings_are_shown_and_changed_in_part(inbox: Inbox) -> None:
    channel, admin, member = did(inbox.channel), inbox.world.admin, inbox.world.member
    assert inbox.drive(member, "/channel-settings", channel_id=channel) == {"channel_id": channel, **NONE}
    body: dict[str, Any] = {
        "channel_id": channel,
        "settings": {"hours": HOURS, "closed_reply": "We are back at nine."},
    }
    assert inbox.ask(member, "/update-channel-settings", **body).json()["code"] == 103
    changed = inbox.drive(admin, "/update-channel-settings", **body)
    assert changed == {"channel_id": channel, **NONE, **body["settings"]}
    assert settle(inbox, closed_reply=None, retention_days=30) == {
        **changed, "closed_reply": None, "retention_days": 30,
    }  # fmt: skip
    assert settle(inbox, hours={"timezone": "Mars", "weekly": {}})["code"] == 101
    assert settle(inbox, retention_days=0)["message"].startswith("settings.retention_days: ")
    with inbox.world.api.session() as session:
        entries = session.exec(select(AuditEntry).order_by(col(AuditEntry.id))).all()
    assert [entry.details["settings"] for entry in entries] == [
        ["closed_reply", "hours"],
        ["closed_reply", "retention_days"],
    ]


def test_only_a_channel_with_hours_and_a_text_answers_by_itself(inbox: Inbox) -> None:
    settle(inbox, hours=HOURS)
    inbox.hears()
    assert jobs(inbox, "answer_when_closed") == []
    settle(inbox, closed_reply="We are back at nine.")
    message = inbox.hears("again")
    assert jobs(inbox, "answer_when_closed") == [[message.id]]


class Closed:
    """A conversation that a member closes, over a channel that asks how it was."""

    def __init__(self, inbox: Inbox) -> None:
        settle(inbox, survey_question=QUESTION, survey_thanks=THANKS)
        self.inbox, self.message = inbox, inbox.hears("My order?")
        self.id = did(self.message.conversation_id)
        self.close()

    def close(self) -> None:
        body = {"conversation_id": self.id, "state": "CLOSED"}
        assert self.inbox.ask(self.inbox.world.member, "/change-conversation-state", **body).is_success

    @property
    def state(self) -> str:
        return self.inbox.conversation(self.message).state

    def stats(self, **sought: Any) -> Any:
        body = {"organization_id": self.inbox.org, **sought}
        return self.inbox.drive(self.inbox.world.member, "/survey-stats", **body)["data"]


def test_a_score_is_read_and_the_conversation_stays_closed(inbox: Inbox) -> None:
    closed = Closed(inbox)
    assert texts(inbox, closed.id) == ["My order?", QUESTION]
    inbox.hears("4/5")
    assert closed.state == "CLOSED"
    assert texts(inbox, closed.id)[2:] == ["4/5", "Thank you, Grace!"]
    (event,) = inbox.events("inbox_survey")
    assert (event["verb"], event["data"]["score"]) == ("answered", 4)
    today = inbox.conversation(closed.message).created_day
    figures = {
        "date": today, "channel_id": did(inbox.channel), "asked": 1, "answered": 1, "average": 4.0,
        "scores": {"1": 0, "2": 0, "3": 0, "4": 1, "5": 0},
    }  # fmt: skip
    assert closed.stats() == [figures]
    assert closed.stats(channel_ids=[did(inbox.channel)], first_day=today, last_day=today) == [figures]
    assert closed.stats(last_day="2020-01-01") == []
    inbox.hears("5")
    assert closed.state == "OPEN", "it was answered already"


def test_another_message_opens_the_conversation_and_ends_the_survey(inbox: Inbox) -> None:
    closed = Closed(inbox)
    inbox.hears("2 of the cups are broken")
    assert closed.state == "OPEN"
    inbox.hears("2")
    assert closed.state == "OPEN"
    assert [(row["asked"], row["answered"], row["average"]) for row in closed.stats()] == [(1, 0, None)]


def test_a_late_score_is_a_message(inbox: Inbox) -> None:
    closed = Closed(inbox)
    with inbox.world.api.session() as session:
        session.exec(select(InboxSurvey)).one().created_at = utcnow() - ANSWERED_WITHIN - timedelta(minutes=1)
    inbox.hears("5")
    assert closed.state == "OPEN"


def test_who_cannot_be_written_to_is_not_asked(inbox: Inbox) -> None:
    closed = Closed(inbox)
    closed.close()
    assert closed.stats()[0]["asked"] == 1, "it was closed already"
    inbox.hears("again")
    inbox.is_old(closed.message.conversation_id)
    closed.close()
    assert closed.stats()[0]["asked"] == 1


def test_machines_are_not_asked(inbox: Inbox) -> None:
    settle(inbox, survey_question=QUESTION)
    message = inbox.hears("I am on holiday")
    inbox.world.api.add(InboxMail(message_id=message.id, channel_id=inbox.channel.id, mid="", automatic=True))
    body = {"conversation_id": did(message.conversation_id), "state": "CLOSED"}
    assert inbox.ask(inbox.world.member, "/change-conversation-state", **body).is_success
    assert texts(inbox, body["conversation_id"]) == ["I am on holiday"]


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("4", 4), (" 5 ", 5), ("3/5", 3), ("5!", 5), ("1.", 1), ("\u2b50\u2b50\u2b50", 3), ("\u2605 \u2605", 2),
        ("0", None), ("6", None), ("10", None), ("4 cups", None), ("", None), ("five", None), ("5/10", None),
        ("\u2b50" * 6, None), ("\u0665", None),
        ("4\n\nOn Monday, Acme <desk@acme.example> wrote:\n\n> From 1 to 5?\n> Thanks", 4),
        ("4/5\n\n> On 2 Mar 2026, at 12:00, Acme wrote:\n>\n> From 1 to 5?", 4),
        ("3\n-- \nGrace Hopper", 3), ("2\n\n__________________\nFrom: Acme", 2), ("5\n\nVon: Acme\nBetreff: x", 5),
        ("4\n\nBut one cup is broken:\n\nthe blue one\n\n> From 1 to 5?", None), ("> 4", None),
        ("4\n\nOne question:", None), ("4\n\nAcme wrote:\n> From 1 to 5?\n\nOne cup is broken", None),
    ],
)  # fmt: skip
def test_a_score_is_a_whole_text(text: str, score: int | None) -> None:
    assert score_in(text) == score

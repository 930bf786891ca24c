"""Statistics by mail: what is due is mailed once, to who may have it, with the file."""

import csv
import io
import zipfile
from datetime import timedelta
from email import message_from_bytes
from email.message import Message
from typing import Any

import pytest
from sqlmodel import Session, col, select

from models import (
    CallLog,
    InboxWorkStay,
    MemberStatus,
    Outbox,
    Queue,
    QueueStay,
    ReportSchedule,
    Role,
    Team,
    TeamUser,
    User,
    utcnow,
)
from switchroom.database import session
from switchroom.ids import new_id
from tests.workers.conftest import work
from tests.workers.jobs.test_mail import Inbox, inbox, with_smtp
from workers.jobs.reports import send_due_reports
from workers.outbox import relay
from workers.resources import Resources

pytestmark = pytest.mark.service
__all__ = ["inbox"]


def person(db: Session, team: Team, name: str, role: Role = Role.MEMBER, **more: Any) -> User:
    user = User(email=f"{name}@example.com", verified_at=utcnow(), **more)
    db.add(user)
    db.flush()
    db.add(TeamUser(team_id=team.id, user_id=user.id, role=role.value, status=MemberStatus.ACTIVE.value))
    return user


def scheduled(resources: Resources, **fields: Any) -> ReportSchedule:
    """A team with one call yesterday, and a schedule that is due."""
    with session(resources.engine) as db:
        owner = User(email="owner@example.com", verified_at=utcnow())
        db.add(owner)
        db.flush()
        team = Team(team_name="Acme", slug="acme", owner_id=owner.id, billing_id=1, number=1)
        db.add(team)
        db.flush()
        ann, guest = person(db, team, "ann"), person(db, team, "guest", Role.GUEST)
        unverified = person(db, team, "new")
        unverified.verified_at = None
        queues = [Queue(team_id=team.id, name=name) for name in ("Sales", "=Support")]
        db.add_all(queues)
        at = utcnow() - timedelta(days=1)
        log = CallLog(team_id=team.id, caller="+14165550123", started_at=at, disposition="answered")
        db.add(log)
        db.flush()
        db.add(
            QueueStay(
                call_id=log.id,
                number=1,
                team_id=team.id,
                queue_id=queues[0].id,
                joined_at=at,
                left_at=at,
                outcome="answered",
                wait=3.0,
                last_call_id=log.id,
            )
        )
        values: dict[str, Any] = {
            "name": "Daily", "by": "queue", "period": "day", "next_at": utcnow() - timedelta(hours=1),
            "receivers": [ann.id, guest.id, unverified.id, "gone"], "format": "csv", **fields,
        }  # fmt: skip
        row = ReportSchedule(team_id=team.id, **values)
        db.add(row)
    return row


def mails(resources: Resources) -> list[dict[str, Any]]:
    with session(resources.engine, readonly=True) as db:
        rows = db.exec(select(Outbox).where(Outbox.kind == "mail").order_by(col(Outbox.id)))
        return [row.payload for row in rows]


@pytest.fixture
def on_mail(both: Resources, inbox: tuple[Inbox, int], monkeypatch: pytest.MonkeyPatch) -> Resources:
    sending = with_smtp(both, f"smtp://127.0.0.1:{inbox[1]}")
    for module in ("mail", "reports"):
        monkeypatch.setattr(f"workers.jobs.{module}.get_resources", lambda: sending)
    return sending


def sent(resources: Resources, box: Inbox) -> Message:
    """Send what is due and return the only mail."""
    send_due_reports()
    relay(resources.engine, resources.redis, resources.keys)
    work(resources)
    (raw,) = box.messages
    return message_from_bytes(raw)


def attached(message: Message) -> tuple[str, bytes]:
    part = next(part for part in message.walk() if part.get_content_disposition() == "attachment")
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return part.get_filename() or "", content


def test_what_is_due_is_mailed_once_with_the_file(on_mail: Resources, inbox: tuple[Inbox, int]) -> None:
    row = scheduled(on_mail, figures=["offered", "service_level"])
    message = sent(on_mail, inbox[0])
    assert message["To"] == "ann@example.com"
    yesterday = (utcnow() - timedelta(days=1)).date().isoformat()
    assert message["Subject"] == f"Daily: Acme, {yesterday}"
    name, content = attached(message)
    assert name == f"statistics-queue-{yesterday}.csv"
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert [(one["name"], one["offered"], one["service_level"]) for one in rows] == [
        ("'=Support", "0", ""), ("Sales", "1", "1.0"),
    ]  # fmt: skip
    assert set(rows[0]) == {"id", "name", "from", "to", "offered", "service_level"}
    send_due_reports()
    assert len(mails(on_mail)) == 1
    with session(on_mail.engine, readonly=True) as db:
        assert utcnow() < db.get_one(ReportSchedule, row.id).next_at <= utcnow() + timedelta(days=1)


def test_conversations_are_mailed(on_mail: Resources, inbox: tuple[Inbox, int]) -> None:
    row = scheduled(on_mail, of="conversations", name="Messages")
    with session(on_mail.engine) as db:
        queue = db.exec(select(Queue).where(Queue.name == "Sales")).one()
        db.add(
            InboxWorkStay(
                item_id=new_id(),
                number=1,
                team_id=row.team_id,
                queue_id=queue.id,
                joined_at=utcnow() - timedelta(days=1),
                outcome="answered",
                wait=90.0,
            )
        )
    yesterday = (utcnow() - timedelta(days=1)).date().isoformat()
    name, content = attached(sent(on_mail, inbox[0]))
    assert name == f"statistics-queue-conversations-{yesterday}.csv"
    (told,) = csv.DictReader(io.StringIO(content.decode("utf-8-sig")))
    assert (told["name"], told["offered"], told["asa"]) == ("Sales", "1", "90.0")
    assert "abandoned" not in told


def test_a_chosen_queue_without_conversations_has_a_row(on_mail: Resources, inbox: tuple[Inbox, int]) -> None:
    row = scheduled(on_mail, of="conversations")
    with session(on_mail.engine) as db:
        queue = db.exec(select(Queue).where(Queue.name == "Sales")).one()
        db.get_one(ReportSchedule, row.id).queues = [queue.id]
    _, content = attached(sent(on_mail, inbox[0]))
    (told,) = csv.DictReader(io.StringIO(content.decode("utf-8-sig")))
    assert (told["name"], told["offered"]) == ("Sales", "0")


def test_a_workbook_is_attached(on_mail: Resources, inbox: tuple[Inbox, int]) -> None:
    scheduled(on_mail, format="xlsx")
    name, content = attached(sent(on_mail, inbox[0]))
    assert name.endswith(".xlsx")
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        assert "Sales" in book.read("xl/worksheets/sheet1.xml").decode()


@pytest.mark.parametrize(
    "fields", [{"active": False}, {"next_at": utcnow() + timedelta(days=1)}], ids=["off", "later"]
)
def test_what_is_not_due_is_not_mailed(on_mail: Resources, fields: dict[str, Any]) -> None:
    scheduled(on_mail, **fields)
    send_due_reports()
    assert mails(on_mail) == []


def test_a_suspended_team_gets_no_mail(on_mail: Resources) -> None:
    row = scheduled(on_mail)
    with session(on_mail.engine) as db:
        db.get_one(Team, row.team_id).suspended_at = utcnow()
    send_due_reports()
    assert mails(on_mail) == []


def test_figures_that_are_too_many_are_told(on_mail: Resources, inbox: tuple[Inbox, int]) -> None:
    row = scheduled(on_mail, period="month", interval="15m")
    with session(on_mail.engine) as db:
        db.add_all([Queue(team_id=row.team_id, name=f"Q{number}") for number in range(20)])
    message = sent(on_mail, inbox[0])
    text = message.get_payload(decode=True)
    assert isinstance(text, bytes)
    assert b"There is no file: More than 50000 rows" in text

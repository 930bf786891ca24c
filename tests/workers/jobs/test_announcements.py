"""When people are told of a voicemail, by what, and what they are sent."""

from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from sqlmodel import col, select

from models import Department, DepartmentUser, Mailbox, Outbox, Voicemail
from models.base import utcnow
from switchroom.database import session
from tests.support.sip.audio import voice, write_samples
from tests.workers.conftest import payloads, rest
from tests.workers.records.test_missed_calls import TEAM, Desk
from workers.jobs.announcements import announce_voicemail, transcribed
from workers.jobs.forwards import copy_audio
from workers.jobs.mail import attach, compose
from workers.jobs.media import store
from workers.jobs.purge import DELETED_KEPT, purge
from workers.jobs.retention import enforce
from workers.jobs.voicemails import PLAN
from workers.resources import Resources

pytestmark = pytest.mark.service


@pytest.fixture
def desk(resources: Resources, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr("workers.jobs.announcements.get_resources", lambda: resources)
    return Desk(resources)


def message(desk: Desk, **columns: Any) -> Voicemail:
    values = {
        "team_id": TEAM, "call_id": f"{1:032x}", "mailbox_kind": "user", "mailbox_id": desk.user.id, "node": "a",
        "caller": "+14165550199", "did": "+14165550100", "file": "voicemail/x.wav",
    }  # fmt: skip
    row = Voicemail(**{**values, **columns})
    desk.add(row)
    return row


def stored(desk: Desk, **columns: Any) -> Voicemail:
    """A message whose audio the job has stored."""
    row = message(desk, **columns)
    rest(write_samples(desk.resources.settings.spool_dir / row.file, voice(2)), 90)
    assert store(desk.resources, PLAN, row.id) is None
    return row


def now(desk: Desk, row: Voicemail) -> Voicemail:
    with session(desk.resources.engine, readonly=True) as db:
        return db.get_one(Voicemail, row.id)


def settings(desk: Desk, kind: str, owner: str, **changes: Any) -> None:
    with session(desk.resources.engine) as db:
        box = db.exec(select(Mailbox).where(Mailbox.kind == kind, Mailbox.owner_id == owner)).one()
        for name, value in changes.items():
            setattr(box, name, value)
        db.add(box)


def says(desk: Desk, row: Voicemail, text: str) -> None:
    """Let the transcript be there."""
    with session(desk.resources.engine) as db:
        found = db.get_one(Voicemail, row.id)
        found.transcript, found.transcript_state = {"text": text, "lines": []}, "done"
        transcribed(db, found)


@pytest.mark.parametrize(("text", "state", "told"), [("Call me.", "stored", 1), (" … ", "empty", 0)])
def test_the_transcript_decides(desk: Desk, text: str, state: str, told: int) -> None:
    row = stored(desk)
    assert (desk.told(), now(desk, row).transcript_state) == ([], "pending")
    says(desk, row, text)
    assert (now(desk, row).state, len(desk.told()), len(desk.pushes())) == (state, told, told)
    announce_voicemail(row.id)
    assert len(desk.told()) == told, "it is announced once, and never if nothing was said"


def test_a_transcript_that_does_not_come_is_not_waited_for(desk: Desk) -> None:
    row = stored(desk)
    jobs = {job["name"]: job for job in payloads(desk.resources, "job")}
    assert jobs["announce_voicemail"]["delay"] == desk.resources.settings.voicemail_transcript_wait
    announce_voicemail(row.id)
    assert len(desk.told()) == 1
    says(desk, row, "Call me.")
    assert len(desk.told()) == 1


def test_without_a_transcriber_the_level_decides(desk: Desk) -> None:
    desk.resources.settings.transcriber = "none"
    row = stored(desk)
    assert (now(desk, row).state, len(desk.told())) == ("stored", 1)
    lights = [it for it in payloads(desk.resources, "command") if it["type"] == "messages"]
    assert lights[0] == {
        "type": "messages", "team": TEAM, "mailbox_kind": "user", "mailbox": desk.user.id
    }  # fmt: skip


def test_the_members_of_a_department_are_told_if_they_share_its_mailbox(desk: Desk) -> None:
    desk.resources.settings.transcriber = "none"
    support = Department(team_id=TEAM, name="Support")
    desk.add(support, DepartmentUser(department_id=support.id, user_id=desk.user.id))
    stored(desk, mailbox_kind="department", mailbox_id=support.id)
    assert [user for user, _, _ in desk.told()] == [desk.user.id]
    settings(desk, "department", support.id, shared=False)
    stored(
        desk, mailbox_kind="department", mailbox_id=support.id, call_id=f"{2:032x}", file="voicemail/x.wav2"
    )


def mails(desk: Desk) -> list[tuple[Outbox, EmailMessage]]:
    with session(desk.resources.engine, readonly=True) as db:
        rows = db.exec(select(Outbox).where(Outbox.kind == "mail").order_by(col(Outbox.id))).all()
    made = []
    for row in rows:
        mail = compose(desk.resources.settings, row)
        attach(desk.resources, mail, row)
        made.append((row, mail))
    return made


def test_a_mail_has_the_transcript_and_the_audio(desk: Desk) -> None:
    settings(desk, "user", desk.user.id, email_on=True)
    row = stored(desk, caller_name="Ann\r\nBcc: x")
    assert mails(desk) == []
    says(desk, row, "Please call me back.")
    [(_, mail)] = mails(desk)
    assert (mail["To"], mail["Subject"]) == ("u@example.com", "Voicemail from AnnBcc: x")
    body = mail.get_body()
    assert body is not None
    assert "Please call me back." in body.get_content()
    [audio] = mail.iter_attachments()
    assert (audio.get_content_type(), audio.get_content()[:4]) == ("audio/wav", b"RIFF")


@pytest.mark.parametrize(
    ("changes", "to", "attached", "spoken"),
    [
        ({"email": "desk@example.com"}, "desk@example.com", 1, True),
        ({"email_audio": False}, "u@example.com", 0, True),
        ({"email_transcript": False}, "u@example.com", 1, False),
    ],
)
def test_a_mail_is_as_the_mailbox_says(
    desk: Desk, changes: dict[str, Any], to: str, attached: int, spoken: bool
) -> None:
    settings(desk, "user", desk.user.id, email_on=True, **changes)
    says(desk, stored(desk), "Hello there")
    [(_, mail)] = mails(desk)
    text = mail.get_body()
    assert text is not None
    assert (mail["To"], len(list(mail.iter_attachments()))) == (to, attached)
    assert ("Hello there" in text.get_content()) is spoken


def test_audio_that_is_too_large_or_gone_is_not_attached(desk: Desk) -> None:
    settings(desk, "user", desk.user.id, email_on=True)
    row = stored(desk)
    says(desk, row, "Hello")
    desk.resources.settings.voicemail_mail_megabytes = 0.001
    [(_, mail)] = mails(desk)
    assert list(mail.iter_attachments()) == []
    desk.resources.settings.voicemail_mail_megabytes = 10
    with session(desk.resources.engine) as db:
        db.get_one(Voicemail, row.id).state = "deleted"
    [(_, mail)] = mails(desk)
    assert list(mail.iter_attachments()) == []


def test_a_forwarded_message_has_audio_of_its_own(desk: Desk) -> None:
    row = stored(desk)
    says(desk, row, "Hello")
    copy = message(
        desk,
        file="forwarded/1",
        node="",
        forwarded_from=row.id,
        mailbox_id=desk.admin.id,
        transcript_state="done",
    )
    copy_audio(desk.resources, copy.id)
    made = now(desk, copy)
    assert (made.state, made.s3_key != now(desk, row).s3_key) == ("stored", True)
    assert desk.resources.storage.exists(made.s3_key or "")
    assert desk.told()[-1][0] == desk.admin.id
    with session(desk.resources.engine) as db:
        db.get_one(Voicemail, row.id).state = "deleted"
    late = message(desk, file="forwarded/2", node="", forwarded_from=row.id, mailbox_id=desk.admin.id)
    copy_audio(desk.resources, late.id)
    assert (now(desk, late).state, now(desk, late).error) == (
        "failed",
        "the message that was forwarded is gone",
    )


def test_a_mailbox_has_days_of_its_own_except_for_what_is_saved(desk: Desk) -> None:
    settings(desk, "user", desk.user.id, retention_days=7)
    old = utcnow() - timedelta(days=8)
    kept = message(desk, created_at=old, saved=True, state="stored", file="voicemail/1.wav")
    fresh = message(desk, created_at=old + timedelta(days=2), state="stored", file="voicemail/2.wav")
    gone = message(desk, created_at=old, state="stored", file="voicemail/3.wav")
    assert enforce(desk.resources, utcnow()) == 1
    assert [now(desk, row).state for row in (kept, fresh, gone)] == ["stored", "stored", "deleted"]
    assert purge(desk.resources.engine, utcnow())["voicemails"] == 0
    with session(desk.resources.engine) as db:
        db.get_one(Voicemail, gone.id).deleted_at = utcnow() - DELETED_KEPT
    assert purge(desk.resources.engine, utcnow() - timedelta(days=1))["voicemails"] == 1

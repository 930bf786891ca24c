"""A contact's data is exported, erased, and not kept for longer than the channel says."""

import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from sqlmodel import col, select

from models import (
    AuditEntry,
    CallLog,
    Contact,
    Conversation,
    InboxChannel,
    InboxDeleted,
    InboxMail,
    InboxMessage,
    InboxNote,
    InboxSettings,
    PrivacyKind,
    PrivacyRequest,
    Recording,
    Voicemail,
    WrapUp,
    utcnow,
)
from models.contact_merge import merge_contacts
from models.file import object_key
from models.inbox_file import InboxFile
from models.inbox_message import receive
from models.inbox_note import write_note
from models.privacy import request_of
from switchroom.database import session
from switchroom.inbox import Inbound
from tests.workers.jobs.inbox import GRACE, NUMBER, Office, office_of
from workers.jobs import contact_export
from workers.jobs.contact_erasure import erase_contact
from workers.jobs.inbox_resume import resume_inbox
from workers.jobs.inbox_retention import enforce_channel, enforce_inbox_retention, expire_exports
from workers.resources import Resources

pytestmark = pytest.mark.service

SECRET = "I was born in Graz"
OTHER = "+14165550198"


@pytest.fixture
def office(both: Resources, monkeypatch: pytest.MonkeyPatch, httpserver: HTTPServer) -> Office:
    return office_of(both, monkeypatch, httpserver)


class Grace:
    """A contact who wrote, called and left a voicemail; and another one who did the same."""

    def __init__(self, office: Office, folder: Path) -> None:
        self.office, self.folder = office, folder
        self.channel = office.channel()
        self.conversation = office.hears(self.channel, text=SECRET)
        office.answers(self.conversation, "Noted")
        self.contact = self.conversation.contact_id
        self.other = office.hears(self.channel, sender=OTHER, text="Hi")
        with session(office.resources.engine) as db:
            write_note(db, db.get_one(Conversation, self.conversation.id), office.user.id, SECRET)
        self.call = self._call(GRACE, NUMBER, "inbound")
        self.placed = self._call("101", GRACE, "outgoing")
        self.others_call = self._call(OTHER, NUMBER, "inbound")
        self.voicemail = self._media(
            Voicemail(call_id=self.call.id, caller=GRACE, caller_name="Grace", file="voicemail/a.wav"),
            "voicemail",
        )
        self.file = InboxFile(
            team_id=office.team.id, message_id=self.conversation.last_message_id, name="../a b.png"
        )
        office.add(self.file)
        path = folder / "picture"
        path.write_bytes(b"picture")
        office.resources.storage.put_file(object_key(self.file.id), path, "image/png")
        office.add(WrapUp(call_id=self.call.id, team_id=office.team.id, note=SECRET))

    def _call(self, caller: str, called: str, direction: str) -> CallLog:
        at = utcnow()
        leg = {"kind": "number", "number": called, "agent": None}
        log = CallLog(
            team_id=self.office.team.id, caller=caller, caller_name="Somebody", did=called, direction=direction,
            started_at=at, ended_at=at, legs=[leg],
        )  # fmt: skip
        self.office.add(log)
        self._media(Recording(call_id=log.id, file_base=f"recordings/{log.id}-1"), "recordings")
        return log

    def _media(self, row: Any, kind: str) -> Any:
        path = self.folder / "x.wav"
        path.write_bytes(b"sound of " + row.id.encode())
        row.team_id, row.state, row.s3_key = self.office.team.id, "stored", f"{kind}/{row.id}.wav"
        row.transcript, row.transcript_state = {"lines": [], "text": SECRET}, "done"
        self.office.resources.storage.put_file(row.s3_key, path, "audio/wav")
        self.office.add(row)
        return row

    def demands(self, kind: PrivacyKind) -> PrivacyRequest:
        with session(self.office.resources.engine) as db:
            row = request_of(
                db, kind, team_id=self.office.team.id, contact_id=self.contact, user_id=self.office.user.id
            )
        self.office.works()
        found: PrivacyRequest = self.office.get(PrivacyRequest, row.id)
        return found

    def exists(self, key: str | None) -> bool:
        return self.office.resources.storage.exists(key or "")

    def audit(self) -> list[tuple[str, str]]:
        with session(self.office.resources.engine, readonly=True) as db:
            rows = db.exec(select(AuditEntry).order_by(col(AuditEntry.id))).all()
            return [(row.action, row.object_id or "") for row in rows]


def test_an_export_has_all_of_the_contact_and_nothing_of_others(office: Office, tmp_path: Path) -> None:
    grace = Grace(office, tmp_path)
    done = grace.demands(PrivacyKind.EXPORT)
    assert done.state == "done"
    assert done.counts == {
        "conversations": 1, "messages": 2, "notes": 1, "calls": 2, "recordings": 2, "voicemails": 1,
        "attachments": 1,
    }  # fmt: skip
    office.resources.storage.get_file(done.s3_key or "", tmp_path / "got.zip")
    file = zipfile.ZipFile(io.BytesIO((tmp_path / "got.zip").read_bytes()))
    names = set(file.namelist())
    assert {"contact.json", "calls.json", "voicemails.json", "log.json"} < names
    talk = json.loads(file.read(f"conversations/{grace.conversation.id}.json"))
    assert [message["text"] for message in talk["messages"]] == [SECRET, "Noted"]
    assert [note["text"] for note in talk["notes"]] == [SECRET]
    calls = {call["id"]: call for call in json.loads(file.read("calls.json"))}
    assert set(calls) == {grace.call.id, grace.placed.id}
    (talk,) = calls[grace.call.id]["recordings"]
    assert talk["transcript"]["text"] == SECRET
    assert file.read(talk["audio"]) == b"sound of " + talk["id"].encode()
    assert calls[grace.call.id]["wrap_ups"][0]["note"] == SECRET
    (voicemail,) = json.loads(file.read("voicemails.json"))
    assert file.read(voicemail["audio"]) == b"sound of " + voicemail["id"].encode()
    assert file.read(f"attachments/{grace.file.id}-.._a_b.png") == b"picture"
    everything = b"".join(file.read(name) for name in names)
    assert OTHER.encode() not in everything
    assert grace.audit() == [("contact's export done", grace.contact)]
    (event,) = office.events("inbox_privacy")
    assert (event["verb"], event["audience"]["admins"]) == ("done", True)
    assert "members" not in event["audience"]


def test_an_export_has_subjects_and_html_of_mails(office: Office, tmp_path: Path) -> None:
    grace = Grace(office, tmp_path)
    with session(office.resources.engine) as db:
        first, _ = db.exec(
            select(InboxMessage)
            .where(col(InboxMessage.conversation_id) == grace.conversation.id)
            .order_by(col(InboxMessage.number))
        )
        mail = InboxMail(
            message_id=first.id, channel_id=first.channel_id, mid="<1@a>", subject="Birth", html="<p>Graz</p>"
        )
        db.add(mail)
    messages = exported(office, grace, tmp_path)["messages"]
    assert ["mail" in message for message in messages] == [True, False]
    assert (messages[0]["mail"]["subject"], messages[0]["mail"]["html"]) == ("Birth", "<p>Graz</p>")


def exported(office: Office, grace: Grace, folder: Path) -> Any:
    """Let the contact's data be exported. Return what the file has of Grace's conversation."""
    done = grace.demands(PrivacyKind.EXPORT)
    assert done.state == "done"
    office.resources.storage.get_file(done.s3_key or "", folder / "got.zip")
    with zipfile.ZipFile(folder / "got.zip") as file:
        talks = [name for name in file.namelist() if name.startswith("conversations/")]
        assert len(talks) == done.counts["conversations"]
        return json.loads(file.read(f"conversations/{grace.conversation.id}.json"))


def test_an_export_ends_although_retention_deletes_meanwhile(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grace = Grace(office, tmp_path)
    with session(office.resources.engine) as db:
        other = db.get_one(Conversation, grace.other.id)
        other.contact_id = grace.contact
        old, young = sorted([other, db.get_one(Conversation, grace.conversation.id)], key=lambda row: row.id)[
            ::-1
        ]
        old.last_message_at = utcnow() - timedelta(days=9)
    grace.conversation = young
    settings = InboxSettings(channel_id=grace.channel.id, team_id=office.team.id, retention_days=5)
    office.add(settings)
    put, deleted = contact_export._Export._attachments, list[int]()

    def slow_put(self: Any, conversation: Conversation) -> None:
        if not deleted:
            deleted.append(enforce_channel(office.resources, settings, utcnow())["conversations"])
        put(self, conversation)

    monkeypatch.setattr(contact_export._Export, "_attachments", slow_put)
    exported(office, grace, tmp_path)
    assert deleted == [1]


@pytest.mark.parametrize("kind", PrivacyKind)
def test_a_demand_whose_job_is_lost_is_met(office: Office, tmp_path: Path, kind: PrivacyKind) -> None:
    """Redis lost its data, or the job has failed too often."""
    grace = Grace(office, tmp_path)
    at = utcnow() - timedelta(minutes=3)
    row = PrivacyRequest(
        team_id=office.team.id,
        contact_id=grace.contact,
        kind=kind.value,
        user_id=office.user.id,
        created_at=at,
    )
    office.add(row)
    office.works()
    assert office.get(PrivacyRequest, row.id).state == "pending"
    resume_inbox()
    office.works()
    assert office.get(PrivacyRequest, row.id).state == "done"
    resume_inbox()
    office.works()
    assert len([action for action, _ in grace.audit() if action.endswith(" done")]) == 1


def test_an_export_expires(office: Office, tmp_path: Path) -> None:
    grace = Grace(office, tmp_path)
    done = grace.demands(PrivacyKind.EXPORT)
    assert done.expires_at is not None
    assert expire_exports(office.resources, done.expires_at) == 0
    assert expire_exports(office.resources, done.expires_at + timedelta(seconds=1)) == 1
    row = office.get(PrivacyRequest, done.id)
    assert (row.state, row.s3_key, grace.exists(done.s3_key)) == ("expired", None, False)


def test_what_is_erased_is_gone_and_the_statistics_stay(office: Office, tmp_path: Path) -> None:
    grace = Grace(office, tmp_path)
    export = grace.demands(PrivacyKind.EXPORT)
    done = grace.demands(PrivacyKind.ERASURE)
    assert (done.state, done.counts) == (
        "done",
        {"recordings": 2, "voicemails": 1, "calls": 2, "conversations": 1, "messages": 2},
    )
    with session(office.resources.engine, readonly=True) as db:
        assert db.get(Contact, grace.contact) is None
        assert {row.conversation_id for row in db.exec(select(InboxMessage))} == {grace.other.id}
        assert db.exec(select(InboxNote)).all() == []
        recordings = {row.call_id: row for row in db.exec(select(Recording))}
        voicemail = db.get_one(Voicemail, grace.voicemail.id)
        call, placed, others = (
            db.get_one(CallLog, log.id) for log in (grace.call, grace.placed, grace.others_call)
        )
        assert db.exec(select(WrapUp.note).where(col(WrapUp.call_id) == grace.call.id)).all() == [None]
    assert (call.caller, call.caller_name, call.did) == ("", "", NUMBER)
    assert (placed.caller, placed.did, placed.legs[0]["number"]) == ("101", "", None)
    assert (others.caller, others.caller_name) == (OTHER, "Somebody")
    for row in (recordings[call.id], recordings[placed.id], voicemail):
        assert (row.state, row.transcript, grace.exists(row.s3_key)) == ("deleted", None, False)
    assert voicemail.caller == ""
    assert grace.exists(recordings[others.id].s3_key)
    assert not grace.exists(export.s3_key)
    assert grace.audit()[-1] == ("contact's erasure done", grace.contact)


def test_a_contact_who_is_not_there_has_no_export_and_is_erased_already(
    office: Office, tmp_path: Path
) -> None:
    grace = Grace(office, tmp_path)
    grace.demands(PrivacyKind.ERASURE)
    assert grace.demands(PrivacyKind.EXPORT).problem == "The contact is not there any more"
    again = grace.demands(PrivacyKind.ERASURE)
    assert (again.state, set(again.counts.values())) == ("done", {0})


def repeated(office: Office, message: InboxMessage) -> InboxMessage | None:
    """Let the source send a message again."""
    told = Inbound(message.provider_id or "", GRACE, message.text, message.sent_at)
    with session(office.resources.engine) as db:
        return receive(db, db.get_one(InboxChannel, message.channel_id), told)


def test_what_was_erased_does_not_come_back_when_its_source_repeats_it(
    office: Office, tmp_path: Path
) -> None:
    grace = Grace(office, tmp_path)
    with session(office.resources.engine, readonly=True) as db:
        (message,) = db.exec(select(InboxMessage).where(col(InboxMessage.text) == SECRET))
    assert repeated(office, message) is None
    grace.demands(PrivacyKind.ERASURE)
    assert repeated(office, message) is None
    with session(office.resources.engine, readonly=True) as db:
        assert [row.contact_id for row in db.exec(select(Conversation))] == [grace.other.contact_id]
        (known,) = db.exec(select(InboxDeleted)).all()
    assert message.provider_id not in known.digest
    office.hears(grace.channel, text="I am back")
    grace.contact = office.hears(grace.channel, text="And again").contact_id
    assert grace.demands(PrivacyKind.ERASURE).counts["messages"] == 2


def test_an_export_that_ends_after_the_erasure_is_not_kept(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grace = Grace(office, tmp_path)
    storage = type(office.resources.storage)
    put, erased = storage.put_file, list[PrivacyRequest]()

    def slow_put(self: Any, key: str, *more: Any) -> Any:
        if not erased:
            erased.append(PrivacyRequest(
                team_id=office.team.id, contact_id=grace.contact, kind="erasure", user_id=office.user.id
            ))  # fmt: skip
            office.add(*erased)
            erase_contact(erased[0].id)
        return put(self, key, *more)

    monkeypatch.setattr(storage, "put_file", slow_put)
    export = grace.demands(PrivacyKind.EXPORT)
    assert office.get(PrivacyRequest, erased[0].id).state == "done"
    assert (export.state, export.problem, export.s3_key) == (
        "failed",
        "The contact is not there any more",
        None,
    )
    assert not grace.exists(f"exports/{office.team.id}/{export.id}.zip")


def test_exports_of_merged_contacts_are_erased_too(office: Office, tmp_path: Path) -> None:
    grace = Grace(office, tmp_path)
    export = grace.demands(PrivacyKind.EXPORT)
    assert grace.exists(export.s3_key)
    with session(office.resources.engine) as db:
        other = db.get_one(Contact, grace.other.contact_id)
        merge_contacts(db, other, db.get_one(Contact, grace.contact), office.user.id)
    assert grace.demands(PrivacyKind.EXPORT).state == "done", "it is found by the id that it had"
    grace.contact = other.id
    assert grace.demands(PrivacyKind.ERASURE).state == "done"
    assert not grace.exists(export.s3_key)
    assert office.get(PrivacyRequest, export.id).state == "expired"


class Kept:
    """A channel that keeps messages for some days."""

    def __init__(self, office: Office, days: int) -> None:
        self.office, self.channel = office, office.channel()
        self.settings = InboxSettings(channel_id=self.channel.id, team_id=office.team.id, retention_days=days)
        office.add(self.settings)

    def hears(self, days: float, sender: str = GRACE) -> str:
        """Let the contact write some days ago."""
        conversation = self.office.hears(self.channel, sender=sender)
        at = utcnow() - timedelta(days=days)
        with session(self.office.resources.engine) as db:
            row = db.get_one(Conversation, conversation.id)
            row.last_message_at = at
            db.get_one(InboxMessage, row.last_message_id).created_at = at
            note = InboxNote(team_id=row.team_id, conversation_id=row.id, text=f"{days}", created_at=at)
            db.add(note)
            return str(row.last_message_id)

    def left(self) -> tuple[set[str], set[str]]:
        with session(self.office.resources.engine, readonly=True) as db:
            return {row.id for row in db.exec(select(InboxMessage))}, {
                row.text for row in db.exec(select(InboxNote))
            }


def test_old_messages_go_and_a_conversation_with_its_newest(office: Office) -> None:
    kept = Kept(office, 30)
    kept.hears(40)
    young = kept.hears(10)
    kept.hears(31, sender=OTHER)
    with session(office.resources.engine, readonly=True) as db:
        before = db.exec(select(InboxMessage)).all()
    deleted = enforce_channel(office.resources, kept.settings, utcnow())
    assert deleted == {"conversations": 1, "messages": 1, "notes": 1}
    assert kept.left() == ({young}, {"10"})
    assert [repeated(office, message) for message in before] == [None] * 3
    enforce_inbox_retention()
    with session(office.resources.engine, readonly=True) as db:
        (entry,) = db.exec(select(AuditEntry)).all()
    assert (entry.action, entry.object_id) == ("retention of a channel", kept.channel.id)
    assert entry.details == {"days": 30, "deleted": deleted}


def test_a_message_that_still_waits_to_be_sent_stays(office: Office) -> None:
    kept = Kept(office, 30)
    kept.hears(1)
    with session(office.resources.engine, readonly=True) as db:
        conversation = db.exec(select(Conversation)).one()
    waiting = office.answers(conversation, "soon")
    kept.hears(0)
    with session(office.resources.engine) as db:
        db.get_one(InboxMessage, waiting.id).created_at = utcnow() - timedelta(days=40)
    assert enforce_channel(office.resources, kept.settings, utcnow())["messages"] == 0


def test_a_channel_without_days_keeps_everything(office: Office) -> None:
    kept = Kept(office, 30)
    with session(office.resources.engine) as db:
        db.get_one(InboxSettings, kept.settings.id).retention_days = None
    old = kept.hears(4000)
    enforce_inbox_retention()
    assert kept.left()[0] == {old}

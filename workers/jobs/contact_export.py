"""A copy of all that an organization has of a contact: a ZIP file on S3, which an admin fetches.

| in the file | |
|---|---|
| `contact.json` | the contact, its tags, what its sources know it by, the contacts that were merged into it |
| `conversations/<id>.json` | a conversation with its messages (of mails also subject and HTML), notes and surveys |
| `calls.json`, `voicemails.json` | with transcripts, and with the names of their audio files |
| `recordings/`, `voicemails/`, `attachments/` | audio and files of messages, as far as they are on S3 |
| `log.json` | what the audit log says of the contact |

What retention deletes while the file is made may be in it or not: it is read piece by piece.
"""

import json
import logging
import re
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlmodel import Session, SQLModel, col, select

from models import (
    AuditEntry,
    CallLog,
    Contact,
    ContactMerge,
    Conversation,
    InboxIdentity,
    InboxMessage,
    InboxNote,
    InboxSurvey,
    PrivacyRequest,
    PrivacyState,
    Recording,
    Voicemail,
    WrapUp,
    utcnow,
)
from models.contact_calls import are_calls_with, are_messages_of, numbers_in_records
from models.contact_merge import merged_ids
from models.file import object_key
from models.inbox_contact import tags_of
from models.inbox_file import InboxFile, InboxFileState
from models.inbox_mail import mails_of
from models.privacy import KEPT, note_outcome
from models.stored_file import PLAYED
from switchroom.database import session
from workers.resources import Resources, get_resources

logger = logging.getLogger(__name__)

PAGE = 1000
"""Messages that are read at once."""
_UNSAID = {"team_id", "legs", "decisions", "path", "node", "sealed_token"}
"""Columns that say nothing of the contact."""


def export_contact(request_id: str) -> None:
    """Job: make the file, and tell the organization's admins. Raises `StorageError`: it is tried again."""
    resources = get_resources()
    with session(resources.engine, readonly=True) as db:
        request = db.get(PrivacyRequest, request_id)
        contact = _contact_of(db, request) if request is not None else None
    if request is None or request.state != PrivacyState.PENDING.value:
        return
    key = f"exports/{request.team_id}/{request.id}.zip"
    counts: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "contact.zip"
        if contact is not None:
            counts = _Export(resources, request, contact, Path(folder)).write(path)
        size = resources.storage.put_file(key, path, "application/zip").size if contact is not None else None
    if not _note(resources, request_id, key, size, counts):
        # The contact was erased meanwhile, or before: nor may what an earlier run has left stay.
        resources.storage.delete(key)
    logger.info("a contact's data exported", extra={"request": request_id, **counts})


def _contact_of(db: Session, request: PrivacyRequest, *, lock: bool = False) -> Contact | None:
    """Return the contact, also if it was merged into another one since. `lock`: it stays until the transaction ends."""
    id = request.contact_id
    id = merged_ids(db, request.team_id, [id]).get(id, id)
    return db.get(Contact, id, with_for_update={"read": True} if lock else None)


def _note(resources: Resources, request_id: str, key: str, size: int | None, counts: dict[str, int]) -> bool:
    """Note where the file is. Return whether it may stay: not if the contact is not there any more."""
    now = utcnow()
    with session(resources.engine) as db:
        row = db.get_one(PrivacyRequest, request_id, with_for_update=True)
        stays = size is not None and _contact_of(db, row, lock=True) is not None
        if stays:
            row.state, row.s3_key, row.size = PrivacyState.DONE.value, key, size
            row.counts, row.expires_at = counts, now + KEPT
        else:
            row.state, row.problem = PrivacyState.FAILED.value, "The contact is not there any more"
        note_outcome(db, row, now)
    return stays


def expire_export(resources: Resources, row: PrivacyRequest) -> None:
    """Delete the file of an export, then note it. Raises `StorageError`."""
    if row.s3_key:
        resources.storage.delete(row.s3_key)
    with session(resources.engine) as db:
        current = db.get_one(PrivacyRequest, row.id)
        current.s3_key, current.expires_at = None, None
        current.state = PrivacyState.EXPIRED.value


class _Export:
    """One file that is being written."""

    def __init__(self, resources: Resources, request: PrivacyRequest, contact: Contact, folder: Path) -> None:
        self.resources, self.team, self.contact, self.folder = resources, request.team_id, contact, folder
        self.counts: dict[str, int] = {}

    def write(self, path: Path) -> dict[str, int]:
        """Write the file. Return how many objects of each kind it has."""
        with (
            zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as self.zip,
            session(self.resources.engine, readonly=True) as self.db,
        ):
            self._contact()
            ids = self._ids(Conversation.id, col(Conversation.contact_id) == self.contact.id)
            self.counts["conversations"] = 0
            for id in ids:
                self._conversation(id)
            numbers = numbers_in_records(self.db, self.contact)
            self._calls(numbers)
            self._voicemails(numbers)
            entries = select(AuditEntry).where(
                col(AuditEntry.object_id) == self.contact.id, col(AuditEntry.team_id) == self.team
            )
            self._put("log.json", [_plain(row) for row in self.db.exec(entries.order_by(col(AuditEntry.id)))])
        return self.counts

    def _ids(self, column: Any, condition: Any) -> list[str]:
        return list(self.db.exec(select(column).where(condition).order_by(column)))

    def _put(self, name: str, value: Any) -> None:
        self.zip.writestr(name, json.dumps(value, ensure_ascii=False, indent=1, default=str))

    def _contact(self) -> None:
        mine = col(InboxIdentity.contact_id) == self.contact.id
        merged = col(ContactMerge.contact_id) == self.contact.id
        self._put(
            "contact.json",
            {
                **_plain(self.contact),
                "tags": [tag.name for tag in tags_of(self.db, [self.contact.id]).get(self.contact.id, [])],
                "known_as": [_plain(row) for row in self.db.exec(select(InboxIdentity).where(mine))],
                "merged": [_plain(row) for row in self.db.exec(select(ContactMerge).where(merged))],
            },
        )

    def _conversation(self, id: str) -> None:
        """Write a conversation piece by piece: it may be long. Retention may have deleted it meanwhile."""
        conversation = self.db.get(Conversation, id)
        if conversation is None:
            return
        self._count("conversations")
        notes = select(InboxNote).where(col(InboxNote.conversation_id) == conversation.id)
        surveys = select(InboxSurvey).where(col(InboxSurvey.conversation_id) == conversation.id)
        head = {
            **_plain(conversation),
            "notes": [_plain(row) for row in self.db.exec(notes.order_by(col(InboxNote.created_at)))],
            "surveys": [_plain(row) for row in self.db.exec(surveys.order_by(col(InboxSurvey.id)))],
        }
        self._count("notes", len(head["notes"]))
        with self.zip.open(f"conversations/{conversation.id}.json", "w") as file:
            text = json.dumps(head, ensure_ascii=False, default=str)
            file.write(f'{text[:-1]}, "messages": ['.encode())
            for number, row in enumerate(_messages(self.db, conversation.id)):
                piece = json.dumps(row, ensure_ascii=False, default=str)
                file.write(f"{',' if number else ''}\n{piece}".encode())
                self._count("messages")
            file.write(b"]}\n")
        self._attachments(conversation)

    def _attachments(self, conversation: Conversation) -> None:
        """Put the files of the messages into the file, as far as they are on S3. Raises `StorageError`."""
        theirs = (
            select(InboxFile.id, InboxFile.name)
            .join(InboxMessage, col(InboxMessage.id) == col(InboxFile.message_id))
            .where(
                col(InboxMessage.conversation_id) == conversation.id,
                col(InboxFile.state) == InboxFileState.STORED.value,
            )
        )
        for id, name in self.db.exec(theirs.order_by(col(InboxFile.id))).all():
            # The name is what a stranger chose: it must not lead out of the folder.
            plain = re.sub(r"[^\w.-]", "_", name)[-100:]
            if self._copy(object_key(id), f"attachments/{id}-{plain}"):
                self._count("attachments")

    def _count(self, kind: str, more: int = 1) -> None:
        self.counts[kind] = self.counts.get(kind, 0) + more

    def _calls(self, numbers: list[str]) -> None:
        found = []
        for id in self._ids(CallLog.id, are_calls_with(self.team, numbers)):
            log = self.db.get(CallLog, id)
            if log is None:
                continue
            work = self.db.exec(select(WrapUp).where(col(WrapUp.call_id) == id)).all()
            talks = self.db.exec(select(Recording).where(col(Recording.call_id) == id)).all()
            shown = [
                {**_plain(talk), "audio": self._audio(talk, f"recordings/{id}-{talk.number}.wav")}
                for talk in talks
                if talk.state != "deleted"
            ]
            found.append({**_plain(log), "recordings": shown, "wrap_ups": [_plain(one) for one in work]})
            self._count("recordings", len(shown))
        self._count("calls", len(found))
        self._put("calls.json", found)

    def _voicemails(self, numbers: list[str]) -> None:
        found = []
        for id in self._ids(Voicemail.id, are_messages_of(self.team, numbers)):
            row = self.db.get(Voicemail, id)
            if row is not None and row.state != "deleted":
                found.append({**_plain(row), "audio": self._audio(row, f"voicemails/{id}.wav")})
        self._count("voicemails", len(found))
        self._put("voicemails.json", found)

    def _audio(self, row: Recording | Voicemail, name: str) -> str | None:
        """Put the audio into the file. Return its name there; None: it is not on S3. Raises `StorageError`."""
        is_there = row.state in PLAYED and row.s3_key is not None and self._copy(row.s3_key, name)
        return name if is_there else None

    def _copy(self, key: str, name: str) -> bool:
        """Put an object into the file. Return whether it is on S3. Raises `StorageError`."""
        storage = self.resources.storage
        if storage.size(key) is None:
            return False
        path = self.folder / "object"
        storage.get_file(key, path)
        # Sounds and pictures hardly shrink, and this saves the time.
        self.zip.write(path, name, zipfile.ZIP_STORED)
        path.unlink()
        return True


def _messages(db: Session, conversation_id: str) -> Iterator[dict[str, Any]]:
    """Return the messages of a conversation; those that were mails with what `inbox_mails` has of them."""
    last = 0
    while True:
        page = select(InboxMessage).where(
            col(InboxMessage.conversation_id) == conversation_id, col(InboxMessage.number) > last
        )
        rows = db.exec(page.order_by(col(InboxMessage.number)).limit(PAGE)).all()
        mails = mails_of(db, [row.id for row in rows])
        for row in rows:
            mail = mails.get(row.id)
            yield {**_plain(row), "mail": _plain(mail)} if mail is not None else _plain(row)
        if len(rows) < PAGE:
            return
        last = rows[-1].number
        db.expunge_all()


def _plain(row: SQLModel) -> dict[str, Any]:
    return {name: value for name, value in row.model_dump().items() if name not in _UNSAID}

"""What people did in mailboxes by phone, written into the database. Each record may come twice."""

from collections.abc import Iterable
from hashlib import blake2b

from sqlmodel import Session

from models import Mailbox, OutboxKind, PromptKind, UploadedPrompt, Voicemail
from models.base import utcnow
from models.mailbox import mailbox_changed, mailbox_of
from models.outbox import emit
from models.stored_file import ON_S3
from models.uploaded_prompt import changed, greeting_name
from models.voicemail import tell_of_voicemail
from switchroom.messages.outbox import JobRequest
from switchroom.messages.records import MailboxEntry, MailboxRecord
from workers.enqueue import recordings_queue
from workers.outbox import job_row

MESSAGES = frozenset({"read", "save", "delete"})
UPLOADS = "uploads/"
STORE_DELAY = 1.0
"""Seconds until a greeting is fetched: Asterisk closes the file a moment after its end."""


def write_mailboxes(db: Session, entries: Iterable[MailboxEntry]) -> int:
    """Do what these records say, in their order. Return how many changed something."""
    return sum(_write(db, entry.record, entry.node) for entry in entries)


def _write(db: Session, record: MailboxRecord, node: str) -> bool:
    if record.action in MESSAGES:
        return _of_message(db, record)
    mailbox = mailbox_of(db, record.team, record.mailbox_kind, record.mailbox)
    if mailbox is None:
        return False
    if record.action == "pin":
        done = record.pin_hash is not None and mailbox.pin_hash != record.pin_hash
        mailbox.pin_hash = record.pin_hash or mailbox.pin_hash
    elif record.action == "greeting":
        done = _greeting(db, mailbox, record, node)
    else:
        done = _remove_greeting(db, mailbox, record.greeting or "")
    if done:
        db.add(mailbox)
        mailbox_changed(db, mailbox)
    return done


def _of_message(db: Session, record: MailboxRecord) -> bool:
    """Mark a message of the mailbox. One of another mailbox, and one that is gone, stays as it is."""
    row = None if record.voicemail is None else db.get(Voicemail, record.voicemail, with_for_update=True)
    if row is None or row.deleted_at is not None:
        return False
    if (row.team_id, row.mailbox_kind, row.mailbox_id) != (record.team, record.mailbox_kind, record.mailbox):
        return False
    if record.action == "delete":
        _delete(db, row)
        return True
    before = (row.read_at, row.saved)
    row.read_at = row.read_at or utcnow()
    row.saved = row.saved or record.action == "save"
    if (row.read_at, row.saved) == before:
        return False
    db.add(row)
    tell_of_voicemail(db, "updated", row)
    return True


def _delete(db: Session, row: Voicemail) -> None:
    """Mark the message as deleted. A job removes its object and its file."""
    name, queue = ("store_voicemail", recordings_queue(row.node)) if row.node else ("delete_audio", "default")
    if row.node or row.state in ON_S3:
        db.add(job_row(name, row.id, queue=queue))
    row.state, row.deleted_at = "deleted", utcnow()
    row.transcript, row.transcript_state, row.transcript_error = None, "none", None
    db.add(row)
    tell_of_voicemail(db, "destroyed", row)


def _greeting(db: Session, mailbox: Mailbox, record: MailboxRecord, node: str) -> bool:
    """Make a recording the mailbox's greeting. A job puts it on S3 and converts it; then callers hear it."""
    if record.file is None or record.greeting is None:
        return False
    # The same file gives the same id, so that a record that comes twice makes one greeting.
    id = blake2b(f"{record.team}/{record.file}".encode(), digest_size=16).hexdigest()
    if db.get(UploadedPrompt, id) is not None:
        return False
    _remove_greeting(db, mailbox, record.greeting)
    prompt = UploadedPrompt(
        id=id,
        team_id=mailbox.team_id,
        user_id=record.user,
        kind=PromptKind.GREETING.value,
        name=greeting_name(mailbox.id, record.greeting, id),
        filename=f"{record.greeting}.wav",
        type="audio/wav",
    )
    db.add(prompt)
    mailbox.greetings = {**mailbox.greetings, record.greeting: UPLOADS + id}
    job = JobRequest(
        name="store_greeting", args=[id, record.file], queue=recordings_queue(node), delay=STORE_DELAY
    )
    emit(db, OutboxKind.JOB, job.model_dump())
    return True


def _remove_greeting(db: Session, mailbox: Mailbox, kind: str) -> bool:
    value = mailbox.greetings.get(kind)
    if value is None:
        return False
    id = value.removeprefix(UPLOADS) if isinstance(value, str) else ""
    prompt = db.get(UploadedPrompt, id) if len(id) == 32 else None
    if prompt is not None and prompt.kind == PromptKind.GREETING.value:
        changed(db, "destroyed", prompt)
        db.delete(prompt)
        db.flush()
    mailbox.greetings = {name: sound for name, sound in mailbox.greetings.items() if name != kind}
    return True

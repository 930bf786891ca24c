"""One transaction for a batch of records. A record that is written already changes nothing."""

from collections.abc import Iterable, Sequence

from sqlmodel import Session, col, select

from models import CallLog, Outbox, Voicemail, WrapUp
from models.base import utcnow
from switchroom.messages.records import (
    CallEntry,
    CallRecord,
    Entry,
    NotificationRecord,
    NotifyEntry,
    VoicemailEntry,
    VoicemailRecord,
    WrapUpEntry,
    WrapUpRecord,
)
from workers.enqueue import recordings_queue
from workers.outbox import job_row
from workers.records.entries import call_log, notification, recordings, voicemail

STORE_DELAY = 2.0
"""Seconds until a recording is fetched: Asterisk closes the file a moment after the call's end."""
FALLBACK_STEP = {"type": "fallback"}
"""The path of a call that only the dialplan's fallback knows (see workers.jobs.fallback)."""


def write_batch(db: Session, entries: Sequence[Entry]) -> int:
    """Write these entries in the caller's transaction and return how many of them were new.

    Rows are unique by their call, messages by their file, so any delivery after the first changes nothing. What
    must follow (storing the files, telling people) goes into the outbox of the same transaction.
    """
    calls = [entry for entry in entries if isinstance(entry, CallEntry)]
    messages = [entry for entry in entries if isinstance(entry, VoicemailEntry)]
    work = [entry.record for entry in entries if isinstance(entry, WrapUpEntry)]
    notices = [entry.record for entry in entries if isinstance(entry, NotifyEntry)]
    new = _write_calls(db, calls) + _write_voicemails(db, messages) + _write_wrap_ups(db, work)
    new += _write_notices(db, notices)
    db.flush()
    return new


def _write_calls(db: Session, entries: Iterable[CallEntry]) -> int:
    first: dict[str, CallEntry] = {}
    for entry in entries:
        first.setdefault(entry.record.id, entry)
    known = {row.id: row for row in db.exec(select(CallLog).where(col(CallLog.id).in_(first)))}
    new = 0
    for call, entry in first.items():
        if call in known and not _is_fallback(known[call]):
            continue
        if call in known:
            _complete_fallback(known[call], entry.record)
        else:
            db.add(call_log(entry.record, entry.node))
        _add_recordings(db, entry.record, entry.node)
        new += 1
    return new


def _is_fallback(row: CallLog) -> bool:
    return bool(row.path) and row.path[0].get("type") == FALLBACK_STEP["type"]


def _complete_fallback(row: CallLog, call: CallRecord) -> None:
    """The engine came back and told the call's beginning; that a voicemail was left stays true."""
    told = call_log(call, row.node)
    kept = {"id", "created_at", "disposition", "ended_at", "ended_by", "path"}
    for name in set(CallLog.model_fields) - kept:
        setattr(row, name, getattr(told, name))
    row.path = [*told.path, *row.path]


def _add_recordings(db: Session, call: CallRecord, node: str) -> None:
    for row in recordings(call, node):
        db.add(row)
        db.add(job_row("store_recording", row.id, queue=recordings_queue(node), delay=STORE_DELAY))


def _write_voicemails(db: Session, entries: Iterable[VoicemailEntry]) -> int:
    first: dict[str, tuple[VoicemailRecord, str]] = {}
    for entry in entries:
        first.setdefault(entry.record.file, (entry.record, entry.node))
    known = set(db.exec(select(Voicemail.file).where(col(Voicemail.file).in_(first))))
    for file, (message, node) in first.items():
        if file not in known:
            add_voicemail(db, voicemail(message, node))
    return len(first) - len(known)


def add_voicemail(db: Session, row: Voicemail) -> None:
    """Add the row and the job that stores its file."""
    db.add(row)
    db.add(job_row("store_voicemail", row.id, queue=recordings_queue(row.node), delay=STORE_DELAY))


def _write_wrap_ups(db: Session, records: Iterable[WrapUpRecord]) -> int:
    """The agent may have set a code and a note through the API before: then the row is there, without
    `seconds`.
    """
    first: dict[str, WrapUpRecord] = {}
    for record in records:
        first.setdefault(record.call, record)
    known = {row.call_id: row for row in db.exec(select(WrapUp).where(col(WrapUp.call_id).in_(first)))}
    new = 0
    for call, record in first.items():
        row = known.get(call)
        if row is None:
            row = WrapUp(call_id=call, team_id=record.team, agent_id=record.agent)
            db.add(row)
        elif row.seconds is not None:
            continue
        row.seconds = record.seconds
        row.agent_id = row.agent_id or record.agent
        row.updated_at = utcnow()
        new += 1
    return new


def _write_notices(db: Session, notices: Iterable[NotificationRecord]) -> int:
    first: dict[str, NotificationRecord] = {}
    for notice in notices:
        first.setdefault(notice.id, notice)
    known = set(db.exec(select(Outbox.id).where(col(Outbox.id).in_(first))))
    db.add_all(notification(notice) for id, notice in first.items() if id not in known)
    return len(first) - len(known)

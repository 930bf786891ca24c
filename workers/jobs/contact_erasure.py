"""A contact's data is erased: what is theirs is deleted, and what the organization counts loses their name and number.

Deleted are the contact, its conversations with all messages, notes, surveys and deliveries to the webhook, recordings
and voicemails with their transcripts, and files that were exported before. Of messages that a source might send again,
a digest stays for some time (`models.inbox_deleted`). A call stays in the call log, so that
statistics stay what they are, without the contact's number, name and what the agent wrote of it.
"""

import logging
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from models import (
    CallLog,
    Contact,
    ContactMerge,
    Conversation,
    InboxMessage,
    PrivacyRequest,
    PrivacyState,
    Recording,
    Voicemail,
    WrapUp,
    utcnow,
)
from models.call import tell_of_call_log
from models.contact import tell_of_contact
from models.contact_calls import are_calls_with, are_messages_of, numbers_in_records
from models.inbox_message import remember_messages
from models.inbox_work import close_work_of
from models.integration import contact_deleted
from models.privacy import note_outcome
from switchroom.database import session
from workers.jobs.contact_export import expire_export
from workers.jobs.retention import delete_media
from workers.resources import Resources, get_resources

logger = logging.getLogger(__name__)

ERASED = "erased at the contact's request"


def erase_contact(request_id: str) -> None:
    """Job: erase what the organization has of a contact. Raises `StorageError`: it is tried again.

    Audio is deleted first. A run that died is done again from the beginning: it finds what is left.
    """
    resources, now = get_resources(), utcnow()
    with session(resources.engine, readonly=True) as db:
        request = db.get(PrivacyRequest, request_id)
        if request is None or request.state != PrivacyState.PENDING.value:
            return
        contact = db.get(Contact, request.contact_id)
        numbers = numbers_in_records(db, contact) if contact is not None else []
    counts = {
        "recordings": _delete_recordings(resources, request.team_id, numbers, now),
        "voicemails": _delete_voicemails(resources, request.team_id, numbers, now),
    }
    while not _erased(resources, request, numbers, counts):
        for export in _exports(resources, request):
            expire_export(resources, export)
    logger.info("a contact's data erased", extra={"request": request_id, **counts})


def _erased(
    resources: Resources, request: PrivacyRequest, numbers: list[str], counts: dict[str, int]
) -> bool:
    """Delete the contact, and note it. Return False, and do nothing, while there are files that were exported.

    An export that ends at this moment keeps the contact's row, or finds that it is gone.
    """
    now = utcnow()
    with session(resources.engine) as db:
        row = db.get_one(PrivacyRequest, request.id, with_for_update=True)
        if row.state != PrivacyState.PENDING.value:
            return True
        db.get(Contact, request.contact_id, with_for_update=True)
        if db.exec(_exports_of(request)).first() is not None:
            return False
        counts["calls"] = _anonymize(db, request.team_id, numbers)
        counts |= _delete_contact(db, request.contact_id)
        row.state, row.counts = PrivacyState.DONE.value, counts
        note_outcome(db, row, now)
    return True


def _delete_recordings(resources: Resources, team_id: str, numbers: list[str], now: datetime) -> int:
    theirs = select(CallLog.id).where(are_calls_with(team_id, numbers))
    with session(resources.engine, readonly=True) as db:
        rows = db.exec(
            select(Recording).where(col(Recording.call_id).in_(theirs), col(Recording.state) != "deleted")
        ).all()
    for row in rows:
        delete_media(resources, Recording, row, "store_recording", now, ERASED)
    return len(rows)


def _delete_voicemails(resources: Resources, team_id: str, numbers: list[str], now: datetime) -> int:
    with session(resources.engine, readonly=True) as db:
        rows = db.exec(
            select(Voicemail).where(are_messages_of(team_id, numbers), col(Voicemail.state) != "deleted")
        ).all()
    for row in rows:
        delete_media(resources, Voicemail, row, "store_voicemail", now, ERASED)
    return len(rows)


def _exports(resources: Resources, request: PrivacyRequest) -> list[PrivacyRequest]:
    with session(resources.engine, readonly=True) as db:
        return list(db.exec(_exports_of(request)))


def _exports_of(request: PrivacyRequest) -> Any:
    """Return the statement of the files that were exported of the contact, or of one that was merged into it."""
    merged = select(ContactMerge.id).where(col(ContactMerge.contact_id) == request.contact_id)
    named = col(PrivacyRequest.contact_id)
    return select(PrivacyRequest).where(
        col(PrivacyRequest.team_id) == request.team_id,
        (named == request.contact_id) | named.in_(merged),
        col(PrivacyRequest.s3_key).is_not(None),
    )


def _anonymize(db: Session, team_id: str, numbers: list[str]) -> int:
    """Take the contact's number and name from call logs and voicemails. Return how many calls they had."""
    logs = db.exec(select(CallLog).where(are_calls_with(team_id, numbers))).all()
    for log in logs:
        if log.caller in numbers:
            log.caller, log.caller_name = "", ""
        if log.did in numbers:
            log.did = ""
        log.legs = [_without(leg, numbers) for leg in log.legs]
        for work in db.exec(select(WrapUp).where(col(WrapUp.call_id) == log.id)):
            work.note = None
    for row in db.exec(select(Voicemail).where(are_messages_of(team_id, numbers))):
        row.caller, row.caller_name = "", ""
    db.flush()
    for log in logs:
        tell_of_call_log(db, "updated", log.id, log.team_id)
    return len(logs)


def _without(leg: dict[str, Any], numbers: list[str]) -> dict[str, Any]:
    return {**leg, "number": None} if leg.get("number") in numbers else leg


def _delete_contact(db: Session, contact_id: str) -> dict[str, int]:
    """Delete the contact and its conversations, with all that stands in them. Return how many."""
    conversations = db.exec(select(Conversation).where(col(Conversation.contact_id) == contact_id)).all()
    ids = [one.id for one in conversations]
    messages = len(db.exec(select(InboxMessage.id).where(col(InboxMessage.conversation_id).in_(ids))).all())
    remember_messages(db, col(InboxMessage.conversation_id).in_(ids))
    close_work_of(db, ids)
    for conversation in conversations:
        db.delete(conversation)
    db.flush()
    contact = db.get(Contact, contact_id)
    if contact is not None:
        contact_deleted(db, contact)
        tell_of_contact(db, "destroyed", contact)
        db.delete(contact)
        db.flush()
    return {"conversations": len(ids), "messages": messages}

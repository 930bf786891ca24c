"""A page of a conversation's timeline: a constant number of statements, whatever stands in it."""

from collections.abc import Sequence
from typing import Any

from api.conventions.resource import Shown, show_seconds
from api.core.scope import Scope
from api.inbox.conversations.service import find
from api.inbox.conversations.views import show_member
from api.inbox.messages.service import mail_fields, mails_among
from api.inbox.notes.service import show as show_note
from api.inbox.timeline.schemas import TimelineSought
from api.inbox.timeline.statements import CALLS, MESSAGES, NOTES, PAGES, TALKS, VOICEMAILS
from models import CallLog, Contact, Conversation, InboxChannel, Recording, User, Voicemail
from models.contact_calls import numbers_in_records
from models.inbox_contact import contact_sender
from models.inbox_message import sender_of, show_message
from models.shown import show_time
from switchroom.ids import dashed_id
from switchroom.prepared import Joined

KINDS = ("message", "note", "call", "voicemail")


def page_of(scope: Scope, body: TimelineSought) -> Shown:
    """Return a page of what happened in and beside a conversation, newest first. Raises NotFound."""
    conversation = find(scope, body.conversation_id)
    contact = scope.session.get_one(Contact, conversation.contact_id)
    numbers = numbers_in_records(scope.session, contact)
    values = {
        "conversation": conversation.id,
        "team": conversation.team_id,
        "numbers": numbers,
        **scope.values,
    }
    page = PAGES.read(scope.session, body, values)
    ids = {kind: [row.id for row in page.rows if row.kind == kind] for kind in KINDS}
    shown = {
        "message": _messages(scope, conversation, contact, ids["message"]),
        "note": {row.id: show_note(row, user) for row, user in _read(scope, NOTES, ids["note"])},
        "call": _calls(scope, ids["call"]),
        "voicemail": {row.id: _voicemail(row) for (row,) in _read(scope, VOICEMAILS, ids["voicemail"])},
    }
    return {
        "data": [
            {
                "kind": row.kind,
                "at": show_time(row.at),
                **{kind: shown[kind].get(row.id) if kind == row.kind else None for kind in KINDS},
            }
            for row in page.rows
            # One that another request has deleted meanwhile is left out.
            if row.id in shown[row.kind]
        ],
        "response_metadata": {"previous_cursor": page.previous_cursor, "next_cursor": page.next_cursor},
    }


def _read(scope: Scope, statement: Joined, ids: Sequence[str]) -> Sequence[Any]:
    return statement.rows(scope.session, {"ids": list(ids)}) if ids else ()


def _messages(
    scope: Scope, conversation: Conversation, contact: Contact, ids: Sequence[str]
) -> dict[str, Shown]:
    theirs = contact_sender(scope.session, contact)
    source = scope.session.get_one(InboxChannel, conversation.channel_id).source
    mails = mails_among(scope, source, list(ids))
    return {
        row.id: {**show_message(row, sender_of(row, user, theirs)), **mail_fields(mails.get(row.id))}
        for row, user in _read(scope, MESSAGES, ids)
    }


def _calls(scope: Scope, ids: Sequence[str]) -> dict[str, Shown]:
    talks: dict[str, list[Recording]] = {}
    for (talk,) in _read(scope, TALKS, ids):
        talks.setdefault(talk.call_id, []).append(talk)
    return {row.id: _call(row, user, talks.get(row.id, [])) for row, user in _read(scope, CALLS, ids)}


def _call(log: CallLog, user: User | None, talks: Sequence[Recording]) -> Shown:
    return {
        "id": dashed_id(log.id),
        "direction": log.direction,
        "caller": log.caller,
        "called": log.did,
        "disposition": log.disposition,
        "duration": show_seconds((log.ended_at - log.started_at).total_seconds()) if log.ended_at else None,
        "talk": show_seconds(log.talk),
        "agent": show_member(user),
        "talks": [
            {
                "number": talk.number,
                "duration": None if talk.seconds is None else show_seconds(talk.seconds),
                "transcript_state": talk.transcript_state,
                "transcript": _said(talk.transcript),
            }
            for talk in talks
        ],
    }


def _voicemail(row: Voicemail) -> Shown:
    return {
        "id": dashed_id(row.id),
        "call_id": dashed_id(row.call_id),
        "duration": None if row.seconds is None else show_seconds(row.seconds),
        "is_read": row.read_at is not None,
        "transcript_state": row.transcript_state,
        "transcript": _said(row.transcript),
    }


def _said(transcript: Any) -> str | None:
    """Return the words of a transcript as one text."""
    text = transcript.get("text") if isinstance(transcript, dict) else None
    return None if text is None else str(text)

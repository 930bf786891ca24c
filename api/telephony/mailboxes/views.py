"""Mailboxes as clients see them: with their greetings, and how many messages they hold."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import case
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, func, select

from api.conventions.resource import Shown
from api.core.media import presigned
from api.telephony.mailboxes.resource import MAILBOX
from models import GreetingKind, Mailbox, PromptKind, PromptState, UploadedPrompt, Voicemail
from models.file import INLINE_TYPES, object_key
from models.stored_file import PLAYED
from routing.expressions.prompts import upload_named
from switchroom.ids import public_id
from switchroom.storage import Storage

Counts = Mapping[tuple[str | None, str, str | None], tuple[int, int]]


def show_mailboxes(session: Session, storage: Storage, rows: Sequence[Mailbox]) -> list[Shown]:
    """Show mailboxes with their greetings and the counts of their messages."""
    uploads = _uploads(session, rows)
    counts = _counts(session, rows)
    shown = []
    for row in rows:
        messages, unread = counts.get((row.team_id, row.kind, row.owner_id), (0, 0))
        greetings = {
            kind.value: _greeting(row.greetings.get(kind.value), uploads, storage) for kind in GreetingKind
        }
        more = {"has_pin": row.pin_hash is not None, "messages": messages, "unread": unread}
        shown.append({**MAILBOX.show(row), **more, "greetings": greetings})
    return shown


def show_mailbox(session: Session, storage: Storage, row: Mailbox) -> Shown:
    """Show one mailbox."""
    return show_mailboxes(session, storage, [row])[0]


def _uploads(session: Session, rows: Sequence[Mailbox]) -> dict[str, UploadedPrompt]:
    sounds = [sound for row in rows for sound in row.greetings.values() if isinstance(sound, str)]
    ids = {id for sound in sounds if (id := upload_named(sound))}
    if not ids:
        return {}
    found = session.exec(select(UploadedPrompt).where(col(UploadedPrompt.id).in_(ids)))
    return {prompt.id: prompt for prompt in found}


def _counts(session: Session, rows: Sequence[Mailbox]) -> Counts:
    """Return how many messages can be heard in each mailbox, and how many of them were not heard."""
    kind, owner, team = col(Voicemail.mailbox_kind), col(Voicemail.mailbox_id), col(Voicemail.team_id)
    unread = func.sum(case((col(Voicemail.read_at).is_(None), 1), else_=0))
    counted = (
        sa_select(team, kind, owner, func.count(), unread)
        .where(
            owner.in_({row.owner_id for row in rows}),
            col(Voicemail.deleted_at).is_(None),
            col(Voicemail.state).in_(PLAYED),
        )
        .group_by(team, kind, owner)
    )
    found: Any = session.execute(counted).all() if rows else ()
    return {(team_id, of, id): (int(all_), int(new)) for team_id, of, id, all_, new in found}


def _greeting(value: Any, uploads: Mapping[str, UploadedPrompt], storage: Storage) -> Shown | None:
    if value is None:
        return None
    nothing: Shown = dict.fromkeys(
        ("say", "language", "voice", "sound", "recording", "error", "duration", "url")
    )
    if isinstance(value, dict):
        said = {name: value.get(name) for name in ("say", "language", "voice")}
        return {**nothing, **said, "state": PromptState.READY.value}
    id = upload_named(value)
    if id is None:
        return {**nothing, "sound": value, "state": PromptState.READY.value}
    prompt = uploads.get(id)
    if prompt is None:
        gone = {"state": PromptState.FAILED.value, "error": "The prompt was deleted"}
        return {**nothing, "sound": public_id(id), **gone}
    made = {"state": prompt.state, "error": prompt.error, "duration": prompt.seconds}
    if prompt.kind != PromptKind.GREETING.value:
        return {**nothing, **made, "sound": public_id(id)}
    inline = prompt.type if prompt.type in INLINE_TYPES else None
    url = presigned(storage, object_key(id), prompt.filename, inline_type=inline)
    return {**nothing, **made, "recording": public_id(id), "url": url}

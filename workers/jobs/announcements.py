"""Telling people of a voicemail: once, and only if something was said.

A voicemail is announced by an event in the workspace, a push, the light of the telephone and, if the mailbox says so, a
mail. When is decided in two steps. The job that stores the audio measures its level: what is too quiet is `empty`, and
not announced. Where a transcriber is configured, the transcript then decides: without a word in it the message is
`empty` too. The transcript is waited for `voicemail_transcript_wait` seconds. A later one still changes the message,
but not that it was announced.
"""

import logging

from sqlmodel import Session

from models import Mailbox, MailboxKind, Outbox, OutboxKind, Team, User, Voicemail, WorkspaceEventType, utcnow
from models.mailbox import hearers_of, mailbox_of
from models.stored_file import PLAYED
from models.telling import tell
from models.voicemail import messages_changed, tell_of_voicemail
from switchroom.database import session
from switchroom.messages.outbox import Mail
from workers.outbox import job_row
from workers.resources import Resources, get_resources

logger = logging.getLogger(__name__)

NO_WORDS = "no words in its transcript"


def announce_voicemail(voicemail_id: str) -> None:
    """Job: announce the voicemail, if that was not done. It runs when the transcript was waited for long enough."""
    with session(get_resources().engine) as db:
        row = db.get(Voicemail, voicemail_id, with_for_update=True)
        if row is not None:
            announce(db, row)


def stored(resources: Resources, db: Session, row: Voicemail) -> None:
    """Announce a voicemail whose audio is stored, now or with its transcript."""
    if row.transcript_state == "pending":
        db.add(job_row("announce_voicemail", row.id, delay=resources.settings.voicemail_transcript_wait))
    else:
        announce(db, row)


def transcribed(db: Session, row: Voicemail) -> None:
    """Announce a voicemail whose transcript is there, or take it for empty if nothing was said."""
    said = row.transcript.get("text", "") if isinstance(row.transcript, dict) else ""
    if any(sign.isalnum() for sign in said):
        announce(db, row)
    else:
        row.state, row.error = "empty", NO_WORDS
        db.add(row)


def announce(db: Session, row: Voicemail) -> None:
    """Tell who looks after the mailbox, once. What cannot be heard is not announced."""
    if row.announced_at is not None or row.team_id is None or row.state not in PLAYED:
        return
    row.announced_at = utcnow()
    db.add(row)
    users = hearers_of(db, row.team_id, row.mailbox_kind, row.mailbox_id or "")
    about = {"voicemail_id": row.id, "call_id": row.call_id}
    tell(db, row.team_id, users, WorkspaceEventType.VOICEMAIL, "New voicemail", _who(row), **about)
    mailbox = mailbox_of(db, row.team_id, row.mailbox_kind, row.mailbox_id or "")
    if mailbox is not None and mailbox.email_on:
        _mail(db, mailbox, row)
    messages_changed(db, row)


def _who(row: Voicemail) -> str:
    shown = "".join(sign for sign in row.caller_name or row.caller if sign.isprintable())
    return " ".join(shown.split()) or "Someone"


def _mail(db: Session, mailbox: Mailbox, row: Voicemail) -> None:
    to = mailbox.email
    if to is None and mailbox.kind == MailboxKind.USER:
        user = db.get(User, mailbox.owner_id)
        to = None if user is None else user.email
    if to is None:
        logger.warning("a mailbox has no address to mail to", extra={"mailbox": mailbox.id})
        return
    mail = Mail(
        to=to,
        subject=f"Voicemail from {_who(row)}"[:200],
        text=_text(db, mailbox, row),
        voicemail=row.id if mailbox.email_audio else None,
    )
    db.add(Outbox(kind=OutboxKind.MAIL.value, payload=mail.model_dump()))


def _text(db: Session, mailbox: Mailbox, row: Voicemail) -> str:
    team = db.get(Team, mailbox.team_id)
    length = "" if not row.seconds else f", {round(row.seconds)} s long"
    lines = [
        f"{_who(row)} ({row.caller or 'no number'}) left a message{length}.",
        f"Called: {row.did or '-'}",
        f"At: {row.created_at:%Y-%m-%d %H:%M} UTC",
        f"For: the mailbox of the {mailbox.kind}{f', {team.team_name}' if team else ''}",
    ]
    if mailbox.email_transcript:
        said = row.transcript.get("text", "") if isinstance(row.transcript, dict) else ""
        lines += ["", said or "There is no transcript of it."]
    return "\n".join(lines) + "\n"


def tell_announced(db: Session, row: Voicemail) -> None:
    """Announce a voicemail and tell clients that it changed."""
    announce(db, row)
    tell_of_voicemail(db, "updated", row)

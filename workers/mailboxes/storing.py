"""Mails become messages: stored once, with their files on S3, or the news that a mail of ours did not arrive.

1. A loose row for each file is written, and S3 gets its content. If this process dies now, a job removes it.
2. One transaction writes the files' rows, the message, and how far the mailbox is read, and takes the loose rows away.

So a mail is stored once, whenever the process dies. A mail that comes in a second copy has the same `provider_id`.
"""

import hashlib
import logging

from sqlmodel import Session

from models import InboxChannel, InboxFile, InboxMail, InboxMailbox, LooseFile, utcnow
from models.file import LONGEST_UPLOAD, object_key
from models.inbox_file import attachment_of
from models.inbox_mail import our_message, thread_of
from models.inbox_message import receive, take_receipt
from providers.inbox.mail.reading import Bounce, Enclosure, Mail, with_pictures
from switchroom.database import again_if_lost, session
from switchroom.file_content import typed
from switchroom.ids import dashed_id, new_id
from switchroom.inbox import LONGEST_TEXT, DeliveryState, Inbound, Receipt
from workers.resources import Resources

logger = logging.getLogger(__name__)

NOBODY = "nobody-"
"""What begins the name of a sender without an address, who cannot be answered. Each such mail has its own."""
LONGER = f"[The text has more than {LONGEST_TEXT} characters. The rest is in the mailbox.]"
MOST_TRIES = 10
"""A try fails only if another transaction made the contact, the conversation or the message meanwhile."""


def store(resources: Resources, channel_id: str, uid: int, said: Mail | Bounce | None, cut: str = "") -> None:
    """Store what the mail with this number says, and that it is read. `cut`: a line that says what is missing.

    Raises StorageError, SQLAlchemyError: it is not read then.
    """
    files = _upload(resources, channel_id, said.files) if isinstance(said, Mail) else []

    def once() -> None:
        with session(resources.engine) as db:
            channel = db.get_one(InboxChannel, channel_id)
            if isinstance(said, Mail) and said.sender != channel.external_id:
                _receive(db, channel, uid, said, files, cut)
            elif isinstance(said, Bounce):
                ours = our_message(said.message_id)
                told = Receipt(said.message_id, DeliveryState.FAILED, ours, said.problem)
                take_receipt(db, channel, told)
            read = db.get_one(InboxMailbox, channel_id)
            read.last_uid = max(read.last_uid, uid)
            db.add(read)

    again_if_lost(once, MOST_TRIES)


def _upload(resources: Resources, channel_id: str, files: list[Enclosure]) -> list[InboxFile]:
    """Let S3 have the files, and return their rows, which are not in the database yet."""
    with session(resources.engine, readonly=True) as db:
        team = db.get_one(InboxChannel, channel_id).team_id
    made = []
    for file in files:
        media_type, name = typed(file.content, file.name)
        row = InboxFile(id=new_id(), team_id=team, name=name, type=media_type)
        with session(resources.engine) as db:
            db.add(LooseFile(id=row.id, due_at=utcnow() + LONGEST_UPLOAD))
        stored = resources.storage.put_bytes(object_key(row.id), file.content, media_type)
        row.size, row.sha256 = stored.size, stored.sha256
        made.append(row)
    return made


def _receive(
    db: Session, channel: InboxChannel, uid: int, mail: Mail, files: list[InboxFile], cut: str
) -> None:
    rows = [InboxFile(**file.model_dump()) for file in files]
    db.add_all(rows)
    db.flush()
    before = ([mail.in_reply_to] if mail.in_reply_to else []) + mail.references[::-1]
    begun = (mail.references or [mail.in_reply_to or mail.message_id or f"{channel.id}:{uid}:{mail.digest}"])[
        0
    ]
    told = Inbound(
        provider_id=f"{mail.message_id[:230]}#{mail.digest}",
        sender=mail.sender or f"{NOBODY}{mail.digest}",
        sender_name=mail.sender_name,
        text=_text(mail, cut, bool(rows)),
        sent_at=mail.sent_at,
        attachments=[attachment_of(row) for row in rows],
        thread=thread_of(db, channel.id, before) or hashlib.sha256(begun.encode()).hexdigest()[:24],
    )
    message = receive(db, channel, told)
    if message is None:
        for row in rows:
            db.delete(row)  # The trigger lets the objects go.
        return
    for row in rows:
        loose = db.get(LooseFile, row.id)
        if loose is not None:
            db.delete(loose)
    pictures = {
        file.content_id: f"cid:{dashed_id(row.id)}"
        for file, row in zip(mail.files, rows, strict=True)
        if file.content_id
    }
    db.add(
        InboxMail(
            message_id=message.id,
            channel_id=channel.id,
            mid=mail.message_id[:255],
            subject=mail.subject,
            mid_references=mail.references,
            html=mail.html and with_pictures(mail.html, pictures.get),
            automatic=mail.automatic,
        )
    )
    logger.info("a mail came in", extra={"inbox_message": message.id})


def _text(mail: Mail, cut: str, has_files: bool) -> str:
    """Return the text of the message. Its end says if the mail has more than a message holds."""
    if not mail.text and not cut and not has_files:
        return mail.subject
    if len(mail.text) > LONGEST_TEXT and not cut:
        cut = LONGER
    room = LONGEST_TEXT - len(cut) - 2
    return "\n\n".join(part for part in (mail.text[:room] if cut else mail.text, cut) if part)

"""Files of the customer inbox: what people sent, and what members send them.

A file goes with its message. Its object is `files/<its id>/content` on S3, as that of every file (`models.file`): a
trigger writes the loose row when the row is deleted, whoever deletes it. What a message says of it stands in the
message's attachments: `{"type": "IMAGE", "payload": {"file_id", "title", "media_type", "size"}}`.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from botocore.exceptions import BotoCoreError
from sqlalchemy import BigInteger, Index
from sqlmodel import Field, Session, col, func, select

from models.base import ChangingRow, time_field, utcnow
from models.file import INLINE_TYPES, object_key
from models.outbox import OutboxKind, emit
from switchroom.ids import dashed_id, parse_id
from switchroom.inbox import AttachmentType
from switchroom.messages.outbox import JobRequest
from switchroom.storage import Storage, StorageError

LINK_SECONDS = 3600
"""How long a link to a file is good for."""
_FETCHED = frozenset(
    {
        AttachmentType.IMAGE.value,
        AttachmentType.VIDEO.value,
        AttachmentType.AUDIO.value,
        AttachmentType.FILE.value,
    }
)


class InboxFileState(StrEnum):
    """`waiting`: a worker fetches it from its source. `failed`: it cannot be had; `problem` says why."""

    WAITING = "waiting"
    STORED = "stored"
    FAILED = "failed"


class InboxFile(ChangingRow, table=True):
    """A file of a message. Without a message it was uploaded, and nothing that names it was sent yet."""

    __tablename__ = "inbox_files"
    __table_args__ = (
        Index("ix_inbox_files_team_id_size", "team_id", "size"),
        Index("ix_inbox_files_due_at", "due_at"),
    )

    team_id: str = Field(foreign_key="teams.id", max_length=32, ondelete="CASCADE")
    message_id: str | None = Field(
        default=None, foreign_key="inbox_messages.id", index=True, max_length=32, ondelete="CASCADE"
    )
    place: int = 0
    """Which of the message's attachments it is, from 0."""
    user_id: str | None = Field(
        default=None, foreign_key="users.id", index=True, max_length=32, ondelete="SET NULL"
    )
    """The member who uploaded it."""
    visitor: str | None = Field(default=None, max_length=254)
    """The visitor of a web chat who uploaded it, as the conversation's `external_id`."""
    name: str = Field(default="", max_length=255)
    type: str = Field(default="", max_length=100)
    """The media type of its content."""
    size: int = Field(default=0, sa_type=BigInteger)
    """Bytes."""
    sha256: str = Field(default="", max_length=64)
    state: str = Field(default=InboxFileState.STORED.value, max_length=10)
    problem: str | None = Field(default=None, max_length=300)
    source_url: str | None = Field(default=None, max_length=2000)
    """Where a worker fetches it. It may hold what lets anybody fetch it, so clients do not get it from here."""
    attempts: int = 0
    due_at: datetime | None = time_field()
    """When a worker fetches it. None: there is nothing to fetch."""


def kind_of(media_type: str) -> AttachmentType:
    """Return what kind of attachment a browser shows content of this type as."""
    kind = media_type.partition("/")[0] if media_type in INLINE_TYPES else ""
    kinds = {"image": AttachmentType.IMAGE, "video": AttachmentType.VIDEO, "audio": AttachmentType.AUDIO}
    return kinds.get(kind, AttachmentType.FILE)


def attachment_of(file: InboxFile) -> dict[str, Any]:
    """Return what a message says of a file that is stored."""
    payload = {"file_id": file.id, "title": file.name, "media_type": file.type, "size": file.size}
    return {"type": kind_of(file.type).value, "payload": payload}


class FileTaken(Exception):
    """Another message has the file."""


def claim_files(session: Session, message_id: str, attachments: list[dict[str, Any]]) -> None:
    """Let the files that the attachments name go with this message from now on. Raises FileTaken."""
    for place, one in enumerate(attachments):
        file_id = (one.get("payload") or {}).get("file_id")
        if file_id is not None:
            file = session.get_one(InboxFile, file_id, with_for_update=True)
            if file.message_id is not None:
                raise FileTaken
            file.message_id, file.place = message_id, place
            session.add(file)


def await_files(session: Session, team_id: str, message_id: str, attachments: list[dict[str, Any]]) -> None:
    """Let workers fetch what the attachments of a person's message lead to, after the commit."""
    for place, one in enumerate(attachments):
        url = (one.get("payload") or {}).get("url")
        if one["type"] not in _FETCHED or not url:
            continue
        file = InboxFile(
            team_id=team_id,
            message_id=message_id,
            place=place,
            state=InboxFileState.WAITING.value,
            source_url=url,
            due_at=utcnow(),
        )
        session.add(file)
        session.flush()
        emit(session, OutboxKind.JOB, JobRequest(name="fetch_inbox_file", args=[file.id]).model_dump())


def inbox_bytes(session: Session, team_id: str) -> int:
    """Return how many bytes the team's files of the inbox have."""
    summed = select(func.coalesce(func.sum(InboxFile.size), 0)).where(col(InboxFile.team_id) == team_id)
    return int(session.exec(summed).one())


def show_attachment(attachment: dict[str, Any]) -> dict[str, Any]:
    """Return an attachment as clients see it. `with_links` adds the address of a file."""
    payload = dict(attachment.get("payload") or {})
    if "file_id" in payload:
        payload |= {"file_id": dashed_id(payload["file_id"]), "url": None}
    return {
        "type": attachment["type"],
        "url": payload.get("url"),
        "title": payload.get("title"),
        "payload": payload,
    }


def with_links(storage: Storage, message: dict[str, Any]) -> dict[str, Any]:
    """Return a message as clients see it, with links to its files that are good for `LINK_SECONDS`."""
    if not any("file_id" in one["payload"] for one in message["attachments"]):
        return message
    return {**message, "attachments": [_linked(storage, one) for one in message["attachments"]]}


def _linked(storage: Storage, shown: dict[str, Any]) -> dict[str, Any]:
    payload = shown["payload"]
    file_id = parse_id(payload.get("file_id") or "")
    if file_id is None:
        return shown
    url = link_of(storage, file_id, payload["title"], payload["media_type"])
    return {**shown, "url": url, "payload": {**payload, "url": url}}


def link_of(storage: Storage, file_id: str, name: str, media_type: str) -> str | None:
    """Return where the file can be fetched for a while. None: the storage has no key to sign with."""
    shown_as = media_type if media_type in INLINE_TYPES else None
    try:
        return storage.presigned_url(object_key(file_id), LINK_SECONDS, name, inline_type=shown_as)
    except (BotoCoreError, StorageError):
        return None

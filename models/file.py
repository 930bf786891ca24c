"""Files that users upload, and the objects of S3 that no file names.

The objects of a file are below `files/<its id>/`. A row of `loose_files` says that they have to go. It is written
before an upload begins, and deleted by the transaction that makes the file. A trigger of the database writes one when
the row of a file is deleted, whoever deletes it. `workers.jobs.loose_files` removes what is due.
"""

from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Index
from sqlmodel import Field, Session, SQLModel, col, delete, func, select, update

from models.base import ChangingRow, UTCDateTime
from models.message import Message
from models.outbox import OutboxKind, emit, emit_event
from models.shown import shown
from models.workspace_event import WorkspaceEvent
from switchroom.messages.events import Audience
from switchroom.messages.outbox import JobRequest

LONGEST_UPLOAD = timedelta(days=1)
"""After that an upload has broken off."""
INLINE_TYPES = frozenset(
    {
        "image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/bmp",
        "audio/mpeg", "audio/wav", "audio/ogg", "audio/mp4", "audio/flac", "audio/webm",
        "video/mp4", "video/webm", "video/ogg", "video/quicktime", "application/pdf",
    }
)  # fmt: skip
"""The types that a browser may show. Anything else, HTML and SVG too, is only ever downloaded."""
PICTURE_TYPES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "image/tiff"})
"""The types of which thumbnails are made."""


class File(ChangingRow, table=True):
    """A file of a team. It is seen by its user, and in the chats where a message names it."""

    __tablename__ = "files"
    __table_args__ = (Index("ix_files_team_id_size", "team_id", "size"),)

    team_id: str = Field(foreign_key="teams.id", max_length=32, ondelete="CASCADE")
    user_id: str | None = Field(
        default=None, foreign_key="users.id", index=True, max_length=32, ondelete="SET NULL"
    )
    chat_id: str | None = Field(
        default=None, foreign_key="chats.id", index=True, max_length=32, ondelete="SET NULL"
    )
    """Where it was uploaded. None: into no chat, or the chat is gone."""
    name: str = Field(max_length=255)
    filename: str = Field(max_length=255)
    """The name that it had at the client."""
    extension: str = Field(max_length=20)
    type: str = Field(max_length=100)
    """The media type of its content."""
    size: int = Field(sa_type=BigInteger)
    """Bytes."""
    sha256: str = Field(max_length=64)
    thumb_width: int | None = None
    """Pixels. None: there is no thumbnail, or none yet."""
    thumb_height: int | None = None
    comment: str | None = Field(default=None, max_length=1000)
    location: str | None = Field(default=None, max_length=255)
    category: str | None = Field(default=None, max_length=255)
    date: str | None = Field(default=None, max_length=100)
    """When it is from, as the client wrote it."""


class LooseFile(SQLModel, table=True):
    """Objects of S3 that have to go from `due_at` on, unless an upload that runs takes this row away before."""

    __tablename__ = "loose_files"

    id: str = Field(primary_key=True, max_length=32)
    due_at: datetime = Field(sa_type=UTCDateTime, nullable=False, index=True)


def object_key(file_id: str) -> str:
    """Return where S3 has the content of a file."""
    return f"files/{file_id}/content"


def thumbnail_key(file_id: str) -> str:
    """Return where S3 has the thumbnail of a file, if there is one."""
    return f"files/{file_id}/thumbnail"


def stored_bytes(session: Session, team_id: str) -> int:
    """Return how many bytes the files of the team have."""
    return int(
        session.exec(select(func.coalesce(func.sum(File.size), 0)).where(File.team_id == team_id)).one()
    )


SHOWN = {
    **{name: name for name in ("id", "name", "filename", "extension", "type", "size", "comment", "location")},
    **{name: name for name in ("category", "date", "created_at", "updated_at")},
    "thumbWidth": "thumb_width",
    "thumbHeight": "thumb_height",
    "team": "team_id",
    "user": "user_id",
    "chat": "chat_id",
}
"""Public name -> column."""


def tell_of_file(session: Session, verb: str, file: File) -> None:
    """Tell the clients of its user, and of the people in its chat, that the file was created, updated or destroyed."""
    users = [file.user_id] if file.user_id else []
    audience = Audience(team=file.team_id, chat=file.chat_id, users=users)
    emit_event(session, "file", verb, file.id, shown(file, SHOWN), audience)


def delete_file(session: Session, file: File) -> None:
    """Delete a file. The messages that named it stay. A worker deletes its objects: URLs of them lead nowhere then."""
    tell_of_file(session, "destroyed", file)
    session.exec(update(Message).where(col(Message.file_id) == file.id).values(file_id=None))
    session.exec(delete(WorkspaceEvent).where(col(WorkspaceEvent.file_id) == file.id))
    session.delete(file)
    emit(session, OutboxKind.JOB, JobRequest(name="remove_loose_files", args=[]).model_dump())

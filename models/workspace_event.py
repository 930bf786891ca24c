"""The workspace: what of a team concerns one user, until they have read it."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field, Session

from models.base import ChangingRow, time_field


class WorkspaceEventType(StrEnum):
    MENTION = "mention"
    PIN = "pin"
    UNREAD = "unread"
    FILE = "file"
    VOICEMAIL = "voicemail"
    MISSED_CALL = "missed_call"


class WorkspaceEvent(ChangingRow, table=True):
    """An event of one user. It names what it is about by the ids that it has."""

    __tablename__ = "workspace_events"
    __table_args__ = (Index("ix_workspace_events_user_id_team_id_id", "user_id", "team_id", "id"),)

    team_id: str = Field(foreign_key="teams.id", index=True, max_length=32, ondelete="CASCADE")
    user_id: str = Field(foreign_key="users.id", max_length=32, ondelete="CASCADE")
    type: str = Field(max_length=20)
    chat_id: str | None = Field(
        default=None, foreign_key="chats.id", index=True, max_length=32, ondelete="CASCADE"
    )
    message_id: str | None = Field(
        default=None, foreign_key="messages.id", index=True, max_length=32, ondelete="CASCADE"
    )
    mark_id: str | None = Field(
        default=None, foreign_key="message_marks.id", index=True, max_length=32, ondelete="CASCADE"
    )
    file_id: str | None = Field(default=None, index=True, max_length=32)
    voicemail_id: str | None = Field(default=None, index=True, max_length=32)
    call_id: str | None = Field(default=None, max_length=32)
    read_at: datetime | None = time_field()
    deleted_at: datetime | None = time_field()


def add_workspace_events(
    session: Session, team_id: str, user_ids: Iterable[str], type: WorkspaceEventType, **about: str | None
) -> list[WorkspaceEvent]:
    """Write an event for each of the users. `about`: chat_id, message_id, mark_id, file_id, voicemail_id, call_id."""
    events = [
        WorkspaceEvent(team_id=team_id, user_id=user_id, type=type.value, **about) for user_id in user_ids
    ]
    session.add_all(events)
    session.flush()
    return events

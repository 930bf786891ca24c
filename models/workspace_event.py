"""The workspace: events of a team that concern one user."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field, Session

from models.base import ChangingRow, time_field
from models.outbox import emit_event
from models.shown import shown
from switchroom.messages.events import to_user


class WorkspaceEventType(StrEnum):
    MENTION = "mention"
    PIN = "pin"
    UNREAD = "unread"
    FILE = "file"
    VOICEMAIL = "voicemail"
    MISSED_CALL = "missed_call"


class WorkspaceEvent(ChangingRow, table=True):
    """An event of one user. Its ids say what it is about."""

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


SHOWN = {
    "id": "id",
    "team": "team_id",
    "user": "user_id",
    "type": "type",
    "chat": "chat_id",
    "message": "message_id",
    "mark": "mark_id",
    "file": "file_id",
    "voicemail": "voicemail_id",
    "call": "call_id",
    "read_at": "read_at",
    "deleted_at": "deleted_at",
    "created_at": "created_at",
    "updated_at": "updated_at",
}
"""Public name -> column."""


def tell_of_workspace_event(session: Session, verb: str, event: WorkspaceEvent) -> None:
    """Tell the user's clients that the event was created, updated or destroyed."""
    audience = to_user(event.user_id, team=event.team_id)
    emit_event(session, "workspace", verb, event.id, shown(event, SHOWN), audience)


def add_workspace_events(
    session: Session,
    team_id: str,
    user_ids: Iterable[str],
    type: WorkspaceEventType,
    *,
    chat_id: str | None = None,
    message_id: str | None = None,
    mark_id: str | None = None,
    file_id: str | None = None,
    voicemail_id: str | None = None,
    call_id: str | None = None,
) -> list[WorkspaceEvent]:
    """Write an event for each of the users, and tell their clients. The ids say what it is about."""
    events = [
        WorkspaceEvent(
            team_id=team_id,
            user_id=user_id,
            type=type.value,
            chat_id=chat_id,
            message_id=message_id,
            mark_id=mark_id,
            file_id=file_id,
            voicemail_id=voicemail_id,
            call_id=call_id,
        )
        for user_id in user_ids
    ]
    session.add_all(events)
    session.flush()
    for event in events:
        tell_of_workspace_event(session, "created", event)
    return events

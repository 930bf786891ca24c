"""What is left of a call. Ids of other objects are plain columns: a record outlives what it names."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field, Session, SQLModel

from models.base import Row, UTCDateTime, json_field, time_field, utcnow
from models.outbox import emit_record
from models.stored_file import StoredFile
from switchroom.messages.events import CALL_LOG


class CallLog(Row, table=True):
    """One call; `id` is the call's, so that a second delivery of its record changes nothing.

    The columns are those of `routing.records.CallRecord`; `wait` and `talk` are seconds.
    """

    __tablename__ = "call_logs"
    __table_args__ = (
        Index("ix_call_logs_team_id_started_at", "team_id", "started_at"),
        Index("ix_call_logs_queue_id_started_at", "queue_id", "started_at"),
        Index("ix_call_logs_agent_id_started_at", "agent_id", "started_at"),
        Index("ix_call_logs_team_id_caller_started_at", "team_id", "caller", "started_at"),
        Index("ix_call_logs_team_id_did_started_at", "team_id", "did", "started_at"),
    )

    team_id: str | None = Field(default=None, max_length=32)
    direction: str = Field(default="inbound", max_length=10)
    caller: str = Field(default="", max_length=80)
    caller_name: str = Field(default="", max_length=100)
    did: str = Field(default="", max_length=40)
    number_id: str | None = Field(default=None, max_length=32)
    route_id: str | None = Field(default=None, max_length=32)
    route_version: int | None = None
    queue_id: str | None = Field(default=None, max_length=32)
    agent_id: str | None = Field(default=None, max_length=32)
    started_at: datetime = time_field(nullable=False)
    queued_at: datetime | None = time_field()
    answered_at: datetime | None = time_field()
    ended_at: datetime | None = time_field()
    wait: float = 0.0
    talk: float = 0.0
    disposition: str = Field(default="", max_length=20)
    hangup_cause: int = 0
    ended_by: str = Field(default="", max_length=10)
    path: list[Any] = json_field(list)
    legs: list[Any] = json_field(list)
    recordings: list[Any] = json_field(list)
    """File bases, as the engine named them; the files' fate stands in `Recording`."""
    decisions: list[Any] = json_field(list)
    tags: list[Any] = json_field(list)
    language: str = Field(default="", max_length=20)
    conference_id: str | None = Field(default=None, max_length=32)
    """The chat in whose conference the caller was."""
    callback: str | None = Field(default=None, max_length=32)
    """The callback that was asked for in this call."""
    callback_of: str | None = Field(default=None, index=True, max_length=32)
    """The callback that this call attempts."""
    location: str = Field(default="", max_length=300)
    """Where the member's telephone stood that called an emergency number."""
    node: str = Field(default="", max_length=20)


class CallMember(SQLModel, table=True):
    """A member of the team who took part in a call by their extension, or was rung there. It goes with the call.

    Agents of queues stand in the call itself: who was offered a queue's call has not taken part in it.
    """

    __tablename__ = "call_members"
    __table_args__ = (Index("ix_call_members_member_id", "member_id"),)

    call_id: str = Field(primary_key=True, foreign_key="call_logs.id", max_length=32, ondelete="CASCADE")
    member_id: str = Field(primary_key=True, max_length=32)
    """The membership's."""


def tell_of_call_log(session: Session, verb: str, id: str, team_id: str | None) -> None:
    """Tell the clients of those who see the call that its log was created or updated."""
    emit_record(session, CALL_LOG, verb, id, team_id)


class WrapUp(SQLModel, table=True):
    """An agent's work after a call, or after their part of it; `seconds` is None while it lasts. `agent_id` is empty
    for what a manager notes on a call that no agent took."""

    __tablename__ = "wrap_ups"

    call_id: str = Field(primary_key=True, max_length=32)
    agent_id: str = Field(default="", primary_key=True, index=True, max_length=32)
    team_id: str = Field(index=True, max_length=32)
    seconds: float | None = None
    counted: list[float] = json_field(list)
    """When each wrap-up that is in `seconds` began, in POSIX seconds: one who talks in a call again has another."""
    code: str | None = Field(default=None, max_length=40)
    note: str | None = Field(default=None, max_length=4000)
    created_at: datetime = time_field(nullable=False)
    updated_at: datetime = Field(
        default_factory=utcnow, sa_type=UTCDateTime, nullable=False, sa_column_kwargs={"onupdate": utcnow}
    )


class Recording(StoredFile, table=True):
    """A recorded talk (number `number` of its call), on its node's disk until it is `stored` on S3."""

    __tablename__ = "recordings"
    __table_args__ = (
        Index("uq_recordings_call_id_number", "call_id", "number", unique=True),
        Index("ix_recordings_team_id_created_at", "team_id", "created_at"),
        Index("ix_recordings_state", "state"),
    )

    call_id: str = Field(max_length=32)
    team_id: str | None = Field(default=None, max_length=32)
    queue_id: str | None = Field(default=None, max_length=32)
    agent_id: str | None = Field(default=None, max_length=32)
    number: int = 1
    file_base: str = Field(max_length=200)


class RecordingAccess(Row, table=True):
    """The audit of who listened to what. `created_at` is when."""

    __tablename__ = "recording_accesses"

    recording_id: str | None = Field(default=None, index=True, max_length=32)
    voicemail_id: str | None = Field(default=None, index=True, max_length=32)
    user_id: str = Field(index=True, max_length=32)
    address: str = Field(default="", max_length=60)

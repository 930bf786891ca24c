"""What people may demand of an organization that has their data: a copy of it, and that it is erased."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field, Session, col, select

from models.audit import AuditEntry
from models.base import Row, json_field, time_field
from models.outbox import OutboxKind, emit, emit_event
from models.shown import show_time
from switchroom.ids import dashed_id
from switchroom.messages.events import to_admins
from switchroom.messages.outbox import JobRequest

KEPT = timedelta(days=7)
"""How long an export can be fetched."""


class PrivacyKind(StrEnum):
    EXPORT = "export"
    ERASURE = "erasure"


class PrivacyState(StrEnum):
    """`expired`: the export was deleted after `KEPT`."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"
    EXPIRED = "expired"


class PrivacyRequest(Row, table=True):
    """A demand of a contact, and what came of it. It names the contact without a foreign key, since it outlives it."""

    __tablename__ = "privacy_requests"
    __table_args__ = (
        Index("ix_privacy_requests_team_id_id", "team_id", "id"),
        Index("ix_privacy_requests_expires_at", "expires_at"),
    )

    team_id: str = Field(foreign_key="teams.id", max_length=32, ondelete="CASCADE")
    contact_id: str = Field(max_length=32)
    kind: str = Field(max_length=10)
    user_id: str | None = Field(default=None, max_length=32)
    """The admin who asked for it."""
    state: str = Field(default=PrivacyState.PENDING.value, max_length=10)
    problem: str | None = Field(default=None, max_length=300)
    s3_key: str | None = Field(default=None, max_length=300)
    size: int | None = None
    """Bytes of the file."""
    counts: dict[str, int] = json_field(dict)
    """How many objects of each kind it was about."""
    done_at: datetime | None = time_field()
    expires_at: datetime | None = time_field()


JOBS = {PrivacyKind.EXPORT: "export_contact", PrivacyKind.ERASURE: "erase_contact"}


def request_of(
    session: Session, kind: PrivacyKind, *, team_id: str, contact_id: str, user_id: str
) -> PrivacyRequest:
    """Store a demand, and let a worker meet it after the commit."""
    row = PrivacyRequest(team_id=team_id, contact_id=contact_id, kind=kind.value, user_id=user_id)
    session.add(row)
    session.flush()
    emit(session, OutboxKind.JOB, JobRequest(name=JOBS[kind], args=[row.id]).model_dump())
    return row


def is_being_erased(session: Session, team_id: str, contact_ids: list[str]) -> bool:
    """Return whether the erasure of one of these contacts was asked for, and is not done yet."""
    asked = select(PrivacyRequest.id).where(
        col(PrivacyRequest.team_id) == team_id,
        col(PrivacyRequest.contact_id).in_(contact_ids),
        col(PrivacyRequest.kind) == PrivacyKind.ERASURE.value,
        col(PrivacyRequest.state) == PrivacyState.PENDING.value,
    )
    return session.exec(asked.limit(1)).first() is not None


def note_outcome(session: Session, row: PrivacyRequest, now: datetime) -> None:
    """Write what came of a demand into the audit log, and tell the organization's admins."""
    row.done_at = now
    session.add(row)
    session.add(
        AuditEntry(
            actor_id=row.user_id,
            actor="worker",
            action=f"contact's {row.kind} {row.state}",
            team_id=row.team_id,
            object_id=row.contact_id,
            details={"request": dashed_id(row.id), "counts": row.counts},
        )
    )
    session.flush()
    emit_event(session, "inbox_privacy", row.state, row.id, show_request(row), to_admins(row.team_id))


def show_request(row: PrivacyRequest) -> dict[str, Any]:
    """Return the demand as admins see it."""
    return {
        "id": dashed_id(row.id),
        "kind": row.kind,
        "contact_id": dashed_id(row.contact_id),
        "user_id": dashed_id(row.user_id) if row.user_id else None,
        "state": row.state,
        "problem": row.problem,
        "size": row.size,
        "counts": row.counts,
        "created_at": show_time(row.created_at),
        "done_at": show_time(row.done_at) if row.done_at else None,
        "expires_at": show_time(row.expires_at) if row.expires_at else None,
    }

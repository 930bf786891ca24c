"""Jobs that used up their tries. The row that a job works on says that it failed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlmodel import and_, col, or_

from api.core.errors import Conflict, NotFound
from api.core.scope import Scope
from models import OutboxKind, Recording, Voicemail
from models.outbox import emit
from models.stored_file import NOT_DELETED, ON_S3
from switchroom.ids import parse_id, public_id
from switchroom.messages.outbox import JobRequest
from workers.enqueue import DEFAULT, TRANSCRIPTS, recordings_queue

Media = Recording | Voicemail
Table = TypeVar("Table", Recording, Voicemail)
MOST = 1000


@dataclass(frozen=True, slots=True)
class Kind:
    """A job by name: the table that it works on, and the columns that tell its state and error."""

    table: type[Recording] | type[Voicemail]
    state: str
    error: str


KINDS = {
    "store_recording": Kind(Recording, "state", "error"),
    "transcribe_recording": Kind(Recording, "transcript_state", "transcript_error"),
    "delete_recording": Kind(Recording, "state", "error"),
    "store_voicemail": Kind(Voicemail, "state", "error"),
    "transcribe_voicemail": Kind(Voicemail, "transcript_state", "transcript_error"),
    "delete_voicemail": Kind(Voicemail, "state", "error"),
}


def failed(scope: Scope) -> list[dict[str, Any]]:
    """Return the failed jobs of the teams that the caller administers, newest first, at most `MOST` of each table."""
    rows: list[Media] = [*_failed(scope, Recording), *_failed(scope, Voicemail)]
    rows.sort(key=lambda row: row.created_at, reverse=True)
    return [_show(name, row) for row in rows for name in KINDS if _has_failed(name, row)]


def retry(scope: Scope, job_id: str) -> dict[str, Any]:
    """Start the job again, with all its tries. Raises NotFound, Forbidden, Conflict if it has not failed."""
    name, _, id = job_id.partition("-")
    kind = KINDS.get(name)
    if kind is None or parse_id(id) is None:
        raise NotFound("job")
    row = scope.get_for_change(kind.table, id, "job")
    if not _has_failed(name, row):
        raise Conflict("The job has not failed", state=getattr(row, kind.state))
    shown = _show(name, row)
    if not _deletes(name):
        setattr(row, kind.state, "pending")
    setattr(row, kind.error, None)
    scope.session.add(row)
    request = JobRequest(name=name, args=[row.id], queue=_queue(name, row))
    emit(scope.session, OutboxKind.JOB, request.model_dump())
    return {**shown, "state": "pending"}


def _queue(name: str, row: Media) -> str:
    if name.startswith("store"):
        return recordings_queue(row.node)
    return TRANSCRIPTS if name.startswith("transcribe") else DEFAULT


def _failed(scope: Scope, table: type[Table]) -> Sequence[Table]:
    query = scope.select(table, admin_only=True).where(
        or_(
            col(table.state) == "failed",
            col(table.transcript_state) == "failed",
            and_(col(table.state).in_(ON_S3), col(table.error).startswith(NOT_DELETED)),
        )
    )
    return scope.session.exec(query.order_by(col(table.id).desc()).limit(MOST)).all()


def _has_failed(name: str, row: Media) -> bool:
    kind = KINDS[name]
    if not isinstance(row, kind.table):
        return False
    if _deletes(name):
        return row.state in ON_S3 and (row.error or "").startswith(NOT_DELETED)
    return bool(getattr(row, kind.state) == "failed")


def _deletes(name: str) -> bool:
    return name.startswith("delete")


def _show(name: str, row: Media) -> dict[str, Any]:
    return {
        "id": f"{name}-{public_id(row.id)}",
        "job": name,
        "state": "failed",
        "team": public_id(row.team_id) if row.team_id else None,
        "call": public_id(row.call_id),
        "object": public_id(row.id),
        "error": getattr(row, KINDS[name].error),
        "attempts": row.attempts,
    }

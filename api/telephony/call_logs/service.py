"""What is done with calls that ended."""

from sqlmodel import Session, col, select

from api.core.errors import Conflict, NotFound, ValidationFailed
from api.telephony.call_logs.schemas import WrapUpSet
from models import CallLog, Recording, WrapUp, WrapUpCode
from models.call import tell_of_call_log
from models.stored_file import ON_S3


def set_wrap_up(session: Session, call_id: str, agent_id: str, team_id: str | None, body: WrapUpSet) -> None:
    """Write the code and note of the agent's work after the call, or after their part of one that goes on. Raises
    ValidationFailed for an unknown code."""
    changes = body.changes()
    if changes.get("code") is not None:
        _require_code(session, team_id, changes["code"])
    row = session.get(WrapUp, (call_id, agent_id)) or WrapUp(
        call_id=call_id, agent_id=agent_id, team_id=team_id or ""
    )
    row.code = changes.get("code", row.code)
    row.note = changes.get("note", row.note)
    session.add(row)
    session.flush()
    tell_of_call_log(session, "updated", call_id, team_id)


def stored_recording(session: Session, log: CallLog, number: int) -> Recording:
    """Return the recording of talk `number`. Raises NotFound if there is none, and Conflict if it is not stored yet."""
    query = select(Recording).where(Recording.call_id == log.id, Recording.number == number)
    row = session.exec(query).first()
    if row is None or row.state == "deleted":
        raise NotFound("recording")
    if row.state not in ON_S3 or row.s3_key is None:
        raise Conflict("The recording is not stored yet", state=row.state)
    return row


def _require_code(session: Session, team_id: str | None, code: str) -> None:
    known = session.exec(select(WrapUpCode.code).where(col(WrapUpCode.team_id) == team_id)).all()
    if known and code not in known:
        raise ValidationFailed({"code": f"Not one of the team's codes: {', '.join(sorted(known))}"})

"""Where departments pass callers on to whom nobody answered."""

from typing import Any

from sqlmodel import Session, col, select

from api.core.errors import ValidationFailed
from models import Department, Queue, TeamUser
from switchroom.ids import parse_id, public_id

FIELD = "callcenter_transfer_to"
MOST_STEPS = 50


def checked_target(session: Session, team_id: str, value: str, department_id: str | None) -> str:
    """Return the target as it is stored: a user's id in place of their membership's.

    Raises ValidationFailed if it is nothing of the team, or if it would lead a caller back to the department.
    """
    if value.startswith("+"):
        return value
    if parse_id(value) is None:
        mine = select(TeamUser.id).where(TeamUser.team_id == team_id, TeamUser.extension == value)
        if session.exec(mine).first() is None:
            raise ValidationFailed({FIELD: "No such extension in this team"})
        return value
    queue, department = session.get(Queue, value), session.get(Department, value)
    if queue is not None and queue.team_id == team_id:
        return value
    if department is not None and department.team_id == team_id:
        _require_end(session, value, department_id)
        return value
    member = session.exec(
        select(TeamUser).where(
            TeamUser.team_id == team_id, (col(TeamUser.user_id) == value) | (col(TeamUser.id) == value)
        )
    ).first()
    if member is None:
        raise ValidationFailed({FIELD: "No user, queue or department of this team has this id"})
    return member.user_id


def _require_end(session: Session, target: str, department_id: str | None) -> None:
    """Raise ValidationFailed if departments would pass callers on in a circle."""
    for _ in range(MOST_STEPS):
        if target == department_id:
            raise ValidationFailed({FIELD: "Callers would come back to this department"})
        row = session.get(Department, target)
        if row is None or not row.callcenter_transfer_to:
            return
        target = row.callcenter_transfer_to
    raise ValidationFailed({FIELD: "Callers would be passed on too often"})


def departments_that_pass_to(session: Session, team_id: str, id: str) -> list[dict[str, Any]]:
    """Return `{id, name}` of each department of the team that passes callers on to this."""
    query = select(Department).where(Department.team_id == team_id, Department.callcenter_transfer_to == id)
    return [
        {"id": public_id(row.id), "name": row.name} for row in session.exec(query.order_by(Department.name))
    ]

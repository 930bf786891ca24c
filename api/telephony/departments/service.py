"""What is done with departments. Each change reaches the engine as `config` in the transaction that makes it."""

from typing import Any

from sqlmodel import Session, col, select

from api.conventions.body import apply
from api.conventions.names import is_taken
from api.core.errors import Conflict, NotFound
from api.core.scope import Scope
from api.telephony.call_routes.overflow import queues_that_overflow_to
from api.telephony.call_routes.references import routes_that_name
from api.telephony.departments import passwords
from api.telephony.departments.passing import FIELD, checked_target, departments_that_pass_to
from api.telephony.departments.schemas import CallCenter, DepartmentCreate, DepartmentUpdate
from models import Department, DepartmentUser, TeamUser, UploadedPrompt
from models.outbox import emit_command
from switchroom.ids import parse_id, public_id
from switchroom.messages.commands import ReloadConfig


def create(scope: Scope, body: DepartmentCreate, pin_hash: str | None) -> Department:
    """Create a department of a team that the caller administers; `pin_hash`: of its mailbox's PIN.

    Raises ValidationFailed, Forbidden, Conflict.
    """
    team_id = scope.team_for(body.team)
    scope.require_admin(team_id)
    _require_free_name(scope.session, team_id, body.name)
    department = Department(team_id=team_id, name=body.name, ring_type=body.ring_type.value)
    settings = body.model_dump(include=set(CallCenter.model_fields))
    scope.session.add(apply(department, _checked(scope, team_id, settings)))
    scope.session.flush()
    passwords.assign(scope.session, department, body, pin_hash)
    changed(scope.session, department.id)
    return department


def update(scope: Scope, department: Department, body: DepartmentUpdate, pin_hash: str | None) -> None:
    """Assign what was sent; `pin_hash`: of a new PIN of its mailbox. Raises ValidationFailed, Conflict."""
    changes = body.changes()
    passwords.assign(scope.session, department, body, pin_hash)
    changes.pop(passwords.FIELD, None)
    if "name" in changes and changes["name"] != department.name:
        _require_free_name(scope.session, department.team_id, changes["name"], except_id=department.id)
    changes = _checked(scope, department.team_id, changes, department)
    scope.session.add(apply(department, changes))
    changed(scope.session, department.id)


def _checked(
    scope: Scope, team_id: str, changes: dict[str, Any], department: Department | None = None
) -> dict[str, Any]:
    """Return the changes with what they name as it is stored. Raises ValidationFailed."""
    target, music = changes.get(FIELD), changes.get("callcenter_hold_music")
    if target is not None:
        own = None if department is None else department.id
        changes = {**changes, FIELD: checked_target(scope.session, team_id, target, own)}
    if music is not None and parse_id(music):
        scope.named(UploadedPrompt, music, "callcenter_hold_music", team_id=team_id)
    return changes


def delete(scope: Scope, department: Department) -> None:
    """Delete the department. Raises Conflict, which lists the routes, queues and departments that use it."""
    routes = routes_that_name(scope.session, department.team_id, department.id)
    queues = queues_that_overflow_to(scope.session, department.team_id, department.id)
    others = departments_that_pass_to(scope.session, department.team_id, department.id)
    if routes or queues or others:
        raise Conflict(
            "The department is in use",
            departments=others,
            queues=queues,
            routes=[{"id": public_id(route.id), "name": route.name} for route in routes],
        )
    scope.session.delete(department)
    changed(scope.session, department.id)


def add_user(scope: Scope, department: Department, user: str) -> None:
    """Put a member of the team last. One who is there stays. Raises ValidationFailed for anyone else."""
    member = scope.member_named(department.team_id, user, "user")
    if _place(scope.session, department.id, member.user_id) is None:
        scope.session.add(DepartmentUser(department_id=department.id, user_id=member.user_id))
        scope.session.flush()
    changed(scope.session, department.id)


def remove_user(scope: Scope, department: Department, text: str) -> None:
    """Take a user out, by their own or their membership's id. Raises NotFound if they are not in the department."""
    found = parse_id(text)
    member = None if found is None else scope.session.get(TeamUser, found)
    user = member.user_id if member is not None and member.team_id == department.team_id else found
    row = None if user is None else _place(scope.session, department.id, user)
    if row is None:
        raise NotFound("user in this department")
    scope.session.delete(row)
    scope.session.flush()
    changed(scope.session, department.id)


def changed(session: Session, department_id: str) -> None:
    """Tell the engine to load the department again."""
    emit_command(session, ReloadConfig(kind="department", id=department_id))


def _place(session: Session, department_id: str, user_id: str) -> DepartmentUser | None:
    mine = select(DepartmentUser).where(
        col(DepartmentUser.department_id) == department_id, col(DepartmentUser.user_id) == user_id
    )
    return session.exec(mine).first()


def _require_free_name(session: Session, team_id: str, name: str, *, except_id: str = "") -> None:
    others = col(Department.team_id) == team_id, col(Department.id) != except_id
    if is_taken(session, Department.name, name, *others):
        raise Conflict("The team has a department of this name", name=name)

"""Departments as clients see them."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, col, select

from api.accounts.users.resource import PROFILE
from api.conventions.populate import Populate
from api.telephony.departments.passwords import FIELD, with_passwords
from api.telephony.departments.resource import DEPARTMENT
from models import Department, DepartmentUser, User
from routing.expressions.secrets import PLACEHOLDER
from switchroom.ids import parse_id, public_id


def show_departments(
    session: Session, departments: Sequence[Department], populate: Populate = frozenset()
) -> list[dict[str, Any]]:
    """Show the departments, each with its `users` in the order of ringing: ids, or objects if populated."""
    rows = session.exec(
        select(DepartmentUser, User)
        .join(User, col(User.id) == col(DepartmentUser.user_id))
        .where(col(DepartmentUser.department_id).in_([department.id for department in departments]))
        .order_by(col(DepartmentUser.id))
    ).all()
    users: dict[str, list[Any]] = {department.id: [] for department in departments}
    for place, user in rows:
        shown = PROFILE.show(user) if "users" in populate else public_id(user.id)
        users[place.department_id].append(shown)
    protected = with_passwords(session, departments)
    return [
        {
            **_with_public_ids(DEPARTMENT.show(department)),
            "users": users[department.id],
            FIELD: PLACEHOLDER if department.id in protected else None,
        }
        for department in departments
    ]


def _with_public_ids(shown: dict[str, Any]) -> dict[str, Any]:
    for name in ("callcenter_hold_music", "callcenter_transfer_to"):
        if shown[name] and parse_id(shown[name]):
            shown[name] = public_id(shown[name])
    return shown


def show_department(
    session: Session, department: Department, populate: Populate = frozenset()
) -> dict[str, Any]:
    """Show one department, see `show_departments`."""
    return show_departments(session, [department], populate)[0]

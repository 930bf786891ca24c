"""A department as clients see it."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, col, select

from api.accounts.users.resource import PROFILE
from api.conventions.populate import Populate
from api.telephony.departments.resource import DEPARTMENT
from models import Department, DepartmentUser, User
from switchroom.ids import public_id


def show_departments(
    session: Session, departments: Sequence[Department], populate: Populate = frozenset()
) -> list[dict[str, Any]]:
    """Each with `users` in ringing order: ids, or objects where `populate` names them."""
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
    return [{**DEPARTMENT.show(department), "users": users[department.id]} for department in departments]


def show_department(
    session: Session, department: Department, populate: Populate = frozenset()
) -> dict[str, Any]:
    """One department, see `show_departments`."""
    return show_departments(session, [department], populate)[0]

"""Operations on departments."""

from typing import Annotated

from fastapi import Depends

from api.conventions.lists import Listing, Lists
from api.conventions.populate import Populate, populates
from api.conventions.resource import Shown, require_unchanged
from api.conventions.router import v1_router
from api.conventions.told import tell
from api.core.deps import ScopeDep
from api.core.scope import Scope, of_callers_teams
from api.telephony.departments import passwords, service
from api.telephony.departments.answers import DepartmentAnswer
from api.telephony.departments.resource import DEPARTMENT
from api.telephony.departments.schemas import DepartmentCreate, DepartmentUpdate, UserAdd
from api.telephony.departments.views import show_department, show_departments
from models import Department
from switchroom.messages.events import to_team

router = v1_router(tags=["departments"])
MODEL = "department"
"""What clients are told that it is."""

DepartmentListing = Annotated[Listing, Depends(Lists(DEPARTMENT))]
PopulateDep = Annotated[Populate, Depends(populates("users"))]


@router.post("/department", response_model=DepartmentAnswer, status_code=201, responses={409: {}})
def create_department(body: DepartmentCreate, scope: ScopeDep) -> Shown:
    """Create a department."""
    return _told(scope, "created", service.create(scope, body, passwords.hashed(body)))


@router.get("/department", response_model=list[DepartmentAnswer])
def list_departments(scope: ScopeDep, listing: DepartmentListing, populate: PopulateDep) -> list[Shown]:
    """List the departments of the caller's teams."""
    rows = listing.fetch(scope, of_callers_teams(Department))
    return show_departments(scope.session, rows, populate)


@router.patch("/department/{dept_id}", response_model=DepartmentAnswer, responses={409: {}})
def update_department(dept_id: str, body: DepartmentUpdate, scope: ScopeDep) -> Shown:
    """Change a department."""
    department = scope.get_for_change(Department, dept_id, "department")
    pin_hash = passwords.hashed(body)
    require_unchanged(scope, department)
    service.update(scope, department, body, pin_hash)
    return _told(scope, "updated", department)


@router.delete("/department/{dept_id}", response_model=DepartmentAnswer, responses={409: {}})
def delete_department(dept_id: str, scope: ScopeDep) -> Shown:
    """Delete a department that no route and no queue uses."""
    department = scope.get_for_change(Department, dept_id, "department")
    require_unchanged(scope, department)
    shown = show_department(scope.session, department)
    service.delete(scope, department)
    return tell(scope.session, MODEL, "destroyed", shown, to_team(department.team_id))


@router.post(
    "/department/{dept_id}/users", response_model=DepartmentAnswer, status_code=201, responses={409: {}}
)
def add_department_user(dept_id: str, body: UserAdd, scope: ScopeDep) -> Shown:
    """Add a user to a department, as the last one who is rung."""
    department = scope.get_for_change(Department, dept_id, "department")
    service.add_user(scope, department, body.user)
    return _told(scope, "updated", department)


@router.delete("/department/{dept_id}/users/{id}", response_model=DepartmentAnswer)
def remove_department_user(dept_id: str, id: str, scope: ScopeDep) -> Shown:
    """Remove a user from a department."""
    department = scope.get_for_change(Department, dept_id, "department")
    require_unchanged(scope, department)
    service.remove_user(scope, department, id)
    return _told(scope, "updated", department)


def _told(scope: Scope, verb: str, department: Department) -> Shown:
    """Tell the team of the department, and show it."""
    shown = show_department(scope.session, department)
    return tell(scope.session, MODEL, verb, shown, to_team(department.team_id))

"""What depends on a member of a team, and its transfer to another member.

A member who is deactivated, or becomes a guest, takes no calls and manages nothing. So nothing of the team may name
them then: the queues that they manage, departments, numbers, call routes, overflows of queues.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import col, select

from api.core.errors import Conflict, ValidationFailed
from api.core.scope import Scope
from api.telephony.call_routes.service import replace_ids
from models import (
    Agent,
    CallRoute,
    Department,
    DepartmentUser,
    DidNumber,
    Queue,
    QueueManager,
    Role,
    TeamUser,
)
from models.outbox import emit_command
from routing.routes.references import references, with_ids
from switchroom.ids import public_id
from switchroom.messages.commands import ReloadConfig

_OVERFLOW = "overflow"


@dataclass(frozen=True, slots=True)
class Dependents:
    """The rows that name the member, themselves or one of their agents."""

    managed: list[tuple[QueueManager, Queue]]
    overflowing: list[Queue]
    routes: list[CallRoute]
    departments: list[tuple[DepartmentUser, Department]]
    numbers: list[DidNumber]

    def __bool__(self) -> bool:
        return bool(self.managed or self.overflowing or self.routes or self.departments or self.numbers)

    def shown(self) -> dict[str, Any]:
        """Return what depends on the member as an answer lists it."""
        queues = {queue.id: queue for queue in (*(queue for _, queue in self.managed), *self.overflowing)}
        return {
            "queues": [_named(queue) for queue in queues.values()],
            "routes": [_named(route) for route in self.routes],
            "departments": [_named(department) for _, department in self.departments],
            "numbers": [{"id": public_id(number.id), "number": number.e164} for number in self.numbers],
        }


def settle(scope: Scope, member: TeamUser, transfer: str | None) -> None:
    """Make sure that nothing depends on the member. What does is given to the member `transfer`.

    Raises Conflict, which lists what depends on them, and ValidationFailed if `transfer` is no other active member.
    """
    target = _target(scope, member, transfer) if transfer is not None else None
    found = _find(scope, member)
    if found and target is None:
        raise Conflict(
            "Others depend on this member: change them, or say who takes over (transfer)", **found.shown()
        )
    if found and target is not None:
        _transfer(scope, member, target, found)
        if left := _find(scope, member):
            raise Conflict(
                "The member who takes over is no agent, so these have to be changed first", **left.shown()
            )


def _named(row: Queue | CallRoute | Department) -> dict[str, Any]:
    return {"id": public_id(row.id), "name": row.name}


def _target(scope: Scope, member: TeamUser, transfer: str) -> TeamUser:
    target = scope.member_named(member.team_id, transfer, "transfer")
    if target.id == member.id or target.role == Role.GUEST.value:
        raise ValidationFailed({"transfer": "Must be another member"})
    return target


def _agents(scope: Scope, member: TeamUser) -> list[str]:
    mine = select(Agent.id).where(col(Agent.team_id) == member.team_id, col(Agent.user_id) == member.user_id)
    return list(scope.session.exec(mine.order_by(col(Agent.id))))


def _find(scope: Scope, member: TeamUser) -> Dependents:
    session, team, user = scope.session, member.team_id, member.user_id
    named = {user, *_agents(scope, member)}

    def names(blocks: Any) -> bool:
        return not named.isdisjoint(id for _, id in references(blocks))

    managed = (
        select(QueueManager, Queue)
        .join(Queue, col(Queue.id) == col(QueueManager.queue_id))
        .where(col(Queue.team_id) == team, col(QueueManager.user_id) == user)
    )
    departments = (
        select(DepartmentUser, Department)
        .join(Department, col(Department.id) == col(DepartmentUser.department_id))
        .where(col(Department.team_id) == team, col(DepartmentUser.user_id) == user)
    )
    queues = session.exec(select(Queue).where(col(Queue.team_id) == team).order_by(col(Queue.name)))
    routes = session.exec(
        select(CallRoute).where(col(CallRoute.team_id) == team).order_by(col(CallRoute.name))
    )
    numbers = select(DidNumber).where(col(DidNumber.team_id) == team, col(DidNumber.user_id) == user)
    return Dependents(
        managed=list(session.exec(managed.order_by(col(Queue.name)))),
        overflowing=[queue for queue in queues if queue.overflow and names({_OVERFLOW: queue.overflow})],
        routes=[route for route in routes if names(route.blocks)],
        departments=list(session.exec(departments.order_by(col(Department.name)))),
        numbers=list(session.exec(numbers.order_by(col(DidNumber.e164)))),
    )


def _transfer(scope: Scope, member: TeamUser, target: TeamUser, found: Dependents) -> None:
    session = scope.session
    other_agents = _agents(scope, target)
    instead: Mapping[str, str] = {member.user_id: target.user_id} | (
        dict.fromkeys(_agents(scope, member), other_agents[0]) if other_agents else {}
    )

    def change(_kind: str, id: str) -> str:
        return instead.get(id, id)

    for place, queue in found.managed:
        _move(scope, place, target, select(QueueManager).where(col(QueueManager.queue_id) == queue.id))
        emit_command(session, ReloadConfig(kind="queue", id=queue.id))
    for member_place, department in found.departments:
        others = select(DepartmentUser).where(col(DepartmentUser.department_id) == department.id)
        _move(scope, member_place, target, others)
        emit_command(session, ReloadConfig(kind="department", id=department.id))
    for number in found.numbers:
        number.user_id = target.user_id
        emit_command(session, ReloadConfig(kind="number", id=number.id))
    for queue in found.overflowing:
        queue.overflow = with_ids({_OVERFLOW: queue.overflow}, change)[_OVERFLOW]
        emit_command(session, ReloadConfig(kind="queue", id=queue.id))
    for route in found.routes:
        replace_ids(scope, route, change)
    session.flush()


def _move(scope: Scope, place: QueueManager | DepartmentUser, target: TeamUser, others: Any) -> None:
    """Give the place to the target, or drop it if they have one there."""
    if any(other.user_id == target.user_id for other in scope.session.exec(others)):
        scope.session.delete(place)
    else:
        place.user_id = target.user_id

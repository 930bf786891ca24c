"""A queue's overflow: checked against what its team has, and who it names."""

from typing import Any

from sqlmodel import Session, col, select

from api.core.errors import ValidationFailed
from api.telephony.call_routes.references import public_ids
from api.telephony.call_routes.validation import normalized
from models import Queue
from models.route_check import references
from routing.routes.overflow import problems
from routing.routes.references import references as named_by
from switchroom.ids import public_id

_KEY = "overflow"


def checked(session: Session, team_id: str, overflow: dict[str, Any] | None) -> dict[str, Any] | None:
    """The overflow as it is kept: inner ids, a user's in place of its membership's. Raises ValidationFailed with every
    problem, each named `overflow.<field>`."""
    if overflow is None:
        return None
    found: dict[str, Any] = normalized(session, team_id, {"blocks": {_KEY: overflow}})["blocks"][_KEY]
    wrong: dict[str, Any] = {}
    for field, message in problems(found, **references(session, team_id)):
        name = f"{_KEY}.{field}" if field else _KEY
        wrong[name] = f"{wrong[name]}; {message}" if name in wrong else message
    if wrong:
        raise ValidationFailed(wrong)
    return found


def shown(overflow: dict[str, Any] | None) -> dict[str, Any] | None:
    """The overflow with its ids as clients see them."""
    return None if overflow is None else public_ids({_KEY: overflow})[_KEY]


def queues_that_overflow_to(
    session: Session, team_id: str, id: str, but: str | None = None
) -> list[dict[str, Any]]:
    """`{id, name}` of the team's queues, but for `but`, whose overflow names this id: a queue's, an agent's, a
    department's, a route's."""
    query = select(Queue).where(col(Queue.team_id) == team_id).order_by(col(Queue.name), col(Queue.id))
    return [
        {"id": public_id(queue.id), "name": queue.name}
        for queue in session.exec(query)
        if queue.id != but
        and queue.overflow
        and id in {named for _, named in named_by({_KEY: queue.overflow})}
    ]

"""A queue's overflow: the check against what its team has, and the search for what it names."""

from typing import Any

from sqlmodel import Session, col, select

from api.core.errors import ValidationFailed
from api.telephony.call_routes.references import public_ids
from api.telephony.call_routes.validation import known_to, normalized
from models import Queue
from routing.routes.overflow import problems
from routing.routes.references import references as named_by
from switchroom.ids import public_id

_KEY = "overflow"


def checked(
    session: Session, team_id: str, overflow: dict[str, Any] | None, present: dict[str, Any] | None = None
) -> dict[str, Any] | None:
    """Return the overflow as it is stored: with inner ids, and a user's id in place of their membership's. Raises
    ValidationFailed with each problem, named `overflow.<field>`. What `present` (the stored one) names may stay."""
    if overflow is None:
        return None
    found: dict[str, Any] = normalized(session, team_id, {"blocks": {_KEY: overflow}})["blocks"][_KEY]
    wrong: dict[str, Any] = {}
    for field, message in problems(found, **known_to(session, team_id, {_KEY: present})):
        name = f"{_KEY}.{field}" if field else _KEY
        wrong[name] = f"{wrong[name]}; {message}" if name in wrong else message
    if wrong:
        raise ValidationFailed(wrong)
    return found


def shown(overflow: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return the overflow with its ids as clients see them."""
    return None if overflow is None else public_ids({_KEY: overflow})[_KEY]


def queues_that_overflow_to(
    session: Session, team_id: str, id: str, but: str | None = None
) -> list[dict[str, Any]]:
    """Return `{id, name}` of each queue of the team whose overflow names this id: a queue's, an agent's, a
    department's, a route's. The queue `but` is left out."""
    query = select(Queue).where(col(Queue.team_id) == team_id).order_by(col(Queue.name), col(Queue.id))
    return [
        {"id": public_id(queue.id), "name": queue.name}
        for queue in session.exec(query)
        if queue.id != but
        and queue.overflow
        and id in {named for _, named in named_by({_KEY: queue.overflow})}
    ]

"""Checking a route document against what its team has."""

from collections.abc import Iterable
from typing import Any

from sqlmodel import Session, col, select

from api.core.errors import ValidationFailed
from api.telephony.call_routes.references import inner_ids
from models import MemberStatus, TeamUser
from models.route_check import references
from routing.routes.document import Problem, validate_route

Document = dict[str, Any]


def normalized(session: Session, team_id: str, document: Document) -> Document:
    """The document with inner ids; a membership's id becomes its user's."""
    members = {member.id: member.user_id for member in _members(session, team_id)}
    return {**document, "blocks": _renamed(inner_ids(document["blocks"]), members)}


def problems_of(session: Session, team_id: str, document: Document, own: str | None = None) -> list[Problem]:
    """Everything that is wrong with a (normalized) document of this team; `own` is the route's id, if it has one."""
    return validate_route(document, own=own, **references(session, team_id))


def require_valid(problems: Iterable[Problem]) -> None:
    """Raises ValidationFailed with every problem: a message per field, and `problems` as a list with block ids."""
    found = list(problems)
    if not found:
        return
    fields: dict[str, Any] = {}
    for problem in found:
        path = ".".join(
            part
            for part in ("blocks" if problem.block is not None else "", problem.block or "", problem.field)
            if part
        )
        fields[path] = f"{fields[path]}; {problem.message}" if path in fields else problem.message
    raise ValidationFailed({**fields, "problems": show_problems(found)})


def show_problems(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    """`[{block, field, message}]`; block null: the document itself."""
    return [{"block": p.block, "field": p.field, "message": p.message} for p in problems]


def _members(session: Session, team_id: str) -> list[TeamUser]:
    active = select(TeamUser).where(
        col(TeamUser.team_id) == team_id, col(TeamUser.status) == MemberStatus.ACTIVE.value
    )
    return list(session.exec(active))


def _renamed(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, list):
        return [_renamed(item, names) for item in value]
    if isinstance(value, dict):
        return {key: _renamed(item, names) for key, item in value.items()}
    return value

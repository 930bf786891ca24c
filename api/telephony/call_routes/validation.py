"""The check of a route's document against what its team has."""

from collections.abc import Collection, Iterable
from typing import Any

from sqlmodel import Session, col, select

from api.core.errors import ValidationFailed
from api.telephony.call_routes.references import inner_ids
from models import MemberStatus, Team, TeamUser
from models.route_check import references
from routing.errors import Problem
from routing.routes.document import validate_route
from routing.routes.references import references as named_by
from routing.routes.references import with_ids
from switchroom.numbers import country_code, parse_or_digits, same_number

Document = dict[str, Any]


def normalized(session: Session, team_id: str, document: Document) -> Document:
    """Return the document with inner ids. The id of a membership becomes the id of its user.

    A caller's number becomes what all its spellings have in common. A national one is of the team's country.
    """
    members = {member.id: member.user_id for member in _members(session, team_id)}
    country = country_code(session.get_one(Team, team_id).country)

    def change(kind: str, id: str) -> str:
        if kind == "number":
            return same_number(parse_or_digits(id, country)) or id
        return members.get(id, id) if kind == "user" else id

    return {**document, "blocks": with_ids(inner_ids(document["blocks"]), change)}


def problems_of(
    session: Session,
    team_id: str,
    document: Document,
    own: str | None = None,
    *,
    sounds: Collection[str] | None,
    present: Document | None = None,
) -> list[Problem]:
    """Return everything that is wrong with a (normalized) document of this team.

    `own` is the route's id, if it has one. `sounds` are the sounds that it may name; None: they are not checked.
    `present` are the stored blocks: what they name may stand in the document too.
    """
    known = known_to(session, team_id, present or {})
    return validate_route(document, own=own, sounds=sounds, **known)


def known_to(session: Session, team_id: str, present: Document) -> dict[str, set[str]]:
    """Return the ids that blocks of the team may name, by kind: those of the team, and those that `present` names."""
    known = references(session, team_id)
    for kind, id in named_by(present):
        known.get(f"{kind}s", set()).add(id)
    return known


def require_valid(problems: Iterable[Problem]) -> None:
    """Raise ValidationFailed with every problem: a message for each field, and `problems` as a list with block ids."""
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
    """Return `[{block, field, message}]`; block null: the document itself."""
    return [{"block": p.block, "field": p.field, "message": p.message} for p in problems]


def _members(session: Session, team_id: str) -> list[TeamUser]:
    active = select(TeamUser).where(
        col(TeamUser.team_id) == team_id, col(TeamUser.status) == MemberStatus.ACTIVE.value
    )
    return list(session.exec(active))

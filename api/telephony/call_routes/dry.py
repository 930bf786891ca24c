"""A dry run: the path of an imagined call through a route."""

import logging
import re
from collections.abc import Iterator
from typing import Any

from sqlmodel import Session, col, select

from api.conventions.moments import in_zone
from api.core.errors import Conflict, ValidationFailed
from api.telephony.call_routes.schemas import DryRun
from api.telephony.call_routes.validation import require_valid
from models import CallRoute, Department, DepartmentUser, DidNumber, Queue, Team, TeamUser, utcnow
from models.shown import show_time
from routing.config import (
    NOTICE_SOUND,
    ConfigItem,
    DepartmentConfig,
    NumberConfig,
    QueueConfig,
    RouteConfig,
    TeamConfig,
)
from routing.dry_run import Assumed, dry_run, problems
from routing.errors import RouteError
from routing.ids import RouteId, TeamId, UserId
from routing.outbound.policy import OutboundPolicy
from routing.persistence.rows import from_row, user_config
from routing.routes.document import parse_route
from switchroom.ids import public_id
from switchroom.numbers import country_code, parse_or_digits, same_number

log = logging.getLogger(__name__)
_ID = re.compile(r"\b[0-9a-f]{32}\b")


def run(
    session: Session,
    route: CallRoute,
    document: dict[str, Any] | None,
    team: Team,
    body: DryRun,
    outbound: OutboundPolicy,
) -> dict[str, Any]:
    """Return `{route, version, at, path: [{route, block, type, exit, why}]}` for the stored route, or for a document in
    its place. Raises Conflict if the stored route cannot be served, ValidationFailed if the document cannot, or if the
    body names blocks, exits or digits that do not exist."""
    try:
        parsed = _parsed(route, document)
    except RouteError as error:
        if document is not None:
            require_valid(error.problems)
        raise Conflict("The route has problems; save it again") from error
    at = utcnow() if body.at is None else in_zone(body.at, team.timezone)
    assumed = Assumed(
        queues=dict(body.queues),
        figures={id: figures.known() for id, figures in body.figures.items()},
        contact=body.contact,
        variables=body.variables,
        fetched=body.fetched,
        exits=body.exits,
        routes=_others(session, parsed),
        configuration=tuple(_configuration(session, team, outbound)),
    )
    if wrong := problems(parsed, assumed, body.digits):
        raise ValidationFailed(dict(wrong))
    caller = parse_or_digits(body.caller, country_code(team.country)) or body.caller
    steps = dry_run(
        parsed,
        at=at,
        caller=caller,
        customer=same_number(caller),
        did=body.did,
        digits=list(body.digits),
        assumed=assumed,
    )
    path = [
        {
            "route": public_id(s.route),
            "block": s.block,
            "type": s.type,
            "exit": s.exit,
            "why": _ID.sub(r"a\g<0>", s.why),
        }
        for s in steps
    ]
    return {"route": public_id(route.id), "version": route.version, "at": show_time(at), "path": path}


def _parsed(route: CallRoute, document: dict[str, Any] | None = None) -> RouteConfig:
    """Return the route, or the document in its place, as the core has it. Raises RouteError."""
    stored = {"name": route.name, "entry": route.entry, "blocks": route.blocks}
    return parse_route(
        document or stored, id=RouteId(route.id), team=TeamId(route.team_id), version=route.version
    )


def _others(session: Session, route: RouteConfig) -> dict[str, RouteConfig]:
    """Return the team's other routes. A route that cannot be served is left out."""
    found: dict[str, RouteConfig] = {}
    rows = select(CallRoute).where(CallRoute.team_id == route.team, CallRoute.id != route.id)
    for row in session.exec(rows):
        try:
            found[row.id] = _parsed(row)
        except RouteError:
            log.warning("route left out of a dry run", extra={"route": row.id})
    return found


# -- what is configured --------------------------------------------------------------------------------------


def _configuration(session: Session, team: Team, outbound: OutboundPolicy) -> Iterator[ConfigItem]:
    """Yield the team, its queues, members and departments. The dry run makes up the agents: whoever is rung answers."""
    made = {"notice_sound": NOTICE_SOUND, "outbound": outbound, "max_calls": None, "suspended": False}
    made |= {"trunks": (), "main_number": team.main_number or "", "country": country_code(team.country)}
    yield from_row(TeamConfig, team, name=team.team_name, **made)
    for queue in session.exec(select(Queue).where(Queue.team_id == team.id)):
        yield from_row(QueueConfig, queue, members=())
    for member in session.exec(select(TeamUser).where(TeamUser.team_id == team.id)):
        yield user_config(member, name="", suspended=False)
    yield from _departments(session, team)
    for row in session.exec(select(DidNumber).where(DidNumber.team_id == team.id)):
        yield from_row(NumberConfig, row)


def _departments(session: Session, team: Team) -> Iterator[DepartmentConfig]:
    departments = session.exec(select(Department).where(Department.team_id == team.id)).all()
    users: dict[str, list[UserId]] = {department.id: [] for department in departments}
    members = select(DepartmentUser).where(col(DepartmentUser.department_id).in_(users))
    for row in session.exec(members.order_by(col(DepartmentUser.id))):
        users[row.department_id].append(UserId(row.user_id))
    for department in departments:
        yield from_row(DepartmentConfig, department, users=tuple(users[department.id]))

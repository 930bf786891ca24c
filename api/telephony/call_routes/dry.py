"""A dry run: the path of a made-up call through a route, with no call made."""

import logging
import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from api.conventions.resource import show_time
from api.core.errors import Conflict
from api.telephony.call_routes.schemas import DryRun
from models import CallRoute, Team, utcnow
from routing.config import RouteConfig
from routing.errors import RouteError
from routing.ids import RouteId, TeamId
from routing.routes.document import parse_route
from routing.routes.dry_run import Assumed, dry_run
from switchroom.ids import public_id

log = logging.getLogger(__name__)
_ID = re.compile(r"\b[0-9a-f]{32}\b")


def run(session: Session, route: CallRoute, team: Team, body: DryRun) -> dict[str, Any]:
    """`{route, version, at, path: [{route, block, type, exit, why}]}`. Raises Conflict if the stored route cannot
    be served."""
    try:
        parsed = _parsed(route)
    except RouteError as error:
        raise Conflict("The route has problems; save it anew") from error
    at = _moment(body.at, team)
    assumed = Assumed(
        queues=dict(body.queues),
        figures={id: figures.known() for id, figures in body.figures.items()},
        contact=body.contact,
        variables=body.variables,
        fetched=body.fetched,
        exits=body.exits,
        routes=_others(session, parsed),
    )
    steps = dry_run(
        parsed, at=at, caller=body.caller, did=body.did, digits=list(body.digits), assumed=assumed
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


def _parsed(route: CallRoute) -> RouteConfig:
    """Raises RouteError."""
    document = {"name": route.name, "entry": route.entry, "blocks": route.blocks}
    return parse_route(document, id=RouteId(route.id), team=TeamId(route.team_id), version=route.version)


def _others(session: Session, route: RouteConfig) -> dict[str, RouteConfig]:
    """The routes on which the call may go on, and those beyond; one that cannot be served is left out."""
    found: dict[str, RouteConfig] = {}
    todo = [route]
    while todo:
        named = {b.settings["route"] for b in todo.pop().blocks.values() if b.type == "route"} - found.keys()
        rows = session.exec(
            select(CallRoute).where(CallRoute.team_id == route.team, col(CallRoute.id).in_(named))
        )
        for row in rows.all() if named else ():
            try:
                found[row.id] = _parsed(row)
            except RouteError:
                log.warning("route left out of a dry run", extra={"route": row.id})
                continue
            todo.append(found[row.id])
    return found


def _moment(at: datetime | None, team: Team) -> datetime:
    if at is None:
        return utcnow()
    return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(team.timezone))

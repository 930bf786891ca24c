"""What is done with call routes. Every saved document is kept as a version. A call ends on the one it began with."""

from collections.abc import Callable
from typing import Any

from sqlmodel import Session, col, select

from api.accounts.teams.attendant import PURPOSE
from api.core.errors import Conflict, Forbidden, NotFound
from api.core.scope import Scope
from api.telephony.call_routes.overflow import queues_that_overflow_to
from api.telephony.call_routes.references import routes_that_name
from api.telephony.call_routes.schemas import RouteCreate, RouteUpdate
from api.telephony.call_routes.validation import normalized, problems_of, require_valid
from api.telephony.sounds.library import library_of
from models import CallRoute, CallRouteVersion, DidNumber, Team
from models.outbox import emit_command, emit_event
from models.team import NOT_STARTED, STARTED
from routing.routes.references import with_ids
from routing.routes.secrets import restored
from switchroom.ids import public_id
from switchroom.messages.commands import ReloadConfig
from switchroom.messages.events import to_team
from switchroom.settings import Settings


def create(
    scope: Scope, settings: Settings, team_id: str, user_id: str | None, body: RouteCreate
) -> CallRoute:
    """Create a route, the team's or (`user_id`) a member's. Raises ValidationFailed with all problems, Forbidden."""
    require_owner(scope, team_id, user_id)
    sent = body.model_dump(include={"name", "entry", "blocks"})
    document = _checked(scope.session, settings, team_id, sent)
    route = CallRoute(team_id=team_id, user_id=user_id, **document)
    scope.session.add(route)
    scope.session.flush()
    _save_version(scope, route)
    return route


def update(scope: Scope, settings: Settings, route: CallRoute, body: RouteUpdate) -> None:
    """Make what was sent the next version. Raises ValidationFailed with all problems."""
    # Two savers at once must not make the same version.
    scope.session.refresh(route, with_for_update=True)
    present = {"name": route.name, "entry": route.entry, "blocks": route.blocks}
    changes = body.changes()
    if "blocks" in changes:
        changes["blocks"] = restored(changes["blocks"], route.blocks)
    _change(scope, settings, route, present, {**present, **changes})


def roll_back(scope: Scope, settings: Settings, route: CallRoute, version: CallRouteVersion) -> None:
    """Make an earlier version the next one, with its secrets.

    Raises ValidationFailed with all problems: the version may name what the team no longer has.
    """
    scope.session.refresh(route, with_for_update=True)
    present = {"name": route.name, "entry": route.entry, "blocks": route.blocks}
    _change(scope, settings, route, present, version.document)


def replace_ids(scope: Scope, route: CallRoute, change: Callable[[str, str], str]) -> None:
    """Save the route with `change(kind, id)` in place of each id, as its next version."""
    scope.session.refresh(route, with_for_update=True)
    route.blocks = with_ids(route.blocks, change)
    route.version += 1
    scope.session.flush()
    _save_version(scope, route)


def find_version(scope: Scope, route: CallRoute, number: int) -> CallRouteVersion:
    """Return a version of the route. Raises NotFound."""
    wanted = (CallRouteVersion.route_id == route.id, CallRouteVersion.version == number)
    version = scope.session.exec(select(CallRouteVersion).where(*wanted)).first()
    if version is None:
        raise NotFound("version")
    return version


def _change(
    scope: Scope, settings: Settings, route: CallRoute, present: dict[str, Any], wanted: dict[str, Any]
) -> None:
    """Save a document as the next version, unless it is the present one."""
    document = _checked(scope.session, settings, route.team_id, wanted, route)
    if document == present:
        return
    _note_setup(scope.session, route)
    route.name, route.entry, route.blocks = document["name"], document["entry"], document["blocks"]
    route.version += 1
    scope.session.add(route)
    scope.session.flush()
    _save_version(scope, route)


def _note_setup(session: Session, route: CallRoute) -> None:
    """Note on the team that the setup of its automatic reception has begun: somebody edits the auto-attendant."""
    team = session.get_one(Team, route.team_id)
    if route.purpose == PURPOSE and team.autoreception == NOT_STARTED:
        team.autoreception = STARTED
        session.add(team)
        emit_event(
            session, "team", "updated", team.id, {"autoreception": team.autoreception}, to_team(team.id)
        )


def delete(scope: Scope, route: CallRoute) -> None:
    """Delete the route and its versions. Raises Conflict, which lists the numbers, routes and queues that use it."""
    numbers = scope.session.exec(select(DidNumber).where(col(DidNumber.route_id) == route.id)).all()
    routes = [
        other for other in routes_that_name(scope.session, route.team_id, route.id) if other.id != route.id
    ]
    queues = queues_that_overflow_to(scope.session, route.team_id, route.id)
    if numbers or routes or queues:
        raise Conflict(
            "The route is in use",
            queues=queues,
            numbers=[{"id": public_id(number.id), "number": number.e164} for number in numbers],
            routes=[{"id": public_id(other.id), "name": other.name} for other in routes],
        )
    versions = select(CallRouteVersion).where(CallRouteVersion.route_id == route.id)
    for version in scope.session.exec(versions):
        scope.session.delete(version)
    scope.session.flush()
    scope.session.delete(route)
    changed(scope.session, route.id)


def require_owner(scope: Scope, team_id: str, user_id: str | None) -> None:
    """Raise Forbidden unless the caller administers the team, or the route is their own."""
    if user_id != scope.user_id and not scope.is_admin(team_id):
        raise Forbidden("Only an admin of the team may do this")


def changed(session: Session, route_id: str) -> None:
    """Tell the engine to load the route again."""
    emit_command(session, ReloadConfig(kind="route", id=route_id))


def _checked(
    session: Session,
    settings: Settings,
    team_id: str,
    document: dict[str, Any],
    present: CallRoute | None = None,
) -> dict[str, Any]:
    found = normalized(session, team_id, document)
    sounds = library_of(settings, team_id)
    own, blocks = (present.id, present.blocks) if present else (None, {})
    require_valid(problems_of(session, team_id, found, own, sounds=sounds, present=blocks))
    return found


def _save_version(scope: Scope, route: CallRoute) -> None:
    document = {"name": route.name, "entry": route.entry, "blocks": route.blocks}
    scope.session.add(
        CallRouteVersion(route_id=route.id, version=route.version, document=document, saved_by=scope.user_id)
    )
    changed(scope.session, route.id)

"""Operations on call routes. `userid` and `slug` in the query say whose, see `api.telephony.owner`."""

from typing import Annotated

from fastapi import Depends, Path
from sqlalchemy import bindparam
from sqlmodel import col, select

from api.conventions.lists import Listing, Lists
from api.conventions.resource import Shown, require_unchanged
from api.conventions.router import v1_router
from api.conventions.told import tell
from api.core.deps import CallerDep, ContextDep, ScopeDep
from api.core.route import reads
from api.core.scope import Scope, of_callers_teams
from api.telephony.call_routes import drafts, dry, service
from api.telephony.call_routes.answers import BlockTypeAnswer, CheckAnswer, DryRunAnswer, ValidityAnswer
from api.telephony.call_routes.block_types import BLOCKS
from api.telephony.call_routes.resource import (
    ROUTE,
    VERSION,
    RouteAnswer,
    VersionAnswer,
    WholeVersion,
    show_route,
    show_version,
)
from api.telephony.call_routes.schemas import DryRun, RouteCreate, RouteUpdate, RouteValidate
from api.telephony.outbound.service import policy_of
from api.telephony.owner import TEAM, USER, Owner, OwnerDep, by_owner
from models import CallRoute, CallRouteVersion
from switchroom.messages.events import to_team

router = v1_router(tags=["routes"])
MODEL = "callroute"
"""What clients are told that a route is."""

VersionListing = Annotated[Listing, Depends(Lists(VERSION))]
VersionNumber = Annotated[int, Path(ge=1, le=2**31 - 1)]
RouteListing = Annotated[Listing, Depends(Lists(ROUTE))]


@router.post("/callroute", response_model=RouteAnswer, status_code=201, responses={409: {}})
def create_route(body: RouteCreate, scope: ScopeDep, owner: OwnerDep, context: ContextDep) -> Shown:
    """Create a call route."""
    team_id = scope.team_for(body.team or owner.team())
    user_id = scope.member_named(team_id, body.user, "user").user_id if body.user else owner.user()
    route = service.create(scope, context.settings, team_id, user_id, body)
    return tell(scope.session, MODEL, "created", show_route(route), to_team(route.team_id))


@router.post("/callroute/validate", response_model=ValidityAnswer)
@reads
def validate_route(body: RouteValidate, scope: ScopeDep, owner: OwnerDep, context: ContextDep) -> Shown:
    """Check a call route and save nothing. The answer has every problem."""
    draft = drafts.draft_of(scope, owner, body)
    return drafts.validity(draft.problems(scope.session, context.settings))


@router.post("/callroute/check", response_model=CheckAnswer)
@reads
def check_route(body: RouteValidate, scope: ScopeDep, owner: OwnerDep, context: ContextDep) -> Shown:
    """Check every way through a call route and save nothing: dead ends, cycles, the longest wait."""
    return drafts.check(scope.session, context.settings, drafts.draft_of(scope, owner, body))


_OWNED = by_owner(of_callers_teams(CallRoute), col(CallRoute.team_id) == TEAM, col(CallRoute.user_id) == USER)


@router.get("/callroute", response_model=list[RouteAnswer])
def list_routes(scope: ScopeDep, listing: RouteListing, owner: OwnerDep) -> list[Shown]:
    """List the call routes of the caller's teams."""
    routes, values = _OWNED(owner)
    return [show_route(route) for route in listing.fetch(scope, routes, **values)]


@router.get("/callroute/{route_id}", response_model=RouteAnswer)
def get_route(route_id: str, scope: ScopeDep, owner: OwnerDep) -> Shown:
    """Show a call route."""
    return show_route(_find(scope, owner, route_id))


@router.patch("/callroute/{route_id}", response_model=RouteAnswer, responses={409: {}})
def update_route(
    route_id: str, body: RouteUpdate, scope: ScopeDep, owner: OwnerDep, context: ContextDep
) -> Shown:
    """Change a call route, which makes its next version."""
    route = _find(scope, owner, route_id)
    service.require_owner(scope, route.team_id, route.user_id)
    require_unchanged(scope, route)
    service.update(scope, context.settings, route, body)
    return tell(scope.session, MODEL, "updated", show_route(route), to_team(route.team_id))


@router.delete("/callroute/{route_id}", response_model=RouteAnswer, responses={409: {}})
def delete_route(route_id: str, scope: ScopeDep, owner: OwnerDep) -> Shown:
    """Delete a call route that no number, queue or other route uses."""
    route = _find(scope, owner, route_id)
    service.require_owner(scope, route.team_id, route.user_id)
    require_unchanged(scope, route)
    shown = show_route(route)
    service.delete(scope, route)
    return tell(scope.session, MODEL, "destroyed", shown, to_team(route.team_id))


@router.post("/callroute/{route_id}/dry-run", response_model=DryRunAnswer, responses={409: {}})
@reads
def dry_run_route(route_id: str, scope: ScopeDep, context: ContextDep, body: DryRun | None = None) -> Shown:
    """Show the path of an imagined call through a route."""
    route = scope.get(CallRoute, route_id, "route")
    outbound = policy_of(scope.session, context.settings, route.team_id)
    asked = body or DryRun()
    document = drafts.changed_in(scope, route, asked)
    return dry.run(scope.session, route, document, scope.team(route.team_id), asked, outbound)


@router.get("/blocktypes", response_model=list[BlockTypeAnswer])
def list_block_types(_caller: CallerDep) -> list[Shown]:
    """List the types of blocks with their settings and exits."""
    return BLOCKS


_VERSIONS = select(CallRouteVersion).where(col(CallRouteVersion.route_id) == bindparam("route"))


@router.get("/callroute/{route_id}/versions", response_model=list[VersionAnswer])
def list_route_versions(
    route_id: str, scope: ScopeDep, listing: VersionListing, owner: OwnerDep
) -> list[Shown]:
    """List the saved versions of a call route, newest first."""
    return listing.show(scope, _VERSIONS, route=_find(scope, owner, route_id).id)


@router.get("/callroute/{route_id}/versions/{version}", response_model=WholeVersion)
def get_route_version(route_id: str, version: VersionNumber, scope: ScopeDep, owner: OwnerDep) -> Shown:
    """Show a saved version of a call route with its blocks."""
    return show_version(service.find_version(scope, _find(scope, owner, route_id), version))


@router.post(
    "/callroute/{route_id}/versions/{version}/restore", response_model=RouteAnswer, responses={409: {}}
)
def restore_route_version(
    route_id: str, version: VersionNumber, scope: ScopeDep, owner: OwnerDep, context: ContextDep
) -> Shown:
    """Roll a call route back: an earlier version becomes the next one."""
    route = _find(scope, owner, route_id)
    service.require_owner(scope, route.team_id, route.user_id)
    service.roll_back(scope, context.settings, route, service.find_version(scope, route, version))
    return tell(scope.session, MODEL, "updated", show_route(route), to_team(route.team_id))


def _find(scope: Scope, owner: Owner, route_id: str) -> CallRoute:
    """Return a route of the caller's teams, and of the owner that the query names. Raises NotFound."""
    route = scope.get(CallRoute, route_id, "route")
    owner.require("route", route.team_id, route.user_id)
    return route

"""Operations on call routes. `userid` and `slug` in the query say whose, see `api.telephony.owner`."""

from typing import Annotated

from fastapi import Depends

from api.conventions.lists import Listing, Lists
from api.conventions.resource import Shown, require_unchanged
from api.conventions.router import v1_router
from api.core.deps import ScopeDep
from api.core.route import reads
from api.core.scope import Scope
from api.telephony.call_routes import dry, service
from api.telephony.call_routes.answers import DryRunAnswer, ValidityAnswer
from api.telephony.call_routes.resource import ROUTE, RouteAnswer, show_route
from api.telephony.call_routes.schemas import DryRun, RouteCreate, RouteUpdate, RouteValidate
from api.telephony.call_routes.validation import normalized, problems_of, show_problems
from api.telephony.owner import Owner, OwnerDep
from models import CallRoute
from routing.routes.secrets import restored

router = v1_router(tags=["routes"])

RouteListing = Annotated[Listing, Depends(Lists(ROUTE))]


@router.post("/callroute", response_model=RouteAnswer, status_code=201)
def create_route(body: RouteCreate, scope: ScopeDep, owner: OwnerDep) -> Shown:
    """Create a call route."""
    team_id = scope.team_for(body.team or owner.team())
    user_id = scope.member_named(team_id, body.user, "user").user_id if body.user else owner.user()
    return show_route(service.create(scope, team_id, user_id, body))


@router.post("/callroute/validate", response_model=ValidityAnswer)
@reads
def validate_route(body: RouteValidate, scope: ScopeDep, owner: OwnerDep) -> Shown:
    """Check a call route and save nothing. The answer has every problem."""
    stored = scope.get(CallRoute, body.route, "route") if body.route else None
    team_id = stored.team_id if stored else scope.team_for(body.team or owner.team())
    sent = body.model_dump(include={"entry", "blocks"})
    if stored:
        service.require_owner(scope, stored.team_id, stored.user_id)
        sent["blocks"] = restored(sent["blocks"], stored.blocks)
    document = normalized(scope.session, team_id, sent)
    problems = problems_of(scope.session, team_id, document, stored.id if stored else None)
    return {"valid": not problems, "problems": show_problems(problems)}


@router.get("/callroute", response_model=list[RouteAnswer])
def list_routes(scope: ScopeDep, listing: RouteListing, owner: OwnerDep) -> list[Shown]:
    """List the call routes of the caller's teams."""
    routes = scope.select(CallRoute)
    if (team_id := owner.team()) is not None:
        routes = routes.where(CallRoute.team_id == team_id)
    if (user_id := owner.user()) is not None:
        routes = routes.where(CallRoute.user_id == user_id)
    return [show_route(route) for route in listing.fetch(scope, routes)]


@router.get("/callroute/{route_id}", response_model=RouteAnswer)
def get_route(route_id: str, scope: ScopeDep, owner: OwnerDep) -> Shown:
    """Show a call route."""
    return show_route(_find(scope, owner, route_id))


@router.patch("/callroute/{route_id}", response_model=RouteAnswer)
def update_route(route_id: str, body: RouteUpdate, scope: ScopeDep, owner: OwnerDep) -> Shown:
    """Change a call route, which makes its next version."""
    route = _find(scope, owner, route_id)
    service.require_owner(scope, route.team_id, route.user_id)
    require_unchanged(scope, route)
    service.update(scope, route, body)
    return show_route(route)


@router.delete("/callroute/{route_id}", response_model=RouteAnswer)
def delete_route(route_id: str, scope: ScopeDep, owner: OwnerDep) -> Shown:
    """Delete a call route that no number, queue or other route uses."""
    route = _find(scope, owner, route_id)
    service.require_owner(scope, route.team_id, route.user_id)
    require_unchanged(scope, route)
    shown = show_route(route)
    service.delete(scope, route)
    return shown


@router.post("/callroute/{route_id}/dry-run", response_model=DryRunAnswer)
@reads
def dry_run_route(route_id: str, scope: ScopeDep, body: DryRun | None = None) -> Shown:
    """Show the path of an imagined call through a route."""
    route = scope.get(CallRoute, route_id, "route")
    return dry.run(scope.session, route, scope.team(route.team_id), body or DryRun())


def _find(scope: Scope, owner: Owner, route_id: str) -> CallRoute:
    """Return a route of the caller's teams, and of the owner that the query names. Raises NotFound."""
    route = scope.get(CallRoute, route_id, "route")
    owner.require("route", route.team_id, route.user_id)
    return route

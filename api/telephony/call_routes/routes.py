"""Operations on call routes. `userid` and `slug` in the query say whose, see `api.telephony.owner`."""

from sqlmodel import col

from api.conventions.lists import ListingDep
from api.conventions.resource import Shown
from api.conventions.router import v1_router
from api.core.deps import ScopeDep
from api.core.route import reads
from api.core.scope import of_callers_teams
from api.telephony.call_routes import dry, service
from api.telephony.call_routes.answers import DryRunAnswer, ValidityAnswer
from api.telephony.call_routes.resource import ROUTE, RouteAnswer, show_route
from api.telephony.call_routes.schemas import DryRun, RouteCreate, RouteUpdate, RouteValidate
from api.telephony.call_routes.validation import normalized, problems_of, show_problems
from api.telephony.owner import TEAM, USER, OwnerDep, by_owner
from models import CallRoute

router = v1_router(tags=["routes"])


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
    team_id = scope.team_for(body.team or owner.team())
    document = normalized(scope.session, team_id, body.model_dump(include={"entry", "blocks"}))
    problems = problems_of(scope.session, team_id, document)
    return {"valid": not problems, "problems": show_problems(problems)}


_OWNED = by_owner(of_callers_teams(CallRoute), col(CallRoute.team_id) == TEAM, col(CallRoute.user_id) == USER)


@router.get("/callroute", response_model=list[RouteAnswer])
def list_routes(scope: ScopeDep, listing: ListingDep, owner: OwnerDep) -> list[Shown]:
    """List the call routes of the caller's teams."""
    routes, values = _OWNED(owner)
    return [show_route(route) for route in listing.fetch(scope, routes, ROUTE, **values)]


@router.get("/callroute/{route_id}", response_model=RouteAnswer)
def get_route(route_id: str, scope: ScopeDep) -> Shown:
    """Show a call route."""
    return show_route(scope.get(CallRoute, route_id, "route"))


@router.patch("/callroute/{route_id}", response_model=RouteAnswer)
def update_route(route_id: str, body: RouteUpdate, scope: ScopeDep) -> Shown:
    """Change a call route, which makes its next version."""
    route = scope.get(CallRoute, route_id, "route")
    service.require_owner(scope, route.team_id, route.user_id)
    service.update(scope, route, body)
    return show_route(route)


@router.delete("/callroute/{route_id}", response_model=RouteAnswer)
def delete_route(route_id: str, scope: ScopeDep) -> Shown:
    """Delete a call route that no number, queue or other route uses."""
    route = scope.get(CallRoute, route_id, "route")
    service.require_owner(scope, route.team_id, route.user_id)
    shown = show_route(route)
    service.delete(scope, route)
    return shown


@router.post("/callroute/{route_id}/dry-run", response_model=DryRunAnswer)
@reads
def dry_run_route(route_id: str, scope: ScopeDep, body: DryRun | None = None) -> Shown:
    """Show the path of an imagined call through a route."""
    route = scope.get(CallRoute, route_id, "route")
    return dry.run(scope.session, route, scope.team(route.team_id), body or DryRun())

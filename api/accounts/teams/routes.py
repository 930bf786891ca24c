"""`/team`: teams themselves."""

from typing import Annotated, Any

from fastapi import Depends

from api.accounts.teams import answers, schemas, service, views
from api.accounts.users.resource import PROFILE
from api.accounts.users.service import users_by_id
from api.conventions.answers import Nothing
from api.conventions.populate import Populate, populates
from api.conventions.resource import Shown, require_unchanged
from api.conventions.router import v1_router
from api.conventions.told import tell
from api.core.deps import AddressDep, ContextDep, ScopeDep, SessionDep
from api.core.errors import ValidationFailed
from api.core.route import reads
from api.core.scope import Scope
from models import Team
from switchroom.ids import public_id
from switchroom.messages.events import to_team

router = v1_router(tags=["teams"])

TeamPopulate = Annotated[Populate, Depends(populates("users", "owner"))]


@router.post("/team", response_model=answers.TeamAnswer, status_code=201, responses={409: {}})
def create_team(body: schemas.NewTeam, scope: ScopeDep, context: ContextDep) -> Shown:
    """Create a team, which the caller then owns."""
    service.require_may_create(scope.session, scope.user, context.settings)
    if body.owner is not None and body.owner != scope.user_id:
        raise ValidationFailed({"owner": "Must be you"})
    team = service.create_team(scope.session, context.settings, scope.user, body)
    return show(scope, team, frozenset())


@router.post("/team/exist", response_model=Nothing)
@reads
def team_exists(
    body: schemas.TeamName, context: ContextDep, session: SessionDep, address: AddressDep
) -> Shown:
    """Say whether a team's name is free. It answers `{}` if it is, and 400 if the name is taken."""
    context.limiter.hit("60 per minute", "team-exist", address)
    service.check_name_free(session, body.team_name)
    return {}


@router.patch("/team/{team_id}", response_model=answers.TeamAnswer, responses={409: {}})
def update_team(team_id: str, body: schemas.TeamChanges, scope: ScopeDep, populate: TeamPopulate) -> Shown:
    """Change a team. Only its admins may."""
    team = scope.team(team_id)
    scope.require_admin(team.id)
    require_unchanged(scope, team)
    service.change_team(scope, team, body.changes())
    shown = tell(scope.session, "team", "updated", show(scope, team, frozenset()), to_team(team.id))
    return show(scope, team, populate) if populate else shown


@router.get("/team/{team_id}/info", response_model=answers.TeamAnswer)
def team_info(team_id: str, scope: ScopeDep, populate: TeamPopulate) -> Shown:
    """Show a team, by its id or slug."""
    return show(scope, scope.team(team_id), populate)


def show(scope: Scope, team: Team, populate: Populate) -> Shown:
    """Show the team with its users and owner: ids, or objects where `populate` names them."""
    members, owner = service.member_ids(scope.session, team), [team.owner_id]
    wanted = [*(members if "users" in populate else ()), *(owner if "owner" in populate else ())]
    known = users_by_id(scope.session, wanted) if wanted else {}

    def shown(ids: list[str], name: str) -> list[Any]:
        return [PROFILE.show(known[id]) if name in populate else public_id(id) for id in ids]

    return views.show_team(team, shown(members, "users"), shown(owner, "owner"))

"""Operations on inbox teams."""

from sqlmodel import col, select

from api.conventions.answers import Nothing
from api.conventions.resource import Shown
from api.core.deps import ScopeDep
from api.core.route import reads
from api.inbox.fields import Made, OfOrganization
from api.inbox.organization import organization
from api.inbox.router import inbox_router
from api.inbox.teams import service
from api.inbox.teams.schemas import (
    InboxTeamAnswer,
    InboxTeamChange,
    InboxTeams,
    NewInboxTeam,
    OfInboxTeam,
    UsersOfInboxTeam,
)
from models import InboxTeam
from switchroom.ids import dashed_id

router = inbox_router("inbox teams")


@router.post("/teams", response_model=InboxTeams)
@reads
def list_inbox_teams(body: OfOrganization, scope: ScopeDep) -> Shown:
    """List the inbox teams of an organization, with their members."""
    team = organization(scope, body.organization_id)
    mine = select(InboxTeam).where(col(InboxTeam.team_id) == team)
    rows = scope.session.exec(mine.order_by(col(InboxTeam.name), col(InboxTeam.id)))
    return {"teams": service.show_teams(scope, rows)}


@router.post("/create-team", response_model=Made, status_code=201, responses={409: {}})
def create_inbox_team(body: NewInboxTeam, scope: ScopeDep) -> Shown:
    """Create an inbox team. Admins may."""
    return {"id": dashed_id(service.create(scope, body).id)}


@router.post("/update-team", response_model=Made, responses={409: {}})
def update_inbox_team(body: InboxTeamChange, scope: ScopeDep) -> Shown:
    """Give an inbox team another name and filter. Admins may."""
    return {"id": dashed_id(service.update(scope, body).id)}


@router.post("/add-users-to-team", response_model=Nothing)
def add_users_to_inbox_team(body: UsersOfInboxTeam, scope: ScopeDep) -> Shown:
    """Put users into an inbox team. Admins may."""
    team = service.find_for_change(scope, body.organization_id, body.team_id)
    service.add_users(scope, team, body.user_ids)
    return {}


@router.post("/remove-users-from-team", response_model=Nothing)
def remove_users_from_inbox_team(body: UsersOfInboxTeam, scope: ScopeDep) -> Shown:
    """Take users out of an inbox team. Admins may."""
    team = service.find_for_change(scope, body.organization_id, body.team_id)
    service.remove_users(scope, team, body.user_ids)
    return {}


@router.post("/team", response_model=InboxTeamAnswer)
@reads
def get_inbox_team(body: OfInboxTeam, scope: ScopeDep) -> Shown:
    """Show an inbox team with its filter."""
    team = service.find(scope, body.organization_id, body.team_id)
    (shown,) = service.show_teams(scope, [team])
    return {**shown, "query": service.show_query(team.query)}


@router.post("/delete-team", response_model=Nothing, status_code=202)
def delete_inbox_team(body: OfInboxTeam, scope: ScopeDep) -> Shown:
    """Delete an inbox team. Admins may. The conversations stay."""
    scope.session.delete(service.find_for_change(scope, body.organization_id, body.team_id))
    return {}

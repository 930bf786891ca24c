"""The membership with which the caller makes calls: in the team that the request names, or in their only one."""

from sqlmodel import col, select

from api.core.errors import Conflict, ValidationFailed
from api.core.scope import Scope
from models import Team, TeamUser


def own_team(scope: Scope, team_id: str | None) -> Team:
    """Return the team. Raises NotFound for a stranger's, and ValidationFailed if none is named and it is not clear."""
    if team_id is not None:
        return scope.team(team_id)
    if len(scope.team_ids) != 1:
        raise ValidationFailed({"team": "Required: you are in several teams, or in none"})
    return scope.session.get_one(Team, scope.team_ids[0])


def own_member(scope: Scope, team: Team) -> TeamUser:
    """Return the caller's membership of the team. Raises Conflict if it has no telephone."""
    member = scope.session.exec(
        select(TeamUser).where(col(TeamUser.team_id) == team.id, col(TeamUser.user_id) == scope.user_id)
    ).one()
    if member.sip_username is None:
        raise Conflict("You have no telephone in this team", reason="no-phone")
    return member

"""Which organization a caller acts for, and whether they may."""

from api.core.errors import Forbidden, NotFound
from api.core.scope import SUSPENDED, Scope


def organization(scope: Scope, team_id: str) -> str:
    """Return the id of an organization of which the caller is a member. Raises NotFound, Forbidden (suspended)."""
    if team_id in scope.memberships:
        return team_id
    if team_id in scope.suspended_team_ids:
        raise Forbidden(SUSPENDED)
    raise NotFound("organization")


def administered(scope: Scope, team_id: str) -> str:
    """Return the same, for an admin of it. Raises also Forbidden."""
    scope.require_admin(organization(scope, team_id))
    return team_id

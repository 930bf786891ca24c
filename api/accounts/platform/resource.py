"""What operators see of teams and users."""

from pydantic import Field

from api.accounts.teams.resource import TeamSummary
from api.accounts.users.resource import ProfileAnswer
from api.conventions.answers import Time
from api.conventions.resource import Resource
from models import Team, User


class TeamForOperators(TeamSummary):
    """A team as the operators of the installation see it."""

    suspended_at: Time | None
    quotas: dict[str, int] = Field(examples=[{"members": 500}])
    """The team's own limits; the settings have the others."""


class UserForOperators(ProfileAnswer):
    """A user as the operators of the installation see them."""

    verified_at: Time | None
    last_login_at: Time | None
    operator: bool


PLATFORM_TEAM = Resource("team", TeamForOperators, Team, search=("team_name", "slug"))
PLATFORM_USER = Resource("user", UserForOperators, User, search=("email", "first_name", "last_name"))

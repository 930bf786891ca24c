"""What clients get of users."""

from api.accounts.devices.resource import DeviceAnswer
from api.accounts.teams.resource import TeamSummary
from api.accounts.users.resource import OwnSummary
from api.conventions.answers import Answer, PublicId, Time
from api.conventions.fields import Color, Email
from models import UserStatus


class OwnAnswer(OwnSummary):
    """The caller's own profile."""

    teams: list[PublicId] | list[TeamSummary]
    """Ids, or objects with `populate=teams`."""
    devices: list[DeviceAnswer]
    """Where the user gets pushes."""
    sipUsername: str | None
    """The name of the SIP account in the first team that gave one."""
    extensionSecret: str | None
    """The password of that account."""
    sipHost: str
    """Where the phone registers."""
    sipPort: int
    """The UDP port there."""


class CreatedUser(Answer):
    """A new user."""

    id: PublicId
    email: Email
    first_name: str
    last_name: str
    status: UserStatus
    state: str
    color: Color
    tooltips: bool
    created_at: Time


class EmailTaken(Answer):
    """Whether a user has this address."""

    exists: bool

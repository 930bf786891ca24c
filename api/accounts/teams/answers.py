"""What clients get of teams and their members."""

from api.accounts.teams.resource import MemberSummary, TeamSummary
from api.accounts.users.resource import ProfileAnswer
from api.conventions.answers import Answer, PublicId, Time
from api.conventions.fields import Email
from api.conventions.schema import sometimes


class TeamAnswer(TeamSummary):
    """A team with its people."""

    departments: dict[str, str]
    """Always empty."""
    users: list[PublicId] | list[ProfileAnswer]
    """Ids, or objects with `populate=users`."""
    owner: list[PublicId] | list[ProfileAnswer]
    """The owner alone: the id, or the object with `populate=owner`."""


class MemberAnswer(MemberSummary):
    """A member of a team. Only they themselves see their SIP account. `location` is shown to them and to admins."""

    last_login: Time | None
    updated_at: Time
    """When the membership or the user behind it was changed last."""
    location: str = sometimes()
    """Where the member's telephone stands, for calls to emergency numbers."""
    sipUsername: str | None = sometimes()
    extensionSecret: str | None = sometimes()
    """The password of the SIP account."""
    sipHost: str | None = sometimes()
    """Where the phone registers."""
    sipPort: int | None = sometimes()
    """The UDP port there."""


class InviteAnswer(Answer):
    """Who was invited."""

    email: Email
    user_id: PublicId
    mailed: bool
    """False: the installation has no mail server, so the invitation waits until an operator configures one."""
    token: str = sometimes()
    """Lets a new user in. Only admins see it, and only if there is no account. It is not the token that is mailed."""


class JoinedAnswer(Answer):
    """Who joined which team."""

    team: PublicId
    email: Email

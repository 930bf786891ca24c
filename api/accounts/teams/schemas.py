"""What clients send about teams and their members, and what they see."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from api.accounts.teams.resource import TEAM, TeamRow
from api.accounts.users.schemas import OwnChanges, ProfileAnswer
from api.conventions.answers import Answer, Column, PublicId, Time
from api.conventions.body import Body, Patch
from api.conventions.fields import (
    E164,
    CallerId,
    Email,
    Extension,
    ForwardNumber,
    Id,
    Language,
    Line,
    OneOf,
    Password,
    Slug,
    TelephoneName,
    Timezone,
    Url,
)
from api.conventions.resource import Resource, show_time
from api.conventions.schema import sometimes
from models import MemberStatus, Role, Team, TeamUser, User
from routing.config import RecordingPolicy
from switchroom.ids import public_id


class TeamAnswer(TeamRow):
    """A team with its people."""

    departments: dict[str, str]
    """Always empty."""
    users: list[PublicId] | list[ProfileAnswer]
    """Ids, or objects with `populate=users`."""
    owner: list[PublicId] | list[ProfileAnswer]
    """The owner alone: the id, or the object with `populate=owner`."""


class MemberRow(Answer):
    """A member of a team: the membership, and the user behind it."""

    id: Annotated[PublicId, Column("user_id")]
    """The user's id."""
    user: PublicId
    teamUserId: Annotated[PublicId, Column("id")]
    """The membership's id."""
    team: PublicId
    role: Role
    status: MemberStatus
    position: str
    notification: bool
    work_number: str | None
    home_number: str | None
    mobile_number: str | None
    website: str | None
    caller_id_name: str | None
    caller_id_number: str | None
    voicemail: bool
    """Whether callers may leave a message."""
    forward: bool
    """Whether calls go to `forward_number`."""
    forward_number: str | None
    extension: list[str]
    """The member's extension, or none."""
    accepted: Annotated[Time | None, Column("accepted_at")]
    """When the member accepted the invitation."""
    created_at: Time
    first_name: Annotated[str, Column(User.first_name)]
    last_name: Annotated[str, Column(User.last_name)]
    color: Annotated[str, Column(User.color)]
    avatar: Annotated[str | None, Column(User.avatar)]
    email: Annotated[str, Column(User.email)]
    state: Annotated[str, Column(User.state)]


class MemberAnswer(MemberRow):
    """A member of a team. Only they themselves see their SIP account."""

    last_login: Time | None
    sipUsername: str | None = sometimes()
    extensionSecret: str | None = sometimes()
    """The password of the SIP account."""


class InviteAnswer(Answer):
    """Who was invited."""

    email: Email
    user_id: PublicId
    token: str = sometimes()
    """What the mailed link has. Only admins see it, and only for people who have no account yet."""


class JoinedAnswer(Answer):
    """Who joined which team."""

    team: PublicId
    email: Email


MEMBER = Resource("user", MemberRow, TeamUser, search=("first_name", "last_name", "email", "extension"))
"""A member as colleagues see them. Lists join `User`."""
_OF_MEMBER = (
    "role",
    "status",
    "position",
    "notification",
    "work_number",
    "home_number",
    "mobile_number",
    "website",
    "caller_id_name",
    "caller_id_number",
    "voicemail",
    "forward",
    "forward_number",
)
_OF_USER = ("first_name", "last_name", "color", "avatar", "email", "state")


def show_team(team: Team, users: list[Any], owner: list[Any]) -> dict[str, Any]:
    """Show a team. `users` and `owner` are lists of ids, or of objects where the client asks for them."""
    return {**TEAM.show(team), "departments": {}, "users": users, "owner": owner}


def show_member(member: TeamUser, user: User, *, own: bool = False) -> dict[str, Any]:
    """Show a member. With `own`, their SIP account too."""
    shown = {
        **{name: getattr(member, name) for name in _OF_MEMBER},
        **{name: getattr(user, name) for name in _OF_USER},
        "extension": [member.extension] if member.extension else [],
        "accepted": show_time(member.accepted_at) if member.accepted_at else None,
        "last_login": show_time(user.last_login_at) if user.last_login_at else None,
        "created_at": show_time(member.created_at),
        "teamUserId": public_id(member.id),
        "id": public_id(user.id),
        "user": public_id(user.id),
        "team": public_id(member.team_id),
    }
    if own:
        shown |= {"extensionSecret": member.extension_secret, "sipUsername": member.sip_username}
    return shown


TeamTitle = Annotated[Line, StringConstraints(min_length=1, max_length=80)]


class TeamName(Body):
    """A name for a team."""

    team_name: TeamTitle


class NewTeam(TeamName):
    """A new team. Its place gives its time zone and its main number."""

    owner: Id | None = None
    """Must be the caller; left out, it is."""
    country: Line = ""
    """A name, or an ISO 3166 code."""
    state: Line = ""
    city: Line = ""
    ref: Line | None = None
    """Where the customer heard of us."""


class TeamChanges(Patch):
    """What changes in a team."""

    team_name: TeamTitle
    slug: Slug
    """A short name for links."""
    country: Line
    state: Line
    city: Line
    timezone: Timezone
    autoreception: Literal["not-started", "started", "done"]
    """How far the setup of the automatic reception is."""
    recording: OneOf[RecordingPolicy]
    """Whether talks are recorded."""
    language: Language
    priority_seconds: Annotated[float, Field(ge=0, le=86400)]
    """Seconds of waiting that one step of priority is worth."""
    retention_days: Annotated[int, Field(ge=1, le=36500)] | None
    """After how many days recordings are deleted; null: as the installation says."""
    password_min_length: Annotated[int, Field(ge=6, le=128)] | None
    """The shortest password that members may choose."""


class NewMember(Body):
    """A user whom an admin adds, with a password."""

    first_name: Line = ""
    last_name: Line = ""
    email: Email
    password: Password
    role: OneOf[Role] = Role.MEMBER


class Invitation(Body):
    """Somebody to invite."""

    email: Email
    role: OneOf[Role] = Role.MEMBER


class Acceptance(Body):
    """Joins a team. Who has an account keeps their name and password, and sends the token alone."""

    token: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    """What the mailed link has."""
    firstname: Line | None = None
    lastname: Line | None = None
    first_name: Line | None = None
    """Another name of `firstname`."""
    last_name: Line | None = None
    """Another name of `lastname`."""
    password: Password | None = None


def _one_extension(value: Any) -> Any:
    """The document shows a list; a member has one extension or none."""
    if isinstance(value, list):
        if len(value) > 1:
            raise ValueError("A member has one extension")
        return value[0] if value else None
    return value


class MemberChanges(Patch):
    """What changes in a membership. The fields of `ADMIN_ONLY` take an admin."""

    team: Id | None
    """Which membership, where the path does not say it."""
    role: OneOf[Role]
    status: Literal["active", "deactivated", "pending"]
    extension: Annotated[Extension | None, BeforeValidator(_one_extension)]
    """The member's extension, alone or as a list of one."""
    position: Line | None
    caller_id_name: TelephoneName | None
    caller_id_number: E164 | None
    caller_id: CallerId | None
    """Either of the two above."""
    forward: bool
    """Whether calls go to `forward_number`."""
    forward_number: ForwardNumber | None
    voicemail: bool
    """Whether callers may leave a message."""
    notification: bool
    work_number: E164 | None
    home_number: E164 | None
    mobile_number: E164 | None
    website: Url | None
    rotate_secret: bool
    """True makes a new SIP password."""


class UserChanges(MemberChanges, OwnChanges):
    """What changes in a membership and, where it is the caller's own, in their profile."""


ADMIN_ONLY = frozenset({"role", "status", "extension", "position", "caller_id_name", "caller_id_number"})

"""What clients send about teams and their members, and what they see."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StringConstraints

from api.accounts.users.schemas import OwnChanges
from api.conventions.body import Body, optional
from api.conventions.fields import (
    E164,
    CallerId,
    Email,
    Extension,
    ForwardNumber,
    Id,
    Language,
    Line,
    Password,
    Slug,
    TelephoneName,
    Timezone,
    Url,
)
from api.conventions.resource import Resource, show_time
from models import Role, Team, TeamUser, User
from routing.config import RecordingPolicy
from switchroom.ids import public_id

TEAM = Resource(
    name="team",
    model=Team,
    fields={
        "id": "id",
        "team_name": "team_name",
        "slug": "slug",
        "billing_id": "billing_id",
        "number": "number",
        "activated": "activated",
        "country": "country",
        "state": "state",
        "city": "city",
        "timezone": "timezone",
        "autoreception": "autoreception",
        "main_number": "main_number",
        "recording": "recording",
        "language": "language",
        "priority_seconds": "priority_seconds",
        "retention_days": "retention_days",
        "password_min_length": "password_min_length",
        "created_at": "created_at",
    },
    search=("team_name", "slug"),
)

_MEMBER_COLUMNS = (
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
_USER_COLUMNS = ["first_name", "last_name", "color", "avatar", "email", "state"]

MEMBER = Resource(
    name="user",
    model=TeamUser,
    fields={
        "id": "user_id",
        "user": "user_id",
        "teamUserId": "id",
        "team": "team_id",
        **{name: name for name in _MEMBER_COLUMNS},
        "extension": "extension",
        "accepted": "accepted_at",
        "created_at": "created_at",
        **{name: getattr(User, name) for name in _USER_COLUMNS},
    },
    search=("first_name", "last_name", "email", "extension"),
)
"""A member as colleagues see it; lists join `User`."""


def show_team(team: Team, users: list[Any], owner: list[Any]) -> dict[str, Any]:
    """`users` and `owner` are lists of ids, or of objects where the client asks for them."""
    return {**TEAM.show(team), "departments": {}, "users": users, "owner": owner}


def show_member(member: TeamUser, user: User, *, own: bool = False) -> dict[str, Any]:
    """The document's member object. Its owner sees its SIP account too (`extensionSecret` is the password)."""
    shown = {
        **{name: getattr(member, name) for name in _MEMBER_COLUMNS},
        **{name: getattr(user, name) for name in _USER_COLUMNS},
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
    team_name: TeamTitle


class NewTeam(TeamName):
    """`owner` must be the caller; left out, it is."""

    owner: Id | None = None
    country: Line = ""
    state: Line = ""
    city: Line = ""
    ref: Line | None = None


class TeamChanges(Body):
    team_name: TeamTitle = optional()
    slug: Slug = optional()
    country: Line = optional()
    state: Line = optional()
    city: Line = optional()
    timezone: Timezone = optional()
    autoreception: Annotated[str, StringConstraints(pattern=r"^(not-started|started|done)$")] = optional()
    recording: RecordingPolicy = optional()
    language: Language = optional()
    priority_seconds: Annotated[float, Field(ge=0, le=86400, allow_inf_nan=False)] = optional()
    retention_days: Annotated[int, Field(ge=1, le=36500)] | None = None
    password_min_length: Annotated[int, Field(ge=6, le=128)] | None = None


class NewMember(Body):
    """A user whom an admin adds, with a password."""

    first_name: Line = ""
    last_name: Line = ""
    email: Email
    password: Password
    role: Role = Role.MEMBER


class Invitation(Body):
    email: Email
    role: Role = Role.MEMBER


class Acceptance(Body):
    """The document writes `firstname`; `first_name` is understood too. An existing user keeps what it has."""

    token: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    firstname: Line | None = None
    lastname: Line | None = None
    first_name: Line | None = None
    last_name: Line | None = None
    password: Password | None = None


def _one_extension(value: Any) -> Any:
    """The document shows a list; a member has one extension or none."""
    if isinstance(value, list):
        if len(value) > 1:
            raise ValueError("A member has one extension")
        return value[0] if value else None
    return value


class MemberChanges(Body):
    """`team` says which membership, where the path doesn't. `status` and those of `ADMIN_ONLY` take an admin."""

    team: Id | None = None
    role: Role = optional()
    status: Annotated[str, StringConstraints(pattern=r"^(active|deactivated|pending)$")] = optional()
    extension: Annotated[Extension | None, BeforeValidator(_one_extension)] = None
    position: Line | None = None
    caller_id_name: TelephoneName | None = None
    caller_id_number: E164 | None = None
    caller_id: CallerId | None = None
    forward: bool = optional()
    forward_number: ForwardNumber | None = None
    voicemail: bool = optional()
    notification: bool = optional()
    work_number: E164 | None = None
    home_number: E164 | None = None
    mobile_number: E164 | None = None
    website: Url | None = None
    rotate_secret: bool = optional()


class UserChanges(MemberChanges, OwnChanges):
    """A membership and, where it is the caller's own, the profile with it."""


ADMIN_ONLY = frozenset({"role", "status", "extension", "position", "caller_id_name", "caller_id_number"})

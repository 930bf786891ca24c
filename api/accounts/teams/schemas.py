"""What clients send about teams and their members, and what they see."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from api.accounts.users.schemas import OwnChanges
from api.conventions.body import Body, Patch
from api.conventions.fields import (
    CallerId,
    Email,
    Extension,
    ForwardTarget,
    Id,
    Language,
    Line,
    MusicClass,
    OneOf,
    Password,
    Place,
    Slug,
    TelephoneName,
    Timezone,
    Url,
    WrittenNumber,
)
from models import Role
from routing.config import RecordingPolicy

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
    """How far the setup of the automatic reception is. It works from the first day; `started` comes by itself when
    somebody edits it, and `done` is what an admin says."""
    recording: OneOf[RecordingPolicy]
    """Whether talks are recorded."""
    language: Language
    priority_seconds: Annotated[float, Field(ge=0, le=86400)]
    """Seconds of waiting that one step of priority is worth."""
    hold_music: MusicClass
    """What held and parked callers hear, unless their queue has its own: a class of music on hold, or the id of music
    that the team uploaded."""
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
    """A person to invite."""

    email: Email
    role: OneOf[Role] = Role.MEMBER


class Acceptance(Body):
    """Joins a team. Who has an account keeps their name and password. They sign in to it, or send its password."""

    token: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    """What the mailed link has."""
    firstname: Line | None = None
    lastname: Line | None = None
    first_name: Line | None = None
    """Another name of `firstname`."""
    last_name: Line | None = None
    """Another name of `lastname`."""
    password: Password | None = None
    """Of a new user: the one they choose. Of a user who has an account: its password."""
    code: Annotated[str, StringConstraints(min_length=1, max_length=40)] | None = None
    """The code of the second factor, where the account has one and its password is sent."""


def _one_extension(value: Any) -> Any:
    """Take the extension out of a list, as the document writes it. A member has one or none."""
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
    caller_id_number: WrittenNumber | None
    caller_id: CallerId | None
    """Either of the two above."""
    forward: bool
    """Whether every call goes to `forward_number`."""
    forward_number: ForwardTarget | None
    """A telephone number, a colleague's extension, or `voicemail`, as in the next three."""
    forward_busy: ForwardTarget | None
    """Where calls go that find the member busy."""
    forward_no_answer: ForwardTarget | None
    """Where calls go that the member does not answer."""
    forward_unregistered: ForwardTarget | None
    """Where calls go that find no telephone of the member."""
    do_not_disturb: bool
    """Whether calls find the member busy. Calls of queues go by the agent's status alone."""
    ring_seconds: Annotated[float, Field(ge=5, le=120)]
    """How long the member's telephones ring for colleagues."""
    in_directory: bool
    """Whether callers find the member by name."""
    voicemail: bool
    """Whether callers may leave a message."""
    notification: bool
    work_number: WrittenNumber | None
    home_number: WrittenNumber | None
    mobile_number: WrittenNumber | None
    website: Url | None
    location: Place
    """Where the member's telephone stands: what is logged with a call to an emergency number."""
    rotate_secret: bool
    """True makes a new SIP password."""


class UserChanges(MemberChanges, OwnChanges):
    """What changes in a membership and, where it is the caller's own, in their profile."""


ADMIN_ONLY = frozenset({"role", "status", "extension", "position", "caller_id_name", "caller_id_number"})

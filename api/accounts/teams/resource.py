"""What clients see of the tables of teams and members."""

from typing import Annotated

from api.conventions.answers import Answer, Column, PublicId, Time
from api.conventions.resource import Resource
from models import MemberStatus, Role, Team, TeamUser, User
from routing.config import RecordingPolicy


class TeamSummary(Answer):
    """A team without its people."""

    id: PublicId
    team_name: str
    slug: str
    billing_id: int
    number: int
    """A short number for people and telephones."""
    activated: str
    country: str
    state: str
    city: str
    timezone: str
    autoreception: str
    """How far the setup of the automatic reception is: `not-started`, `started` or `done`."""
    main_number: str | None
    recording: RecordingPolicy
    language: str
    priority_seconds: float
    """Seconds of waiting that one step of priority is worth."""
    hold_music: str
    """What held and parked callers hear: a class of music on hold, or the id of music that the team uploaded."""
    retention_days: int | None
    """After how many days recordings are deleted; null: as the installation says."""
    password_min_length: int | None
    created_at: Time
    updated_at: Time


class MemberSummary(Answer):
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
    """Whether every call goes to `forward_number`."""
    forward_number: str | None
    """A telephone number, an extension, or `voicemail`, as in the next three."""
    forward_busy: str | None
    """Where calls go that find the member busy."""
    forward_no_answer: str | None
    forward_unregistered: str | None
    """Where calls go that find no telephone of the member."""
    do_not_disturb: bool
    """Whether calls find the member busy."""
    ring_seconds: float
    """How long the member's telephones ring for colleagues."""
    in_directory: bool
    """Whether callers find the member by name."""
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
    """What the member does: `available`, `ringing`, `on-call`, `dnd`, `away` or `offline`."""


TEAM = Resource("team", TeamSummary, Team, search=("team_name", "slug"))
MEMBER = Resource("user", MemberSummary, TeamUser, search=("first_name", "last_name", "email", "extension"))
"""A member as colleagues see them. Lists join `User`."""

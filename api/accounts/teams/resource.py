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


TEAM = Resource("team", TeamSummary, Team, search=("team_name", "slug"))
MEMBER = Resource("user", MemberSummary, TeamUser, search=("first_name", "last_name", "email", "extension"))
"""A member as colleagues see them. Lists join `User`."""

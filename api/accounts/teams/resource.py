"""What clients see of the teams' table."""

from api.conventions.answers import Answer, PublicId, Time
from api.conventions.resource import Resource
from models import Team
from routing.config import RecordingPolicy


class TeamRow(Answer):
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


TEAM = Resource("team", TeamRow, Team, search=("team_name", "slug"))

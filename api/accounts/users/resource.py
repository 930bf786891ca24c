"""What clients see of the users' table."""

from api.conventions.answers import Answer, PublicId, Time
from api.conventions.fields import Color, Email, Language, Timezone, Url
from api.conventions.resource import Resource
from models import User, UserStatus


class ProfileAnswer(Answer):
    """A user as colleagues see them."""

    id: PublicId
    email: Email
    first_name: str
    last_name: str
    avatar: Url | None
    status: UserStatus
    state: str
    """Presence, as the user's client sets it."""
    color: Color
    language: Language
    timezone: Timezone
    created_at: Time


class OwnSummary(ProfileAnswer):
    """A user as they see themselves, without what their teams give them."""

    tours: list[str]
    """The introductions of the client that the user has seen."""
    timeformat: str
    dateformat: str
    tooltips: bool
    updated_at: Time


PROFILE = Resource("user", ProfileAnswer, User, search=("email", "first_name", "last_name"))
OWN = Resource("user", OwnSummary, User)

"""What clients send to be a phone."""

from api.conventions.body import Body
from api.conventions.fields import Id


class PhoneCreate(Body):
    """Which of the caller's phones the browser is to be."""

    team: Id | None = None
    """Needed if the caller is in several teams."""

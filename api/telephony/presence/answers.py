"""What a client gets of the members' states."""

from api.conventions.answers import Answer, PublicId, Time
from routing.state import Availability


class PresenceAnswer(Answer):
    """A member's state. `on-call` and `ringing` follow the telephone, `dnd` the setting, `away` the agent's status."""

    user: PublicId
    teamUserId: PublicId
    """The membership's id."""
    extension: str | None
    state: Availability
    since: Time | None
    """Null: the engine does not know the member."""

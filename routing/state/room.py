"""What is known of a conference: its room, and who is in it."""

from dataclasses import dataclass, field

from routing.ids import CallId, ChatId, RoomId, TeamId, UserId
from routing.rooms import RoomOptions


@dataclass(slots=True)
class Participant:
    """A caller in a room. Their call is in the phase `conference`."""

    joined_at: float
    name: str = ""
    user: UserId | None = None
    moderator: bool = False
    muted: bool = False
    talking: bool = False
    keys: str = ""
    """`*`, if they have pressed it and the digit that says what they want has not come."""


@dataclass(slots=True)
class Room:
    """A conference room from the first who joins until the last one leaves."""

    id: RoomId
    team: TeamId
    started_at: float
    chat: ChatId | None = None
    number: str = ""
    options: RoomOptions = field(default_factory=RoomOptions)
    locked: bool = False
    """Only moderators may join."""
    recording: str | None = None
    """The file base of the recording that runs."""
    participants: dict[CallId, Participant] = field(default_factory=dict)
    """In the order in which they joined."""

"""Conference rooms as values: what a look-up says of a caller who asks for one, and what may be asked of a live one."""

from enum import StrEnum

from routing.enum_members import quick_members
from routing.frozen import dataclass
from routing.ids import ChatId, RoomId, UserId


@quick_members
class Announce(StrEnum):
    """What the others in a room hear when somebody joins or leaves."""

    NONE = "none"
    TONE = "tone"
    NAME = "name"
    """Everybody says their name before they join. It is played when they join and when they leave."""


@dataclass(frozen=True, slots=True)
class RoomOptions:
    """How the conference of a chat is held."""

    wait_for_moderator: bool = False
    """Nobody hears another before a moderator is there. They hear music."""
    end_with_moderator: bool = False
    """The conference is over for everybody when the last moderator leaves."""
    announce: Announce = Announce.NONE
    record: bool = False
    """The recording begins with the first who joins."""
    muted: bool = False
    """Whoever is no moderator joins muted, and may unmute themselves."""
    max_members: int = 0
    """0: no limit."""


@dataclass(frozen=True, slots=True)
class RoomEntry:
    """What opens a room to one caller: the answer to a right room number and PIN, or to a member's own phone."""

    room: RoomId
    chat: ChatId | None = None
    """None: the room is one that a route names."""
    number: str = ""
    """The chat's room number, or the name in the route."""
    who: str = ""
    """The name of the member or of the invited guest; empty: not known."""
    user: UserId | None = None
    moderator: bool = False
    options: RoomOptions = RoomOptions()
    opens: bool = True
    """False: the team has this room, and the member who asks needs its PIN."""


def room_of(chat: ChatId) -> RoomId:
    """Return the room of a chat. Ids of chats are unique, so no team has a room of this name beside the chat's own."""
    return RoomId(f"{_CHAT}{chat}")


def chat_of(room: RoomId) -> ChatId | None:
    """Return the chat whose room it is; None: it is one that a route names."""
    return ChatId(room.removeprefix(_CHAT)) if room.startswith(_CHAT) else None


_CHAT = "chat-"
"""No team's id begins like that, and the room of a route begins with its team's id."""


@quick_members
class RoomAction(StrEnum):
    """What a moderator, or a member of themselves, asks for."""

    MUTE = "mute"
    UNMUTE = "unmute"
    KICK = "kick"
    LOCK = "lock"
    UNLOCK = "unlock"
    RECORD = "record"
    STOP_RECORDING = "stop-recording"

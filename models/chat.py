"""Chats. `models.chat_user` has their members, and `models.message` has their messages."""

import secrets
from datetime import datetime
from enum import StrEnum

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Session, col, select

from models.base import ChangingRow, time_field
from models.outbox import emit_event
from models.shown import shown
from switchroom.ids import new_id
from switchroom.messages.events import to_chat

COLORS = ("f864b1", "87b1c4", "53d192", "9c78cd", "fdd576", "e8915b", "5b8ee8", "c4b087")
_FIRST_DIGITS = 5
"""How many digits the first room numbers have."""


class ChatType(StrEnum):
    """`private`: of two people. `room`: a group. `meeting`: the group of a calendar's event."""

    PRIVATE = "private"
    ROOM = "room"
    MEETING = "meeting"


class Chat(ChangingRow, table=True):
    """A chat of a team. `pair` makes a private chat the only one of its two people."""

    __tablename__ = "chats"
    __table_args__ = (UniqueConstraint("team_id", "pair"),)

    team_id: str = Field(foreign_key="teams.id", index=True, max_length=32, ondelete="CASCADE")
    owner_id: str | None = Field(default=None, foreign_key="users.id", max_length=32, ondelete="SET NULL")
    type: str = Field(max_length=10)
    pair: str | None = Field(default=None, max_length=65)
    """The ids of a private chat's two people, the lower first, with a colon between them."""
    name: str = Field(default="", max_length=100)
    purpose: str | None = Field(default=None, max_length=1000)
    url: str | None = Field(default=None, max_length=100)
    """The name as a part of an address. Not unique."""
    locked: bool = True
    """Whether guests are kept out."""
    color: str = Field(default="87b1c4", max_length=6)
    avatar: str | None = Field(default=None, max_length=2000)
    room_number: int = Field(unique=True)
    """Callers and guests name the chat by it. It is unique in the whole installation."""
    conf_pin: int
    """The PIN of the telephone conference: five digits."""
    pin_id: str | None = Field(default=None, max_length=32)
    """The id of the guests' PIN that is valid. Each new PIN has a new id. None: a private chat."""
    last_number: int = 0
    """The number of the newest message."""
    deleted_messages: int = 0
    """How many messages of the chat were deleted."""
    last_message_at: datetime | None = time_field()
    message_changed_at: datetime | None = time_field()
    """When a message was edited or deleted last."""
    archived_at: datetime | None = time_field()
    """When the chat was archived. An archived chat is in no list and takes no message."""


SHOWN = {
    "id": "id",
    "team": "team_id",
    "type": "type",
    "name": "name",
    "purpose": "purpose",
    "url": "url",
    "owner": "owner_id",
    "color": "color",
    "avatar": "avatar",
    "locked": "locked",
    "roomNumber": "room_number",
    "conf_pin": "conf_pin",
    "pin": "pin_id",
    "last_message_time": "last_message_at",
    "message_updated_time": "message_changed_at",
    "archived_at": "archived_at",
    "created_at": "created_at",
    "updated_at": "updated_at",
}
"""Public name -> column: what all members see alike."""


def tell_of_chat(session: Session, verb: str, chat: Chat, *, users: list[str] | None = None) -> None:
    """Tell clients that the chat was created, updated or destroyed: those in it, and these users."""
    emit_event(
        session, "chat", verb, chat.id, shown(chat, SHOWN), to_chat(chat.team_id, chat.id, users=users)
    )


def pair_of(one: str, other: str) -> str:
    """Return what `Chat.pair` is for these two users."""
    return ":".join(sorted((one, other)))


def new_chat(session: Session, team_id: str, type: ChatType, *, owner_id: str | None) -> Chat:
    """Make a chat with its numbers and colour. The caller adds it to the session, in a savepoint.

    Another transaction may take the same `room_number` or `pair` meanwhile: then the flush raises IntegrityError.
    """
    return Chat(
        team_id=team_id,
        owner_id=owner_id,
        type=type.value,
        color=secrets.choice(COLORS),
        room_number=free_room_number(session),
        conf_pin=new_conf_pin(),
        pin_id=None if type == ChatType.PRIVATE else new_id(),
    )


def free_room_number(session: Session) -> int:
    """Draw a room number that no chat has. It has five digits, or more if most of those are taken."""
    lengths = range(_FIRST_DIGITS, _FIRST_DIGITS + 4)
    drawn = [_digits(length) for length in lengths for _ in range(8)]
    taken = set(session.exec(select(Chat.room_number).where(col(Chat.room_number).in_(drawn))))
    return next(number for number in drawn if number not in taken)


def new_conf_pin() -> int:
    """Draw a PIN of five digits."""
    return _digits(5)


def _digits(length: int) -> int:
    least: int = 10 ** (length - 1)
    return least + secrets.randbelow(9 * least)

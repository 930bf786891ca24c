"""Messages of chats, the links in them, and their translations.

`post` writes every message, whoever sends it: a user over the API, the block `notify`, a missed call.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Table, UniqueConstraint, bindparam, insert, update
from sqlmodel import Field, Session

from models.base import ChangingRow, Json, Row, json_field, time_field
from models.chat import Chat
from models.chat_user import see
from models.outbox import emit_event
from models.shown import shown
from switchroom.ids import new_id
from switchroom.message_bodies import links_in
from switchroom.messages.events import to_chat
from switchroom.prepared import Prepared


class MessageType(StrEnum):
    """`system`: the product wrote it, and it has no sender."""

    TEXT = "text"
    FILE = "file"
    CALL = "call"
    SYSTEM = "system"


class Message(ChangingRow, table=True):
    """`number` counts the messages of the chat from 1. Deleted messages leave a gap."""

    __tablename__ = "messages"
    __table_args__ = (UniqueConstraint("chat_id", "number"),)

    chat_id: str = Field(foreign_key="chats.id", max_length=32, ondelete="CASCADE")
    number: int
    from_id: str | None = Field(default=None, foreign_key="users.id", max_length=32, ondelete="SET NULL")
    """The sender. None: a system message, or the user is gone."""
    type: str = Field(default=MessageType.TEXT.value, max_length=10)
    body: str = ""
    """As the client sent it, in NFC. It is text, not HTML."""
    language: str | None = Field(default=None, max_length=20)
    """The language of the body (ISO 639). None: not known."""
    thread_id: str | None = Field(
        default=None, foreign_key="messages.id", index=True, max_length=32, ondelete="SET NULL"
    )
    """The message that it answers."""
    file_id: str | None = Field(default=None, index=True, max_length=32)
    call_id: str | None = Field(default=None, max_length=32)
    links: list[str] | None = Field(default=None, sa_type=Json, nullable=True)
    """The addresses in the body. None: there are none."""
    user_mentions: list[str] = json_field(list)
    """The ids of the users whom it mentions, as clients see ids."""
    room_mentions: list[str] = json_field(list)
    """The ids of the chats that it mentions, likewise."""
    edited_at: datetime | None = time_field()


class MessageLink(Row, table=True):
    """An address in a message, for the lists of links."""

    __tablename__ = "message_links"

    message_id: str = Field(foreign_key="messages.id", index=True, max_length=32, ondelete="CASCADE")
    chat_id: str = Field(foreign_key="chats.id", index=True, max_length=32, ondelete="CASCADE")
    user_id: str | None = Field(
        default=None, foreign_key="users.id", index=True, max_length=32, ondelete="SET NULL"
    )
    """The sender of the message."""
    url: str = Field(max_length=2000)


class MessageTranslation(Row, table=True):
    """A translation that a provider made. It is deleted when the message is edited."""

    __tablename__ = "message_translations"
    __table_args__ = (UniqueConstraint("message_id", "language"),)

    message_id: str = Field(foreign_key="messages.id", max_length=32, ondelete="CASCADE")
    language: str = Field(max_length=20)
    body: str


_CHATS: Table = Chat.__table__  # type: ignore[attr-defined]
_MESSAGES: Table = Message.__table__  # type: ignore[attr-defined]
_NAMES = tuple(Message.model_fields)
_NEXT_NUMBER = Prepared(
    update(_CHATS)
    .where(_CHATS.c.id == bindparam("chat"))
    .values(
        last_number=_CHATS.c.last_number + 1,
        last_message_at=bindparam("now"),
        updated_at=_CHATS.c.updated_at,
    )
    .returning(_CHATS.c.last_number, _CHATS.c.team_id)
)
_INSERT = Prepared(insert(_MESSAGES).values({name: bindparam(f"new_{name}") for name in _NAMES}))


SHOWN = {
    "id": "id",
    "chat": "chat_id",
    "number": "number",
    "type": "type",
    "body": "body",
    "from": "from_id",
    "language": "language",
    "thread": "thread_id",
    "file": "file_id",
    "call": "call_id",
    "links": "links",
    "user_mentions": "user_mentions",
    "room_mentions": "room_mentions",
    "created_at": "created_at",
    "updated_at": "updated_at",
    "edited_at": "edited_at",
}
"""Public name -> column."""


def tell_of_message(session: Session, verb: str, message: Message, team_id: str) -> None:
    """Tell the clients of the chat's people that the message was created, updated or destroyed."""
    audience = to_chat(team_id, message.chat_id)
    emit_event(session, "message", verb, message.id, shown(message, SHOWN), audience)


def post(session: Session, message: Message) -> Message:
    """Write a message into its chat, and tell clients. Its sender has read all of the chat then.

    It gets its number and the links of its body. Messages of one chat are numbered one after the other: the chat's row
    is locked until the transaction ends. The message is no object of the session.
    """
    now = {"chat": message.chat_id, "now": message.created_at}
    message.number, team_id = _NEXT_NUMBER.row(session, now)
    message.links = links_in(message.body) or None
    _INSERT.rows(session, {f"new_{name}": getattr(message, name) for name in _NAMES})
    session.add_all(links_of(message))
    if message.from_id is not None:
        see(session, message.chat_id, message.from_id, message.number)
    tell_of_message(session, "created", message, team_id)
    return message


def post_system_message(
    session: Session, chat_id: str, body: str, *, id: str | None = None, call_id: str | None = None
) -> Message:
    """Write a message of the product itself into a chat."""
    message = Message(
        id=id or new_id(),
        chat_id=chat_id,
        number=0,
        type=MessageType.SYSTEM.value,
        body=body,
        call_id=call_id,
    )
    return post(session, message)


def links_of(message: Message) -> list[MessageLink]:
    """Make the rows of the message's links."""
    return [
        MessageLink(message_id=message.id, chat_id=message.chat_id, user_id=message.from_id, url=url)
        for url in message.links or ()
    ]

"""Members of chats, with each member's preferences, and what they have read.

The number of messages that a member has not read is `Chat.last_number - seen_number - seen_gap`. So a new message
changes one row of this table: the sender's.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, bindparam
from sqlalchemy import update as sa_update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Field, Session, SQLModel, col, select

from models.base import UTCDateTime, time_field, utcnow
from models.chat import Chat, ChatType, new_chat, pair_of, tell_of_chat
from models.outbox import emit_event
from switchroom.ids import public_id
from switchroom.messages.events import to_chat
from switchroom.prepared import Prepared


class ChatUser(SQLModel, table=True):
    """A user (a member of the team, or a guest) who is in a chat. A user who left or was removed has no row."""

    __tablename__ = "chat_users"

    chat_id: str = Field(foreign_key="chats.id", primary_key=True, max_length=32, ondelete="CASCADE")
    user_id: str = Field(
        foreign_key="users.id", primary_key=True, index=True, max_length=32, ondelete="CASCADE"
    )
    joined_at: datetime = Field(default_factory=utcnow, sa_type=UTCDateTime, nullable=False)
    favorite: bool | None = None
    pinned: bool | None = None
    do_not_disturb: bool | None = None
    last_seen_at: datetime | None = time_field()
    seen_number: int = 0
    """The number of the last message that the member has read."""
    seen_gap: int = 0
    """How many of the messages after that one were deleted."""


UNREAD: ColumnElement[int] = col(Chat.last_number) - col(ChatUser.seen_number) - col(ChatUser.seen_gap)
"""How many messages of the chat the member has not read, for statements that join both tables."""


_TABLE: Table = ChatUser.__table__  # type: ignore[attr-defined]
_SEE = Prepared(
    sa_update(_TABLE)
    .where(
        _TABLE.c.chat_id == bindparam("chat"),
        _TABLE.c.user_id == bindparam("user"),
        # A request that began earlier must not take back what was read meanwhile.
        _TABLE.c.seen_number <= bindparam("number"),
    )
    .values(seen_number=bindparam("number"), seen_gap=0, last_seen_at=bindparam("now"))
)


def see(session: Session, chat_id: str, user_id: str, number: int) -> None:
    """Note that the member has read all messages. `number` is the number of the newest one."""
    _SEE.rows(session, {"chat": chat_id, "user": user_id, "number": number, "now": utcnow()})


def add_to_chat(session: Session, chat: Chat, user_id: str) -> ChatUser:
    """Put a user into the chat, and tell clients. Return the row, also if it was there before.

    Earlier messages do not count as unread for them.
    """
    found = session.get(ChatUser, (chat.id, user_id))
    if found is None:
        found = ChatUser(chat_id=chat.id, user_id=user_id, seen_number=chat.last_number)
        try:
            with session.begin_nested():
                session.add(found)
        except IntegrityError:
            # Another transaction put them there meanwhile.
            return session.get_one(ChatUser, (chat.id, user_id))
        _tell_of_member(session, chat, "addedTo", "addedId", user_id)
    return found


def remove_from_chat(session: Session, chat: Chat, user_id: str) -> None:
    """Take a user, who is in the chat, out of it, and tell clients."""
    session.delete(session.get_one(ChatUser, (chat.id, user_id)))
    session.flush()
    _tell_of_member(session, chat, "removedFrom", "removedId", user_id)


def _tell_of_member(session: Session, chat: Chat, verb: str, name: str, user_id: str) -> None:
    audience = to_chat(chat.team_id, chat.id, users=[user_id])
    emit_event(session, "chat", verb, chat.id, {"attribute": "users", name: public_id(user_id)}, audience)


def make_chat(
    session: Session,
    team_id: str,
    type: ChatType,
    user_ids: Iterable[str],
    *,
    owner_id: str | None,
    **fields: Any,
) -> Chat:
    """Make a chat of these users, and tell their clients. `fields` are columns of `Chat`.

    Raises IntegrityError if there is such a private chat.
    """
    for last_try in (False, False, True):
        chat = new_chat(session, team_id, type, owner_id=owner_id)
        for name, value in fields.items():
            setattr(chat, name, value)
        try:
            with session.begin_nested():
                session.add(chat)
                session.flush()
                session.add_all(ChatUser(chat_id=chat.id, user_id=user_id) for user_id in user_ids)
        except IntegrityError:
            # Another chat may have taken the number meanwhile.
            if last_try or private_chat(session, team_id, chat.pair):
                raise
        else:
            break
    tell_of_chat(session, "created", chat)
    return chat


def private_chat(session: Session, team_id: str, pair: str | None) -> Chat | None:
    """Return the private chat of the two people whom `Chat.pair` names."""
    if pair is None:
        return None
    return session.exec(select(Chat).where(Chat.team_id == team_id, Chat.pair == pair)).first()


def the_private_chat(session: Session, team_id: str, user_id: str, other_id: str) -> tuple[Chat, bool]:
    """Return the private chat of two members of the team, and whether it was made now. There is only one."""
    pair = pair_of(user_id, other_id)
    found = private_chat(session, team_id, pair)
    if found is not None:
        return found, False
    both = (user_id, other_id)
    try:
        return make_chat(session, team_id, ChatType.PRIVATE, both, owner_id=user_id, pair=pair), True
    except IntegrityError:
        # Another transaction made it meanwhile.
        found = private_chat(session, team_id, pair)
        if found is None:
            raise
        return found, False

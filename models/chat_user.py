"""Members of chats, with what each of them wants of the chat and has read of it.

How many messages a member has not read is `Chat.last_number - seen_number - seen_gap`. So a new message changes no row
of the members but the sender's.
"""

from datetime import datetime

from sqlalchemy import ColumnElement
from sqlmodel import Field, Session, SQLModel, col, update

from models.base import UTCDateTime, time_field, utcnow
from models.chat import Chat


class ChatUser(SQLModel, table=True):
    """A user (a member of the team, or a guest) who is in a chat. Who left or was removed has no row."""

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


def add_to_chat(session: Session, chat: Chat, user_id: str) -> ChatUser:
    """Put a user into the chat, who need not read what was written before. Return the row, also if it was there."""
    found = session.get(ChatUser, (chat.id, user_id))
    if found is None:
        found = ChatUser(chat_id=chat.id, user_id=user_id, seen_number=chat.last_number)
        session.add(found)
        session.flush()
    return found


def see_all(session: Session, chat_id: str, user_id: str, number: int) -> None:
    """Note that the member has read the messages up to this number."""
    session.exec(
        update(ChatUser)
        .where(col(ChatUser.chat_id) == chat_id, col(ChatUser.user_id) == user_id)
        .values(seen_number=number, seen_gap=0, last_seen_at=utcnow())
    )

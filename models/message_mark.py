"""Marks on messages. Each user sees only their own."""

from enum import StrEnum

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from models.base import Row


class MarkType(StrEnum):
    PIN = "pin"
    UNREAD = "unread"


class MessageMark(Row, table=True):
    """A user's mark on a message: one of each type at most."""

    __tablename__ = "message_marks"
    __table_args__ = (UniqueConstraint("message_id", "user_id", "type"),)

    message_id: str = Field(foreign_key="messages.id", max_length=32, ondelete="CASCADE")
    user_id: str = Field(foreign_key="users.id", index=True, max_length=32, ondelete="CASCADE")
    type: str = Field(max_length=10)

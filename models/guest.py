"""Guests: users with a membership of the role `guest`, who are in some chats of a team. Invitations to such chats."""

import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, delete
from sqlmodel import Field, Session, col, select

from models.base import Row, time_field
from models.chat import Chat
from models.chat_user import ChatUser, remove_from_chat
from models.team import MemberStatus, Role, TeamUser
from switchroom.settings import Settings

NO_MAIL_DOMAIN = "guests.invalid"
"""The domain of the addresses of guests who told none (RFC 2606): their mail would go nowhere."""

IS_GUEST: ColumnElement[bool] = col(TeamUser.role) == Role.GUEST.value


class GuestInvite(Row, table=True):
    """An invitation to a chat. Its PIN is mailed, can be used once, and is stored hashed."""

    __tablename__ = "guest_invites"

    team_id: str = Field(foreign_key="teams.id", index=True, max_length=32, ondelete="CASCADE")
    chat_id: str = Field(foreign_key="chats.id", index=True, max_length=32, ondelete="CASCADE")
    user_id: str = Field(foreign_key="users.id", index=True, max_length=32, ondelete="CASCADE")
    pin_hash: str = Field(unique=True, max_length=64)
    """HMAC-SHA256 with the installation's key: a PIN is soon guessed from a plain hash."""
    invited_by: str | None = Field(default=None, foreign_key="users.id", max_length=32, ondelete="SET NULL")
    expires_at: datetime = time_field(nullable=False)
    accepted_at: datetime | None = time_field()


_GUESTS_IN_CHAT = (
    select(ChatUser.user_id)
    .join(TeamUser, col(TeamUser.user_id) == col(ChatUser.user_id))
    .where(
        col(ChatUser.chat_id) == bindparam("chat"),
        col(TeamUser.team_id) == bindparam("team"),
        IS_GUEST,
    )
)
_ELSEWHERE = select(TeamUser.user_id).where(
    col(TeamUser.user_id).in_(bindparam("users", expanding=True)),
    col(TeamUser.status) == MemberStatus.ACTIVE.value,
    ~IS_GUEST,
)


def hash_pin(settings: Settings, pin: str) -> str:
    """Return what is stored of an invitation's PIN."""
    key = settings.secret_key.get_secret_value().encode()
    return hmac.new(key, b"guest " + pin.encode(), hashlib.sha256).hexdigest()


def guests_in_chat(session: Session, chat: Chat) -> list[str]:
    """Return the ids of the guests who are in the chat."""
    return list(session.exec(_GUESTS_IN_CHAT, params={"chat": chat.id, "team": chat.team_id}))


def only_guests(session: Session, user_ids: Iterable[str]) -> list[str]:
    """Return those of the users who are members of no team."""
    ids = list(user_ids)
    members = set(session.exec(_ELSEWHERE, params={"users": ids}))
    return [user for user in ids if user not in members]


def leave_chats(session: Session, team_id: str, user_id: str, chat_id: str | None = None) -> int:
    """Take the user out of this chat, or of all chats of the team, and void their open invitations to it, or to all.

    Return how many chats they were in and how many invitations they had.
    """
    there = (
        select(Chat)
        .join(ChatUser, col(ChatUser.chat_id) == col(Chat.id))
        .where(col(ChatUser.user_id) == user_id, col(Chat.team_id) == team_id)
    )
    void = delete(GuestInvite).where(
        col(GuestInvite.user_id) == user_id,
        col(GuestInvite.team_id) == team_id,
        col(GuestInvite.accepted_at).is_(None),
    )
    if chat_id is not None:
        there = there.where(col(Chat.id) == chat_id)
        void = void.where(col(GuestInvite.chat_id) == chat_id)
    left = session.exec(there).all()
    for chat in left:
        remove_from_chat(session, chat, user_id)
    voided = session.exec(void).rowcount
    return len(left) + voided

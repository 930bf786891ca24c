"""Guests: users with a membership of the role `guest`, who are in some chats of a team. Invitations to such chats."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, delete
from sqlmodel import Field, Session, col, select

from models.base import Row, time_field
from models.chat import Chat
from models.chat_user import ChatUser, add_to_chat
from models.outbox import emit_event
from models.team import MemberStatus, Role, TeamUser
from switchroom.ids import public_id
from switchroom.messages.events import to_chat

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


def guests_in_chat(session: Session, chat: Chat) -> list[str]:
    """Return the ids of the guests who are in the chat."""
    return list(session.exec(_GUESTS_IN_CHAT, params={"chat": chat.id, "team": chat.team_id}))


def only_guests(session: Session, user_ids: Iterable[str]) -> list[str]:
    """Return those of the users who are members of no team."""
    ids = list(user_ids)
    members = set(session.exec(_ELSEWHERE, params={"users": ids}))
    return [user for user in ids if user not in members]


def leave_chats(session: Session, team_id: str, user_id: str, chat_id: str | None = None) -> list[str]:
    """Take the user out of this chat, or of all chats of the team, and return the ids of the chats they were in."""
    there = (
        select(ChatUser.chat_id)
        .join(Chat, col(Chat.id) == col(ChatUser.chat_id))
        .where(col(ChatUser.user_id) == user_id, col(Chat.team_id) == team_id)
    )
    left = list(session.exec(there if chat_id is None else there.where(col(ChatUser.chat_id) == chat_id)))
    gone = (col(ChatUser.user_id) == user_id, col(ChatUser.chat_id).in_(left))
    session.execute(delete(ChatUser).where(*gone))
    void = (col(GuestInvite.user_id) == user_id, col(GuestInvite.team_id) == team_id)
    invites = delete(GuestInvite).where(*void, col(GuestInvite.accepted_at).is_(None))
    session.execute(invites if chat_id is None else invites.where(col(GuestInvite.chat_id) == chat_id))
    for chat in left:
        data = {"attribute": "users", "removedId": public_id(user_id)}
        emit_event(session, "chat", "removedFrom", chat, data, to_chat(team_id, chat, users=[user_id]))
    return left


def enter_chat(session: Session, chat: Chat, user_id: str) -> None:
    """Put the user into the chat, if they are not in it yet."""
    if session.get(ChatUser, (chat.id, user_id)) is None:
        add_to_chat(session, chat, user_id)
        data = {"attribute": "users", "addedId": public_id(user_id)}
        emit_event(session, "chat", "addedTo", chat.id, data, to_chat(chat.team_id, chat.id, users=[user_id]))

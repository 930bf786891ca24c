"""Which conference a caller may enter: the chat's room number, and a member's phone, the chat's PIN or a guest's."""

import hmac
from dataclasses import replace

from sqlmodel import Session, col, or_, select

from models import (
    Chat,
    ChatUser,
    ConferenceSettings,
    GuestInvite,
    MemberStatus,
    Role,
    Team,
    TeamUser,
    User,
    utcnow,
)
from models.guest import hash_pin
from routing.commands import FindRoom
from routing.ids import ChatId, UserId
from routing.persistence.rows import from_row
from routing.rooms import RoomEntry, RoomOptions, room_of
from switchroom.settings import Settings

LARGEST_NUMBER = 2**31 - 1


def find_room(db: Session, settings: Settings, asked: FindRoom) -> RoomEntry | None:
    """Return what opens the room. None: there is none of this number in the team, or nothing opens it. A member of the
    team who gave no PIN is told whether there is one.

    A member of the chat needs no PIN, and is a moderator if they own the chat or administer the team. Others need the
    chat's PIN, or that of their invitation to the chat, also after they have used it to join.
    """
    chat = _chat(db, asked)
    if chat is None:
        return None
    member = None if asked.user is None else _member(db, chat, asked.user)
    if member is not None:
        user, role = member
        moderates = user.id == chat.owner_id or role == Role.ADMIN.value
        return _entry(db, chat, user, moderator=moderates)
    if not asked.pin:
        return None if asked.user is None else replace(_entry(db, chat, None, moderator=False), opens=False)
    guest = _guest(db, settings, chat, asked.pin)
    # Compared also if a guest was found, so that the time tells nothing.
    if hmac.compare_digest(asked.pin.encode(), str(chat.conf_pin).encode()) or guest is not None:
        return _entry(db, chat, guest, moderator=False)
    return None


def _chat(db: Session, asked: FindRoom) -> Chat | None:
    number = int(asked.number) if asked.number.isdecimal() and len(asked.number) < 11 else 0
    if not 0 < number <= LARGEST_NUMBER:
        return None
    known = (
        select(Chat)
        .join(Team, col(Team.id) == col(Chat.team_id))
        .where(
            col(Chat.room_number) == number,
            col(Chat.team_id) == asked.team,
            col(Chat.archived_at).is_(None),
            col(Team.suspended_at).is_(None),
        )
    )
    return db.exec(known).first()


def _member(db: Session, chat: Chat, user: str) -> tuple[User, str] | None:
    """Return a user who is in the chat, with their role in the team."""
    found = (
        select(User, TeamUser.role)
        .join(ChatUser, col(ChatUser.user_id) == col(User.id))
        .join(TeamUser, col(TeamUser.user_id) == col(User.id))
        .where(
            col(ChatUser.chat_id) == chat.id,
            col(User.id) == user,
            col(TeamUser.team_id) == chat.team_id,
            col(TeamUser.status) == MemberStatus.ACTIVE.value,
        )
    )
    row = db.exec(found).first()
    return None if row is None else (row[0], row[1])


def _guest(db: Session, settings: Settings, chat: Chat, pin: str) -> User | None:
    """Return the guest whose invitation to the chat has this PIN. One who was taken out of the chat has none."""
    invited = (
        select(User)
        .join(GuestInvite, col(GuestInvite.user_id) == col(User.id))
        .outerjoin(ChatUser, (col(ChatUser.user_id) == col(User.id)) & (col(ChatUser.chat_id) == chat.id))
        .where(
            col(GuestInvite.chat_id) == chat.id,
            col(GuestInvite.pin_hash) == hash_pin(settings, pin),
            col(GuestInvite.expires_at) > utcnow(),
            or_(col(GuestInvite.accepted_at).is_(None), col(ChatUser.user_id).is_not(None)),
        )
    )
    return db.exec(invited).first()


def _entry(db: Session, chat: Chat, user: User | None, *, moderator: bool) -> RoomEntry:
    chosen = db.get(ConferenceSettings, chat.id)
    return RoomEntry(
        room=room_of(ChatId(chat.id)),
        chat=ChatId(chat.id),
        number=str(chat.room_number),
        who="" if user is None else f"{user.first_name} {user.last_name}".strip(),
        user=None if user is None else UserId(user.id),
        moderator=moderator,
        options=RoomOptions() if chosen is None else from_row(RoomOptions, chosen),
    )

"""How guests join a chat.

A mailed PIN stands for one address and one chat. It makes a pending account the caller's. To an account that is in use
the caller has to be signed in, and it stays as it is.

The PIN of a chat (`Chat.conf_pin`) lets in everybody who knows it while the chat is not locked. Each of them gets an
account without an address, unless they are signed in.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlmodel import Session, col, or_, select

from api.accounts.auth import sessions
from api.accounts.auth.devices import Device
from api.accounts.auth.service import require_length, set_password
from api.accounts.guests.schemas import ChatJoining, Joining, MeetingJoining
from api.accounts.guests.service import say
from api.accounts.teams.members import add_member, find_member
from api.accounts.users.service import create_user, require_invitable
from api.core.context import Context
from api.core.errors import Forbidden, NotFound, Unauthenticated, ValidationFailed
from api.core.passwords import hash_password
from api.core.quotas import require_room
from models import Chat, ChatType, GuestInvite, MemberStatus, Role, Team, User, UserStatus, utcnow
from models.chat_user import add_to_chat
from models.guest import NO_MAIL_DOMAIN, hash_pin
from switchroom.ids import new_id, parse_id, public_id
from switchroom.settings import Settings

_LARGEST_PIN = 2**31
_OPEN = (
    select(Chat, Team)
    .join(Team, col(Team.id) == col(Chat.team_id))
    .where(
        col(Chat.locked).is_(False),
        col(Chat.archived_at).is_(None),
        col(Chat.type) != ChatType.PRIVATE.value,
        col(Team.suspended_at).is_(None),
    )
)
"""The chats that are open to guests, with their teams."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a right PIN opens: the chat, and the invitation if it was an invitation's."""

    chat: Chat
    team: Team
    invite: GuestInvite | None


def join(
    context: Context, team: str | None, body: Joining, caller_id: str | None, device: Device
) -> dict[str, Any]:
    """Join a chat by a PIN and return the tokens of a session.

    Raises ValidationFailed, in the same way for every PIN that opens nothing; Unauthenticated; Forbidden; RateLimited:
    who tries wrong PINs has to wait, longer each time.
    """
    context.limiter.hit("20 per minute", "guest-join", device.address)
    context.limiter.hit("300 per day", "guest-join", device.address)
    tries = ("guest-pin", device.address)
    context.limiter.slow_down(*tries)
    password = body.password if isinstance(body, ChatJoining) else None
    hashed = hash_password(password) if password else None
    join_ = partial(_join, settings=context.settings, team=team, body=body, caller_id=caller_id)
    answer = context.write(lambda session: join_(session, password_hash=hashed, device=device))
    context.limiter.forgive(*tries)
    return answer


def _join(
    session: Session,
    *,
    settings: Settings,
    team: str | None,
    body: Joining,
    caller_id: str | None,
    password_hash: str | None,
    device: Device,
) -> dict[str, Any]:
    entry = _by_invite(session, settings, team, body) or _by_chat(session, team, body)
    caller = session.get_one(User, caller_id) if caller_id else None
    user = _invited(session, entry, body, caller, password_hash) if entry.invite else caller
    if user is None:
        user = _unnamed(session, settings, entry, body, password_hash)
    _become_guest(session, settings, entry, user)
    add_to_chat(session, entry.chat, user.id)
    if entry.invite is not None:
        entry.invite.accepted_at = utcnow()
    tokens = sessions.open_session(session, settings, user, None, device)
    shown = {"user": user.id, "team": entry.team.id, "chat": entry.chat.id}
    return {**tokens, "email": user.email, **{name: public_id(id) for name, id in shown.items()}}


def _by_invite(session: Session, settings: Settings, team: str | None, body: Joining) -> Entry | None:
    """Return what the PIN of an invitation opens. None: it is none, or no longer good."""
    known = select(GuestInvite).where(col(GuestInvite.pin_hash) == hash_pin(settings, body.pin))
    invite = session.exec(known.with_for_update()).first()
    if invite is None or invite.accepted_at is not None or invite.expires_at <= utcnow():
        return None
    chat, of = session.get_one(Chat, invite.chat_id), session.get_one(Team, invite.team_id)
    named = team is None or team.lower() == of.slug or parse_id(team) == of.id
    meant = body.meeting_id if isinstance(body, MeetingJoining) else None
    if not named or of.suspended_at or chat.archived_at or meant not in (None, chat.id):
        return None
    return Entry(chat, of, invite)


def _by_chat(session: Session, team: str | None, body: Joining) -> Entry:
    """Return the only chat that the PIN opens, locked, so that it still does. Raises ValidationFailed."""
    if int(body.pin) >= _LARGEST_PIN:
        raise _bad_pin()
    found = _OPEN.where(col(Chat.conf_pin) == int(body.pin)).limit(2)
    if team is not None:
        found = found.where(or_(col(Team.id) == parse_id(team), col(Team.slug) == team.lower()))
    name = body.meeting_id if isinstance(body, MeetingJoining) else getattr(body, "chat", None)
    if name is not None:
        found = found.where(or_(col(Chat.id) == parse_id(name), col(Chat.room_number) == _room_number(name)))
    elif team is None:
        raise _bad_pin()
    if isinstance(body, MeetingJoining):
        found = found.where(col(Chat.type) == ChatType.MEETING.value)
    rows = session.exec(found.with_for_update(of=Chat, key_share=True)).all()
    if len(rows) != 1:
        raise _bad_pin()
    return Entry(*rows[0], None)


def _bad_pin() -> ValidationFailed:
    return ValidationFailed(
        {"pin": "Wrong, used or expired. With the PIN of a chat, send the chat's id or room number too"}
    )


def _invited(
    session: Session, entry: Entry, body: Joining, caller: User | None, password_hash: str | None
) -> User:
    """Return the user who was invited. Raises ValidationFailed, Unauthenticated, Forbidden."""
    assert entry.invite is not None  # noqa: S101 - the caller has looked
    user = session.get_one(User, entry.invite.user_id)
    if caller is not None and caller.id != user.id:
        raise Forbidden("The invitation is another person's")
    if caller is not None:
        return user
    if user.status != UserStatus.PENDING.value:
        raise Unauthenticated("There is an account for the invited address: sign in with it, then join")
    if password_hash is None:
        raise ValidationFailed({"password": "Required"})
    require_length(getattr(body, "password", "") or "", entry.team.password_min_length)
    user.first_name, user.last_name = body.firstname, body.lastname
    user.status, user.verified_at = UserStatus.ACTIVE.value, utcnow()
    set_password(session, user, password_hash)
    return user


def _unnamed(
    session: Session, settings: Settings, entry: Entry, body: Joining, password_hash: str | None
) -> User:
    """Make an account without an address for a guest who came by the PIN of the chat. Raises Forbidden."""
    require_invitable(settings)
    if not body.firstname and not body.lastname:
        raise ValidationFailed({"firstname": "Required"})
    require_length(
        getattr(body, "password", None) or "", entry.team.password_min_length if password_hash else None
    )
    email = f"{new_id()}@{NO_MAIL_DOMAIN}"
    user = create_user(
        session, email=email, password_hash=password_hash, first=body.firstname, last=body.lastname
    )
    # Their session is all they have: without a password they cannot sign in again.
    user.status, user.verified_at = UserStatus.ACTIVE.value, utcnow()
    return user


def _become_guest(session: Session, settings: Settings, entry: Entry, user: User) -> None:
    """Give the user the membership of a guest, unless they are a member. Raises Forbidden, Conflict."""
    member = find_member(session, entry.team.id, user.id)
    if member is None:
        add_member(session, entry.team, user, Role.GUEST, MemberStatus.ACTIVE)
        require_room(session, settings, entry.team.id, "guests")
        say(session, entry.team.id, user.id, "created")
    elif member.status == MemberStatus.PENDING.value and member.role == Role.GUEST.value:
        member.status, member.accepted_at = MemberStatus.ACTIVE.value, utcnow()
        session.flush()
        say(session, entry.team.id, user.id, "updated")
    elif member.status != MemberStatus.ACTIVE.value:
        raise Forbidden("The team has ended your membership")
    session.flush()


def conference(session: Session, room_number: str) -> dict[str, Any]:
    """Return what everybody may know of a chat that is open to guests. Raises NotFound for any other."""
    number = _room_number(room_number)
    row = None if number is None else session.exec(_OPEN.where(col(Chat.room_number) == number)).first()
    if row is None:
        raise NotFound("conference")
    chat, team = row
    return {"pin": chat.conf_pin, "slug": team.slug, "room": public_id(chat.id)}


def _room_number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 10 else None

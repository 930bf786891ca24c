"""Guests of a team: who sees them, who invites and removes them, and how they become members."""

import secrets
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import Session, and_, col, or_, select

from api.accounts.auth import sessions
from api.accounts.guests.schemas import GuestInvitation, GuestRemoval, Upgrade
from api.accounts.teams.members import add_member, change_member, find_member
from api.accounts.users.service import invited_user
from api.chat.chats.service import lock_chat, require_member
from api.chat.people import people
from api.conventions.resource import Shown, require_unchanged
from api.core.context import Context
from api.core.errors import Conflict, Forbidden, NotFound, ValidationFailed
from api.core.mails import mail_guest_invite
from api.core.quotas import count_mail, require_room
from api.core.scope import CHAT_TEAMS, TEAMS, USER, VISIBLE_CHAT_IDS, Scope
from models import (
    AuthSession,
    Chat,
    ChatType,
    ChatUser,
    GuestInvite,
    MemberStatus,
    Role,
    Team,
    TeamUser,
    User,
    utcnow,
)
from models.chat import new_conf_pin
from models.guest import IS_GUEST, NO_MAIL_DOMAIN, guests_in_chat, hash_pin, leave_chats, only_guests
from models.outbox import emit_event
from models.plan import PLANS
from switchroom.ids import new_id, parse_id, public_id
from switchroom.messages.events import to_team
from switchroom.settings import Settings

LIFETIME = timedelta(days=14)
PIN_DIGITS = 12
"""Of an invitation: nobody guesses one, so that it needs no name of the chat."""

_OWN = and_(col(TeamUser.user_id) == USER, col(TeamUser.team_id).in_(CHAT_TEAMS))
VISIBLE = select(TeamUser).where(
    IS_GUEST,
    col(TeamUser.status) != MemberStatus.DEACTIVATED.value,
    or_(col(TeamUser.team_id).in_(TEAMS), _OWN),
)
"""The guests of the teams that the caller is a member of, and the caller as a guest."""
_ONE = VISIBLE.where(or_(col(TeamUser.user_id) == bindparam("guest"), col(TeamUser.id) == bindparam("guest")))
_CHATS = (
    select(ChatUser.chat_id)
    .join(Chat, col(Chat.id) == col(ChatUser.chat_id))
    .where(
        col(ChatUser.user_id) == bindparam("guest"),
        col(Chat.team_id) == bindparam("team"),
        col(ChatUser.chat_id).in_(VISIBLE_CHAT_IDS),
    )
    .order_by(col(ChatUser.chat_id))
)
_BY_EMAIL = (
    VISIBLE.join(User, col(User.id) == col(TeamUser.user_id))
    .where(
        col(TeamUser.team_id) == bindparam("team"), col(User.email).in_(bindparam("emails", expanding=True))
    )
    .with_only_columns(col(User.email), col(User.id))
)


def get(scope: Scope, text: str, team_id: str | None = None) -> TeamUser:
    """Return a guest, by the user's or the membership's id. Raises NotFound."""
    found = parse_id(text)
    one = _ONE if team_id is None else _ONE.where(col(TeamUser.team_id) == team_id)
    member = scope.session.exec(one, params={**scope.values, "guest": found}).first() if found else None
    if member is None:
        raise NotFound("guest")
    return member


def show(scope: Scope, member: TeamUser) -> Shown:
    """Show a guest with the chats that both they and the caller are in."""
    ids = scope.session.exec(_CHATS, params={**scope.values, "guest": member.user_id, "team": member.team_id})
    shown = people(scope.session, member.team_id, [member.user_id])[member.user_id]
    return {**shown, "chats": [public_id(id) for id in ids]}


def say(session: Session, team_id: str, user_id: str, verb: str) -> None:
    """Tell the team's members that a guest was made or changed, or is gone."""
    shown = people(session, team_id, [user_id])[user_id]
    emit_event(session, "guest", verb, user_id, shown, to_team(team_id))


def exist(scope: Scope, team_text: str, emails: list[str]) -> list[Shown]:
    """Say of each address whether a guest of the team has it."""
    team = scope.team_id(team_text)
    found = dict(scope.session.execute(_BY_EMAIL, {**scope.values, "team": team, "emails": emails}).all())
    return [
        {
            "email": email,
            "exists": email in found,
            "guest": public_id(found[email]) if email in found else None,
        }
        for email in dict.fromkeys(emails)
    ]


def invite_all(scope: Scope, context: Context, body: GuestInvitation) -> list[Shown]:
    """Invite each of them to the chat, all or none. Any member who is in the chat may, unless it is locked.

    Raises NotFound, Forbidden, Conflict, and ValidationFailed, which names `emails.<index>`.
    """
    chat = group_chat(scope, body.chat)
    if chat.locked and chat.owner_id != scope.user_id and not scope.is_admin(chat.team_id):
        raise Forbidden("The chat is locked: only its owner or an admin of the team invites guests")
    team = scope.session.get_one(Team, chat.team_id)
    problems, answers = {}, []
    for n, email in enumerate(body.emails):
        member = _guest_to_be(scope, context.settings, team, email)
        if member is None:
            problems[f"emails.{n}"] = "A member of the team: add them to the chat"
        elif email in body.emails[:n]:
            problems[f"emails.{n}"] = "Twice in the list"
        elif not problems:
            answers.append(_invite(scope, context, team, chat, member, email))
    if problems:
        raise ValidationFailed(problems)
    require_room(scope.session, context.settings, team.id, "guests")
    return answers


def group_chat(scope: Scope, text: str) -> Chat:
    """Return a chat that may have guests, in which the caller is as a member.

    Raises NotFound, Forbidden, Conflict.
    """
    chat = scope.chat(text)
    require_member(scope, chat)
    if chat.type == ChatType.PRIVATE.value:
        raise Conflict("A private chat has no guests")
    if chat.archived_at is not None:
        raise Conflict("The chat is archived")
    return chat


def _guest_to_be(scope: Scope, settings: Settings, team: Team, email: str) -> TeamUser | None:
    """Return the guest's membership, and make it if need be. None: the user is a member of the team."""
    session = scope.session
    user = invited_user(session, settings, email)
    member = find_member(session, team.id, user.id)
    if member is None:
        made = add_member(session, team, user, Role.GUEST, MemberStatus.PENDING)
        say(session, team.id, user.id, "created")
        return made
    if member.role != Role.GUEST.value:
        return None
    if member.status == MemberStatus.DEACTIVATED.value:
        # The invitation is to one chat. It does not bring back those that the guest was in.
        leave_chats(session, team.id, user.id)
        member.status = MemberStatus.PENDING.value
    return member


def _invite(
    scope: Scope, context: Context, team: Team, chat: Chat, member: TeamUser, email: str
) -> dict[str, Any]:
    session, settings = scope.session, context.settings
    count_mail(context, team)
    # Of two who invite the guest at once, the later one waits here, and finds the other's invitation.
    session.exec(select(TeamUser.id).where(TeamUser.id == member.id).with_for_update(key_share=True)).one()
    older = select(GuestInvite).where(
        col(GuestInvite.chat_id) == chat.id, col(GuestInvite.user_id) == member.user_id
    )
    for void in session.exec(older):
        session.delete(void)
    pin = "".join(secrets.choice("0123456789") for _ in range(PIN_DIGITS))
    session.add(
        GuestInvite(
            team_id=team.id,
            chat_id=chat.id,
            user_id=member.user_id,
            pin_hash=hash_pin(settings, pin),
            invited_by=scope.user_id,
            expires_at=utcnow() + LIFETIME,
        )
    )
    mail_guest_invite(session, settings, team, chat, email, pin)
    return {
        "email": email,
        "user_id": public_id(member.user_id),
        "chat": public_id(chat.id),
        "mailed": bool(settings.smtp_url),
    }


def new_url(scope: Scope, settings: Settings, text: str) -> Shown:
    """Make a new PIN of the chat, take its guests out and end their sessions. The owner or an admin may.

    Raises NotFound, Forbidden, Conflict.
    """
    chat = group_chat(scope, text)
    if chat.owner_id != scope.user_id:
        scope.require_admin(chat.team_id)
    session = scope.session
    # Who joins by the old PIN at this moment has joined before, and is taken out, or comes too late.
    lock_chat(scope, chat)
    guests = guests_in_chat(session, chat)
    for guest in guests:
        leave_chats(session, chat.team_id, guest, chat.id)
    end_sessions(scope, guests, "a new PIN of the chat")
    chat.conf_pin, chat.pin_id = new_conf_pin(), new_id()
    session.flush()
    team = session.get_one(Team, chat.team_id)
    url = f"{settings.public_url}/auth/join-chat?team={team.slug}&chat={chat.room_number}"
    return {"url": url, "pin": chat.conf_pin, "chat": public_id(chat.id)}


def end_sessions(scope: Scope, guests: list[str], reason: str) -> None:
    """End the sessions of these guests. Who is a member of some team keeps theirs: they are not a guest's alone."""
    alone = only_guests(scope.session, guests)
    sessions.revoke(scope.session, col(AuthSession.user_id).in_(alone), reason=reason)


def remove(scope: Scope, team_text: str, body: GuestRemoval) -> Shown:
    """Take a guest out of one chat, which its owner may too, or out of the team, and return them as they were.

    An invitation that they did not take yet is void then.
    Raises NotFound, and Forbidden for who is neither an admin nor the chat's owner.
    """
    team = scope.team_id(team_text)
    chat = _chat_to_leave(scope, team, body.chat) if body.chat else None
    if chat is None or chat.owner_id != scope.user_id:
        scope.require_admin(team)
    rows = scope.session.execute(_BY_EMAIL, {**scope.values, "team": team, "emails": [body.email]}).all()
    if not rows:
        raise NotFound("guest")
    member = get(scope, rows[0].id, team)
    shown = show(scope, member)
    left = leave_chats(scope.session, team, member.user_id, chat.id if chat else None)
    if chat is not None:
        if not left:
            raise NotFound("guest")
        return shown
    say(scope.session, team, member.user_id, "destroyed")
    member.status = MemberStatus.DEACTIVATED.value
    scope.session.flush()
    end_sessions(scope, [member.user_id], "the guest was removed")
    return shown


def _chat_to_leave(scope: Scope, team: str, text: str) -> Chat:
    """Return a chat of the team: for an admin any, for others one that they are in. Raises NotFound."""
    chat = scope.session.get(Chat, text) if scope.is_admin(team) else scope.chat(text)
    if chat is None or chat.team_id != team:
        raise NotFound("chat")
    return chat


def upgrade(scope: Scope, settings: Settings, team_text: str, text: str, body: Upgrade) -> TeamUser:
    """Make the guest a member, with an extension. Raises NotFound, Forbidden, Conflict."""
    team = scope.team_id(team_text)
    member = get(scope, text, team)
    scope.require_admin(team)
    user = scope.session.get_one(User, member.user_id)
    require_unchanged(scope, member, user)
    if member.status != MemberStatus.ACTIVE.value:
        raise Conflict("The guest has not joined yet")
    if user.email.endswith(f"@{NO_MAIL_DOMAIN}"):
        raise Conflict("The guest has no e-mail address: invite them as a member by their address")
    change_member(scope, member, {"role": (body.role or Role.MEMBER).value})
    member.plan_id = body.plan or next(plan.id for plan in PLANS if plan.default_plan)
    scope.session.flush()
    require_room(scope.session, settings, team, "members")
    say(scope.session, team, member.user_id, "updated")
    return member

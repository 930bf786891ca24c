"""Invitations to a team, and their acceptance.

An invitation has two tokens. The mailed one proves that whoever sends it reads the mail of the invited address. The
other is shown to an admin of the team, if the address has no account: it lets a new user in, and proves nothing.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlmodel import Session, col, or_, select

from api.accounts.auth.proofs import is_verified, prove
from api.accounts.auth.service import require_length, set_password, take_over
from api.accounts.teams.members import add_member, find_member, fit_phone, reload_agents, tell_of_member
from api.accounts.teams.schemas import Acceptance, Invitation
from api.accounts.users.service import invited_user
from api.core.context import Context
from api.core.errors import Forbidden, NotFound, ValidationFailed
from api.core.mails import mail_invite
from api.core.passwords import digest, hash_password
from api.core.scope import Scope
from models import Invite, MemberStatus, Role, Team, TeamUser, User, UserStatus, utcnow
from models.team import tell_of_invite, withdraw_invites
from switchroom.ids import parse_id, public_id
from switchroom.settings import Settings

LIFETIME = timedelta(days=14)
_RANK = {Role.GUEST: 0, Role.MEMBER: 1, Role.ADMIN: 2}


@dataclass(frozen=True, slots=True)
class Invited:
    """A good token: the invitation, the user, and whether the token was mailed."""

    invite: Invite
    user: User
    mailed: bool


def invite_all(scope: Scope, settings: Settings, team: Team, items: list[Invitation]) -> list[dict[str, Any]]:
    """Invite each of them, all or none.

    Raises ValidationFailed, which names `<index>.email`, and Forbidden for what only an admin may do: to invite admins,
    and people who were invited before or were members.
    """
    if any(item.role is Role.ADMIN for item in items) and not scope.is_admin(team.id):
        raise Forbidden("Only an admin may invite admins")
    emails = [item.email for item in items]
    problems = {f"{n}.email": "Twice in the list" for n, email in enumerate(emails) if email in emails[:n]}
    answers = []
    for n, item in enumerate(items):
        member = pending_member(scope, settings, team, item.email, item.role)
        if member is None:
            problems[f"{n}.email"] = "Already a member of the team"
        elif not problems:
            answers.append(send_invite(scope, settings, team, member))
    if problems:
        raise ValidationFailed(problems)
    return answers


def pending_member(scope: Scope, settings: Settings, team: Team, email: str, role: Role) -> TeamUser | None:
    """Return the membership to accept, and make it if need be. None: the user is a member already. Raises Forbidden."""
    session = scope.session
    user = invited_user(session, settings, email)
    member = find_member(session, team.id, user.id)
    if member is None:
        made = add_member(session, team, user, role, MemberStatus.PENDING)
        _tell_of_member(session, made, "created")
        return made
    if member.status == MemberStatus.ACTIVE.value:
        return None
    if not scope.is_admin(team.id):
        raise Forbidden("Only an admin may invite people again")
    if member.status == MemberStatus.DEACTIVATED.value or _RANK[role] > _RANK[Role(member.role)]:
        member.role = role.value
    member.status = MemberStatus.PENDING.value
    fit_phone(session, member)
    _tell_of_member(session, member, "updated")
    return member


def _tell_of_member(session: Session, member: TeamUser, verb: str) -> None:
    """Tell the team of who is invited, or joins. Guests are in no list of members."""
    if member.role != Role.GUEST.value:
        tell_of_member(session, member, verb)


def send_invite(scope: Scope, settings: Settings, team: Team, member: TeamUser) -> dict[str, Any]:
    """Mail a new token, which makes older ones void. The answer has the other token for admins, see above."""
    session = scope.session
    user = session.get_one(User, member.user_id)
    withdraw_invites(session, team.id, user.id)
    mailed = public_id(secrets.token_hex(16))
    shows = scope.is_admin(team.id) and user.status == UserStatus.PENDING.value
    shown = public_id(secrets.token_hex(16)) if shows else None
    invite = Invite(
        team_id=team.id,
        user_id=user.id,
        email=user.email,
        token_hash=digest(mailed),
        shown_hash=digest(shown) if shown else None,
        invited_by=scope.user_id,
        expires_at=utcnow() + LIFETIME,
    )
    session.add(invite)
    mail_invite(session, settings, team, invite, mailed)
    answer: dict[str, Any] = {
        "email": user.email,
        "user_id": public_id(user.id),
        "mailed": bool(settings.smtp_url),
    }
    tell_of_invite(session, "created", invite, mailed=answer["mailed"])
    return {**answer, "token": shown} if shown else answer


def resend(scope: Scope, settings: Settings, team: Team, email: str) -> dict[str, Any]:
    """Invite a pending user again. Raises Forbidden, NotFound."""
    scope.require_admin(team.id)
    pending = (
        select(TeamUser)
        .join(User, col(User.id) == col(TeamUser.user_id))
        .where(
            col(TeamUser.team_id) == team.id,
            col(TeamUser.status) == MemberStatus.PENDING.value,
            col(User.email) == email,
        )
    )
    member = scope.session.exec(pending).first()
    if member is None:
        raise NotFound("pending user")
    return send_invite(scope, settings, team, member)


def accept_mailed(
    context: Context, team_text: str, body: Acceptance, caller_id: str | None, address: str
) -> Invite:
    """Join a team by the token of an invitation.

    A new user gets the names and the password. So does an account whose address was never verified, if the token was
    mailed: what others had of it ends. Any other account has to be the caller's (see `prove`), and stays as it is.

    Raises ValidationFailed for a token that is not this team's, used or expired, or for a missing password;
    Unauthenticated; RateLimited.
    """
    context.limiter.hit("20 per minute", "accept", address)
    settings = context.settings
    found = context.read(lambda session: _find(session, team_text, body.token))
    if not _is_new(found, settings):
        prove(context, found.user, caller_id, body.password, body.code, address)
        return context.write(lambda session: _join(session, _find(session, team_text, body.token)))
    if body.password is None:
        raise ValidationFailed({"password": "Required"})
    password_hash = hash_password(body.password)

    def complete(session: Session) -> Invite:
        now_found = _find(session, team_text, body.token)
        if not _is_new(now_found, settings):
            raise _bad_token()
        _complete(session, now_found, body, password_hash)
        return _join(session, now_found)

    return context.write(complete)


def _is_new(found: Invited, settings: Settings) -> bool:
    """Return whether the token makes the account the caller's."""
    if found.user.status == UserStatus.PENDING.value:
        return True
    return found.mailed and not is_verified(found.user, settings)


def _find(session: Session, team_text: str, token: str) -> Invited:
    """Return what a good token stands for. Raises ValidationFailed."""
    hashed = digest(token)
    either = or_(col(Invite.token_hash) == hashed, col(Invite.shown_hash) == hashed)
    invite = session.exec(select(Invite).where(either).with_for_update()).first()
    if invite is None or invite.team_id != parse_id(team_text):
        raise _bad_token()
    user = session.get_one(User, invite.user_id)
    gone = invite.accepted_at is not None or invite.expires_at <= utcnow()
    if gone or user.status == UserStatus.DEACTIVATED.value:
        raise _bad_token()
    return Invited(invite, user, invite.token_hash == hashed)


def _bad_token() -> ValidationFailed:
    return ValidationFailed({"token": "Invalid, used or expired"})


def _complete(session: Session, found: Invited, body: Acceptance, password_hash: str) -> None:
    user, team = found.user, session.get_one(Team, found.invite.team_id)
    require_length(body.password or "", team.password_min_length)
    user.first_name = body.firstname or body.first_name or ""
    user.last_name = body.lastname or body.last_name or ""
    user.status = UserStatus.ACTIVE.value
    if found.mailed:
        take_over(session, user, password_hash)
    else:
        set_password(session, user, password_hash)


def _join(session: Session, found: Invited) -> Invite:
    member = find_member(session, found.invite.team_id, found.invite.user_id)
    if member is None or member.status != MemberStatus.PENDING.value:
        raise _bad_token()
    member.status = MemberStatus.ACTIVE.value
    member.accepted_at = found.invite.accepted_at = utcnow()
    fit_phone(session, member)
    reload_agents(session, member)
    tell_of_invite(session, "updated", found.invite)
    _tell_of_member(session, member, "updated")
    return found.invite

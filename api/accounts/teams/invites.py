"""Invitations to a team, and their acceptance."""

import secrets
from datetime import timedelta
from typing import Any

from sqlmodel import Session, col, select

from api.accounts.auth.service import require_length, set_password
from api.accounts.teams.members import add_member, reload_agents
from api.accounts.teams.schemas import Acceptance, Invitation
from api.accounts.users.service import create_user, find_by_email
from api.core.context import Context
from api.core.errors import Forbidden, NotFound, ValidationFailed
from api.core.mails import mail_invite
from api.core.passwords import digest, hash_password
from api.core.scope import Scope
from models import Invite, MemberStatus, Role, Team, TeamUser, User, UserStatus, utcnow
from switchroom.ids import parse_id, public_id
from switchroom.settings import Settings

LIFETIME = timedelta(days=14)


def invite_all(scope: Scope, settings: Settings, team: Team, items: list[Invitation]) -> list[dict[str, Any]]:
    """Invite each of them, all or none.

    Raises ValidationFailed, which names `<index>.email`, and Forbidden if someone who is no admin invites an admin.
    """
    if any(item.role is Role.ADMIN for item in items) and not scope.is_admin(team.id):
        raise Forbidden("Only an admin may invite admins")
    emails = [item.email for item in items]
    problems = {f"{n}.email": "Twice in the list" for n, email in enumerate(emails) if email in emails[:n]}
    answers = []
    for n, item in enumerate(items):
        member = _pending_member(scope.session, team, item)
        if member is None:
            problems[f"{n}.email"] = "Already a member of the team"
        elif not problems:
            answers.append(send_invite(scope, settings, team, member))
    if problems:
        raise ValidationFailed(problems)
    return answers


def _pending_member(session: Session, team: Team, item: Invitation) -> TeamUser | None:
    """Return the membership to accept, and make it if need be. None: the user is a member already."""
    user = find_by_email(session, item.email)
    if user is None:
        user = create_user(session, email=item.email, password_hash=None, first="", last="")
    known = select(TeamUser).where(col(TeamUser.team_id) == team.id, col(TeamUser.user_id) == user.id)
    member = session.exec(known).first()
    if member is None:
        return add_member(session, team, user, item.role, MemberStatus.PENDING)
    if member.status == MemberStatus.ACTIVE.value:
        return None
    member.status = MemberStatus.PENDING.value
    member.role = item.role.value
    return member


def send_invite(scope: Scope, settings: Settings, team: Team, member: TeamUser) -> dict[str, Any]:
    """Mail a new token, which makes older ones void.

    The answer has the token for admins, and only for people who have no account yet: the owner of an account alone
    decides what they join.
    """
    session = scope.session
    user = session.get_one(User, member.user_id)
    older = select(Invite).where(col(Invite.team_id) == team.id, col(Invite.user_id) == user.id)
    for invite in session.exec(older.where(col(Invite.accepted_at).is_(None))):
        session.delete(invite)
    token = public_id(secrets.token_hex(16))
    invite = Invite(
        team_id=team.id,
        user_id=user.id,
        email=user.email,
        token_hash=digest(token),
        invited_by=scope.user_id,
        expires_at=utcnow() + LIFETIME,
    )
    session.add(invite)
    mail_invite(session, settings, team, invite, token)
    answer = {"email": user.email, "user_id": public_id(user.id)}
    if scope.is_admin(team.id) and user.status == UserStatus.PENDING.value:
        answer["token"] = token
    return answer


def resend(scope: Scope, settings: Settings, team: Team, email: str) -> dict[str, Any]:
    """Invite a pending user again. Raises NotFound."""
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


def accept_mailed(context: Context, team_text: str, body: Acceptance, address: str) -> Invite:
    """Join by the token of a mailed invitation. Raises as `accept`, and RateLimited."""
    context.limiter.hit("20 per minute", "accept", address)
    password_hash = hash_password(body.password) if body.password else None
    return context.write(lambda session: accept(session, team_text, body, password_hash))


def accept(session: Session, team_text: str, body: Acceptance, password_hash: str | None) -> Invite:
    """Join a team. A new user gets the names and the password; a user who has an account keeps theirs.

    Raises ValidationFailed for a token that is not this team's, used or expired, or for a missing password.
    """
    found = select(Invite).where(col(Invite.token_hash) == digest(body.token)).with_for_update()
    invite = session.exec(found).first()
    now = utcnow()
    if invite is None or invite.team_id != parse_id(team_text):
        raise _bad_token()
    if invite.accepted_at is not None or invite.expires_at <= now:
        raise _bad_token()
    member = session.exec(
        select(TeamUser).where(
            col(TeamUser.team_id) == invite.team_id, col(TeamUser.user_id) == invite.user_id
        )
    ).one()
    user = session.get_one(User, invite.user_id)
    if user.status == UserStatus.PENDING.value:
        _complete(session, user, body, password_hash, session.get_one(Team, invite.team_id))
    member.status = MemberStatus.ACTIVE.value
    member.accepted_at = now
    invite.accepted_at = now
    reload_agents(session, member)
    return invite


def _bad_token() -> ValidationFailed:
    return ValidationFailed({"token": "Invalid, used or expired"})


def _complete(session: Session, user: User, body: Acceptance, password_hash: str | None, team: Team) -> None:
    if password_hash is None or body.password is None:
        raise ValidationFailed({"password": "Required"})
    require_length(body.password, team.password_min_length)
    user.first_name = body.firstname or body.first_name or ""
    user.last_name = body.lastname or body.last_name or ""
    user.status = UserStatus.ACTIVE.value
    set_password(session, user, password_hash)

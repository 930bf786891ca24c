"""What operators do, by REST or on the command line. Each act stands in the audit log."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlmodel import Session, col, delete, select

from api.accounts.audit import Actor, record
from api.accounts.auth import second_factor, sessions
from api.accounts.teams.members import reload_agents, rotate_secret
from api.accounts.users.service import create_user
from api.core.errors import Conflict, Forbidden, NotFound
from api.core.identities import forget_everybody
from api.core.scope import Scope
from models import AuditEntry, AuthSession, BrowserPhone, DidNumber, Team, TeamUser, User, UserStatus, utcnow
from models.audit import KEPT_DAYS
from models.browser_phone import end_browser_phones
from models.outbox import emit_command
from switchroom.ids import parse_id
from switchroom.messages.commands import ForgetPhone, ReloadConfig


def require_operator(scope: Scope) -> None:
    """Raise Forbidden unless the caller is an operator of the installation."""
    if not scope.user.operator:
        raise Forbidden("Only an operator of the installation may do this")


def find_team(session: Session, text: str) -> Team:
    """Return any team, by id or slug. Raises NotFound."""
    found = parse_id(text)
    by = col(Team.id) == found if found else col(Team.slug) == text.lower()
    team = session.exec(select(Team).where(by)).first()
    if team is None:
        raise NotFound("team")
    return team


def find_user(session: Session, text: str) -> User:
    """Return any user, by id or e-mail address. Raises NotFound."""
    found = parse_id(text)
    by = col(User.id) == found if found else col(User.email) == text.strip().lower()
    user = session.exec(select(User).where(by)).first()
    if user is None:
        raise NotFound("user")
    return user


def suspend_team(session: Session, actor: Actor, team: Team) -> None:
    """Keep the members out, their phones unregistered and the numbers out of service. The team's calls are hung up."""
    _set_suspended(session, actor, team, suspended=True)


def reactivate_team(session: Session, actor: Actor, team: Team) -> None:
    """Bring a suspended team back as it was."""
    _set_suspended(session, actor, team, suspended=False)


def _set_suspended(session: Session, actor: Actor, team: Team, *, suspended: bool) -> None:
    if suspended == (team.suspended_at is not None):
        return
    team.suspended_at = utcnow() if suspended else None
    record(session, actor, "team suspended" if suspended else "team reactivated", team.id, team_id=team.id)
    session.flush()
    forget_everybody(session)
    emit_command(session, ReloadConfig(kind="team", id=team.id))
    members = select(TeamUser.sip_username).where(col(TeamUser.team_id) == team.id)
    for name in session.exec(members.where(col(TeamUser.sip_username).is_not(None))):
        emit_command(session, ForgetPhone(id=str(name), hang_up=suspended))
    if suspended:
        browsers = select(TeamUser.id).where(col(TeamUser.team_id) == team.id)
        end_browser_phones(session, col(BrowserPhone.member_id).in_(browsers), hang_up=True)
    _reload_numbers(session, col(DidNumber.team_id) == team.id)


def suspend_user(session: Session, actor: Actor, user: User) -> None:
    """Keep the user out of everything, end their sessions and phones, and hang up their calls."""
    if user.status == UserStatus.DEACTIVATED.value:
        return
    user.status = UserStatus.DEACTIVATED.value
    record(session, actor, "user suspended", user.id)
    browsers = select(TeamUser.id).where(col(TeamUser.user_id) == user.id)
    end_browser_phones(session, col(BrowserPhone.member_id).in_(browsers), hang_up=True)
    sessions.revoke(session, col(AuthSession.user_id) == user.id, reason="suspended")
    _reload_user(session, user)


def reactivate_user(session: Session, actor: Actor, user: User) -> None:
    """Let a suspended user in again. They sign in anew."""
    if user.status != UserStatus.DEACTIVATED.value:
        return
    user.status = (UserStatus.ACTIVE if user.password_hash else UserStatus.PENDING).value
    record(session, actor, "user reactivated", user.id)
    _reload_user(session, user)


def _reload_user(session: Session, user: User) -> None:
    session.flush()
    for member in session.exec(select(TeamUser).where(col(TeamUser.user_id) == user.id)):
        if member.sip_username:
            rotate_secret(member)
            suspended = user.status == UserStatus.DEACTIVATED.value
            emit_command(session, ForgetPhone(id=member.sip_username, hang_up=suspended, sign_out=True))
        reload_agents(session, member)
    _reload_numbers(session, col(DidNumber.user_id) == user.id)


def _reload_numbers(session: Session, which: Any) -> None:
    for number in session.exec(select(DidNumber.id).where(which)):
        emit_command(session, ReloadConfig(kind="number", id=number))


def end_sessions(session: Session, actor: Actor, user: User) -> None:
    """End all sessions of the user."""
    sessions.revoke(session, col(AuthSession.user_id) == user.id, reason="ended by an operator")
    record(session, actor, "sessions ended", user.id)


def drop_second_factor(session: Session, actor: Actor, user: User) -> None:
    """Turn off the second factor of a user who lost the device and the recovery codes."""
    second_factor.drop(session, user.id)
    record(session, actor, "second factor dropped", user.id)


def set_quotas(session: Session, actor: Actor, team: Team, changes: Mapping[str, int | None]) -> None:
    """Set the team's own limits. None takes the installation's."""
    session.refresh(team, with_for_update=True)
    merged = {**team.quotas, **changes}
    team.quotas = {kind: limit for kind, limit in merged.items() if limit is not None}
    record(session, actor, "quotas set", team.id, team_id=team.id, **changes)
    emit_command(session, ReloadConfig(kind="team", id=team.id))
    session.flush()


def add_user(
    session: Session, actor: Actor, *, email: str, password_hash: str, first: str, last: str
) -> User:
    """Make an account whose address counts as verified. Raises ValidationFailed if the address is taken."""
    user = create_user(session, email=email, password_hash=password_hash, first=first, last=last)
    user.verified_at = utcnow()
    record(session, actor, "user added", user.id)
    return user


def delete_audit(session: Session, actor: Actor, days: int) -> int:
    """Delete the entries of the audit log that are this old. Return how many. Raises Conflict for younger ones."""
    if days < KEPT_DAYS:
        raise Conflict(f"Entries are kept for {KEPT_DAYS} days")
    old = delete(AuditEntry).where(col(AuditEntry.created_at) < utcnow() - timedelta(days=days))
    deleted = session.connection().execute(old).rowcount
    record(session, actor, "audit log shortened", None, days=days, deleted=deleted)
    return deleted


def set_operator(session: Session, actor: Actor, user: User, *, operator: bool) -> None:
    """Make the user an operator, or no longer one. Raises Conflict for a user who cannot sign in."""
    if operator and user.status != UserStatus.ACTIVE.value:
        raise Conflict("The user is not active")
    user.operator = operator
    record(session, actor, "operator added" if operator else "operator removed", user.id)

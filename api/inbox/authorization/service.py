"""Sign-in to the inbox: the proofs and sessions of the team API, in the inbox's form."""

from typing import Any

from sqlmodel import Session, col, select

from api.accounts.auth import second_factor, sessions
from api.accounts.auth.devices import Device
from api.accounts.auth.proofs import check_sign_in
from api.accounts.auth.sessions import WRONG
from api.core.context import Context
from api.core.errors import Unauthenticated, Unavailable
from api.core.identities import read_identity
from api.core.tokens import read_access_token
from api.inbox.authorization.schemas import EmailLogin, FacebookLogin
from models import AuthSession, MemberStatus, Role, Team, TeamUser, User, UserStatus
from providers.inbox.facebook_login import FacebookRefused, address_of
from providers.inbox.http import SourceError
from switchroom.ids import dashed_id


def by_email(context: Context, body: EmailLogin, device: Device) -> dict[str, Any]:
    """Sign in by a password. Raises Unauthenticated and RateLimited, in the same way for an unknown address."""
    user = context.read(lambda session: _user(session, body.email))
    check_sign_in(context, user, body.email, body.password, body.code, device.address)
    if user is None:
        raise Unauthenticated(WRONG)
    return _open(context, user, device)


def by_facebook(context: Context, body: FacebookLogin, device: Device) -> dict[str, Any]:
    """Sign in by a token of Facebook's. The user has there the address that they have verified here.

    Raises Unauthenticated, RateLimited, and Unavailable if no application is configured or Facebook is away.
    """
    try:
        email = address_of(context.settings, body.user_access_token, body.user_id)
    except FacebookRefused:
        raise Unauthenticated(
            "Facebook does not know this token as one of the user for our application"
        ) from None
    except SourceError as error:
        raise Unavailable(str(error)) from None
    user = context.read(lambda session: _user(session, email))
    if user is None or user.status != UserStatus.ACTIVE.value or user.verified_at is None:
        raise Unauthenticated("No verified user here has the address of the Facebook account")
    second_factor.check(context, user.id, body.code)
    return _open(context, user, device)


def by_token(context: Context, token: str) -> dict[str, Any]:
    """Return new tokens of the session that this access token belongs to, which ends no later for that.

    Raises Unauthenticated.
    """
    claims = read_access_token(context.settings, token)

    def renew(session: Session) -> dict[str, Any]:
        identity = read_identity(session, claims.user_id, claims.session_id)
        if identity is None:
            raise Unauthenticated
        opened = session.get_one(AuthSession, claims.session_id)
        return _shown(session, opened.user_id, sessions.more_tokens(session, context.settings, opened))

    return context.write(renew)


def refresh(context: Context, token: str, device: Device) -> dict[str, Any]:
    """Return new tokens for a refresh token, which is used up then. Raises Unauthenticated."""

    def rotate(session: Session) -> dict[str, Any]:
        tokens = sessions.rotate(session, context.settings, token, None, device)
        user_id = read_access_token(context.settings, tokens["access_token"]).user_id
        return _shown(session, user_id, tokens)

    return context.write(rotate)


def _user(session: Session, email: str) -> User | None:
    return session.exec(select(User).where(col(User.email) == email)).first()


def _open(context: Context, user: User, device: Device) -> dict[str, Any]:
    """Open a session for a user who has proved who they are, unless the password was changed meanwhile."""

    def open_(session: Session) -> dict[str, Any]:
        current = session.get(User, user.id)
        if current is None or current.password_hash != user.password_hash:
            raise Unauthenticated(WRONG)
        tokens = sessions.open_session(session, context.settings, current, None, device)
        return _shown(session, current.id, tokens)

    return context.write(open_)


def _shown(session: Session, user_id: str, tokens: dict[str, Any]) -> dict[str, Any]:
    user = session.get_one(User, user_id)
    rows = session.exec(
        select(Team.id, Team.team_name, TeamUser.role)
        .join(TeamUser, col(TeamUser.team_id) == col(Team.id))
        .where(
            col(TeamUser.user_id) == user_id,
            col(TeamUser.status) == MemberStatus.ACTIVE.value,
            col(TeamUser.role) != Role.GUEST.value,
            col(Team.suspended_at).is_(None),
        )
        .order_by(col(Team.id))
    ).all()
    found = [(dashed_id(id), name, role.upper()) for id, name, role in rows]
    return {
        "id": dashed_id(user.id),
        "first_name": user.first_name,
        "last_name": user.last_name,
        "avatar_url": user.avatar,
        "organizations": [{"id": id, "name": name, "role": role} for id, name, role in found],
        "memberships": [{"organization_id": id, "role": role} for id, _, role in found],
        "token": tokens["access_token"],
        "refresh_token": tokens["refresh_token"],
    }

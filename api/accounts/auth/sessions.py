"""Sessions and their tokens. A password opens a session, rotation keeps it, and reuse or revocation ends it."""

from datetime import timedelta
from typing import Any

from sqlmodel import Session, col, select

from api.accounts.auth.devices import Device
from api.core.errors import Unauthenticated
from api.core.passwords import digest, new_secret
from api.core.tokens import make_access_token
from models import AuthSession, BrowserPhone, RefreshToken, User, UserStatus, utcnow
from models.browser_phone import end_browser_phones
from switchroom.settings import Settings

WRONG = "Wrong client, user or password"


def open_session(
    session: Session, settings: Settings, user: User, client_id: str | None, device: Device
) -> dict[str, Any]:
    """Open a session for this user and return its first tokens. `client_id` None: the first client that renews it."""
    return _tokens(session, settings, begin(session, settings, user, client_id, device))


def begin(
    session: Session, settings: Settings, user: User, client_id: str | None, device: Device
) -> AuthSession:
    """Open a session for this user, without tokens."""
    opened = AuthSession(user_id=user.id, client_id=client_id, expires_at=_expiry(settings))
    _note_use(opened, device)
    session.add(opened)
    session.flush()
    user.last_login_at = utcnow()
    return opened


def rotate(
    session: Session, settings: Settings, refresh_token: str, client_id: str | None, device: Device
) -> dict[str, Any]:
    """Return new tokens for a refresh token, which is used up then. Raises Unauthenticated.

    `client_id` None: only of a session that belongs to no application yet.
    If the token was used before, someone else has it. Then the session is ended, and that is committed, first.
    """
    known = select(RefreshToken).where(col(RefreshToken.token_hash) == digest(refresh_token))
    token = session.exec(known.with_for_update()).first()
    opened = session.get(AuthSession, token.session_id) if token else None
    if token is None or opened is None or opened.client_id not in (None, client_id):
        raise Unauthenticated(WRONG)
    now = utcnow()
    if token.used_at is not None:
        revoke(session, col(AuthSession.id) == opened.id, reason="refresh token used twice")
        session.commit()
        raise Unauthenticated(WRONG)
    user = session.get(User, opened.user_id)
    active = user is not None and user.status == UserStatus.ACTIVE.value
    if opened.revoked_at is not None or token.expires_at <= now or not active:
        raise Unauthenticated(WRONG)
    token.used_at = now
    opened.client_id = client_id
    opened.expires_at = _expiry(settings)
    _note_use(opened, device)
    return _tokens(session, settings, opened)


def more_tokens(session: Session, settings: Settings, opened: AuthSession) -> dict[str, Any]:
    """Return further tokens of a live session, which ends no later for that."""
    return _tokens(session, settings, opened)


def revoke(session: Session, *conditions: Any, reason: str) -> None:
    """End the live sessions that meet the conditions. All their tokens are refused at once, and their browsers are
    phones no longer."""
    live = select(AuthSession).where(col(AuthSession.revoked_at).is_(None), *conditions)
    # Row by row, so that only these users' identities are read again (see `api.core.identities`).
    ended = session.exec(live).all()
    for row in ended:
        row.revoked_at, row.revoked_reason = utcnow(), reason
    if ended:
        end_browser_phones(session, col(BrowserPhone.session_id).in_([row.id for row in ended]))


def _note_use(opened: AuthSession, device: Device) -> None:
    opened.last_used_at, opened.address, opened.device = utcnow(), device.address[:64], device.name


def _tokens(session: Session, settings: Settings, opened: AuthSession) -> dict[str, Any]:
    secret = new_secret()
    token = RefreshToken(session_id=opened.id, token_hash=digest(secret), expires_at=opened.expires_at)
    session.add(token)
    return {
        "access_token": make_access_token(settings, opened.user_id, opened.id),
        "refresh_token": secret,
        "token_type": "Bearer",
        "expires_in": settings.access_token_seconds,
    }


def _expiry(settings: Settings) -> Any:
    return utcnow() + timedelta(days=settings.refresh_token_days)

"""Sign-in, and what is done with passwords and applications."""

import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlmodel import Session, col, func, or_, select

from api.accounts.auth import second_factor, sessions
from api.accounts.auth.devices import Device
from api.accounts.auth.proofs import check_sign_in
from api.accounts.auth.schemas import Login, ResetPassword
from api.accounts.auth.sessions import WRONG
from api.accounts.auth.verification import BAD_TOKEN, find_token, is_good
from api.core.context import Context
from api.core.deps import Caller
from api.core.errors import Unauthenticated, ValidationFailed
from api.core.mails import mail_password_changed, mail_reset
from api.core.passwords import check_password, digest, hash_password, needs_rehash, new_secret
from models import AuthSession, Client, MemberStatus, PasswordReset, Team, TeamUser, User, UserStatus, utcnow

RESET_LIFETIME = timedelta(hours=1)
MOST_RESETS = 10
"""How many links an account is mailed in `RESET_LIFETIME`."""
CURRENT_PASSWORDS = "5 per hour"
"""How often a session may say the present password."""
_NO_SECRET = digest(secrets.token_hex(16))


def sign_in(context: Context, body: Login, device: Device) -> dict[str, Any]:
    """Return tokens for a password. Raises Unauthenticated, in the same way for a wrong client, user or password.

    Raises RateLimited. The password is checked outside of the transaction that writes, since that takes long.
    """
    email = body.username.strip().lower()

    def find(session: Session) -> tuple[Client | None, User | None]:
        return _client(session, body), find_user(session, email)

    client, user = context.read(find)
    proved = prove_password(context, user if client else None, email, body.password, body.code, device)
    client_id = client.id if client else None
    return context.write(
        lambda session: sessions.open_session(session, context.settings, proved(session), client_id, device)
    )


def find_user(session: Session, email: str) -> User | None:
    """Return the user with this address, which is in lower case."""
    return session.exec(select(User).where(col(User.email) == email)).first()


def prove_password(
    context: Context, user: User | None, email: str, password: str, code: str | None, device: Device
) -> Callable[[Session], User]:
    """Check a password and the code of the second factor. Return what reads the user in the transaction that writes.

    Raises Unauthenticated and RateLimited as `check_sign_in`; and so does what it returns, if the password was changed
    meanwhile. It also stores the password's hash as it is made today.
    """
    check_sign_in(context, user, email, password, code, device.address)
    if user is None:
        raise Unauthenticated(WRONG)
    stale = user.password_hash is not None and needs_rehash(user.password_hash)
    fresh_hash = hash_password(password) if stale else user.password_hash
    user_id, checked_hash = user.id, user.password_hash

    def read(session: Session) -> User:
        current = session.get(User, user_id)
        if current is None or current.password_hash != checked_hash:
            raise Unauthenticated(WRONG)
        current.password_hash = fresh_hash
        return current

    return read


def refresh(context: Context, body: Login, device: Device) -> dict[str, Any]:
    """Return new tokens for a refresh token. Raises Unauthenticated."""

    def rotate(session: Session) -> dict[str, Any]:
        client = _client(session, body)
        if client is None:
            raise Unauthenticated(WRONG)
        return sessions.rotate(session, context.settings, body.refresh_token, client.id, device)

    return context.write(rotate)


def _client(session: Session, body: Login) -> Client | None:
    client = session.exec(select(Client).where(col(Client.client_id) == body.client_id)).first()
    expected = client.secret_hash if client else _NO_SECRET
    return client if secrets.compare_digest(expected, digest(body.client_secret)) else None


def start_reset(context: Context, email: str) -> None:
    """Mail the link, if there is such an active account.

    If strangers ask for many links, no more are mailed for a while. Those that were mailed stay good.
    """

    def start(session: Session) -> None:
        # Locked, so that of requests at the same time no more are mailed.
        known = select(User).where(col(User.email) == email).with_for_update(key_share=True)
        user = session.exec(known).first()
        if user is None or user.status != UserStatus.ACTIVE.value:
            return
        recent = (
            select(func.count())
            .select_from(PasswordReset)
            .where(
                col(PasswordReset.user_id) == user.id,
                col(PasswordReset.created_at) > utcnow() - RESET_LIFETIME,
            )
        )
        if session.exec(recent).one() >= MOST_RESETS:
            return
        token = new_secret()
        reset = PasswordReset(user_id=user.id, token_hash=digest(token), expires_at=utcnow() + RESET_LIFETIME)
        session.add(reset)
        mail_reset(session, context.settings, user, token)

    context.write(start)


def reset(context: Context, body: ResetPassword, address: str) -> None:
    """Set a new password by a mailed token. Raises ValidationFailed, RateLimited."""
    context.limiter.hit("20 per minute", "reset", address)
    new_hash = hash_password(body.password)
    context.write(lambda session: finish_reset(session, body.token, body.email, body.password, new_hash))


def finish_reset(session: Session, token: str, email: str | None, password: str, password_hash: str) -> None:
    """Set the new password and end every session. Raises ValidationFailed for a token that is not good."""
    reset = session.exec(find_token(token)).first()
    user = session.get(User, reset.user_id) if reset else None
    suspended = user is not None and user.status == UserStatus.DEACTIVATED.value
    if reset is None or user is None or suspended or not is_good(reset) or email not in (None, user.email):
        raise ValidationFailed(BAD_TOKEN)
    if user.verified_at is not None:
        check_password_length(session, user.id, password)
    take_over(session, user, password_hash)
    mail_password_changed(session, user)


def take_over(session: Session, user: User, password_hash: str) -> None:
    """Give the account to whoever has a mailed token: set their password, and end what others had of it.

    The address is verified then.
    """
    _void_mailed_tokens(session, user)
    set_password(session, user, password_hash)
    if user.verified_at is None:
        second_factor.drop(session, user.id)
        user.verified_at = utcnow()
    sessions.revoke(session, col(AuthSession.user_id) == user.id, reason="password reset")


def _void_mailed_tokens(session: Session, user: User) -> None:
    unused = select(PasswordReset).where(
        col(PasswordReset.user_id) == user.id, col(PasswordReset.used_at).is_(None)
    )
    for mailed in session.exec(unused):
        mailed.used_at = utcnow()


def check_current_password(
    context: Context, caller: Caller, current: str | None, field: str = "current_password"
) -> None:
    """Raise ValidationFailed if the present password is wrong, or missing where a setting asks for it.

    `field` is where it was sent. Each session has a few tries an hour, so a stolen token does not keep its user from
    changing the password.
    """
    if current is None:
        if context.settings.needs_current_password:
            raise ValidationFailed({field: "Required"})
        return
    context.limiter.hit(CURRENT_PASSWORDS, "current-password", caller.session_id)
    user = context.read(lambda session: session.get(User, caller.user_id))
    if not check_password(user.password_hash if user else None, current):
        raise ValidationFailed({field: "Wrong"})


def change_password(
    session: Session, user_id: str, session_id: str, password: str, password_hash: str
) -> None:
    """Set the password, end the user's other sessions and send a notice. Mailed links set none any more.

    The link to verify an address stays good, until the address is verified.
    """
    user = session.get_one(User, user_id)
    check_password_length(session, user_id, password)
    set_password(session, user, password_hash)
    if user.verified_at is not None:
        _void_mailed_tokens(session, user)
    others = (col(AuthSession.user_id) == user_id, col(AuthSession.id) != session_id)
    sessions.revoke(session, *others, reason="password changed")
    mail_password_changed(session, user)


def set_password(session: Session, user: User, password_hash: str) -> None:
    user.password_hash = password_hash
    user.password_changed_at = utcnow()
    session.add(user)


def check_password_length(session: Session, user_id: str, password: str) -> None:
    """Raise ValidationFailed if a team of which the user is an active member asks for a longer password.

    A membership that somebody else accepted, before the user verified the address, does not bind them.
    """
    longest = (
        select(func.max(Team.password_min_length))
        .join(TeamUser, col(TeamUser.team_id) == col(Team.id))
        .join(User, col(User.id) == col(TeamUser.user_id))
    )
    active = longest.where(
        col(TeamUser.user_id) == user_id,
        col(TeamUser.status) == MemberStatus.ACTIVE.value,
        or_(col(User.verified_at).is_(None), col(TeamUser.accepted_at) >= col(User.verified_at)),
    )
    require_length(password, session.exec(active).one())


def require_length(password: str, least: int | None) -> None:
    """Raise ValidationFailed if the password is shorter than a team asks for."""
    if least is not None and len(password) < least:
        raise ValidationFailed({"password": f"Needs {least} characters or more"})


def register_client(session: Session, name: str) -> tuple[Client, str]:
    """Register an application. Return it and its secret, which is not kept."""
    secret = new_secret()
    client = Client(name=name, client_id=secrets.token_hex(16), secret_hash=digest(secret))
    session.add(client)
    return client, secret

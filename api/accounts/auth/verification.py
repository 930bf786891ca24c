"""Verification of e-mail addresses.

A mailed token alone verifies nothing. If a stranger has signed up with somebody's address, the owner of the address
would verify the stranger's account. So it takes the token and the account's sign-in. The owner of the address takes
such an account over by a mailed reset or a mailed invitation: both replace the password and end the sessions.
"""

from datetime import timedelta

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from api.accounts.auth import proofs
from api.accounts.auth.schemas import VerifyEmail
from api.core.context import Context
from api.core.errors import ValidationFailed
from api.core.mails import mail_verification
from api.core.passwords import digest, new_secret
from models import MemberStatus, PasswordReset, TeamUser, User, UserStatus, utcnow
from switchroom.settings import Settings

LIFETIME = timedelta(days=3)
BAD_TOKEN = {"token": "Invalid, used or expired"}


def ask_for_verification(session: Session, settings: Settings, user: User) -> None:
    """Mail the link, if this installation verifies addresses and the user has not done it."""
    if proofs.is_verified(user, settings):
        return
    token = new_secret()
    session.add(PasswordReset(user_id=user.id, token_hash=digest(token), expires_at=utcnow() + LIFETIME))
    mail_verification(session, settings, user, token)


def verify(context: Context, body: VerifyEmail, caller_id: str | None, address: str) -> None:
    """Verify the account's address. Raises ValidationFailed, Unauthenticated, RateLimited."""
    context.limiter.hit("20 per minute", "verify", address)
    user = context.read(lambda session: _owner(session, body.token)[1])
    proofs.prove(context, user, caller_id, body.password, body.code, address)

    def finish(session: Session) -> None:
        mailed, owner = _owner(session, body.token)
        mailed.used_at = owner.verified_at = utcnow()
        # Who verifies by signing in knows the teams that they are in.
        for member in session.exec(_active_memberships(owner)):
            member.accepted_at = owner.verified_at

    context.write(finish)


def _owner(session: Session, token: str) -> tuple[PasswordReset, User]:
    """Return a good token and its user. Raises ValidationFailed."""
    mailed = session.exec(find_token(token)).first()
    user = session.get(User, mailed.user_id) if mailed else None
    if mailed is None or user is None or not is_good(mailed) or user.status != UserStatus.ACTIVE.value:
        raise ValidationFailed(BAD_TOKEN)
    return mailed, user


def _active_memberships(user: User) -> SelectOfScalar[TeamUser]:
    active = col(TeamUser.status) == MemberStatus.ACTIVE.value
    return select(TeamUser).where(col(TeamUser.user_id) == user.id, active)


def find_token(token: str) -> SelectOfScalar[PasswordReset]:
    """Select a mailed token, locked until the transaction ends."""
    return select(PasswordReset).where(col(PasswordReset.token_hash) == digest(token)).with_for_update()


def is_good(mailed: PasswordReset) -> bool:
    """Return whether the token may still be used."""
    return mailed.used_at is None and mailed.expires_at > utcnow()

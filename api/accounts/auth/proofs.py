"""How people prove that an account is theirs: by a session, or by the password and the second factor."""

from api.accounts.auth import second_factor
from api.accounts.auth.sessions import WRONG
from api.core.context import Context
from api.core.errors import Unauthenticated
from api.core.passwords import check_password, digest
from models import User, UserStatus
from switchroom.settings import Settings


def is_verified(user: User, settings: Settings) -> bool:
    """Return whether the user's address counts: they verified it, or this installation does not ask for it."""
    return user.verified_at is not None or not settings.verifies_addresses


def check_sign_in(
    context: Context, user: User | None, email: str, password: str, code: str | None, address: str
) -> None:
    """Check an account's password, and the code of its second factor where it is on.

    Raises Unauthenticated and RateLimited, in the same way if there is no such account. Wrong passwords and codes slow
    down this address alone, so the right one from elsewhere always works.
    """
    keys = ("sign-in", digest(email), address)
    context.limiter.slow_down(*keys)
    right = check_password(user.password_hash if user else None, password)
    if user is None or not right or user.status != UserStatus.ACTIVE.value:
        raise Unauthenticated(WRONG)
    second_factor.check(context, user.id, code)
    context.limiter.forgive(*keys)


def prove(
    context: Context,
    user: User,
    caller_id: str | None,
    password: str | None,
    code: str | None,
    address: str,
) -> None:
    """Check that the account is the caller's: it is their session's, or they send its password.

    Raises Unauthenticated, RateLimited.
    """
    if caller_id == user.id:
        return
    if password is None:
        raise Unauthenticated("There is an account for this address: sign in with it, or send its password")
    check_sign_in(context, user, user.email, password, code, address)

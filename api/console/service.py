"""Signing in by a browser."""

from sqlmodel import Session

from api.accounts.auth import sessions
from api.accounts.auth.devices import Device
from api.accounts.auth.service import find_user, prove_password
from api.console.schemas import SignIn
from api.core.context import Context
from api.core.tokens import make_console_token


def sign_in(context: Context, body: SignIn, device: Device) -> tuple[str, str]:
    """Open a session. Return the user's id and the cookie's token. Raises Unauthenticated, RateLimited.

    The session ends like every other one: by signing out, with the user's password, by an admin or an operator.
    """
    email, settings = body.email.strip().lower(), context.settings
    user = context.read(lambda session: find_user(session, email))
    proved = prove_password(context, user, email, body.password, body.code, device)

    def begin(session: Session) -> tuple[str, str]:
        opened = sessions.begin(session, settings, proved(session), None, device)
        return opened.user_id, make_console_token(settings, opened.user_id, opened.id, opened.expires_at)

    return context.write(begin)

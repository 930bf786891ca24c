"""Access tokens: JWT (HS256) that name a user and a session, so that ending the session ends them.

The token of the console's cookie lives as long as its session. It has an audience, so that neither counts as the other.
"""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

import jwt

from api.core.errors import Unauthenticated
from models import utcnow
from switchroom.ids import parse_id
from switchroom.settings import Settings

ALGORITHM = "HS256"
ISSUER = "switchroom"
CONSOLE = "console"
"""The audience of the cookie's token."""
SHORTEST_KEY = 32


@dataclass(frozen=True, slots=True)
class Claims:
    user_id: str
    session_id: str


def make_access_token(settings: Settings, user_id: str, session_id: str) -> str:
    """A token good for `access_token_seconds`."""
    ends = utcnow() + timedelta(seconds=settings.access_token_seconds)
    return _encode(settings, user_id, session_id, ends)


def make_console_token(settings: Settings, user_id: str, session_id: str, ends: datetime) -> str:
    """A token for the console's cookie, good until its session ends."""
    return _encode(settings, user_id, session_id, ends, aud=CONSOLE)


def _encode(settings: Settings, user_id: str, session_id: str, ends: datetime, **more: str) -> str:
    claims = {"iss": ISSUER, "sub": user_id, "sid": session_id, "iat": utcnow(), "exp": ends, **more}
    return jwt.encode(claims, settings.secret_key.get_secret_value(), algorithm=ALGORITHM)


def read_access_token(settings: Settings, token: str) -> Claims:
    """Return the token's claims. Raises Unauthenticated if it is not ours, altered or expired."""
    return _read(settings, token, None)


def read_console_token(settings: Settings, token: str) -> Claims:
    """Return the claims of the cookie's token. Raises Unauthenticated as `read_access_token`."""
    return _read(settings, token, CONSOLE)


def _read(settings: Settings, token: str, audience: str | None) -> Claims:
    claims, expires = _verified(token, settings.secret_key.get_secret_value(), audience)
    if expires <= time.time():
        raise Unauthenticated
    return claims


@lru_cache(maxsize=4096)
def _verified(token: str, key: str, audience: str | None) -> tuple[Claims, float]:
    """The claims of a token with a good signature, and when it expires (POSIX)."""
    try:
        claims = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            issuer=ISSUER,
            audience=audience,
            options={"require": ["exp", "iat", "sub", "sid", *(["aud"] if audience else [])]},
        )
    except jwt.InvalidTokenError:
        raise Unauthenticated from None
    user, session = (parse_id(str(claims[name])) for name in ("sub", "sid"))
    if user is None or session is None:
        raise Unauthenticated
    return Claims(user, session), float(claims["exp"])


def claims_of(settings: Settings, authorization: str) -> Claims:
    """Return the claims of the token in this header. Raises Unauthenticated as `read_access_token`."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated
    return read_access_token(settings, token.strip())


def has_valid_token(settings: Settings, authorization: str) -> bool:
    """Return whether this header carries a token of ours that has not expired. Its session may be revoked."""
    try:
        claims_of(settings, authorization)
    except Unauthenticated:
        return False
    return True


def check_secret_key(settings: Settings) -> None:
    """Raises ValueError if there is no key to sign with that is worth the name."""
    if len(settings.secret_key.get_secret_value()) < SHORTEST_KEY:
        raise ValueError(f"SWITCHROOM_SECRET_KEY needs {SHORTEST_KEY} characters or more")

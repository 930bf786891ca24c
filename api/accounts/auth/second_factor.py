"""The second factor of sign-in: codes by time (TOTP), and recovery codes for when the device is lost."""

import logging
import secrets
from datetime import datetime
from typing import Any

import pyotp
from cryptography.fernet import InvalidToken
from sqlmodel import Session, col, func, select

from api.accounts.auth import sessions
from api.core.context import Context
from api.core.deps import Caller
from api.core.errors import Conflict, Unauthenticated, ValidationFailed
from api.core.passwords import digest
from models import AuthSession, RecoveryCode, SecondFactor, User, utcnow
from switchroom.encryption import decrypt, encrypt

log = logging.getLogger(__name__)

ISSUER = "Switchroom"
RECOVERY_CODES = 10
_STEP_SECONDS = 30
_NEIGHBOURS = (0, -1, 1)
"""A device's clock may be one step behind or ahead."""


def state(session: Session, user_id: str) -> dict[str, Any]:
    """Return whether the second factor is on, and how many recovery codes are left."""
    left = select(func.count(col(RecoveryCode.id))).where(
        col(RecoveryCode.user_id) == user_id, col(RecoveryCode.used_at).is_(None)
    )
    on = _factor(session, user_id, confirmed=True) is not None
    return {"enabled": on, "recovery_codes_left": session.exec(left).one() if on else 0}


def begin(context: Context, user_id: str) -> dict[str, Any]:
    """Make a secret, which counts once a code confirms it. Raises Conflict if the second factor is on already."""
    secret = pyotp.random_base32()
    encrypted = encrypt(context.settings, secret)

    def make(session: Session) -> str:
        if _factor(session, user_id, confirmed=True) is not None:
            raise Conflict("The second factor is on already")
        drop(session, user_id)
        session.add(SecondFactor(user_id=user_id, secret=encrypted))
        return session.get_one(User, user_id).email

    email = context.write(make)
    return {"secret": secret, "uri": pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)}


def confirm(context: Context, caller: Caller, code: str) -> dict[str, Any]:
    """Turn the second factor on, and end the user's other sessions. Return the recovery codes, which are not kept.

    Raises ValidationFailed for a wrong code, Conflict if there is nothing to confirm.
    """
    codes = [_recovery_code() for _ in range(RECOVERY_CODES)]

    def turn_on(session: Session) -> None:
        factor = _factor(session, caller.user_id)
        if factor is None or factor.confirmed_at is not None:
            raise Conflict("There is no second factor to confirm")
        if not _takes(context, factor, code):
            raise ValidationFailed({"code": "Wrong"})
        factor.confirmed_at = utcnow()
        for one in codes:
            session.add(RecoveryCode(user_id=caller.user_id, code_hash=digest(one)))
        others = (col(AuthSession.user_id) == caller.user_id, col(AuthSession.id) != caller.session_id)
        sessions.revoke(session, *others, reason="second factor added")

    context.write(turn_on)
    return {"recovery_codes": codes}


def check(context: Context, user_id: str, code: str | None) -> None:
    """Check the code of somebody who signs in, and use it up. Raises Unauthenticated, RateLimited.

    Anything goes while the second factor is off. Wrong codes slow down the account, whatever address they come from.
    """
    if context.read(lambda session: _factor(session, user_id, confirmed=True)) is None:
        return
    if code is None:
        raise _refused("The code of the second factor is missing", "Required")
    # Whoever gets here has the password. From many addresses they could try many codes.
    context.limiter.slow_down("second-factor", user_id)

    def take(session: Session) -> bool:
        factor = _factor(session, user_id, confirmed=True)
        return factor is None or _takes(context, factor, code) or _takes_recovery(session, user_id, code)

    if not context.write(take):
        raise _refused("The code of the second factor is wrong or used", "Wrong")
    context.limiter.forgive("second-factor", user_id)


def drop(session: Session, user_id: str) -> None:
    """Turn the second factor off."""
    for table in (SecondFactor, RecoveryCode):
        for row in session.exec(select(table).where(col(table.user_id) == user_id)):
            session.delete(row)
    session.flush()


def _refused(message: str, code: str) -> Unauthenticated:
    error = Unauthenticated(message)
    error.response["code"] = code
    return error


def _factor(session: Session, user_id: str, *, confirmed: bool = False) -> SecondFactor | None:
    mine = select(SecondFactor).where(col(SecondFactor.user_id) == user_id)
    if confirmed:
        mine = mine.where(col(SecondFactor.confirmed_at).is_not(None))
    return session.exec(mine.with_for_update()).first()


def _takes(context: Context, factor: SecondFactor, code: str) -> bool:
    """Return whether the code is right and new. Then it is used up.

    No code is right if the secret was encrypted with a key that no setting has any more. A recovery code still is.
    """
    try:
        totp = pyotp.TOTP(decrypt(context.settings, factor.secret), interval=_STEP_SECONDS)
    except InvalidToken:
        log.warning("a second factor was encrypted with another secret key", extra={"factor": factor.id})
        return False
    now = utcnow()
    for neighbour in _NEIGHBOURS:
        step = _step(now) + neighbour
        if step > factor.last_step and secrets.compare_digest(
            totp.generate_otp(step).encode(), code.strip().encode()
        ):
            factor.last_step = step
            return True
    return False


def _step(moment: datetime) -> int:
    return int(moment.timestamp()) // _STEP_SECONDS


def _takes_recovery(session: Session, user_id: str, code: str) -> bool:
    unused = select(RecoveryCode).where(
        col(RecoveryCode.user_id) == user_id,
        col(RecoveryCode.code_hash) == digest(code.strip().lower()),
        col(RecoveryCode.used_at).is_(None),
    )
    found = session.exec(unused.with_for_update()).first()
    if found is None:
        return False
    found.used_at = utcnow()
    return True


def _recovery_code() -> str:
    """Make a code of 80 bits: `0f3a2-...`."""
    text = secrets.token_hex(10)
    return "-".join(text[place : place + 5] for place in range(0, len(text), 5))

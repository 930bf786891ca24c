"""Signatures of a team's webhooks, by which the receiver knows that they come from us."""

import hashlib
import hmac

from pydantic import SecretStr

HEADER = "X-Switchroom-Signature"


def team_secret(secret_key: SecretStr, team_id: str) -> str:
    """Return the team's secret, 64 hex digits. It is derived from `secret_key`: it is not stored, and no team can
    know another's.
    """
    return hmac.new(
        secret_key.get_secret_value().encode(), f"webhook:{team_id}".encode(), hashlib.sha256
    ).hexdigest()


def signature(secret: str, at: int, body: bytes) -> str:
    """Return the header's value: `t=<POSIX seconds>,v1=<hex HMAC-SHA256 of "<t>." and the body>`.

    The receiver computes the same with the secret, compares the two, and refuses a `t` that is minutes old.
    """
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"

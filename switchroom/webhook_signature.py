"""How webhooks of a team are signed, so that their receiver can tell them from a stranger's."""

import hashlib
import hmac

from pydantic import SecretStr

HEADER = "X-Switchroom-Signature"


def team_secret(secret_key: SecretStr, team_id: str) -> str:
    """The team's secret: 64 hex digits, made of ours, so that it is stored nowhere and no team knows another's."""
    return hmac.new(
        secret_key.get_secret_value().encode(), f"webhook:{team_id}".encode(), hashlib.sha256
    ).hexdigest()


def signature(secret: str, at: int, body: bytes) -> str:
    """The header's value: `t=<POSIX seconds>,v1=<hex HMAC-SHA256 of "<t>." and the body>`.

    A receiver makes the same with the secret, compares, and refuses a `t` that is minutes old.
    """
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"

"""Grants as the database keeps them: encrypted. They are readable in memory alone."""

import json
from dataclasses import asdict
from datetime import datetime

from cryptography.fernet import InvalidToken

from providers.integrations.base import Grant, GrantRefused
from switchroom.encryption import decrypt, encrypt
from switchroom.settings import Settings


def seal(settings: Settings, grant: Grant) -> str:
    """Return the grant encrypted."""
    ends = grant.expires_at.isoformat() if grant.expires_at else None
    return encrypt(settings, json.dumps({**asdict(grant), "expires_at": ends}))


def unseal(settings: Settings, sealed: str) -> Grant:
    """Return the grant. Raises GrantRefused if it was encrypted with a key that no setting has any more."""
    try:
        values = json.loads(decrypt(settings, sealed))
    except InvalidToken:
        raise GrantRefused("The secret key of the installation was changed: connect again") from None
    ends = values.pop("expires_at")
    return Grant(**values, expires_at=datetime.fromisoformat(ends) if ends else None)

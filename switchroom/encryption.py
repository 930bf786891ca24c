"""Secrets that must be read again, encrypted for the database with a key made of `SWITCHROOM_SECRET_KEY`.

What was encrypted with one of `SWITCHROOM_EARLIER_SECRET_KEYS` can be read, too. `models.encrypted` encrypts it again.
"""

from base64 import urlsafe_b64encode
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from switchroom.settings import Settings


def encrypt(settings: Settings, secret: str) -> str:
    """Return the secret encrypted and signed (Fernet: AES-128-CBC, HMAC-SHA256)."""
    return _fernet(_newest(settings)).encrypt(secret.encode()).decode()


def decrypt(settings: Settings, encrypted: str) -> str:
    """Return the secret. Raises `cryptography.fernet.InvalidToken` if it was encrypted with an unknown key."""
    return _fernets(settings).decrypt(encrypted.encode()).decode()


def renewed(settings: Settings, encrypted: str) -> str | None:
    """Return the same secret encrypted with the newest key; None if it is already.

    Raises `cryptography.fernet.InvalidToken` if it was encrypted with an unknown key.
    """
    try:
        _fernet(_newest(settings)).decrypt(encrypted.encode())
    except InvalidToken:
        return _fernets(settings).rotate(encrypted.encode()).decode()
    return None


def _newest(settings: Settings) -> str:
    return settings.secret_key.get_secret_value()


def _fernets(settings: Settings) -> MultiFernet:
    earlier = (key.get_secret_value() for key in settings.earlier_secret_keys)
    return MultiFernet([_fernet(key) for key in (_newest(settings), *earlier)])


@lru_cache(maxsize=16)
def _fernet(key: str) -> Fernet:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"switchroom: secrets in the database")
    return Fernet(urlsafe_b64encode(derived.derive(key.encode())))

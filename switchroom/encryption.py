"""Secrets that must be read again, encrypted for the database with a key made of `SWITCHROOM_SECRET_KEY`."""

from base64 import urlsafe_b64encode
from functools import lru_cache

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from switchroom.settings import Settings


def encrypt(settings: Settings, secret: str) -> str:
    """Return the secret encrypted and signed (Fernet: AES-128-CBC, HMAC-SHA256)."""
    return _fernet(settings.secret_key.get_secret_value()).encrypt(secret.encode()).decode()


def decrypt(settings: Settings, encrypted: str) -> str:
    """Return the secret. Raises `cryptography.fernet.InvalidToken` if it was encrypted with another key."""
    return _fernet(settings.secret_key.get_secret_value()).decrypt(encrypted.encode()).decode()


@lru_cache(maxsize=4)
def _fernet(key: str) -> Fernet:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"switchroom: secrets in the database")
    return Fernet(urlsafe_b64encode(derived.derive(key.encode())))

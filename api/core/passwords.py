"""Passwords: Argon2id. Checking takes the same time whether the account exists or not."""

import hashlib
import os
import secrets
import threading

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

_hasher = PasswordHasher()
# Of a password that nobody knows. To make one takes a third of a second of each start.
_DUMMY = "$argon2id$v=19$m=65536,t=3,p=4$Uqe40gR6ReDXDfufkDIwtA$xvjVovGXHz7tKXaZaDHQEycuUcQ8BacN5ig5+qM7NNA"
# Each hash takes 64 MiB and a core: more at once than there are cores would only exhaust the memory.
_slots = threading.BoundedSemaphore(os.cpu_count() or 2)


def hash_password(password: str) -> str:
    """The Argon2id hash; takes tens of milliseconds, so call it before the transaction's first write."""
    with _slots:
        return _hasher.hash(password)


def check_password(password_hash: str | None, password: str) -> bool:
    """Whether the password is the one; without a hash the answer is no, after as much work."""
    try:
        with _slots:
            _hasher.verify(password_hash or _DUMMY, password)
    except (Argon2Error, InvalidHashError):
        return False
    return password_hash is not None


def needs_rehash(password_hash: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)


def new_secret() -> str:
    """A fresh secret of 256 bits, for tokens and client secrets."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """SHA-256 of a random secret, as it is stored. Not for passwords, which are not random."""
    return hashlib.sha256(secret.encode()).hexdigest()

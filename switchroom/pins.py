"""PINs of mailboxes: digits that are typed at a telephone. Argon2id keeps the hash; few tries are allowed."""

import re

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

SHORTEST, LONGEST = 4, 10
PIN = re.compile(rf"[0-9]{{{SHORTEST},{LONGEST}}}")
_UP, _DOWN = "01234567890123456789", "98765432109876543210"
_hasher = PasswordHasher()


def problem_of(pin: str, *numbers: str | None) -> str | None:
    """Return what is wrong with a new PIN, or None. `numbers`: those of its mailbox, which everybody would try."""
    if not PIN.fullmatch(pin):
        return f"{SHORTEST} to {LONGEST} digits"
    if len(set(pin)) == 1 or pin in _UP or pin in _DOWN:
        return "Too easy to guess: not one digit alone, and no sequence like 1234"
    if pin in numbers:
        return "Too easy to guess: not the extension or the number of the mailbox"
    return None


def hash_pin(pin: str) -> str:
    """Return the hash. It takes tens of milliseconds."""
    return _hasher.hash(pin)


def check_pin(pin_hash: str | None, pin: str) -> bool:
    """Return whether the PIN is the one. It takes tens of milliseconds. Without a hash no PIN is right."""
    if pin_hash is None or not PIN.fullmatch(pin):
        return False
    try:
        return _hasher.verify(pin_hash, pin)
    except (Argon2Error, InvalidHashError):
        return False

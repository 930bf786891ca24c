"""What one transaction at a time may do, although no row stands for it that could be locked."""

from hashlib import sha256

from sqlalchemy import text
from sqlmodel import Session

_LOCK = text("SELECT pg_advisory_xact_lock(:key)")


def take_turn(session: Session, what: str | int) -> None:
    """Wait until no other transaction has this turn, and keep it until this one ends. `what`: a name, or a lock's key.

    SQLite has one writer at a time, so there is nothing to wait for.
    """
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        if isinstance(what, str):
            what = int.from_bytes(sha256(what.encode()).digest()[:8], signed=True)
        connection.execute(_LOCK, {"key": what})

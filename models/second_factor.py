"""The second factor of sign-in: a secret of time-based codes (TOTP, RFC 6238), and recovery codes."""

from datetime import datetime

from sqlmodel import Field

from models.base import Row, time_field


class SecondFactor(Row, table=True):
    """A user's second factor. It counts once it is confirmed by a code."""

    __tablename__ = "second_factors"

    user_id: str = Field(foreign_key="users.id", unique=True, max_length=32, ondelete="CASCADE")
    secret: str = Field(max_length=400)
    """Encrypted (`switchroom.encryption`)."""
    confirmed_at: datetime | None = time_field()
    last_step: int = 0
    """The step of the last code that was taken. No code of it or of an earlier one is taken again."""


class RecoveryCode(Row, table=True):
    """A code for one sign-in without the device. `code_hash` is the SHA-256 of the (random) code."""

    __tablename__ = "recovery_codes"

    user_id: str = Field(foreign_key="users.id", index=True, max_length=32, ondelete="CASCADE")
    code_hash: str = Field(unique=True, max_length=64)
    used_at: datetime | None = time_field()

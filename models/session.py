"""Sign-in: applications, sessions with their refresh tokens, password resets. Secrets are stored hashed."""

from datetime import datetime

from sqlmodel import Field

from models.base import Row, time_field


class Client(Row, table=True):
    """An application that may ask for tokens. `secret_hash` is the SHA-256 of its (random) secret."""

    __tablename__ = "clients"

    name: str = Field(max_length=100)
    client_id: str = Field(unique=True, max_length=64)
    secret_hash: str = Field(max_length=64)


class AuthSession(Row, table=True):
    """One sign-in: a chain of refresh tokens. Once it is revoked, none of its tokens is valid."""

    __tablename__ = "auth_sessions"

    user_id: str = Field(foreign_key="users.id", index=True, max_length=32, ondelete="CASCADE")
    client_id: str | None = Field(default=None, foreign_key="clients.id", max_length=32, ondelete="SET NULL")
    address: str = Field(default="", max_length=64)
    """From where its tokens were renewed last."""
    device: str = Field(default="", max_length=200)
    """How the client's program names itself (`User-Agent`)."""
    last_used_at: datetime | None = time_field()
    expires_at: datetime = time_field(nullable=False)
    revoked_at: datetime | None = time_field()
    revoked_reason: str = Field(default="", max_length=40)


class RefreshToken(Row, table=True):
    """`token_hash` is the SHA-256. If a token is used again after `used_at`, its session ends."""

    __tablename__ = "refresh_tokens"

    session_id: str = Field(foreign_key="auth_sessions.id", index=True, max_length=32, ondelete="CASCADE")
    token_hash: str = Field(unique=True, max_length=64)
    expires_at: datetime = time_field(nullable=False)
    used_at: datetime | None = time_field()


class PasswordReset(Row, table=True):
    """The token of a mailed link (its SHA-256), valid for one use: it sets a new password or verifies the address."""

    __tablename__ = "password_resets"

    user_id: str = Field(foreign_key="users.id", index=True, max_length=32, ondelete="CASCADE")
    token_hash: str = Field(unique=True, max_length=64)
    expires_at: datetime = time_field(nullable=False)
    used_at: datetime | None = time_field()

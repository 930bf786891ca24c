"""Invitations of guests to chats of a team. `Chat.conf_pin` is the other way into a chat."""

from datetime import datetime

from sqlmodel import Field

from models.base import Row, time_field


class GuestInvite(Row, table=True):
    """An invitation to a chat. Its PIN is mailed, can be used once, and is stored hashed."""

    __tablename__ = "guest_invites"

    team_id: str = Field(foreign_key="teams.id", index=True, max_length=32, ondelete="CASCADE")
    chat_id: str = Field(foreign_key="chats.id", index=True, max_length=32, ondelete="CASCADE")
    user_id: str = Field(foreign_key="users.id", index=True, max_length=32, ondelete="CASCADE")
    pin_hash: str = Field(unique=True, max_length=64)
    """HMAC-SHA256 with the installation's key: a PIN is soon guessed from a plain hash."""
    invited_by: str | None = Field(default=None, foreign_key="users.id", max_length=32, ondelete="SET NULL")
    expires_at: datetime = time_field(nullable=False)
    accepted_at: datetime | None = time_field()

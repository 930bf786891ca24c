"""Users: people who sign in. `models.team` has what belongs to a membership."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field

from models.base import ChangingRow, json_field, time_field


class UserStatus(StrEnum):
    """`pending`: invited, no password yet."""

    ACTIVE = "active"
    PENDING = "pending"
    DEACTIVATED = "deactivated"


class User(ChangingRow, table=True):
    __tablename__ = "users"

    email: str = Field(unique=True, max_length=254)
    """Lower case."""
    password_hash: str | None = None
    """Argon2id; None until an invitation is accepted."""
    first_name: str = Field(default="", max_length=100)
    last_name: str = Field(default="", max_length=100)
    avatar: str | None = Field(default=None, max_length=2000)
    status: str = Field(default=UserStatus.ACTIVE.value, max_length=20)
    state: str = Field(default="offline", max_length=40)
    """Presence, as shown to colleagues."""
    color: str = Field(default="87b1c4", max_length=6)
    language: str = Field(default="en", max_length=20)
    timezone: str = Field(default="UTC", max_length=64)
    timeformat: str = Field(default="24-hour", max_length=20)
    dateformat: str = Field(default="YYYY-MM-DD", max_length=20)
    tooltips: bool = True
    tours: list[str] = json_field(list)
    operator: bool = False
    """Whether the user is an operator of the installation."""
    verified_at: datetime | None = time_field()
    """When the user first proved by a mailed token that the address is theirs."""
    last_login_at: datetime | None = time_field()
    password_changed_at: datetime | None = time_field()

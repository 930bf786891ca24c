"""Telephone numbers: a team's DIDs and the local pool for sale."""

from datetime import datetime

from sqlmodel import Field

from models.base import ChangingRow, Row, time_field


class DidNumber(ChangingRow, table=True):
    """One of `route_id`, `queue_id`, `user_id` is set. If none is, callers hear 'not in service'."""

    __tablename__ = "did_numbers"

    team_id: str = Field(foreign_key="teams.id", index=True, max_length=32, ondelete="CASCADE")
    e164: str = Field(unique=True, max_length=20)
    name: str = Field(default="", max_length=100)
    route_id: str | None = Field(default=None, foreign_key="call_routes.id", index=True, max_length=32)
    queue_id: str | None = Field(default=None, foreign_key="queues.id", index=True, max_length=32)
    user_id: str | None = Field(default=None, foreign_key="users.id", index=True, max_length=32)
    recording: str | None = Field(default=None, max_length=10)
    retention_days: int | None = None
    country: str = Field(default="", max_length=100)
    state: str = Field(default="", max_length=100)
    city: str = Field(default="", max_length=100)
    area_code: str = Field(default="", max_length=10)
    bought_at: datetime = time_field(nullable=False)


class InventoryNumber(Row, table=True):
    """A number of the local pool. `country` is ISO 3166 alpha-2, `state` the code (`ON`)."""

    __tablename__ = "inventory_numbers"

    e164: str = Field(unique=True, max_length=20)
    country: str = Field(default="", index=True, max_length=100)
    state: str = Field(default="", max_length=100)
    city: str = Field(default="", max_length=100)
    area_code: str = Field(default="", max_length=10)
    taken: bool = False

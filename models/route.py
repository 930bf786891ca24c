"""Call routes: decision trees of blocks, each saved version kept."""

from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from models.base import ChangingRow, Row, json_field


class CallRoute(ChangingRow, table=True):
    """The present version. `blocks`: block id -> `{type, settings, exits}`, see `routing.routes.document`."""

    __tablename__ = "call_routes"

    team_id: str = Field(foreign_key="teams.id", index=True, max_length=32, ondelete="CASCADE")
    name: str = Field(max_length=100)
    version: int = 1
    entry: str = Field(default="", max_length=64)
    blocks: dict[str, Any] = json_field(dict)
    user_id: str | None = Field(default=None, foreign_key="users.id", index=True, max_length=32)
    """Whose route it is; None: the team's."""
    slug: str | None = Field(default=None, index=True, max_length=100)
    purpose: str | None = Field(default=None, max_length=20)
    """What the product made the route for (`auto-attendant`); None: a person made it."""


class CallRouteVersion(Row, table=True):
    """`document`: `{name, entry, blocks}` as saved."""

    __tablename__ = "call_route_versions"
    __table_args__ = (UniqueConstraint("route_id", "version"),)

    route_id: str = Field(foreign_key="call_routes.id", max_length=32, ondelete="CASCADE")
    version: int
    document: dict[str, Any] = json_field(dict)
    saved_by: str | None = Field(default=None, max_length=32)

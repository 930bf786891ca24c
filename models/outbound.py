"""What teams may dial in the telephone network, as an operator and the team itself decided."""

from enum import StrEnum
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Session, col, select

from models.base import ChangingRow, Json


class DecidedBy(StrEnum):
    OPERATOR = "operator"
    """Opens and sets limits."""
    TEAM = "team"
    """Narrows what the operator allows."""


class OutboundLimits(ChangingRow, table=True):
    """One layer of a team's limits: those of `routing.outbound.policy.Limits`. None: as the layer above says."""

    __tablename__ = "outbound_limits"
    __table_args__ = (UniqueConstraint("team_id", "decided_by"),)

    team_id: str = Field(foreign_key="teams.id", max_length=32, ondelete="CASCADE")
    decided_by: str = Field(max_length=10)
    open: bool | None = None
    countries: list[Any] | None = Field(default=None, sa_type=Json, nullable=True)
    classes: list[Any] | None = Field(default=None, sa_type=Json, nullable=True)
    team_per_day: int | None = None
    member_per_day: int | None = None
    number_per_day: int | None = None
    destination_per_day: int | None = None


def outbound_limits(session: Session, team_id: str) -> dict[str, OutboundLimits]:
    """Return the layers of a team, by who decided."""
    rows = session.exec(select(OutboundLimits).where(col(OutboundLimits.team_id) == team_id))
    return {row.decided_by: row for row in rows}

"""Agents: members of a team who take calls from queues."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.base import ChangingRow, Json, UTCDateTime, time_field


class Agent(ChangingRow, table=True):
    """`status` is the last overall status set (`routing.events.AgentStatus`); the engine derives the rest."""

    __tablename__ = "agents"
    __table_args__ = (UniqueConstraint("team_id", "user_id", "name"),)

    team_id: str = Field(foreign_key="teams.id", index=True, max_length=32, ondelete="CASCADE")
    user_id: str = Field(foreign_key="users.id", index=True, max_length=32, ondelete="CASCADE")
    name: str = Field(max_length=100)
    status: str = Field(default="Offline", max_length=20)
    reason: str = Field(default="", max_length=100)
    capacity: int = 1
    schedule: dict[str, Any] | None = Field(default=None, sa_type=Json, nullable=True)
    """When the agent should be `Available`: a weekly plan in the team's zone, `{"mon": [["09:00", "17:00"]]}`."""


class AgentSpell(SQLModel, table=True):
    """A span in which an agent's overall status was the same. It is written when it ends."""

    __tablename__ = "agent_spells"
    __table_args__ = (Index("ix_agent_spells_team_id_ended_at", "team_id", "ended_at"),)

    agent_id: str = Field(primary_key=True, foreign_key="agents.id", max_length=32, ondelete="CASCADE")
    began_at: datetime = Field(primary_key=True, sa_type=UTCDateTime)
    ended_at: datetime = time_field(nullable=False)
    team_id: str = Field(max_length=32)
    status: str = Field(max_length=20)
    reason: str = Field(default="", max_length=100)

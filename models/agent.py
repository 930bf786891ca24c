"""Agents: members of a team who take calls from queues."""

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from models.base import ChangingRow


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

"""Queues with their managers and agents. Times are in seconds. None means no limit."""

from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from models.base import ChangingRow, Json, Row, json_field


class Queue(ChangingRow, table=True):
    """The settings are those of `routing.config.QueueConfig`, which says what each means. A test compares the two
    (`tests/models/test_settings.py`). `retention_days` None: as the team says.
    """

    __tablename__ = "queues"
    __table_args__ = (UniqueConstraint("team_id", "name"),)

    team_id: str = Field(foreign_key="teams.id", max_length=32, ondelete="CASCADE")
    name: str = Field(max_length=100)
    strategy: str = Field(default="longest-idle", max_length=30)
    priority: int = 0
    ring_timeout: float = 20.0
    wrap_up: float = 0.0
    max_wait: float | None = None
    max_waiting: int | None = None
    join_when_empty: bool = True
    leave_when_empty: bool = False
    ring_limit: int = 20
    missed_limit: int | None = 3
    call_service_good: float = 20.0
    short_abandon: float = 5.0
    music: str = Field(default="default", max_length=40)
    recording: str | None = Field(default=None, max_length=10)
    ring_step: float = 10.0
    skills: list[Any] = json_field(list)
    relaxation: list[Any] = json_field(list)
    sticky_wait: float | None = None
    sticky_days: float = 30.0
    max_calls: int | None = None
    hours: dict[str, Any] | None = Field(default=None, sa_type=Json, nullable=True)
    overflow: dict[str, Any] | None = Field(default=None, sa_type=Json, nullable=True)
    announce_position: bool = False
    announce_wait: bool = False
    announce_first: float = 20.0
    announce_every: float = 60.0
    comfort_sounds: list[Any] = json_field(list)
    comfort_every: float = 45.0
    agent_sounds: list[Any] = json_field(list)
    agent_wait: bool = False
    callback_attempts: int = 3
    callback_retry: float = 600.0
    callback_timeout: float = 30.0
    callback_caller_id: str = Field(default="", max_length=20)
    work_weight: float = 0.33
    retention_days: int | None = None


class QueueManager(Row, table=True):
    __tablename__ = "queue_managers"
    __table_args__ = (UniqueConstraint("queue_id", "user_id"),)

    queue_id: str = Field(foreign_key="queues.id", max_length=32, ondelete="CASCADE")
    user_id: str = Field(foreign_key="users.id", index=True, max_length=32, ondelete="CASCADE")


class QueueAgent(Row, table=True):
    """An agent's place in a queue. `skills` is `[[name, level], ...]`. `status` None: the agent's overall status."""

    __tablename__ = "queue_agents"
    __table_args__ = (UniqueConstraint("queue_id", "agent_id"),)

    queue_id: str = Field(foreign_key="queues.id", max_length=32, ondelete="CASCADE")
    agent_id: str = Field(foreign_key="agents.id", index=True, max_length=32, ondelete="CASCADE")
    order: int = 0
    skills: list[Any] = json_field(list)
    weight: int = 1
    status: str | None = Field(default=None, max_length=20)
    reason: str = Field(default="", max_length=100)

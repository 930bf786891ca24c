"""Statistics that are mailed at regular times."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlmodel import Field

from models.base import ChangingRow, Json, json_field, time_field


class Period(StrEnum):
    """What a mail is about: the last whole one before it, by the clock of the team's zone."""

    DAY = "day"
    WEEK = "week"
    """From Monday on."""
    MONTH = "month"


class ReportSchedule(ChangingRow, table=True):
    """Figures of a team that are mailed to some of its members after each `period`."""

    __tablename__ = "report_schedules"

    team_id: str = Field(foreign_key="teams.id", index=True, max_length=32, ondelete="CASCADE")
    name: str = Field(max_length=100)
    of: str = Field(default="calls", max_length=20)
    """`calls` or `conversations`."""
    by: str = Field(max_length=10)
    interval: str | None = Field(default=None, max_length=10)
    period: str = Field(max_length=10)
    hour: int = 6
    """The local hour of the day after the period."""
    figures: list[Any] | None = Field(default=None, sa_type=Json, nullable=True)
    """The columns; None: all."""
    queues: list[Any] | None = Field(default=None, sa_type=Json, nullable=True)
    """The ids of the queues; None: all."""
    receivers: list[str] = json_field(list)
    """The users' ids."""
    format: str = Field(default="xlsx", max_length=10)
    active: bool = True
    next_at: datetime = time_field(nullable=False, index=True)

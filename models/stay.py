"""What each queue counts: the stays of calls in queues."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from models.base import time_field


class QueueStay(SQLModel, table=True):
    """A caller's stay in one queue, from entering it to leaving it. It goes with its call.

    The columns are those of `routing.records.StayRecord`; `wait` and `talk` are seconds. `left_at` None: the stay goes
    on with a callback.
    """

    __tablename__ = "queue_stays"
    __table_args__ = (
        Index("ix_queue_stays_queue_id_joined_at", "queue_id", "joined_at"),
        Index("ix_queue_stays_last_call_id", "last_call_id"),
    )

    call_id: str = Field(primary_key=True, foreign_key="call_logs.id", max_length=32, ondelete="CASCADE")
    number: int = Field(primary_key=True)
    team_id: str | None = Field(default=None, max_length=32)
    queue_id: str = Field(max_length=32)
    agent_id: str | None = Field(default=None, max_length=32)
    joined_at: datetime = time_field(nullable=False)
    left_at: datetime | None = time_field()
    outcome: str = Field(max_length=20)
    """See `routing.figures.Outcome`."""
    wait: float = 0.0
    talk: float = 0.0
    exit: str = Field(default="", max_length=20)
    passed_to: str = Field(default="", max_length=20)
    callback: str | None = Field(default=None, max_length=32)
    last_call_id: str = Field(max_length=32)

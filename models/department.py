"""Departments: users who are rung together."""

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from models.base import ChangingRow, Row


class Department(ChangingRow, table=True):
    """`ring_type` is a `routing.config.RingType`. `routing.config.DepartmentConfig` says what `callcenter_...` mean."""

    __tablename__ = "departments"
    __table_args__ = (UniqueConstraint("team_id", "name"),)

    team_id: str = Field(foreign_key="teams.id", max_length=32, ondelete="CASCADE")
    name: str = Field(max_length=100)
    ring_type: str = Field(default="simultaneous", max_length=20)
    callcenter_ring: int | None = None
    callcenter_max_time: int | None = None
    callcenter_hold_music: str | None = Field(default=None, max_length=80)
    callcenter_transfer_to: str | None = Field(default=None, max_length=40)


class DepartmentUser(Row, table=True):
    """A user's place in a department; rows are rung in the order of their ids, which is that of their making."""

    __tablename__ = "department_users"
    __table_args__ = (UniqueConstraint("department_id", "user_id"),)

    department_id: str = Field(foreign_key="departments.id", max_length=32, ondelete="CASCADE")
    user_id: str = Field(foreign_key="users.id", index=True, max_length=32, ondelete="CASCADE")

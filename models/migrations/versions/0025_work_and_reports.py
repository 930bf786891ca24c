"""Minutes and money of outside calls, members of calls, agents' statuses and plans, statistics by mail."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

from models.base import Json

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_CAPS = ("team_minutes_per_day", "member_minutes_per_day", "team_money_per_day", "member_money_per_day")
_BATCH = 1000


def upgrade() -> None:
    for cap in _CAPS:
        op.add_column("outbound_limits", sa.Column(cap, sa.Integer(), nullable=True))
    op.create_table(
        "call_members",
        sa.Column("call_id", sa.String(length=32), nullable=False),
        sa.Column("member_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["call_id"], ["call_logs.id"], name=op.f("fk_call_members_call_id_call_logs"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("call_id", "member_id", name=op.f("pk_call_members")),
    )
    op.create_index("ix_call_members_member_id", "call_members", ["member_id"])
    _fill_call_members()
    op.add_column("agents", sa.Column("schedule", Json(), nullable=True))
    op.create_table(
        "agent_spells",
        sa.Column("agent_id", sa.String(length=32), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("team_id", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agents.id"], name=op.f("fk_agent_spells_agent_id_agents"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("agent_id", "began_at", name=op.f("pk_agent_spells")),
    )
    op.create_index("ix_agent_spells_team_id_ended_at", "agent_spells", ["team_id", "ended_at"])
    op.create_table(
        "report_schedules",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("team_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("by", sa.String(length=10), nullable=False),
        sa.Column("interval", sa.String(length=10), nullable=True),
        sa.Column("period", sa.String(length=10), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("figures", Json(), nullable=True),
        sa.Column("queues", Json(), nullable=True),
        sa.Column("receivers", Json(), nullable=False),
        sa.Column("format", sa.String(length=10), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["team_id"], ["teams.id"], name=op.f("fk_report_schedules_team_id_teams"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_schedules")),
    )
    op.create_index(op.f("ix_report_schedules_team_id"), "report_schedules", ["team_id"])
    op.create_index(op.f("ix_report_schedules_next_at"), "report_schedules", ["next_at"])


def downgrade() -> None:
    op.drop_table("report_schedules")
    op.drop_table("agent_spells")
    op.drop_column("agents", "schedule")
    op.drop_table("call_members")
    for cap in _CAPS:
        op.drop_column("outbound_limits", cap)


def _fill_call_members() -> None:
    """Write who took part in the calls that were logged before."""
    connection = op.get_bind()
    logs = sa.table("call_logs", sa.column("id", sa.String), sa.column("legs", sa.Text))
    read = (
        sa.select(logs.c.id, sa.cast(logs.c.legs, sa.Text))
        .where(sa.cast(logs.c.legs, sa.Text).contains('"member"'))
        .order_by(logs.c.id)
        .limit(_BATCH)
    )
    last = ""
    while rows := connection.execute(read.where(logs.c.id > last)).all():
        found = [{"call_id": call, "member_id": member} for call, legs in rows for member in _members(legs)]
        if found:
            op.bulk_insert(
                sa.table("call_members", sa.column("call_id", sa.String), sa.column("member_id", sa.String)),
                found,
            )
        last = rows[-1][0]


def _members(legs: str) -> list[str]:
    known: list[dict[str, Any]] = json.loads(legs)
    return sorted({leg["member"] for leg in known if leg.get("member")})

"""Calls of members' phones to the telephone network: trunks by rule, calls at once, and where telephones stand."""

import sqlalchemy as sa
from alembic import op

from models.base import Json

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbound_limits", sa.Column("team_at_once", sa.Integer(), nullable=True))
    op.add_column("outbound_limits", sa.Column("member_at_once", sa.Integer(), nullable=True))
    for table in ("team_users", "call_logs"):
        op.add_column(table, sa.Column("location", sa.String(length=300), nullable=False, server_default=""))
    op.create_table(
        "trunk_rules",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("team_id", sa.String(length=32), nullable=True),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("prefix", sa.String(length=20), nullable=False),
        sa.Column("trunks", Json(), nullable=False),
        sa.ForeignKeyConstraint(
            ["team_id"], ["teams.id"], name=op.f("fk_trunk_rules_team_id_teams"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trunk_rules")),
    )
    op.create_index(op.f("ix_trunk_rules_team_id"), "trunk_rules", ["team_id"])


def downgrade() -> None:
    op.drop_table("trunk_rules")
    for table in ("team_users", "call_logs"):
        op.drop_column(table, "location")
    op.drop_column("outbound_limits", "member_at_once")
    op.drop_column("outbound_limits", "team_at_once")

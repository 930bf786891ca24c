"""What teams may dial in the telephone network. Teams that are there have no row: they may not dial."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "outbound_limits",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("team_id", sa.String(length=32), nullable=False),
        sa.Column("decided_by", sa.String(length=10), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=True),
        sa.Column("countries", JSON, nullable=True),
        sa.Column("classes", JSON, nullable=True),
        sa.Column("team_per_day", sa.Integer(), nullable=True),
        sa.Column("member_per_day", sa.Integer(), nullable=True),
        sa.Column("number_per_day", sa.Integer(), nullable=True),
        sa.Column("destination_per_day", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["team_id"], ["teams.id"], name=op.f("fk_outbound_limits_team_id_teams"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbound_limits")),
        sa.UniqueConstraint("team_id", "decided_by", name=op.f("uq_outbound_limits_team_id_decided_by")),
    )


def downgrade() -> None:
    op.drop_table("outbound_limits")

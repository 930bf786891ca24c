"""Scheduled statistics of conversations."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "report_schedules", sa.Column("of", sa.String(length=20), nullable=False, server_default="calls")
    )


def downgrade() -> None:
    op.drop_column("report_schedules", "of")

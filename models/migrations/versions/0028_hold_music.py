"""Music on hold of a team."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "teams", sa.Column("hold_music", sa.String(length=40), nullable=False, server_default="default")
    )


def downgrade() -> None:
    op.drop_column("teams", "hold_music")

"""What is known of messages that were erased, so that no source brings them back."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "inbox_deleted",
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_inbox_deleted")),
    )
    op.create_index(op.f("ix_inbox_deleted_deleted_at"), "inbox_deleted", ["deleted_at"])


def downgrade() -> None:
    op.drop_table("inbox_deleted")

"""Links by which desk phones fetch their configuration."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "provisioning_links",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("member_id", sa.String(length=32), nullable=False),
        sa.Column("vendor", sa.String(length=20), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["team_users.id"],
            name=op.f("fk_provisioning_links_member_id_team_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provisioning_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_provisioning_links_token_hash")),
    )
    op.create_index(op.f("ix_provisioning_links_member_id"), "provisioning_links", ["member_id"])


def downgrade() -> None:
    op.drop_table("provisioning_links")

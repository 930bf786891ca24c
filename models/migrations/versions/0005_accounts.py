"""Verified addresses; invitations whose shown token proves nothing."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.add_column(sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True))
    # The accounts that are there count as verified, and their memberships as accepted.
    op.execute("UPDATE users SET verified_at = created_at WHERE status <> 'pending'")
    op.execute(
        "UPDATE team_users SET accepted_at = created_at WHERE status = 'active' AND accepted_at IS NULL"
    )
    with op.batch_alter_table("invites", schema=None) as batch_op:
        batch_op.add_column(sa.Column("shown_hash", sa.String(length=64), nullable=True))
        batch_op.create_unique_constraint(batch_op.f("uq_invites_shown_hash"), ["shown_hash"])
    # Their tokens may have been shown to admins, so they prove no address.
    op.execute("UPDATE invites SET shown_hash = token_hash, token_hash = id WHERE accepted_at IS NULL")


def downgrade() -> None:
    op.execute("UPDATE invites SET token_hash = shown_hash WHERE shown_hash IS NOT NULL")
    with op.batch_alter_table("invites", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_invites_shown_hash"), type_="unique")
        batch_op.drop_column("shown_hash")
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.drop_column("verified_at")

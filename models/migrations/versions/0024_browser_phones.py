"""Browsers that are phones."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "browser_phones",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("member_id", sa.String(length=32), nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("password", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["auth_sessions.id"],
            name=op.f("fk_browser_phones_session_id_auth_sessions"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["team_users.id"],
            name=op.f("fk_browser_phones_member_id_team_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_browser_phones")),
        sa.UniqueConstraint("account", name=op.f("uq_browser_phones_account")),
        sa.UniqueConstraint("session_id", name=op.f("uq_browser_phones_session_id")),
    )
    op.create_index(op.f("ix_browser_phones_expires_at"), "browser_phones", ["expires_at"])
    op.create_index(op.f("ix_browser_phones_member_id"), "browser_phones", ["member_id"])


def downgrade() -> None:
    op.drop_table("browser_phones")

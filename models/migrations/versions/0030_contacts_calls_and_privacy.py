"""Calls and voicemails by their contact's number, timelines, and what contacts demand of their data."""

import sqlalchemy as sa
from alembic import op

from models.base import Json

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_INDEXES = (
    ("call_logs", ["team_id", "caller", "started_at"]),
    ("call_logs", ["team_id", "did", "started_at"]),
    ("voicemails", ["team_id", "caller", "created_at"]),
    ("inbox_messages", ["conversation_id", "created_at", "id"]),
    ("inbox_messages", ["channel_id", "created_at"]),
)


def upgrade() -> None:
    for table, columns in _INDEXES:
        op.create_index(f"ix_{table}_{'_'.join(columns)}", table, columns)
    op.create_table(
        "privacy_requests",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("team_id", sa.String(length=32), nullable=False),
        sa.Column("contact_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("problem", sa.String(length=300), nullable=True),
        sa.Column("s3_key", sa.String(length=300), nullable=True),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("counts", Json(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["team_id"], ["teams.id"], name=op.f("fk_privacy_requests_team_id_teams"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privacy_requests")),
    )
    op.create_index("ix_privacy_requests_team_id_id", "privacy_requests", ["team_id", "id"])
    op.create_index("ix_privacy_requests_expires_at", "privacy_requests", ["expires_at"])


def downgrade() -> None:
    op.drop_table("privacy_requests")
    for table, columns in _INDEXES:
        op.drop_index(f"ix_{table}_{'_'.join(columns)}", table)

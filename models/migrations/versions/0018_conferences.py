"""Conferences of chats, departments as small call centers, generated call routes."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "conference_settings",
        sa.Column("chat_id", sa.String(length=32), nullable=False),
        sa.Column("wait_for_moderator", sa.Boolean(), nullable=False),
        sa.Column("end_with_moderator", sa.Boolean(), nullable=False),
        sa.Column("announce", sa.String(length=10), nullable=False),
        sa.Column("record", sa.Boolean(), nullable=False),
        sa.Column("muted", sa.Boolean(), nullable=False),
        sa.Column("max_members", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["chat_id"], ["chats.id"], name=op.f("fk_conference_settings_chat_id_chats"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("chat_id", name=op.f("pk_conference_settings")),
    )
    op.add_column("call_logs", sa.Column("conference_id", sa.String(length=32), nullable=True))
    op.add_column("departments", sa.Column("callcenter_ring", sa.Integer(), nullable=True))
    op.add_column("departments", sa.Column("callcenter_max_time", sa.Integer(), nullable=True))
    op.add_column("departments", sa.Column("callcenter_hold_music", sa.String(length=80), nullable=True))
    op.add_column("departments", sa.Column("callcenter_transfer_to", sa.String(length=40), nullable=True))
    op.add_column("call_routes", sa.Column("purpose", sa.String(length=20), nullable=True))


def downgrade() -> None:
    op.drop_column("call_routes", "purpose")
    op.drop_column("departments", "callcenter_transfer_to")
    op.drop_column("departments", "callcenter_hold_music")
    op.drop_column("departments", "callcenter_max_time")
    op.drop_column("departments", "callcenter_ring")
    op.drop_column("call_logs", "conference_id")
    op.drop_table("conference_settings")

"""Mailboxes, mails and web chats of the customer inbox."""

import sqlalchemy as sa
from alembic import op

from models.base import Json

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "inbox_mailboxes",
        sa.Column("channel_id", sa.String(length=32), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("uid_validity", sa.BigInteger(), nullable=False),
        sa.Column("last_uid", sa.BigInteger(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.String(length=300), nullable=True),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["inbox_channels.id"], name=op.f("fk_inbox_mailboxes_channel_id_inbox_channels"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("channel_id", name=op.f("pk_inbox_mailboxes")),
    )  # fmt: skip
    op.create_table(
        "inbox_mails",
        sa.Column("message_id", sa.String(length=32), nullable=False),
        sa.Column("channel_id", sa.String(length=32), nullable=False),
        sa.Column("mid", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=500), nullable=False),
        sa.Column("mid_references", Json(), nullable=False),
        sa.Column("html", sa.String(), nullable=True),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["inbox_channels.id"], name=op.f("fk_inbox_mails_channel_id_inbox_channels"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["inbox_messages.id"], name=op.f("fk_inbox_mails_message_id_inbox_messages"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_inbox_mails")),
    )  # fmt: skip
    op.create_index("ix_inbox_mails_channel_id_mid", "inbox_mails", ["channel_id", "mid"])

    op.create_table(
        "inbox_web_chats",
        sa.Column("channel_id", sa.String(length=32), nullable=False),
        sa.Column("origins", Json(), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("color", sa.String(length=6), nullable=False),
        sa.Column("greeting", sa.String(length=1000), nullable=False),
        sa.Column("away", sa.String(length=1000), nullable=False),
        sa.Column("hours", Json(), nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["inbox_channels.id"], name=op.f("fk_inbox_web_chats_channel_id_inbox_channels"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("channel_id", name=op.f("pk_inbox_web_chats")),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table("inbox_web_chats")
    op.drop_table("inbox_mails")
    op.drop_table("inbox_mailboxes")

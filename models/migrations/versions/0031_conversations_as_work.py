"""Conversations as work: queues of channels, who has which conversation, what queues count of them."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from models.base import Json

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def _id(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length=32), nullable=nullable)


def _time(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.add_column("queues", sa.Column("work_weight", sa.Float(), nullable=False, server_default="0.33"))
    with op.batch_alter_table("inbox_settings") as batch_op:
        batch_op.add_column(_id("queue_id", nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_inbox_settings_queue_id_queues"), "queues", ["queue_id"], ["id"], ondelete="SET NULL"
        )
        batch_op.create_index(op.f("ix_inbox_settings_queue_id"), ["queue_id"])
    op.create_table(
        "inbox_work",
        _id("id"),
        _time("created_at"),
        _id("team_id"),
        _id("conversation_id"),
        _id("queue_id"),
        _id("agent_id", nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        _time("offered_until", nullable=True),
        _time("queued_at"),
        _time("closed_at", nullable=True),
        sa.Column("decisions", Json(), nullable=False),
        sa.ForeignKeyConstraint(
            ["team_id"], ["teams.id"], name=op.f("fk_inbox_work_team_id_teams"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_inbox_work_conversation_id_conversations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_work")),
    )
    op.create_index("ix_inbox_work_conversation_id_closed_at", "inbox_work", ["conversation_id", "closed_at"])
    op.create_index("ix_inbox_work_closed_at_team_id", "inbox_work", ["closed_at", "team_id"])
    op.create_table(
        "inbox_work_stays",
        _id("item_id"),
        sa.Column("number", sa.Integer(), nullable=False),
        _id("team_id"),
        _id("queue_id"),
        _id("agent_id", nullable=True),
        _time("joined_at"),
        _time("left_at", nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("wait", sa.Float(), nullable=False),
        sa.Column("talk", sa.Float(), nullable=False),
        sa.Column("exit", sa.String(length=20), nullable=False),
        sa.Column("passed_to", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["team_id"], ["teams.id"], name=op.f("fk_inbox_work_stays_team_id_teams"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("item_id", "number", name=op.f("pk_inbox_work_stays")),
    )
    op.create_index("ix_inbox_work_stays_queue_id_joined_at", "inbox_work_stays", ["queue_id", "joined_at"])
    op.create_index(op.f("ix_inbox_work_stays_team_id"), "inbox_work_stays", ["team_id"])


def downgrade() -> None:
    op.drop_table("inbox_work_stays")
    op.drop_table("inbox_work")
    with op.batch_alter_table("inbox_settings") as batch_op:
        batch_op.drop_index(op.f("ix_inbox_settings_queue_id"))
        batch_op.drop_constraint(op.f("fk_inbox_settings_queue_id_queues"), type_="foreignkey")
        batch_op.drop_column("queue_id")
    op.drop_column("queues", "work_weight")

"""Agents' help in the inbox: assignment, snooze, notes, saved replies, settings of channels, surveys, merged contacts."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from models.base import Json

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def _id(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length=32), nullable=nullable)


def _time(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _refers(table: str, column: str, to: str, ondelete: str = "CASCADE") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"), ondelete=ondelete
    )


def upgrade() -> None:
    op.add_column("conversations", _id("assignee_id", nullable=True))
    op.add_column("conversations", _time("snoozed_until", nullable=True))
    op.add_column("conversations", _time("auto_replied_until", nullable=True))
    op.create_index(
        "ix_conversations_team_id_assignee_id_last_message_at_id",
        "conversations",
        ["team_id", "assignee_id", "last_message_at", "id"],
    )
    op.create_index("ix_conversations_snoozed_until", "conversations", ["snoozed_until"])
    op.create_table(
        "inbox_notes",
        _id("id"),
        _time("created_at"),
        _id("team_id"),
        _id("conversation_id"),
        _id("user_id", nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        _refers("inbox_notes", "team_id", "teams"),
        _refers("inbox_notes", "conversation_id", "conversations"),
        _refers("inbox_notes", "user_id", "users", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_notes")),
    )
    op.create_index(op.f("ix_inbox_notes_team_id"), "inbox_notes", ["team_id"])
    op.create_index(
        "ix_inbox_notes_conversation_id_created_at_id", "inbox_notes", ["conversation_id", "created_at", "id"]
    )
    op.create_table(
        "inbox_saved_replies",
        _id("id"),
        _time("created_at"),
        _time("updated_at"),
        _id("team_id"),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        _refers("inbox_saved_replies", "team_id", "teams"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_saved_replies")),
        sa.UniqueConstraint("team_id", "name", name=op.f("uq_inbox_saved_replies_team_id_name")),
    )
    op.create_table(
        "inbox_settings",
        _id("id"),
        _time("created_at"),
        _time("updated_at"),
        _id("channel_id"),
        _id("team_id"),
        sa.Column("hours", Json(), nullable=True),
        sa.Column("closed_reply", sa.String(), nullable=True),
        sa.Column("survey_question", sa.String(), nullable=True),
        sa.Column("survey_thanks", sa.String(), nullable=True),
        sa.Column("retention_days", sa.Integer(), nullable=True),
        _refers("inbox_settings", "channel_id", "inbox_channels"),
        _refers("inbox_settings", "team_id", "teams"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_settings")),
        sa.UniqueConstraint("channel_id", name=op.f("uq_inbox_settings_channel_id")),
    )
    op.create_index(op.f("ix_inbox_settings_team_id"), "inbox_settings", ["team_id"])
    _surveys()
    op.create_table(
        "contact_merges",
        _id("id"),
        _time("created_at"),
        _id("team_id"),
        _id("contact_id"),
        _id("user_id", nullable=True),
        sa.Column("was", Json(), nullable=False),
        _refers("contact_merges", "team_id", "teams"),
        _refers("contact_merges", "contact_id", "contacts"),
        _refers("contact_merges", "user_id", "users", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_merges")),
    )
    op.create_index(op.f("ix_contact_merges_team_id"), "contact_merges", ["team_id"])
    op.create_index(op.f("ix_contact_merges_contact_id"), "contact_merges", ["contact_id"])


def _surveys() -> None:
    op.create_table(
        "inbox_surveys",
        _id("id"),
        _time("created_at"),
        _id("team_id"),
        _id("channel_id"),
        _id("conversation_id"),
        _id("user_id", nullable=True),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("waits", sa.Boolean(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        _time("answered_at", nullable=True),
        _refers("inbox_surveys", "team_id", "teams"),
        _refers("inbox_surveys", "channel_id", "inbox_channels"),
        _refers("inbox_surveys", "conversation_id", "conversations"),
        _refers("inbox_surveys", "user_id", "users", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_surveys")),
    )
    op.create_index("ix_inbox_surveys_conversation_id_waits", "inbox_surveys", ["conversation_id", "waits"])
    op.create_index(
        "ix_inbox_surveys_team_id_day_channel_id", "inbox_surveys", ["team_id", "day", "channel_id"]
    )


def downgrade() -> None:
    for table in ("contact_merges", "inbox_surveys", "inbox_settings", "inbox_saved_replies", "inbox_notes"):
        op.drop_table(table)
    op.drop_index("ix_conversations_snoozed_until", "conversations")
    op.drop_index("ix_conversations_team_id_assignee_id_last_message_at_id", "conversations")
    for column in ("auto_replied_until", "snoozed_until", "assignee_id"):
        op.drop_column("conversations", column)

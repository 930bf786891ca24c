"""The customer inbox: channels, conversations, messages, contacts' tags, inbox teams, templates, webhooks."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "inbox_channels",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("team_id", sa.String(length=32), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("external_id", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("image_url", sa.String(length=2000), nullable=True),
        sa.Column("state", sa.String(length=13), nullable=False),
        sa.Column("problem", sa.String(length=300), nullable=True),
        sa.Column("sealed_token", sa.String(), nullable=True),
        sa.Column("claim", sa.String(length=300), nullable=True),
        sa.ForeignKeyConstraint(
            ["team_id"], ["teams.id"], name=op.f("fk_inbox_channels_team_id_teams"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_channels")),
        sa.UniqueConstraint("claim", name=op.f("uq_inbox_channels_claim")),
        sa.UniqueConstraint(
            "team_id", "source", "external_id", name=op.f("uq_inbox_channels_team_id_source_external_id")
        ),
    )
    op.create_table(
        "inbox_readers",
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("team_id", sa.String(length=32), nullable=False),
        sa.Column("read_until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["team_id"], ["teams.id"], name=op.f("fk_inbox_readers_team_id_teams"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_inbox_readers_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "team_id", name=op.f("pk_inbox_readers")),
    )
    op.create_table(
        "inbox_tags",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("team_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("color", sa.String(length=12), nullable=False),
        sa.ForeignKeyConstraint(
            ["team_id"], ["teams.id"], name=op.f("fk_inbox_tags_team_id_teams"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_tags")),
    )
    op.create_index(op.f("ix_inbox_tags_team_id"), "inbox_tags", ["team_id"])
    op.create_table(
        "inbox_teams",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("team_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("query", _JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["team_id"], ["teams.id"], name=op.f("fk_inbox_teams_team_id_teams"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_teams")),
    )
    op.create_index(op.f("ix_inbox_teams_team_id"), "inbox_teams", ["team_id"])
    op.create_table(
        "inbox_templates",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("team_id", sa.String(length=32), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["team_id"], ["teams.id"], name=op.f("fk_inbox_templates_team_id_teams"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_templates")),
        sa.UniqueConstraint("team_id", "source", "name", name=op.f("uq_inbox_templates_team_id_source_name")),
    )
    op.create_table(
        "inbox_webhooks",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("team_id", sa.String(length=32), nullable=False),
        sa.Column("url", sa.String(length=2000), nullable=False),
        sa.Column("sealed_headers", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["team_id"], ["teams.id"], name=op.f("fk_inbox_webhooks_team_id_teams"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_webhooks")),
        sa.UniqueConstraint("team_id", name=op.f("uq_inbox_webhooks_team_id")),
    )
    op.create_table(
        "conversations",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("team_id", sa.String(length=32), nullable=False),
        sa.Column("channel_id", sa.String(length=32), nullable=False),
        sa.Column("contact_id", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.String(length=254), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.Column("inbound_count", sa.Integer(), nullable=False),
        sa.Column("last_message_id", sa.String(length=32), nullable=True),
        sa.Column("last_message_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_inbound_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_day", sa.String(length=10), nullable=False),
        sa.Column("inbox_team_ids", _JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_id"],
            ["inbox_channels.id"],
            name=op.f("fk_conversations_channel_id_inbox_channels"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_conversations_contact_id_contacts")
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["teams.id"], name=op.f("fk_conversations_team_id_teams"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
        sa.UniqueConstraint(
            "channel_id", "external_id", name=op.f("uq_conversations_channel_id_external_id")
        ),
    )
    op.create_index(
        "ix_conversations_channel_id_last_message_at_id",
        "conversations",
        ["channel_id", "last_message_at", "id"],
    )
    op.create_index(op.f("ix_conversations_contact_id"), "conversations", ["contact_id"])
    op.create_index(
        "ix_conversations_team_id_created_day_channel_id",
        "conversations",
        ["team_id", "created_day", "channel_id"],
    )
    op.create_index(
        "ix_conversations_team_id_last_inbound_at", "conversations", ["team_id", "last_inbound_at"]
    )
    op.create_index(
        "ix_conversations_team_id_last_message_at_id", "conversations", ["team_id", "last_message_at", "id"]
    )
    op.create_index(
        "ix_conversations_team_id_state_last_message_at_id",
        "conversations",
        ["team_id", "state", "last_message_at", "id"],
    )
    op.create_table(
        "inbox_contact_tags",
        sa.Column("contact_id", sa.String(length=32), nullable=False),
        sa.Column("tag_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contacts.id"],
            name=op.f("fk_inbox_contact_tags_contact_id_contacts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tag_id"],
            ["inbox_tags.id"],
            name=op.f("fk_inbox_contact_tags_tag_id_inbox_tags"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("contact_id", "tag_id", name=op.f("pk_inbox_contact_tags")),
    )
    op.create_index(op.f("ix_inbox_contact_tags_tag_id"), "inbox_contact_tags", ["tag_id"])
    op.create_table(
        "inbox_identities",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("team_id", sa.String(length=32), nullable=False),
        sa.Column("contact_id", sa.String(length=32), nullable=False),
        sa.Column("realm", sa.String(length=40), nullable=False),
        sa.Column("external_id", sa.String(length=254), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contacts.id"],
            name=op.f("fk_inbox_identities_contact_id_contacts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["teams.id"], name=op.f("fk_inbox_identities_team_id_teams"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_identities")),
        sa.UniqueConstraint(
            "team_id", "realm", "external_id", name=op.f("uq_inbox_identities_team_id_realm_external_id")
        ),
    )
    op.create_index(op.f("ix_inbox_identities_contact_id"), "inbox_identities", ["contact_id"])
    op.create_table(
        "inbox_team_channels",
        sa.Column("channel_id", sa.String(length=32), nullable=False),
        sa.Column("inbox_team_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_id"],
            ["inbox_channels.id"],
            name=op.f("fk_inbox_team_channels_channel_id_inbox_channels"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["inbox_team_id"],
            ["inbox_teams.id"],
            name=op.f("fk_inbox_team_channels_inbox_team_id_inbox_teams"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("channel_id", "inbox_team_id", name=op.f("pk_inbox_team_channels")),
    )
    op.create_index(op.f("ix_inbox_team_channels_inbox_team_id"), "inbox_team_channels", ["inbox_team_id"])
    op.create_table(
        "inbox_team_members",
        sa.Column("inbox_team_id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["inbox_team_id"],
            ["inbox_teams.id"],
            name=op.f("fk_inbox_team_members_inbox_team_id_inbox_teams"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_inbox_team_members_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("inbox_team_id", "user_id", name=op.f("pk_inbox_team_members")),
    )
    op.create_index(op.f("ix_inbox_team_members_user_id"), "inbox_team_members", ["user_id"])
    op.create_table(
        "conversation_reads",
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_conversation_reads_conversation_id_conversations"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_conversation_reads_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "conversation_id", name=op.f("pk_conversation_reads")),
    )
    op.create_index(op.f("ix_conversation_reads_conversation_id"), "conversation_reads", ["conversation_id"])
    op.create_table(
        "inbox_deliveries",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("team_id", sa.String(length=32), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("event", sa.String(length=30), nullable=False),
        sa.Column("payload", _JSON, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(length=300), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replayed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_inbox_deliveries_conversation_id_conversations"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["teams.id"], name=op.f("fk_inbox_deliveries_team_id_teams"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_deliveries")),
    )
    op.create_index("ix_inbox_deliveries_conversation_id_id", "inbox_deliveries", ["conversation_id", "id"])
    op.create_index("ix_inbox_deliveries_due_at", "inbox_deliveries", ["due_at"])
    op.create_index("ix_inbox_deliveries_team_id_state_id", "inbox_deliveries", ["team_id", "state", "id"])
    op.create_table(
        "inbox_messages",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("channel_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("inbound", sa.Boolean(), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("correlation", sa.String(length=1000), nullable=True),
        sa.Column("attachments", _JSON, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("problem", sa.String(length=300), nullable=True),
        sa.Column("provider_id", sa.String(length=255), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["channel_id"],
            ["inbox_channels.id"],
            name=op.f("fk_inbox_messages_channel_id_inbox_channels"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_inbox_messages_conversation_id_conversations"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_inbox_messages_user_id_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_messages")),
        sa.UniqueConstraint(
            "channel_id", "provider_id", name=op.f("uq_inbox_messages_channel_id_provider_id")
        ),
        sa.UniqueConstraint(
            "conversation_id", "number", name=op.f("uq_inbox_messages_conversation_id_number")
        ),
    )
    op.create_index("ix_inbox_messages_due_at", "inbox_messages", ["due_at"])
    op.add_column("contacts", sa.Column("avatar_url", sa.String(length=2000), nullable=True))
    op.create_index(
        "ix_contacts_team_id_first_name_last_name", "contacts", ["team_id", "first_name", "last_name"]
    )
    op.create_index("ix_contacts_team_id_id", "contacts", ["team_id", "id"])


def downgrade() -> None:
    for name in ("ix_contacts_team_id_id", "ix_contacts_team_id_first_name_last_name"):
        op.drop_index(op.f(name), "contacts")
    op.drop_column("contacts", "avatar_url")
    for table in (
        "inbox_messages",
        "inbox_deliveries",
        "conversation_reads",
        "inbox_team_members",
        "inbox_team_channels",
        "inbox_identities",
        "inbox_contact_tags",
        "conversations",
        "inbox_webhooks",
        "inbox_templates",
        "inbox_teams",
        "inbox_tags",
        "inbox_readers",
        "inbox_channels",
    ):
        op.drop_table(table)

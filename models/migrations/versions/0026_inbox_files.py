"""Files of the customer inbox."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_SQLITE = """CREATE TRIGGER inbox_files_deleted AFTER DELETE ON inbox_files BEGIN
    INSERT OR REPLACE INTO loose_files (id, due_at) VALUES (OLD.id, strftime('%Y-%m-%d %H:%M:%f000', 'now'));
END"""
_POSTGRESQL = """CREATE TRIGGER inbox_files_deleted AFTER DELETE ON inbox_files
    FOR EACH ROW EXECUTE FUNCTION loosen_file()"""


def upgrade() -> None:
    op.create_table(
        "inbox_files",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("team_id", sa.String(length=32), nullable=False),
        sa.Column("message_id", sa.String(length=32), nullable=True),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=True),
        sa.Column("visitor", sa.String(length=254), nullable=True),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("problem", sa.String(length=300), nullable=True),
        sa.Column("source_url", sa.String(length=2000), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["message_id"], ["inbox_messages.id"], name=op.f("fk_inbox_files_message_id_inbox_messages"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["teams.id"], name=op.f("fk_inbox_files_team_id_teams"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_inbox_files_user_id_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_files")),
    )  # fmt: skip
    op.create_index(op.f("ix_inbox_files_message_id"), "inbox_files", ["message_id"])
    op.create_index(op.f("ix_inbox_files_user_id"), "inbox_files", ["user_id"])
    op.create_index("ix_inbox_files_team_id_size", "inbox_files", ["team_id", "size"])
    op.create_index("ix_inbox_files_due_at", "inbox_files", ["due_at"])
    op.execute(_POSTGRESQL if op.get_bind().dialect.name == "postgresql" else _SQLITE)


def downgrade() -> None:
    op.drop_table("inbox_files")

"""Files, and the objects of S3 that no file names any more."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0009"
branch_labels = None
depends_on = None

_SQLITE = """CREATE TRIGGER files_deleted AFTER DELETE ON files BEGIN
    INSERT OR REPLACE INTO loose_files (id, due_at) VALUES (OLD.id, strftime('%Y-%m-%d %H:%M:%f000', 'now'));
END"""
_POSTGRESQL = (
    """CREATE FUNCTION loosen_file() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO loose_files (id, due_at) VALUES (OLD.id, now()) ON CONFLICT (id) DO UPDATE SET due_at = now();
    RETURN OLD;
END $$""",
    "CREATE TRIGGER files_deleted AFTER DELETE ON files FOR EACH ROW EXECUTE FUNCTION loosen_file()",
)


def upgrade() -> None:
    op.create_table(
        "files",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("team_id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=True),
        sa.Column("chat_id", sa.String(length=32), nullable=True),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("filename", sa.String(length=255), nullable=False),
        sa.Column("extension", sa.String(length=20), nullable=False),
        sa.Column("type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("thumb_width", sa.Integer(), nullable=True),
        sa.Column("thumb_height", sa.Integer(), nullable=True),
        sa.Column("comment", sa.String(length=1000), nullable=True),
        sa.Column("location", sa.String(length=255), nullable=True),
        sa.Column("category", sa.String(length=255), nullable=True),
        sa.Column("date", sa.String(length=100), nullable=True),
        sa.ForeignKeyConstraint(
            ["chat_id"], ["chats.id"], name=op.f("fk_files_chat_id_chats"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["teams.id"], name=op.f("fk_files_team_id_teams"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_files_user_id_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_files")),
    )
    op.create_index("ix_files_team_id_size", "files", ["team_id", "size"])
    op.create_index(op.f("ix_files_user_id"), "files", ["user_id"])
    op.create_index(op.f("ix_files_chat_id"), "files", ["chat_id"])
    op.create_table(
        "loose_files",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loose_files")),
    )
    op.create_index(op.f("ix_loose_files_due_at"), "loose_files", ["due_at"])
    for statement in _POSTGRESQL if op.get_bind().dialect.name == "postgresql" else (_SQLITE,):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("files")
    op.drop_table("loose_files")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION loosen_file()")

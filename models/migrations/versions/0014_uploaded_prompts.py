"""Prompts that teams upload."""

import sqlalchemy as sa
from alembic import op

from models.base import Json

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_SQLITE = """CREATE TRIGGER uploaded_prompts_deleted AFTER DELETE ON uploaded_prompts BEGIN
    INSERT OR REPLACE INTO loose_files (id, due_at) VALUES (OLD.id, strftime('%Y-%m-%d %H:%M:%f000', 'now'));
END"""
_POSTGRESQL = """CREATE TRIGGER uploaded_prompts_deleted AFTER DELETE ON uploaded_prompts
    FOR EACH ROW EXECUTE FUNCTION loosen_file()"""


def upgrade() -> None:
    op.create_table(
        "uploaded_prompts",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("team_id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=True),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("error", sa.String(length=300), nullable=True),
        sa.Column("seconds", sa.Float(), nullable=True),
        sa.Column("filename", sa.String(length=255), nullable=False),
        sa.Column("type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("tracks", Json(), nullable=False),
        sa.Column("shuffle", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["team_id"], ["teams.id"], name=op.f("fk_uploaded_prompts_team_id_teams"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_uploaded_prompts_user_id_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploaded_prompts")),
        sa.UniqueConstraint("team_id", "name", name=op.f("uq_uploaded_prompts_team_id_name")),
    )
    op.create_index(op.f("ix_uploaded_prompts_user_id"), "uploaded_prompts", ["user_id"])
    op.execute(_POSTGRESQL if op.get_bind().dialect.name == "postgresql" else _SQLITE)


def downgrade() -> None:
    op.drop_table("uploaded_prompts")

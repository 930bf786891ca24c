"""Mailboxes with their settings. Voicemails that are saved, forwarded, and announced."""

import sqlalchemy as sa
from alembic import op

from models.base import Json

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_OWNERS = {
    "team_users": ("user", "{row}.team_id", "{row}.user_id"),
    "departments": ("department", "{row}.team_id", "{row}.id"),
    "queues": ("queue", "{row}.team_id", "{row}.id"),
    "teams": ("team", "{row}.id", "{row}.id"),
}
"""Table -> the kind of its rows' mailboxes, their team and their owner."""
_NEW = {
    "sqlite": ("lower(hex(randomblob(16)))", "strftime('%Y-%m-%d %H:%M:%f000', 'now')"),
    "postgresql": ("replace(gen_random_uuid()::text, '-', '')", "now()"),
}
"""Dialect -> a new id, and the time."""
_FLAGS = {"sqlite": ("1", "0"), "postgresql": ("true", "false")}
_COLUMNS = "id, created_at, updated_at, team_id, kind, owner_id, shared, light"


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    op.create_table(
        "mailboxes",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("team_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("owner_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=6), nullable=True),
        sa.Column("greetings", Json(), server_default="{}", nullable=False),
        sa.Column("pin_hash", sa.String(length=200), nullable=True),
        sa.Column("announce_time", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("shared", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("light", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("email_on", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("email_audio", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("email_transcript", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("retention_days", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["team_id"], ["teams.id"], name=op.f("fk_mailboxes_team_id_teams"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailboxes")),
        sa.UniqueConstraint("team_id", "kind", "owner_id", name=op.f("uq_mailboxes_team_id_kind_owner_id")),
        sa.UniqueConstraint("team_id", "number", name=op.f("uq_mailboxes_team_id_number")),
    )
    op.create_index("ix_mailboxes_owner_id", "mailboxes", ["owner_id"])
    op.add_column("voicemails", sa.Column("saved", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("voicemails", sa.Column("announced_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("voicemails", sa.Column("forwarded_from", sa.String(length=32), nullable=True))
    op.add_column("voicemails", sa.Column("forwarded_by", sa.String(length=32), nullable=True))
    # Users were told of what is stored already.
    op.execute(
        "UPDATE voicemails SET announced_at = coalesce(stored_at, created_at)"
        " WHERE state IN ('stored', 'incomplete')"
    )
    run = op.get_bind().exec_driver_sql
    for table in _OWNERS:
        run(f"INSERT INTO mailboxes ({_COLUMNS}) SELECT {_values(table, table, dialect)} FROM {table}")
        for statement in _triggers(table, dialect):
            run(statement)
    for statement in _of_greetings(dialect):
        run(statement)


def _values(table: str, row: str, dialect: str) -> str:
    kind, team, owner = _OWNERS[table]
    (id, now), (yes, no) = _NEW[dialect], _FLAGS[dialect]
    shared, light = yes if kind == "department" else no, yes if kind == "user" else no
    team, owner = team.format(row=row), owner.format(row=row)
    return f"{id}, {now}, {now}, {team}, '{kind}', {owner}, {shared}, {light}"


def _triggers(table: str, dialect: str) -> list[str]:
    """Return what makes a mailbox with its owner, and deletes it with its owner. (A team's goes by its key.)"""
    kind, team, owner = _OWNERS[table]
    insert = f"INSERT INTO mailboxes ({_COLUMNS}) VALUES ({_values(table, 'NEW', dialect)})"
    mine = f"team_id = {team.format(row='OLD')} AND kind = '{kind}' AND owner_id = {owner.format(row='OLD')}"
    delete = f"DELETE FROM mailboxes WHERE {mine}"
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {table}_mailbox_insert AFTER INSERT ON {table} BEGIN {insert}; END",
            f"CREATE TRIGGER {table}_mailbox_delete AFTER DELETE ON {table} BEGIN {delete}; END",
        ]
    return [
        f"""CREATE FUNCTION {table}_mailbox() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF TG_OP = 'INSERT' THEN {insert}; ELSE {delete}; END IF;
            RETURN NULL;
        END $$""",
        f"CREATE TRIGGER {table}_mailbox AFTER INSERT OR DELETE ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION {table}_mailbox()",
    ]


def _of_greetings(dialect: str) -> list[str]:
    """The recordings of greetings go with their mailbox."""
    delete = (
        "DELETE FROM uploaded_prompts WHERE team_id = OLD.team_id AND kind = 'greeting'"
        " AND substr(name, 1, 42) = 'greeting:' || OLD.id || ':'"
    )
    if dialect == "sqlite":
        return [f"CREATE TRIGGER mailboxes_deleted AFTER DELETE ON mailboxes BEGIN {delete}; END"]
    return [
        f"CREATE FUNCTION mailboxes_deleted() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN {delete}; RETURN NULL; END $$",
        "CREATE TRIGGER mailboxes_deleted AFTER DELETE ON mailboxes"
        " FOR EACH ROW EXECUTE FUNCTION mailboxes_deleted()",
    ]


def downgrade() -> None:
    run = op.get_bind().exec_driver_sql
    if op.get_bind().dialect.name == "postgresql":
        for table in _OWNERS:
            run(f"DROP FUNCTION {table}_mailbox() CASCADE")
        run("DROP FUNCTION mailboxes_deleted() CASCADE")
    else:
        for table in _OWNERS:
            run(f"DROP TRIGGER {table}_mailbox_insert")
            run(f"DROP TRIGGER {table}_mailbox_delete")
        run("DROP TRIGGER mailboxes_deleted")
    run("DELETE FROM uploaded_prompts WHERE kind = 'greeting'")
    for column in ("saved", "announced_at", "forwarded_from", "forwarded_by"):
        op.drop_column("voicemails", column)
    op.drop_table("mailboxes")

"""Devices that get pushes; invitations of guests; the plan of a member."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def _row() -> list[sa.Column[object]]:
    return [
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    ]


def _refers(table: str, column: str, to: str, ondelete: str = "CASCADE") -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{to}")
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=name, ondelete=ondelete)


def upgrade() -> None:
    op.create_table(
        "devices",
        *_row(),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("registration_id", sa.String(length=512), nullable=False),
        sa.Column("platform", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("do_not_disturb", sa.Boolean(), nullable=False),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("address_hash", sa.String(length=64), nullable=False),
        _refers("devices", "user_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_devices")),
        sa.UniqueConstraint("user_id", "registration_id", name=op.f("uq_devices_user_id_registration_id")),
        sa.UniqueConstraint("address_hash", name=op.f("uq_devices_address_hash")),
    )
    op.create_table(
        "guest_invites",
        *_row(),
        sa.Column("team_id", sa.String(length=32), nullable=False),
        sa.Column("chat_id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("pin_hash", sa.String(length=64), nullable=False),
        sa.Column("invited_by", sa.String(length=32), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        _refers("guest_invites", "team_id", "teams"),
        _refers("guest_invites", "chat_id", "chats"),
        _refers("guest_invites", "user_id", "users"),
        _refers("guest_invites", "invited_by", "users", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guest_invites")),
        sa.UniqueConstraint("pin_hash", name=op.f("uq_guest_invites_pin_hash")),
    )
    for column in ("team_id", "chat_id", "user_id"):
        op.create_index(op.f(f"ix_guest_invites_{column}"), "guest_invites", [column], unique=False)
    with op.batch_alter_table("team_users", schema=None) as batch_op:
        batch_op.add_column(sa.Column("plan_id", sa.String(length=32), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("team_users", schema=None) as batch_op:
        batch_op.drop_column("plan_id")
    op.drop_table("guest_invites")
    op.drop_table("devices")

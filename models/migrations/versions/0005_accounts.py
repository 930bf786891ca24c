"""Verified addresses, invitations whose shown token proves nothing, sessions' devices, second factors, operators, the audit log.

Tables that others refer to are altered in place: to copy them, as a batch does on SQLite, deletes what refers to them.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    _accounts()
    _invitations()
    _sessions_and_teams()
    _audit_log()
    _second_factors()


def _accounts() -> None:
    """Count the accounts that are there as verified, and their memberships as accepted."""
    op.add_column("users", sa.Column("operator", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("users", sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE users SET verified_at = created_at WHERE status <> 'pending'")
    op.execute(
        "UPDATE team_users SET accepted_at = created_at WHERE status = 'active' AND accepted_at IS NULL"
    )


def _invitations() -> None:
    """Make the tokens that are there prove no address: they may have been shown to admins."""
    with op.batch_alter_table("invites", schema=None) as batch_op:
        batch_op.add_column(sa.Column("shown_hash", sa.String(length=64), nullable=True))
        batch_op.create_unique_constraint(batch_op.f("uq_invites_shown_hash"), ["shown_hash"])
    op.execute("UPDATE invites SET shown_hash = token_hash, token_hash = id WHERE accepted_at IS NULL")


def _sessions_and_teams() -> None:
    for name, length in (("address", 64), ("device", 200)):
        column = sa.Column(name, sa.String(length=length), server_default="", nullable=False)
        op.add_column("auth_sessions", column)
    op.add_column("auth_sessions", sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("teams", sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("teams", sa.Column("quotas", JSON, server_default="{}", nullable=False))


def _audit_log() -> None:
    op.create_table(
        "audit_log",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.String(length=32), nullable=True),
        sa.Column("actor", sa.String(length=254), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("team_id", sa.String(length=32), nullable=True),
        sa.Column("object_id", sa.String(length=32), nullable=True),
        sa.Column("details", JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_log")),
    )
    for name in ("actor_id", "object_id", "team_id"):
        op.create_index(op.f(f"ix_audit_log_{name}"), "audit_log", [name], unique=False)


def _second_factors() -> None:
    op.create_table(
        "second_factors",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("secret", sa.String(length=400), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_second_factors_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_second_factors")),
        sa.UniqueConstraint("user_id", name=op.f("uq_second_factors_user_id")),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_recovery_codes_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_codes")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_recovery_codes_code_hash")),
    )
    op.create_index(op.f("ix_recovery_codes_user_id"), "recovery_codes", ["user_id"], unique=False)


def downgrade() -> None:
    op.drop_table("recovery_codes")
    op.drop_table("second_factors")
    op.drop_table("audit_log")
    op.drop_column("teams", "quotas")
    op.drop_column("teams", "suspended_at")
    for name in ("last_used_at", "device", "address"):
        op.drop_column("auth_sessions", name)
    op.execute("UPDATE invites SET token_hash = shown_hash WHERE shown_hash IS NOT NULL")
    with op.batch_alter_table("invites", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_invites_shown_hash"), type_="unique")
        batch_op.drop_column("shown_hash")
    op.drop_column("users", "verified_at")
    op.drop_column("users", "operator")

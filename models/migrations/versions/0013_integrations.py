"""Integrations: contacts and calendars at other services."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def _row(*, changing: bool = False) -> list[sa.Column[object]]:
    columns: list[sa.Column[object]] = [
        sa.Column("id", sa.String(length=32), nullable=False),
        _time("created_at", nullable=False),
    ]
    return [*columns, _time("updated_at", nullable=False)] if changing else columns


def _refers(table: str, column: str, to: str, ondelete: str = "CASCADE") -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{to}")
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=name, ondelete=ondelete)


def _time(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "integrations",
        *_row(changing=True),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("type", sa.String(length=10), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("client", sa.String(length=100), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("domain", sa.String(length=254), nullable=True),
        sa.Column("sealed_grant", sa.String(), nullable=False),
        sa.Column("sync_cursor", sa.String(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("problem", sa.String(length=500), nullable=True),
        _time("synced_at"),
        sa.Column("failures", sa.Integer(), nullable=False),
        _time("not_before"),
        sa.Column("watch_id", sa.String(length=255), nullable=True),
        sa.Column("watch_hash", sa.String(length=64), nullable=True),
        sa.Column("watch_resource", sa.String(length=500), nullable=False),
        _time("watch_ends_at"),
        _refers("integrations", "user_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_integrations")),
        sa.UniqueConstraint(
            "user_id", "provider", "type", "email", name=op.f("uq_integrations_user_id_provider_type_email")
        ),
    )
    op.create_index(op.f("ix_integrations_watch_id"), "integrations", ["watch_id"])
    op.create_table(
        "contact_links",
        *_row(),
        sa.Column("integration_id", sa.String(length=32), nullable=False),
        sa.Column("contact_id", sa.String(length=32), nullable=True),
        sa.Column("provider_id", sa.String(length=500), nullable=True),
        sa.Column("revision", sa.String(length=500), nullable=False),
        sa.Column("theirs", _JSON, nullable=True),
        _time("contact_changed_at"),
        _time("sent_at"),
        _time("conflict_at"),
        sa.Column("detached", sa.Boolean(), nullable=False),
        _refers("contact_links", "integration_id", "integrations"),
        _refers("contact_links", "contact_id", "contacts", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_links")),
        sa.UniqueConstraint(
            "integration_id", "provider_id", name=op.f("uq_contact_links_integration_id_provider_id")
        ),
        sa.UniqueConstraint("contact_id", name=op.f("uq_contact_links_contact_id")),
    )
    op.create_table(
        "revocations",
        *_row(),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("sealed_grant", sa.String(), nullable=False),
        sa.Column("watch_id", sa.String(length=255), nullable=True),
        sa.Column("watch_resource", sa.String(length=500), nullable=False),
        _time("expires_at", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revocations")),
    )
    op.create_table(
        "integration_events",
        *_row(changing=True),
        sa.Column("integration_id", sa.String(length=32), nullable=False),
        sa.Column("provider_id", sa.String(length=1024), nullable=True),
        sa.Column("revision", sa.String(length=500), nullable=False),
        sa.Column("team_id", sa.String(length=32), nullable=True),
        sa.Column("host_id", sa.String(length=32), nullable=True),
        sa.Column("name", sa.String(length=1000), nullable=False),
        sa.Column("notes", sa.String(), nullable=False),
        sa.Column("location", sa.String(length=1000), nullable=False),
        _time("start_at", nullable=False),
        _time("end_at", nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("all_day", sa.Boolean(), nullable=False),
        sa.Column("users", _JSON, nullable=False),
        sa.Column("guests", _JSON, nullable=False),
        sa.Column("first_pin", sa.Integer(), nullable=False),
        _refers("integration_events", "integration_id", "integrations"),
        _refers("integration_events", "team_id", "teams", "SET NULL"),
        _refers("integration_events", "host_id", "users", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_integration_events")),
        sa.UniqueConstraint(
            "integration_id", "provider_id", name=op.f("uq_integration_events_integration_id_provider_id")
        ),
    )
    op.create_index(op.f("ix_integration_events_team_id"), "integration_events", ["team_id"])


def downgrade() -> None:
    for table in ("integration_events", "revocations", "contact_links", "integrations"):
        op.drop_table(table)

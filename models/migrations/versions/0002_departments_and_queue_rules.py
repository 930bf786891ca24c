"""Departments, the whole set of queue rules, callbacks, several messages a call."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "departments",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("team_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("ring_type", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["team_id"], ["teams.id"], name=op.f("fk_departments_team_id_teams"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_departments")),
        sa.UniqueConstraint("team_id", "name", name=op.f("uq_departments_team_id_name")),
    )
    op.create_table(
        "department_users",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("department_id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"],
            ["departments.id"],
            name=op.f("fk_department_users_department_id_departments"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_department_users_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_department_users")),
        sa.UniqueConstraint(
            "department_id", "user_id", name=op.f("uq_department_users_department_id_user_id")
        ),
    )
    with op.batch_alter_table("department_users", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_department_users_user_id"), ["user_id"], unique=False)

    with op.batch_alter_table("call_logs", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "tags",
                sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
                nullable=False,
                server_default="[]",
            )
        )
        batch_op.add_column(sa.Column("language", sa.String(length=20), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("callback", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("callback_of", sa.String(length=32), nullable=True))
        batch_op.create_index(batch_op.f("ix_call_logs_callback_of"), ["callback_of"], unique=False)

    with op.batch_alter_table("queue_agents", schema=None) as batch_op:
        batch_op.add_column(sa.Column("weight", sa.Integer(), nullable=False, server_default="1"))

    with op.batch_alter_table("queues", schema=None) as batch_op:
        batch_op.add_column(sa.Column("ring_step", sa.Float(), nullable=False, server_default="10"))
        batch_op.add_column(
            sa.Column(
                "skills",
                sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
                nullable=False,
                server_default="[]",
            )
        )
        batch_op.add_column(
            sa.Column(
                "relaxation",
                sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
                nullable=False,
                server_default="[]",
            )
        )
        batch_op.add_column(sa.Column("sticky_wait", sa.Float(), nullable=True))
        batch_op.add_column(sa.Column("sticky_days", sa.Float(), nullable=False, server_default="30"))
        batch_op.add_column(sa.Column("max_calls", sa.Integer(), nullable=True))
        batch_op.add_column(
            sa.Column("hours", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True)
        )
        batch_op.add_column(
            sa.Column("overflow", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True)
        )
        batch_op.add_column(
            sa.Column("announce_position", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.add_column(
            sa.Column("announce_wait", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.add_column(sa.Column("announce_first", sa.Float(), nullable=False, server_default="20"))
        batch_op.add_column(sa.Column("announce_every", sa.Float(), nullable=False, server_default="60"))
        batch_op.add_column(
            sa.Column(
                "comfort_sounds",
                sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
                nullable=False,
                server_default="[]",
            )
        )
        batch_op.add_column(sa.Column("comfort_every", sa.Float(), nullable=False, server_default="45"))
        batch_op.add_column(
            sa.Column(
                "agent_sounds",
                sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
                nullable=False,
                server_default="[]",
            )
        )
        batch_op.add_column(sa.Column("agent_wait", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("callback_attempts", sa.Integer(), nullable=False, server_default="3"))
        batch_op.add_column(sa.Column("callback_retry", sa.Float(), nullable=False, server_default="600"))
        batch_op.add_column(sa.Column("callback_timeout", sa.Float(), nullable=False, server_default="30"))
        batch_op.add_column(
            sa.Column("callback_caller_id", sa.String(length=20), nullable=False, server_default="")
        )

    with op.batch_alter_table("teams", schema=None) as batch_op:
        batch_op.add_column(sa.Column("language", sa.String(length=20), nullable=False, server_default="en"))
        batch_op.add_column(sa.Column("priority_seconds", sa.Float(), nullable=False, server_default="300"))

    with op.batch_alter_table("voicemails", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_voicemails_call_id"), type_="unique")
        batch_op.create_index(batch_op.f("ix_voicemails_call_id"), ["call_id"], unique=False)
        batch_op.create_unique_constraint(batch_op.f("uq_voicemails_file"), ["file"])


def downgrade() -> None:
    with op.batch_alter_table("voicemails", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_voicemails_file"), type_="unique")
        batch_op.drop_index(batch_op.f("ix_voicemails_call_id"))
        batch_op.create_unique_constraint(batch_op.f("uq_voicemails_call_id"), ["call_id"])

    with op.batch_alter_table("teams", schema=None) as batch_op:
        batch_op.drop_column("priority_seconds")
        batch_op.drop_column("language")

    with op.batch_alter_table("queues", schema=None) as batch_op:
        batch_op.drop_column("callback_caller_id")
        batch_op.drop_column("callback_timeout")
        batch_op.drop_column("callback_retry")
        batch_op.drop_column("callback_attempts")
        batch_op.drop_column("agent_wait")
        batch_op.drop_column("agent_sounds")
        batch_op.drop_column("comfort_every")
        batch_op.drop_column("comfort_sounds")
        batch_op.drop_column("announce_every")
        batch_op.drop_column("announce_first")
        batch_op.drop_column("announce_wait")
        batch_op.drop_column("announce_position")
        batch_op.drop_column("overflow")
        batch_op.drop_column("hours")
        batch_op.drop_column("max_calls")
        batch_op.drop_column("sticky_days")
        batch_op.drop_column("sticky_wait")
        batch_op.drop_column("relaxation")
        batch_op.drop_column("skills")
        batch_op.drop_column("ring_step")

    with op.batch_alter_table("queue_agents", schema=None) as batch_op:
        batch_op.drop_column("weight")

    with op.batch_alter_table("call_logs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_call_logs_callback_of"))
        batch_op.drop_column("callback_of")
        batch_op.drop_column("callback")
        batch_op.drop_column("language")
        batch_op.drop_column("tags")

    with op.batch_alter_table("department_users", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_department_users_user_id"))

    op.drop_table("department_users")
    op.drop_table("departments")

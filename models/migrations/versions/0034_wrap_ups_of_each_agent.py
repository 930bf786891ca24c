"""Each agent who talked in a call has their own work after it: code, note and seconds."""

import sqlalchemy as sa
from alembic import op

from models.base import Json

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

_WORK = sa.table("wrap_ups", sa.column("call_id"), sa.column("agent_id"))


def upgrade() -> None:
    op.execute(_WORK.update().where(_WORK.c.agent_id.is_(None)).values(agent_id=""))
    with op.batch_alter_table("wrap_ups") as batch_op:
        batch_op.alter_column("agent_id", existing_type=sa.String(32), nullable=False)
        batch_op.drop_constraint(op.f("pk_wrap_ups"), type_="primary")
        batch_op.create_primary_key(op.f("pk_wrap_ups"), ["call_id", "agent_id"])
        batch_op.add_column(sa.Column("counted", Json(), nullable=False, server_default="[]"))


def downgrade() -> None:
    other = _WORK.alias()
    first = sa.select(sa.func.min(other.c.agent_id)).where(other.c.call_id == _WORK.c.call_id)
    op.execute(_WORK.delete().where(_WORK.c.agent_id != first.scalar_subquery()))
    with op.batch_alter_table("wrap_ups") as batch_op:
        batch_op.drop_column("counted")
        batch_op.drop_constraint(op.f("pk_wrap_ups"), type_="primary")
        batch_op.create_primary_key(op.f("pk_wrap_ups"), ["call_id"])
        batch_op.alter_column("agent_id", existing_type=sa.String(32), nullable=True)
    op.execute(_WORK.update().where(_WORK.c.agent_id == "").values(agent_id=None))

"""What members set for their calls: do-not-disturb, forwarding for each reason, their place in the directory."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_TARGETS = ("forward_busy", "forward_no_answer", "forward_unregistered")
_FLAGS = {"do_not_disturb": sa.false(), "in_directory": sa.true()}


def upgrade() -> None:
    # Without batches: SQLite cannot rename a table while triggers read it.
    for name in _TARGETS:
        op.add_column("team_users", sa.Column(name, sa.String(length=20), nullable=True))
    for name, value in _FLAGS.items():
        op.add_column("team_users", sa.Column(name, sa.Boolean(), nullable=False, server_default=value))
    op.add_column("team_users", sa.Column("ring_seconds", sa.Float(), nullable=False, server_default="30"))


def downgrade() -> None:
    for name in ("ring_seconds", *_FLAGS, *_TARGETS):
        op.drop_column("team_users", name)

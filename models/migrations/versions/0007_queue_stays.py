"""The stays of calls in queues. Each call that was logged before gets one, in the queue that it entered last.

The log of a call does not tell in which other queues it was, nor that it was turned away. The attempts of a callback
belong to the stay of the caller who asked for it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

DERIVED = """
    INSERT INTO queue_stays (
        call_id, number, team_id, queue_id, agent_id, joined_at, left_at, outcome, wait, talk, exit, passed_to,
        callback, last_call_id
    )
    SELECT
        log.id, 1, log.team_id, log.queue_id,
        CASE WHEN log.answered_at IS NULL THEN served.agent_id ELSE log.agent_id END,
        COALESCE(log.queued_at, log.started_at),
        COALESCE(served.answered_at, log.answered_at, log.ended_at, log.started_at),
        CASE
            WHEN served.id IS NOT NULL THEN 'answered'
            WHEN log.answered_at IS NOT NULL AND log.agent_id IS NOT NULL THEN 'answered'
            WHEN log.callback IS NOT NULL THEN 'unreached'
            WHEN log.disposition = 'abandoned' THEN 'abandoned'
            WHEN log.disposition = 'overflowed' THEN 'timed-out'
            WHEN log.disposition = 'voicemail' THEN 'passed-on'
            ELSE 'left'
        END,
        ROUND(CAST(log.wait + COALESCE(served.wait, 0) AS NUMERIC), 1),
        COALESCE(served.talk, CASE WHEN log.agent_id IS NULL THEN 0 ELSE log.talk END),
        '', CASE WHEN log.disposition = 'voicemail' THEN 'voicemail' ELSE '' END,
        log.callback, COALESCE(served.id, log.id)
    FROM call_logs log
    LEFT JOIN call_logs served ON served.id = (
        SELECT MIN(attempt.id) FROM call_logs attempt
        WHERE attempt.callback_of = log.callback AND attempt.answered_at IS NOT NULL
        AND attempt.agent_id IS NOT NULL
    )
    WHERE log.queue_id IS NOT NULL AND log.direction <> 'callback'
"""


def upgrade() -> None:
    op.add_column("queues", sa.Column("short_abandon", sa.Float(), server_default="5", nullable=False))
    op.create_table(
        "queue_stays",
        sa.Column("call_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.String(length=32), nullable=True),
        sa.Column("queue_id", sa.String(length=32), nullable=False),
        sa.Column("agent_id", sa.String(length=32), nullable=True),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("wait", sa.Float(), nullable=False),
        sa.Column("talk", sa.Float(), nullable=False),
        sa.Column("exit", sa.String(length=20), nullable=False),
        sa.Column("passed_to", sa.String(length=20), nullable=False),
        sa.Column("callback", sa.String(length=32), nullable=True),
        sa.Column("last_call_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["call_id"], ["call_logs.id"], name=op.f("fk_queue_stays_call_id_call_logs"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("call_id", "number", name=op.f("pk_queue_stays")),
    )
    op.execute(DERIVED)
    op.create_index(
        "ix_queue_stays_queue_id_joined_at", "queue_stays", ["queue_id", "joined_at"], unique=False
    )
    op.create_index("ix_queue_stays_last_call_id", "queue_stays", ["last_call_id"], unique=False)


def downgrade() -> None:
    op.drop_table("queue_stays")
    op.drop_column("queues", "short_abandon")

"""The database refuses to change entries of the audit log, and to delete those of the last year.

SQLite fires no trigger of DELETE for the row that an INSERT OR REPLACE replaces. So it also refuses an id that is there.
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_REFUSE = "SELECT RAISE(ABORT, 'the audit log is append only')"
_SQLITE = {
    "audit_log_update": "BEFORE UPDATE ON audit_log",
    "audit_log_delete": "BEFORE DELETE ON audit_log WHEN OLD.created_at > datetime('now', '-365 days')",
    "audit_log_replace": "BEFORE INSERT ON audit_log WHEN EXISTS (SELECT 1 FROM audit_log WHERE id = NEW.id)",
}
_POSTGRESQL = (
    """CREATE FUNCTION refuse_audit_log() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.created_at < now() - interval '365 days' THEN RETURN OLD; END IF;
    END IF;
    RAISE EXCEPTION 'the audit log is append only';
END $$""",
    """CREATE TRIGGER audit_log_change BEFORE UPDATE OR DELETE ON audit_log
    FOR EACH ROW EXECUTE FUNCTION refuse_audit_log()""",
    """CREATE TRIGGER audit_log_truncate BEFORE TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_log()""",
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for statement in _POSTGRESQL:
            op.execute(statement)
    else:
        for name, when in _SQLITE.items():
            op.execute(f"CREATE TRIGGER {name} {when} BEGIN {_REFUSE}; END")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER audit_log_change ON audit_log")
        op.execute("DROP TRIGGER audit_log_truncate ON audit_log")
        op.execute("DROP FUNCTION refuse_audit_log()")
    else:
        for name in _SQLITE:
            op.execute(f"DROP TRIGGER {name}")

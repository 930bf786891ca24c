"""The audit log: who did what to accounts and teams, when, and from where.

Rows are added, never changed, and deleted only once they are `KEPT_DAYS` old. Triggers of the database see to it, too.
"""

from typing import Any

from sqlalchemy import Table, bindparam, event, insert
from sqlmodel import Field, Session

from models.base import Row, json_field
from switchroom.prepared import Prepared


class AuditEntry(Row, table=True):
    """One administrative act. It names rows by id without a foreign key, since it outlives them."""

    __tablename__ = "audit_log"

    actor_id: str | None = Field(default=None, index=True, max_length=32)
    """The user who did it. None: the command line."""
    actor: str = Field(max_length=254)
    """The user's address at that time, or `command line`."""
    address: str = Field(default="", max_length=64)
    """From where."""
    action: str = Field(max_length=60)
    team_id: str | None = Field(default=None, index=True, max_length=32)
    """The team whose admins may read it."""
    object_id: str | None = Field(default=None, index=True, max_length=32)
    """The team or the user that it was done to."""
    details: dict[str, Any] = json_field(dict)


KEPT_DAYS = 365
"""The triggers have the same number."""


def _refuse(*_: Any) -> None:
    raise TypeError("the audit log is append only")


event.listen(AuditEntry, "before_update", _refuse)
event.listen(AuditEntry, "before_delete", _refuse)

_TABLE: Table = AuditEntry.__table__  # type: ignore[attr-defined]
_COLUMNS = tuple(column.name for column in _TABLE.columns)
_INSERT = Prepared(insert(_TABLE).values({name: bindparam(f"new_{name}") for name in _COLUMNS}))


def write_entry(session: Session, entry: AuditEntry) -> None:
    """Write the entry at once, in less time than an object of the session takes."""
    _INSERT.rows(session, {f"new_{name}": getattr(entry, name) for name in _COLUMNS})

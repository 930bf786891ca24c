"""The audit trail: each change that a person makes to a team's configuration stands in the audit log.

The entry is written in the transaction that makes the change, by the session itself: so no operation can forget it.
What is written past the session's objects (`Resource.change`) says so by `note_change`. Acts on members and of
operators are written by `api.accounts.audit.record`, since they are more than changed columns.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import event, inspect
from sqlalchemy.orm import InstanceState
from sqlmodel import Session, SQLModel

from models import (
    Agent,
    AuditEntry,
    CallRoute,
    Department,
    DepartmentUser,
    DidNumber,
    Queue,
    QueueAgent,
    QueueManager,
    ReportSchedule,
    Team,
    UploadedPrompt,
    WrapUpCode,
)
from models.audit import write_entry
from models.shown import show_time
from switchroom.ids import public_id

_PERSON = "person"
ID_LENGTH = 32
LONGEST = 200
"""Letters of a value that an entry has at most."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks, and from where."""

    id: str
    email: str
    address: str


@dataclass(frozen=True, slots=True)
class Kind:
    """How the log names a table's rows. `parent`: the table whose row has the team, and the column with its id."""

    name: str
    parent: tuple[type[SQLModel], str] | None = None


KINDS: Mapping[type[SQLModel], Kind] = {
    Team: Kind("team"),
    Queue: Kind("queue"),
    QueueAgent: Kind("agent of a queue", (Queue, "queue_id")),
    QueueManager: Kind("manager of a queue", (Queue, "queue_id")),
    Agent: Kind("agent"),
    CallRoute: Kind("call route"),
    DidNumber: Kind("number"),
    Department: Kind("department"),
    DepartmentUser: Kind("user of a department", (Department, "department_id")),
    UploadedPrompt: Kind("prompt"),
    WrapUpCode: Kind("wrap-up code"),
    ReportSchedule: Kind("report schedule"),
}
_UNSAID: Mapping[type[SQLModel], frozenset[str]] = {
    Team: frozenset({"suspended_at", "quotas"}),  # operators' acts
    Agent: frozenset({"status", "reason"}),
    QueueAgent: frozenset({"status", "reason"}),
    CallRoute: frozenset({"blocks"}),  # each version is kept
    ReportSchedule: frozenset({"next_at"}),
}
"""Columns that change without anybody's having configured something, or that are told elsewhere."""
_NEVER_SAID = frozenset({"id", "created_at", "updated_at"})
_SECRETS = frozenset({"secret", "password", "pin", "token", "hash"})
"""Words in the name of a column with a secret. The entry says that it changed."""
_NO_SECRETS = frozenset({"password_min_length"})
HIDDEN = "***"


def made_by(session: Session, person: Person) -> None:
    """Say who makes the changes of this transaction."""
    session.info[_PERSON] = person


def note_change(session: Session, model: type[SQLModel], before: Any, changes: Mapping[str, Any]) -> None:
    """Note columns of a row that a statement changes past the session's objects. `before`: the row as it was."""
    person: Person | None = session.info.get(_PERSON)
    kind = KINDS.get(model)
    if person is not None and kind is not None:
        pairs = ((name, getattr(before, name), value) for name, value in changes.items())
        if found := _differences(model, pairs):
            write_entry(session, _entry(session, person, kind, before, "changed", found))


def watch() -> None:
    """Write the trail in every session of this process that `made_by` names a person for."""
    event.listen(Session, "before_flush", _before_flush)


def _before_flush(session: Session, *_: Any) -> None:
    person: Person | None = session.info.get(_PERSON)
    if person is None:
        return
    entries = []
    for verb, rows in (("created", session.new), ("changed", session.dirty), ("deleted", session.deleted)):
        for row in rows:
            kind = KINDS.get(type(row))
            if kind is None:
                continue
            found = _changes(row) if verb == "changed" else {}
            if found or verb != "changed":
                entries.append(_entry(session, person, kind, row, verb, found))
    session.add_all(entries)


def _entry(
    session: Session, person: Person, kind: Kind, row: Any, verb: str, changes: dict[str, Any]
) -> AuditEntry:
    details = {**_named(row), **({"changes": changes} if changes else {})}
    return AuditEntry(
        actor_id=person.id,
        actor=person.email,
        address=person.address,
        action=f"{kind.name} {verb}",
        team_id=_team_of(session, kind, row),
        object_id=row.id,
        details=details,
    )


def _team_of(session: Session, kind: Kind, row: Any) -> str | None:
    if kind.parent is not None:
        model, column = kind.parent
        row = session.get(model, getattr(row, column))
    if row is None:
        return None
    return str(row.id if isinstance(row, Team) else row.team_id)


def _named(row: Any) -> dict[str, Any]:
    """Return what tells people which row it is: its name or number, or the rows that it joins."""
    for column in ("name", "team_name", "e164", "code"):
        if name := getattr(row, column, ""):
            return {"name": shown_value(name)}
    return {
        name.removesuffix("_id"): public_id(value)
        for name, value in row.model_dump().items()
        if name.endswith("_id") and value
    }


def _changes(row: SQLModel) -> dict[str, Any]:
    """Return what was assigned to the row: column -> from and to."""
    state: InstanceState[Any] = inspect(row)

    def pairs() -> Iterator[tuple[str, Any, Any]]:
        for attribute in state.attrs:
            history = attribute.history
            if history.has_changes() and history.added:
                yield attribute.key, history.deleted[0] if history.deleted else None, history.added[0]

    return _differences(type(row), pairs())


def _differences(model: type[SQLModel], pairs: Iterable[tuple[str, Any, Any]]) -> dict[str, Any]:
    unsaid = _NEVER_SAID | _UNSAID.get(model, frozenset())
    columns = model.__table__.columns  # type: ignore[attr-defined]
    return {
        name: {"from": _hidden(name, columns, old), "to": _hidden(name, columns, new)}
        for name, old, new in pairs
        if name not in unsaid and old != new
    }


def _hidden(name: str, columns: Any, value: Any) -> Any:
    if value is not None and name not in _NO_SECRETS and not _SECRETS.isdisjoint(name.split("_")):
        return HIDDEN
    if isinstance(value, str) and getattr(columns[name].type, "length", None) == ID_LENGTH:
        return public_id(value)
    return shown_value(value)


def shown_value(value: Any) -> Any:
    """Return a value that fits into an entry: a long text or a large object is cut."""
    if isinstance(value, datetime):
        return show_time(value)
    if isinstance(value, list | dict):
        text = orjson.dumps(value).decode()
        return value if len(text) <= LONGEST else f"{text[:LONGEST]}…"
    return f"{value[:LONGEST]}…" if isinstance(value, str) and len(value) > LONGEST else value


watch()

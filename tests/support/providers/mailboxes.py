"""What each fake provider keeps of a user: contacts and events, with revisions and a log of changes."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import count
from typing import Any

Json = dict[str, Any]


class Expired(Exception):
    """The cursor is too old."""


@dataclass
class Store:
    """Rows by id, in the provider's JSON. A position in `log` is what a cursor stands for."""

    rows: dict[str, Json] = field(default_factory=dict)
    revisions: dict[str, int] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    forgotten: int = 0
    """Cursors of an earlier position have expired."""
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def put(self, id: str, row: Json) -> None:
        """Keep a new row, or a changed one."""
        self.rows[id] = deepcopy(row)
        self.revisions[id] = next(self._numbers)
        self.log.append(id)

    def remove(self, id: str) -> None:
        del self.rows[id]
        self.revisions[id] = next(self._numbers)
        self.log.append(id)

    def changed(self, since: int | None) -> list[str]:
        """Return the ids that changed since a position, deleted ones too; those of all rows without one."""
        if since is None:
            return list(self.rows)
        if since < self.forgotten:
            raise Expired
        return list(dict.fromkeys(self.log[since:]))

    def forget(self) -> None:
        """Let all cursors that were given expire."""
        self.log.append("")
        self.forgotten = len(self.log)


@dataclass
class Mailbox:
    """One user's contacts and calendar."""

    email: str
    contacts: Store = field(default_factory=Store)
    events: Store = field(default_factory=Store)

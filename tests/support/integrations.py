"""A service that keeps contacts and events in memory: `providers.integrations.base.Integration` for tests.

It counts revisions, lists changes by cursor, and fails as a test wants. `Killed` ends the caller as a kill does.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from models import utcnow
from providers.integrations import base, choose
from switchroom.settings import Settings

ACCOUNT = "jane@provider.example"


class Killed(BaseException):
    """The process ends here."""


@dataclass
class Account:
    """A user's account there. `rows` and `gone` hold the number of the change beside each row."""

    rows: dict[str, dict[str, tuple[int, Any]]] = field(
        default_factory=lambda: {"contacts": {}, "events": {}}
    )
    gone: dict[str, dict[str, int]] = field(default_factory=lambda: {"contacts": {}, "events": {}})
    changes: int = 0
    calls: list[str] = field(default_factory=list)
    """The names of the methods that changed something there."""
    fails: dict[str, BaseException] = field(default_factory=dict)
    """Method -> what it raises before it does anything."""
    dies_after: set[str] = field(default_factory=set)
    """Methods after which the caller is killed, once."""
    hides_new: bool = False
    """Whether new rows are not listed yet."""
    watches: dict[str, str] = field(default_factory=dict)
    """Open watches, and the secret of each."""
    revoked: int = 0
    refreshes: bool = False

    def put(self, kind: str, row: Any) -> Any:
        """Store a row there, as its user does it. It gets a new revision."""
        self.changes += 1
        stored = replace(row, id=row.id or f"{kind}-{self.changes}", revision=f"r{self.changes}")
        self.rows[kind][stored.id] = (self.changes, stored)
        self.gone[kind].pop(stored.id, None)
        return stored

    def remove(self, kind: str, id: str) -> None:
        """Delete a row there."""
        self.changes += 1
        del self.rows[kind][id]
        self.gone[kind][id] = self.changes

    def all(self, kind: str) -> list[Any]:
        """Return all rows, oldest change first."""
        return [row for _, row in sorted(self.rows[kind].values(), key=lambda pair: pair[0])]


class FakeIntegration:
    """The connection of one user to an `Account`."""

    def __init__(self, account: Account, keep: Callable[[base.Grant], None], grant: base.Grant) -> None:
        self.keep = keep
        self._account, self._grant = account, grant

    def _begin(self, method: str) -> None:
        if error := self._account.fails.get(method):
            raise error
        if self._account.refreshes:
            self._account.refreshes = False
            self.keep(replace(self._grant, access_token="refreshed"))

    def _changes(self, kind: str, cursor: str | None) -> base.Changes[Any]:
        self._begin(f"list_{kind}")
        account, since = self._account, int(cursor or 0)
        rows = [row for at, row in account.rows[kind].values() if at > since]
        if account.hides_new:
            return base.Changes([], [], cursor or "0")
        deleted = [id for id, at in account.gone[kind].items() if at > since] if cursor else []
        return base.Changes(rows, deleted, str(account.changes))

    def _done(self, method: str) -> None:
        self._account.calls.append(method)
        if method in self._account.dies_after:
            self._account.dies_after.discard(method)
            raise Killed

    def _create(self, kind: str, row: Any) -> Any:
        self._begin(f"create_{kind}")
        made = self._account.put(kind, row)
        self._done(f"create_{kind}")
        return made

    def _require(self, kind: str, id: str, revision: str) -> bool:
        _, row = self._account.rows[kind].get(id, (0, None))
        if row is not None and row.revision != revision:
            raise base.Conflict("It was changed meanwhile")
        return row is not None

    def _update(self, kind: str, row: Any) -> Any:
        self._begin(f"update_{kind}")
        if not self._require(kind, row.id, row.revision):
            raise base.Conflict("It is gone")
        made = self._account.put(kind, row)
        self._done(f"update_{kind}")
        return made

    def _delete(self, kind: str, id: str, revision: str) -> None:
        self._begin(f"delete_{kind}")
        if self._require(kind, id, revision):
            self._account.remove(kind, id)
        self._done(f"delete_{kind}")

    def contacts(self, cursor: str | None) -> base.Changes[base.ProviderContact]:
        return self._changes("contacts", cursor)

    def create_contact(self, contact: base.ProviderContact) -> base.ProviderContact:
        made: base.ProviderContact = self._create("contacts", contact)
        return made

    def update_contact(self, contact: base.ProviderContact) -> base.ProviderContact:
        made: base.ProviderContact = self._update("contacts", contact)
        return made

    def delete_contact(self, id: str, revision: str) -> None:
        self._delete("contacts", id, revision)

    def events(self, cursor: str | None) -> base.Changes[base.ProviderEvent]:
        return self._changes("events", cursor)

    def create_event(self, event: base.ProviderEvent) -> base.ProviderEvent:
        made: base.ProviderEvent = self._create("events", event)
        return made

    def update_event(self, event: base.ProviderEvent) -> base.ProviderEvent:
        made: base.ProviderEvent = self._update("events", event)
        return made

    def delete_event(self, id: str, revision: str) -> None:
        self._delete("events", id, revision)

    def watch(self, kind: str, callback: str, secret: str) -> base.Watch | None:
        self._begin("watch")
        id = f"watch-{len(self._account.calls)}"
        self._account.watches[id] = secret
        self._account.calls.append(f"watch {kind} {callback}")
        return base.Watch(id, secret, utcnow() + timedelta(days=3), "resource")

    def unwatch(self, watch: base.Watch) -> None:
        self._begin("unwatch")
        self._account.watches.pop(watch.id, None)

    def revoke(self) -> None:
        self._begin("revoke")
        self._account.revoked += 1


WRONG_CODE, SECRET = "wrong-code", "access-token-that-nobody-sees"


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Account:
    """Put an account in the place of every provider. Any code but `WRONG_CODE` connects it.

    A code that is an address connects the account of that address.
    """
    made = Account()
    install(made, monkeypatch.setattr)
    return made


def install(made: Account, patch: Callable[..., None]) -> None:
    """Let `choose` lead to this account."""

    def authorize(
        _settings: Settings,
        provider: str,
        code: str,
        *,
        email: str | None,
        domain: str | None,
        redirect_uri: str | None,
        verifier: str | None,
    ) -> base.Grant:
        if error := made.fails.get("authorize"):
            raise error
        if code == WRONG_CODE:
            raise base.GrantRefused("The code is wrong or used")
        named = code if "@" in code else ACCOUNT
        address = email if provider == "microsoft" and email else named
        return base.Grant(address, SECRET, f"refresh-{SECRET}", utcnow(), domain)

    def connect(
        _settings: Settings, provider: str, grant: base.Grant, keep: Callable[[base.Grant], None]
    ) -> base.Integration:
        if error := made.fails.get("connect"):
            raise error
        return FakeIntegration(made, keep, grant)

    patch(choose, "authorize", authorize)
    patch(choose, "connect", connect)

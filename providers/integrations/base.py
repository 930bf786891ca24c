"""What a service that keeps a user's contacts and calendar is to us.

Each method makes requests and returns plain values; none keeps state between calls. A grant that was refreshed on the
way is handed to `Integration.keep`, so that the caller stores it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, Protocol, TypeVar


class ProviderError(Exception):
    """Why a request failed, to be tried again later. The text says what to do about it, and names no secret.

    `retry_after`: seconds that the provider asked for, else None.
    """

    def __init__(self, text: str, retry_after: float | None = None) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class GrantRefused(ProviderError):
    """The user must connect again: the code, the refresh token or the password is not valid (any more)."""


class Conflict(ProviderError):
    """The row at the provider is another revision than the one named. Nothing was changed."""


class CursorExpired(ProviderError):
    """The cursor of the changes is too old. Ask again without one: everything comes once more."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What lets us act for a user at a provider. Stored encrypted, never shown.

    `account`: the address of the user's account there. `access_token` is the password for Exchange, which has no
    `refresh_token`. `expires_at`: aware, UTC; None if it does not expire. `domain`: Exchange's Windows domain.
    """

    account: str
    access_token: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None
    domain: str | None = None


@dataclass(frozen=True, slots=True)
class ProviderContact:
    """A contact at the provider. `id` and `revision` (etag, changeKey) are empty until the provider made it.

    Numbers are as the provider has them: the caller makes them E.164.
    """

    id: str = ""
    revision: str = ""
    first_name: str = ""
    last_name: str = ""
    email: str | None = None
    work_number: str | None = None
    home_number: str | None = None
    cell_number: str | None = None


@dataclass(frozen=True, slots=True)
class ProviderEvent:
    """An event of the user's calendar. `start` and `end` are aware; `timezone` is an IANA name.

    `attendees`: their addresses, in lower case.
    """

    id: str = ""
    revision: str = ""
    name: str = ""
    notes: str = ""
    start: datetime | None = None
    end: datetime | None = None
    timezone: str = "UTC"
    location: str = ""
    attendees: tuple[str, ...] = ()
    all_day: bool = False


Row = TypeVar("Row", ProviderContact, ProviderEvent)


@dataclass(frozen=True, slots=True)
class Changes(Generic[Row]):
    """What changed since a cursor: rows (new or changed), ids of deleted ones, and the cursor for the next time."""

    rows: list[Row]
    deleted: list[str]
    cursor: str


@dataclass(frozen=True, slots=True)
class Watch:
    """A provider's promise to call us: its id there, the secret that its calls carry, and when it ends (UTC)."""

    id: str
    secret: str = field(repr=False)
    expires_at: datetime
    resource: str = ""


class Integration(Protocol):
    """The connection of one user. Made by `providers.integrations.choose.connect`.

    Every method raises ProviderError, and GrantRefused when the user must connect again.
    """

    keep: Callable[[Grant], None]
    """Called with the new grant whenever it was refreshed."""

    def contacts(self, cursor: str | None) -> Changes[ProviderContact]:
        """Return what changed since `cursor`; all contacts without one. Raises CursorExpired."""

    def create_contact(self, contact: ProviderContact) -> ProviderContact:
        """Create it and return it with its id and revision."""

    def update_contact(self, contact: ProviderContact) -> ProviderContact:
        """Change the contact `contact.id` if its revision is still `contact.revision`. Raises Conflict."""

    def delete_contact(self, id: str, revision: str) -> None:
        """Delete it if its revision is still this one. One that is gone is no error. Raises Conflict."""

    def events(self, cursor: str | None) -> Changes[ProviderEvent]:
        """Return what changed since `cursor`. Raises CursorExpired.

        Without a cursor these are the events of a window (`providers.integrations.window`): from 30 days ago to 400
        days ahead. Events outside of it may be missing, though they take place.
        """

    def create_event(self, event: ProviderEvent) -> ProviderEvent:
        """Create it in the user's first calendar, invite its attendees, and return it with id and revision."""

    def update_event(self, event: ProviderEvent) -> ProviderEvent:
        """Change the event `event.id` if its revision is still `event.revision`. Raises Conflict."""

    def delete_event(self, id: str, revision: str) -> None:
        """Delete it if its revision is still this one. One that is gone is no error. Raises Conflict."""

    def watch(self, kind: str, callback: str, secret: str) -> Watch | None:
        """Ask the provider to call `callback` when contacts or events (`kind`) change; None if it cannot do so."""

    def unwatch(self, watch: Watch) -> None:
        """End a watch. One that is gone is no error."""

    def revoke(self) -> None:
        """Make the grant useless at the provider, where it can be. A grant that is dead already is no error."""

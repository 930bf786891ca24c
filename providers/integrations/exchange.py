"""Exchange, 2013 or newer: contacts and events of the user's own folders by Exchange Web Services.

https://learn.microsoft.com/en-us/exchange/client-developer/exchange-web-services/mailbox-synchronization-and-ews-in-exchange
https://ecederstrand.github.io/exchangelib

The settings name the server. Exchange names only what was changed or deleted, and the rows are then read. To Exchange
a series is one item. Its events are read as the calendar shows them. The cursor has their ids, because the deletion of
a series deletes its events.
"""

import json
import logging
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, ParamSpec, TypeVar
from zlib import compress, decompressobj
from zlib import error as zlib_error

from exchangelib import DELEGATE, UTC, Account, Configuration, Credentials, EWSDateTime, FailFast, errors
from exchangelib.items import (
    NEVER_OVERWRITE,
    SEND_TO_ALL_AND_SAVE_COPY,
    SEND_TO_NONE,
    CalendarItem,
    Contact,
)
from exchangelib.items.calendar_item import RECURRING_MASTER, SINGLE
from exchangelib.protocol import Protocol as Connection

from providers.integrations.base import (
    Changes,
    Conflict,
    CursorExpired,
    Grant,
    GrantRefused,
    ProviderContact,
    ProviderError,
    ProviderEvent,
    Watch,
)
from providers.integrations.exchange_rows import (
    CONTACT_FIELDS,
    EVENT_FIELDS,
    contact_of,
    event_of,
    has_guests,
    write_contact,
    write_event,
)
from providers.integrations.http import MOST_BYTES, MOST_ROWS, Gone
from providers.integrations.rest import documented
from providers.integrations.window import Window, open_window
from switchroom.settings import Settings

SERVICE = "Exchange"
SECONDS = 30
"""How long Exchange may be silent."""
PAGE = 200
VIEW = timedelta(days=31)
"""Exchange shows at most 1,000 events of a calendar at once."""

# It logs requests with the password (DEBUG) and with what they write (ERROR).
logging.getLogger("exchangelib").setLevel(logging.CRITICAL)

_REFUSED = (
    errors.UnauthorizedError,
    errors.ErrorAccessDenied,
    errors.ErrorAccountDisabled,
    errors.ErrorNonExistentMailbox,
    errors.ErrorPasswordChangeRequired,
    errors.ErrorPasswordExpired,
)
_EXPIRED = (errors.ErrorInvalidSyncStateData, errors.ErrorSyncFolderNotFound)
_CONFLICTS = (errors.ErrorIrresolvableConflict, errors.ErrorStaleObject, errors.ErrorInvalidChangeKey)
_GONE = (errors.ErrorItemNotFound, errors.ErrorCalendarOccurrenceIsDeletedFromRecurrence)

P = ParamSpec("P")
R = TypeVar("R")


def _asking(method: Callable[P, R]) -> Callable[P, R]:
    """Raise our errors instead of exchangelib's. Their texts name no address, password or content."""

    @wraps(method)
    def asked(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return method(*args, **kwargs)
        except _REFUSED as error:
            raise GrantRefused(f"{_text(error)}: connect again") from None
        except _EXPIRED as error:
            raise CursorExpired(_text(error)) from None
        except _CONFLICTS as error:
            raise Conflict(_text(error)) from None
        except _GONE as error:
            raise Gone(_text(error)) from None
        except errors.ErrorServerBusy as error:
            raise ProviderError(_text(error), error.back_off) from None
        except UnicodeEncodeError:
            raise GrantRefused(f"{SERVICE}: the password has characters that are not in ISO 8859-1") from None
        except (errors.EWSError, OSError) as error:
            raise ProviderError(_text(error)) from None

    return documented(SERVICE)(asked)


def _text(error: Exception) -> str:
    return f"{SERVICE}: {type(error).__name__}"


class Exchange:
    """See `providers.integrations.Integration`."""

    def __init__(self, settings: Settings, grant: Grant, keep: Callable[[Grant], None]) -> None:
        self.keep = keep
        self._address = grant.account
        user = f"{grant.domain}\\{grant.account.partition('@')[0]}" if grant.domain else grant.account
        server = settings.exchange_server
        place = {"service_endpoint": server} if "://" in server else {"server": server}
        config = Configuration(
            credentials=Credentials(user, grant.access_token), retry_policy=FailFast(), **place
        )
        self._account = Account(
            grant.account, config=config, autodiscover=False, access_type=DELEGATE, default_timezone=UTC
        )
        self._account.protocol.TIMEOUT = SECONDS
        with suppress(KeyError):
            # It would keep the connection, and the password, as long as the process lives.
            del Connection[config]

    @_asking
    def check(self) -> None:
        """Make a request. Raises GrantRefused if the password is not valid."""
        _ = self._account.calendar

    @_asking
    def contacts(self, cursor: str | None) -> Changes[ProviderContact]:
        changed, deleted, state = self._changes(self._account.contacts, cursor, ())
        ids = [item for item in changed if isinstance(item, Contact)]
        return Changes([contact_of(item) for item in self._read(ids, CONTACT_FIELDS)], deleted, state)

    @_asking
    def create_contact(self, contact: ProviderContact) -> ProviderContact:
        item = Contact(account=self._account, folder=self._account.contacts, display_name="")
        write_contact(item, contact)
        item.save()
        return contact_of(self._one(item, CONTACT_FIELDS))

    @_asking
    def update_contact(self, contact: ProviderContact) -> ProviderContact:
        with _or_conflict():
            item = self._one((contact.id, contact.revision), CONTACT_FIELDS)
            if fields := write_contact(item, contact):
                item.save(update_fields=fields, conflict_resolution=NEVER_OVERWRITE)
                item = self._one(item, CONTACT_FIELDS)
            return contact_of(item)

    @_asking
    def delete_contact(self, id: str, revision: str) -> None:
        with suppress(Gone):
            self._one((id, revision), CONTACT_FIELDS).move_to_trash()

    @_asking
    def events(self, cursor: str | None) -> Changes[ProviderEvent]:
        window, token = open_window(cursor)
        known = _Calendar.read(token) if token is not None else _Calendar("", {})
        listed = ("start", "end", "type", "uid", "is_cancelled")
        changed, deleted, state = self._changes(self._account.calendar, known.state, listed)
        items = [item for item in changed if isinstance(item, CalendarItem)]
        # A whole list begins with the window. Single events to come are few, so they need no end.
        since = window.start if token is None else None
        singles = {item.id: item for item in items if _takes_place(item, since)}
        masters = {
            item.uid: item.id for item in items if item.type == RECURRING_MASTER and not item.is_cancelled
        }
        # A single event may have become a series, or was cancelled.
        ended = [item.id for item in items if item.id not in singles] if token is not None else []
        series = dict(known.series)
        before = {id for item in (*deleted, *(item.id for item in items)) for id in series.pop(item, [])}
        found = list(self._occurrences(window, masters)) if masters else []
        series |= {id: [] for id in masters.values()}
        for item in found:
            series[masters[item.uid]].append(item.id)
        rows = [
            event_of(item, self._address) for item in self._read([*singles.values(), *found], EVENT_FIELDS)
        ]
        gone = dict.fromkeys([*deleted, *ended, *sorted(before - {item.id for item in found})])
        return Changes(rows, list(gone), window.cursor(_Calendar(state, series).written()))

    @_asking
    def create_event(self, event: ProviderEvent) -> ProviderEvent:
        item = CalendarItem(account=self._account, folder=self._account.calendar)
        write_event(item, event, self._address)
        item.save(send_meeting_invitations=SEND_TO_ALL_AND_SAVE_COPY if has_guests(item) else SEND_TO_NONE)
        return event_of(self._one(item, EVENT_FIELDS), self._address)

    @_asking
    def update_event(self, event: ProviderEvent) -> ProviderEvent:
        with _or_conflict():
            item = self._one((event.id, event.revision), EVENT_FIELDS)
            had_guests = has_guests(item)
            if fields := write_event(item, event, self._address):
                mails = SEND_TO_ALL_AND_SAVE_COPY if had_guests or has_guests(item) else SEND_TO_NONE
                item.save(fields, NEVER_OVERWRITE, mails)
                item = self._one(item, EVENT_FIELDS)
            return event_of(item, self._address)

    @_asking
    def delete_event(self, id: str, revision: str) -> None:
        with suppress(Gone):
            item = self._one((id, revision), EVENT_FIELDS)
            item.move_to_trash(send_meeting_cancellations=SEND_TO_ALL_AND_SAVE_COPY)

    def watch(self, kind: str, callback: str, secret: str) -> Watch | None:
        """Return None: a server of one's own seldom reaches us."""
        return None

    def unwatch(self, watch: Watch) -> None:
        """Do nothing: there is no watch."""

    def revoke(self) -> None:
        """Do nothing: a password cannot be revoked."""

    def _changes(
        self, folder: Any, state: str | None, fields: Iterable[str]
    ) -> tuple[list[Any], list[str], str]:
        """Return the new and changed items with these fields, the ids of deleted ones, and the state of the folder."""
        folder.item_sync_state = None
        changed: dict[str, Any] = {}
        deleted: dict[str, None] = {}
        for kind, item in folder.sync_items(sync_state=state, only_fields=fields, max_changes_returned=PAGE):
            if kind == "delete":
                changed.pop(item.id, None)
                deleted[item.id] = None
            elif kind in ("create", "update"):
                deleted.pop(item.id, None)
                changed[item.id] = item
            _limit(len(changed) + len(deleted))
        return list(changed.values()), list(deleted), str(folder.item_sync_state)

    def _occurrences(self, window: Window, masters: Iterable[str]) -> Iterator[Any]:
        """Yield the events of these series, by their UIDs, in the window."""
        seen: set[str] = set()
        start = window.start
        while start < window.end:
            end = min(start + VIEW, window.end)
            view = self._account.calendar.view(
                EWSDateTime.from_datetime(start), EWSDateTime.from_datetime(end)
            )
            for item in view.only("type", "uid", "is_cancelled"):
                if item.type != SINGLE and item.uid in masters and item.id not in seen:
                    seen.add(item.id)
                    yield item
            _limit(len(seen))
            start = end

    def _read(self, items: list[Any], fields: Iterable[str]) -> Iterator[Any]:
        """Yield the items with these fields. One that was deleted meanwhile comes as deleted the next time."""
        for item in self._account.fetch(items, only_fields=fields, chunk_size=PAGE):
            if isinstance(item, Exception):
                if not isinstance(item, _GONE):
                    raise item
                continue
            yield item

    def _one(self, named: Any, fields: Iterable[str]) -> Any:
        """Return an item. If a revision is named too, the item must have it. Raises Gone and Conflict."""
        (item,) = self._account.fetch([named], only_fields=fields)
        if isinstance(item, Exception):
            raise Gone(_text(item)) if isinstance(item, _GONE) else item
        if isinstance(named, tuple) and item.changekey != named[1]:
            raise Conflict(f"{SERVICE}: the item has another revision")
        return item


@dataclass(frozen=True, slots=True)
class _Calendar:
    """What a cursor remembers: the state of the folder, and which events each series has."""

    state: str
    series: dict[str, list[str]]

    def written(self) -> str:
        # The ids are long, and alike.
        return urlsafe_b64encode(compress(json.dumps([self.state, self.series]).encode())).decode()

    @classmethod
    def read(cls, token: str) -> "_Calendar":
        try:
            state, series = json.loads(decompressobj().decompress(urlsafe_b64decode(token), MOST_BYTES))
        except (ValueError, zlib_error):
            raise CursorExpired(f"{SERVICE}: the cursor is not one of ours") from None
        return cls(state, series)


@contextmanager
def _or_conflict() -> Iterator[None]:
    """Raise Conflict where the item is gone."""
    try:
        yield
    except (Gone, *_GONE) as error:
        raise Conflict(str(error)) from None


def _takes_place(item: CalendarItem, since: datetime | None) -> bool:
    """Return whether it is a single event that takes place, and does not end before `since`."""
    return bool(
        item.type != RECURRING_MASTER and not item.is_cancelled and (since is None or item.end > since)
    )


def _limit(rows: int) -> None:
    if rows > MOST_ROWS:
        raise ProviderError(f"{SERVICE}: more than {MOST_ROWS} rows")

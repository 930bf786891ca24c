"""Office 365: contacts and events of the user's own folders by Microsoft Graph 1.0.

https://learn.microsoft.com/en-us/graph/delta-query-overview
https://learn.microsoft.com/en-us/graph/delta-query-events
https://learn.microsoft.com/en-us/graph/change-notifications-overview

Ids are immutable ones, which an item keeps when it is moved. Microsoft has no request that ends this one grant.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from providers.integrations.base import (
    Changes,
    Conflict,
    CursorExpired,
    Grant,
    ProviderContact,
    ProviderError,
    ProviderEvent,
    Watch,
)
from providers.integrations.http import MOST_ROWS, Gone, Json
from providers.integrations.oauth import OAuth
from providers.integrations.office365_rows import (
    CONTACT_FIELDS,
    changed_contact,
    changed_event,
    contact_of,
    event_of,
    new_event,
)
from providers.integrations.rest import Rest, documented
from providers.integrations.window import Window, open_window
from switchroom.settings import Settings

SERVICE = "Office 365"
WATCH_TIME = timedelta(minutes=4200)
"""Less than what any kind of account allows."""
_PREFER = ", ".join(
    (
        'IdType="ImmutableId"',
        'outlook.timezone="UTC"',
        'outlook.body-content-type="text"',
        "odata.maxpagesize=100",
    )
)
_RESOURCES = {"contacts": "me/contacts", "events": "me/events"}


def oauth_of(settings: Settings) -> OAuth:
    """Return Microsoft's authorization server, with our application."""
    secret = settings.microsoft_client_secret.get_secret_value()
    base = settings.microsoft_login_endpoint.rstrip("/")
    url = f"{base}/{settings.microsoft_tenant}/oauth2/v2.0/token"
    return OAuth(SERVICE, url, settings.microsoft_client_id, secret, "SWITCHROOM_MICROSOFT")


class Office365(Rest):
    """See `providers.integrations.Integration`."""

    def __init__(self, settings: Settings, grant: Grant, keep: Callable[[Grant], None]) -> None:
        super().__init__(oauth_of(settings), grant, keep)
        self._graph = f"{settings.graph_endpoint.rstrip('/')}/v1.0"

    @documented(SERVICE)
    def account(self) -> str:
        """Return the address of the user's account."""
        me = self._ask("GET", f"{self._graph}/me", params={"$select": "mail,userPrincipalName"})
        return str(me.get("mail") or me["userPrincipalName"]).lower()

    @documented(SERVICE)
    def contacts(self, cursor: str | None) -> Changes[ProviderContact]:
        link = cursor or f"{self._graph}/me/contacts/delta"
        rows, deleted, link = self._delta(link, {"$select": CONTACT_FIELDS})
        return Changes([contact_of(row) for row in rows], deleted, link)

    @documented(SERVICE)
    def create_contact(self, contact: ProviderContact) -> ProviderContact:
        return contact_of(self._ask("POST", f"{self._graph}/me/contacts", json=changed_contact({}, contact)))

    @documented(SERVICE)
    def update_contact(self, contact: ProviderContact) -> ProviderContact:
        url = self._url("contacts", contact.id)
        row = self._update(url, contact.revision, lambda row: changed_contact(row, contact))
        return contact_of(row)

    @documented(SERVICE)
    def delete_contact(self, id: str, revision: str) -> None:
        self._delete(self._url("contacts", id), revision)

    @documented(SERVICE)
    def events(self, cursor: str | None) -> Changes[ProviderEvent]:
        window, link = open_window(cursor)
        rows, deleted, link = self._delta(link or f"{self._graph}/me/calendarView/delta", _times(window))
        # Events of a series come without what they have in common.
        series = {_series(row): None for row in rows if _series(row)}
        rows = [row for row in rows if not _series(row)]
        for id in series:
            rows += self._instances(id, window)
        deleted += [row["id"] for row in rows if row.get("isCancelled")]
        kept = [event_of(row, self._grant.account) for row in rows if not row.get("isCancelled")]
        return Changes(kept, deleted, window.cursor(link))

    @documented(SERVICE)
    def create_event(self, event: ProviderEvent) -> ProviderEvent:
        made = self._ask("POST", f"{self._graph}/me/events", json=new_event(event))
        return event_of(made, self._grant.account)

    @documented(SERVICE)
    def update_event(self, event: ProviderEvent) -> ProviderEvent:
        url, account = self._url("events", event.id), self._grant.account
        row = self._update(url, event.revision, lambda row: changed_event(row, event, account))
        return event_of(row, account)

    @documented(SERVICE)
    def delete_event(self, id: str, revision: str) -> None:
        self._delete(self._url("events", id), revision)

    @documented(SERVICE)
    def watch(self, kind: str, callback: str, secret: str) -> Watch | None:
        """See `Integration.watch`. Microsoft asks `callback` at once whether it wants to be called."""
        subscription = {
            "changeType": "created,updated,deleted",
            "notificationUrl": callback,
            "resource": _RESOURCES[kind],
            "expirationDateTime": _written(datetime.now(UTC) + WATCH_TIME),
            "clientState": secret,
        }
        made = self._ask("POST", f"{self._graph}/subscriptions", json=subscription)
        ends = datetime.fromisoformat(made["expirationDateTime"]).astimezone(UTC)
        return Watch(made["id"], secret, ends, made["resource"])

    def unwatch(self, watch: Watch) -> None:
        try:
            self._ask("DELETE", f"{self._graph}/subscriptions/{quote(watch.id, safe='')}")
        except Gone:
            return

    def revoke(self) -> None:
        """Do nothing: Microsoft could only sign the user out everywhere."""

    def _ask(self, method: str, url: str, headers: dict[str, str] | None = None, **request: Any) -> Json:
        return self.ask(method, url, headers={"Prefer": _PREFER, **(headers or {})}, **request)

    def _url(self, kind: str, id: str) -> str:
        return f"{self._graph}/me/{kind}/{quote(id, safe='')}"

    def _delta(self, link: str, first: dict[str, str]) -> tuple[list[Json], list[str], str]:
        """Return the rows, the ids of deleted rows, and the link for the next time. `first`: asked without a link.

        Raises CursorExpired.
        """
        pages = list(self._pages(link, first))
        found = [row for page in pages for row in page["value"]]
        rows = [row for row in found if "@removed" not in row]
        deleted = [row["id"] for row in found if "@removed" in row]
        return rows, deleted, pages[-1]["@odata.deltaLink"]

    def _instances(self, series: str, window: Window) -> Iterator[Json]:
        """Yield the events of a series; none if it is gone."""
        try:
            for page in self._pages(f"{self._url('events', series)}/instances", _times(window)):
                yield from page["value"]
        except Gone:
            return

    def _pages(self, link: str, first: dict[str, str]) -> Iterator[Json]:
        """Yield all pages of a list. A link is followed as it is. Only links of Graph get the access token."""
        count = 0
        wrong: type[ProviderError] = CursorExpired
        while link:
            if not link.startswith(f"{self._graph}/"):
                raise wrong(f"{SERVICE}: a link does not begin with SWITCHROOM_GRAPH_ENDPOINT")
            wrong = ProviderError
            page = self._ask("GET", link, **({} if "?" in link else {"params": first}))
            yield page
            count += len(page["value"])
            if count > MOST_ROWS:
                raise ProviderError(f"{SERVICE}: more than {MOST_ROWS} rows")
            link = page.get("@odata.nextLink", "")

    def _update(self, url: str, revision: str, changes: Callable[[Json], Json]) -> Json:
        """Change a row if it has this revision, and return it. Raises Conflict."""
        try:
            row = self._read(url, revision)
            written = changes(row)
            return self._ask("PATCH", url, {"If-Match": revision}, json=written) if written else row
        except Gone as error:
            raise Conflict(str(error)) from None

    def _delete(self, url: str, revision: str) -> None:
        try:
            self._read(url, revision)
            self._ask("DELETE", url, {"If-Match": revision})
        except Gone:
            return

    def _read(self, url: str, revision: str) -> Json:
        row = self._ask("GET", url)
        if row["@odata.etag"] != revision:
            raise Conflict(f"{SERVICE}: the row has another revision")
        return row


def _series(row: Json) -> str:
    """Return the id of the series that a row is, or belongs to; empty if it is a single event."""
    return str(row["id"] if row.get("type") == "seriesMaster" else row.get("seriesMasterId") or "")


def _times(window: Window) -> dict[str, str]:
    return {"startDateTime": _written(window.start), "endDateTime": _written(window.end)}


def _written(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"

"""Google: contacts by the People API, events of the user's primary calendar by the Calendar API.

https://developers.google.com/people/v1/contacts
https://developers.google.com/workspace/calendar/api/guides/sync
https://developers.google.com/workspace/calendar/api/guides/push

The People API cannot call us, so contacts are asked for. What was written there may be missing in a list of changes
for some minutes.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from urllib.parse import quote
from uuid import uuid4

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
from providers.integrations.google_rows import (
    PERSON_FIELDS,
    changed_event,
    changed_person,
    contact_of,
    event_of,
    is_appointment,
    new_event,
    person_of,
    revision_of,
)
from providers.integrations.http import (
    MOST_ROWS,
    Gone,
    Json,
    Rejected,
    error_codes,
    error_of,
    send,
)
from providers.integrations.oauth import OAuth
from providers.integrations.rest import Rest, documented
from providers.integrations.window import open_window
from switchroom.settings import Settings

SERVICE = "Google"
CONTACTS_ONLY = "READ_SOURCE_TYPE_CONTACT"
"""Contacts as the user wrote them, without what others' profiles add."""
WATCH_SECONDS = 7 * 24 * 3600
_MAILED = {"sendUpdates": "all"}


def oauth_of(settings: Settings) -> OAuth:
    """Return Google's authorization server, with our client."""
    secret = settings.google_client_secret.get_secret_value()
    url = f"{settings.google_oauth_endpoint.rstrip('/')}/token"
    return OAuth(SERVICE, url, settings.google_client_id, secret, "SWITCHROOM_GOOGLE")


class Google(Rest):
    """See `providers.integrations.Integration`."""

    def __init__(self, settings: Settings, grant: Grant, keep: Callable[[Grant], None]) -> None:
        super().__init__(oauth_of(settings), grant, keep)
        self._people = f"{settings.google_people_endpoint.rstrip('/')}/v1"
        self._calendar = f"{settings.google_calendar_endpoint.rstrip('/')}/calendar/v3"
        self._events = f"{self._calendar}/calendars/primary/events"
        self._revoke = f"{settings.google_oauth_endpoint.rstrip('/')}/revoke"

    @documented(SERVICE)
    def contacts(self, cursor: str | None) -> Changes[ProviderContact]:
        asked = {
            "personFields": PERSON_FIELDS, "sources": CONTACTS_ONLY, "pageSize": "1000", "requestSyncToken": "true",
        }  # fmt: skip
        if cursor is not None:
            asked["syncToken"] = cursor
        changes: Changes[ProviderContact] = Changes([], [], "")
        for page in self._pages(f"{self._people}/people/me/connections", asked):
            for person in page.get("connections", []):
                about = person.get("metadata", {})
                # Contacts that the user merged into this one.
                changes.deleted.extend(about.get("previousResourceNames", []))
                if about.get("deleted"):
                    changes.deleted.append(person["resourceName"])
                else:
                    changes.rows.append(contact_of(person))
            _limit(changes)
        return Changes(changes.rows, changes.deleted, page["nextSyncToken"])

    @documented(SERVICE)
    def create_contact(self, contact: ProviderContact) -> ProviderContact:
        asked = {"personFields": PERSON_FIELDS}
        url = f"{self._people}/people:createContact"
        return contact_of(self.ask("POST", url, params=asked, json=person_of(contact)))

    @documented(SERVICE)
    def update_contact(self, contact: ProviderContact) -> ProviderContact:
        try:
            person = self._person(contact.id, contact.revision)
            written = changed_person(person, contact)
            if not written:
                return contact_of(person)
            known = {"etag": person["etag"], "metadata": {"sources": person["metadata"]["sources"]}}
            asked = {
                "updatePersonFields": ",".join(written),
                "personFields": PERSON_FIELDS,
                "sources": CONTACTS_ONLY,
            }
            url = f"{self._people}/{quote(contact.id)}:updateContact"
            return contact_of(self.ask("PATCH", url, params=asked, json={**known, **written}))
        except Gone as error:
            raise Conflict(str(error)) from None
        except Rejected as error:
            if error.codes & {"failedPrecondition", "FAILED_PRECONDITION"}:
                raise Conflict(str(error)) from None
            raise

    @documented(SERVICE)
    def delete_contact(self, id: str, revision: str) -> None:
        # The API has no deletion of a named revision: a change between the two requests is lost.
        try:
            self._person(id, revision)
            self.ask("DELETE", f"{self._people}/{quote(id)}:deleteContact")
        except Gone:
            return

    @documented(SERVICE)
    def events(self, cursor: str | None) -> Changes[ProviderEvent]:
        window, token = open_window(cursor)
        asked = {"singleEvents": "true", "maxResults": "500"}
        if token is None:
            asked |= {"timeMin": window.start.isoformat(), "timeMax": window.end.isoformat()}
        else:
            asked["syncToken"] = token
        changes: Changes[ProviderEvent] = Changes([], [], "")
        for page in self._pages(self._events, asked):
            for event in page.get("items", []):
                if event.get("status") == "cancelled":
                    changes.deleted.append(event["id"])
                elif is_appointment(event):
                    changes.rows.append(event_of(event, page.get("timeZone", "UTC")))
            _limit(changes)
        return Changes(changes.rows, changes.deleted, window.cursor(page["nextSyncToken"]))

    @documented(SERVICE)
    def create_event(self, event: ProviderEvent) -> ProviderEvent:
        made = self.ask("POST", self._events, params=_MAILED, json=new_event(event))
        return event_of(made, event.timezone)

    @documented(SERVICE)
    def update_event(self, event: ProviderEvent) -> ProviderEvent:
        url = f"{self._events}/{quote(event.id, safe='')}"
        try:
            old = self.ask("GET", url)
            if old["etag"] != event.revision or old.get("status") == "cancelled":
                raise Conflict(f"{SERVICE}: the event has another revision")
            written = changed_event(old, event, event.timezone)
            if written:
                match = {"If-Match": event.revision}
                old = self.ask("PATCH", url, params=_MAILED, headers=match, json=written)
            return event_of(old, event.timezone)
        except Gone as error:
            raise Conflict(str(error)) from None

    def delete_event(self, id: str, revision: str) -> None:
        url = f"{self._events}/{quote(id, safe='')}"
        try:
            self.ask("DELETE", url, params=_MAILED, headers={"If-Match": revision})
        except Gone:
            return

    @documented(SERVICE)
    def watch(self, kind: str, callback: str, secret: str) -> Watch | None:
        if kind != "events":
            return None
        channel = {
            "id": str(uuid4()), "type": "web_hook", "address": callback, "token": secret,
            "params": {"ttl": str(WATCH_SECONDS)},
        }  # fmt: skip
        made = self.ask("POST", f"{self._events}/watch", json=channel)
        ends = datetime.fromtimestamp(int(made["expiration"]) / 1000, UTC)
        return Watch(made["id"], secret, ends, made["resourceId"])

    def unwatch(self, watch: Watch) -> None:
        try:
            channel = {"id": watch.id, "resourceId": watch.resource}
            self.ask("POST", f"{self._calendar}/channels/stop", json=channel)
        except Gone:
            return

    def revoke(self) -> None:
        token = self._grant.refresh_token or self._grant.access_token
        answer = send(SERVICE, "POST", self._revoke, data={"token": token})
        if not answer.is_success and not error_codes(answer.body) & {"invalid_token", "invalid_grant"}:
            raise error_of(SERVICE, answer)

    def _pages(self, url: str, asked: dict[str, str]) -> Iterator[Json]:
        """Yield all pages of a list. The last one has the next cursor. Raises CursorExpired."""
        page_token: str | None = ""
        while page_token is not None:
            try:
                page = self.ask("GET", url, params=asked | ({"pageToken": page_token} if page_token else {}))
            except Gone as error:
                raise CursorExpired(str(error)) from None
            yield page
            page_token = page.get("nextPageToken")

    def _person(self, id: str, revision: str) -> Json:
        """Return a person, if it still has this revision. Raises Conflict and Gone."""
        asked = {"personFields": PERSON_FIELDS, "sources": CONTACTS_ONLY}
        person = self.ask("GET", f"{self._people}/{quote(id)}", params=asked)
        if revision_of(person) != revision:
            raise Conflict(f"{SERVICE}: the contact has another revision")
        return person


def _limit(changes: Changes[ProviderContact] | Changes[ProviderEvent]) -> None:
    if len(changes.rows) + len(changes.deleted) > MOST_ROWS:
        raise ProviderError(f"{SERVICE}: more than {MOST_ROWS} rows")

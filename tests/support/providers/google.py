"""Google: the token endpoint, the People API and the Calendar API of any number of users.

google = FakeGoogle(httpserver)
settings = Settings(_env_file=None, **google.settings)
grant = authorize(settings, "google", google.oauth.code("ann@example.com"))
google.put_contact("ann@example.com", "c1", names=[{"givenName": "Zoë"}])
"""

import re
from copy import deepcopy
from datetime import UTC, datetime
from itertools import count
from typing import Any
from urllib.parse import unquote

from pydantic import SecretStr
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tests.support.providers.mailboxes import Expired, Json, Mailbox, Store
from tests.support.providers.oauth import AuthorizationServer, answer

CLIENT_ID, CLIENT_SECRET = "switchroom.apps.googleusercontent.com", "google-secret"
REDIRECT_URI = "https://desk.example.com/connected"
LIST_OF_PEOPLE = "names,emailAddresses,phoneNumbers,organizations,metadata"
ZONE = "America/Toronto"


class FakeGoogle:
    """`page_size`: how many rows a page has at most. `interruptions`: answers that come before all others."""

    def __init__(self, server: HTTPServer) -> None:
        self.oauth = AuthorizationServer(CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, rotates=False)
        self.mailboxes: dict[str, Mailbox] = {}
        self.page_size = 100
        self.interruptions: list[Response] = []
        self.requests: list[Request] = []
        """What was asked of the two APIs."""
        self.channels: dict[str, Json] = {}
        """The channels (`events.watch`) that are open."""
        self._numbers = count(1)
        url = server.url_for("").rstrip("/")
        self.settings: dict[str, Any] = {
            "google_client_id": CLIENT_ID,
            "google_client_secret": SecretStr(CLIENT_SECRET),
            "google_oauth_endpoint": url,
            "google_people_endpoint": f"{url}/people-api",
            "google_calendar_endpoint": url,
            "integration_redirect_uri": REDIRECT_URI,
        }
        server.expect_request("/token").respond_with_handler(self.oauth.token)
        server.expect_request("/revoke").respond_with_handler(self.oauth.revoke)
        server.expect_request(re.compile(r"/people-api/v1/people.*")).respond_with_handler(self._people)
        server.expect_request(re.compile(r"/calendar/v3/.*")).respond_with_handler(self._calendar)

    # What the user does at Google

    def mailbox(self, email: str) -> Mailbox:
        return self.mailboxes.setdefault(email, Mailbox(email))

    def put_contact(self, email: str, id: str, **fields: Any) -> None:
        """Make the contact `people/<id>`, or change it to this."""
        self.mailbox(email).contacts.put(f"people/{id}", fields)

    def put_event(self, email: str, id: str, **fields: Any) -> None:
        """Make the event, or change it to this."""
        self.mailbox(email).events.put(id, {"status": "confirmed", "eventType": "default", **fields})

    def notifications(self, email: str) -> list[tuple[str, dict[str, str]]]:
        """Return what Google would post now to the channels of this user's events: addresses and headers."""
        return [
            (
                channel["address"],
                {
                    "X-Goog-Channel-ID": id,
                    "X-Goog-Channel-Token": channel["token"],
                    "X-Goog-Message-Number": "2",
                    "X-Goog-Resource-ID": channel["resourceId"],
                    "X-Goog-Resource-State": "exists",
                },
            )
            for id, channel in self.channels.items()
            if channel["user"] == email
        ]

    # People API

    def _people(self, request: Request) -> Response:
        self.requests.append(request)
        if self.interruptions:
            return self.interruptions.pop(0)
        email = self.oauth.user(request)
        if email is None:
            return _error(401, "UNAUTHENTICATED", "authError")
        store = self.mailbox(email).contacts
        path = unquote(request.path).removeprefix("/people-api/v1/")
        if path == "people/me/connections":
            return self._connections(request, store)
        if path == "people:createContact":
            return self._create_contact(request, store)
        id, _, action = path.partition(":")
        if id not in store.rows:
            return _error(404, "NOT_FOUND", "notFound")
        if action == "updateContact":
            return self._update_contact(request, store, id)
        if action == "deleteContact":
            assert request.method == "DELETE"
            store.remove(id)
            return answer({})
        assert (request.method, action) == ("GET", "")
        assert request.args["personFields"] == LIST_OF_PEOPLE
        return answer(_person(store, id))

    def _connections(self, request: Request, store: Store) -> Response:
        asked = request.args.to_dict()
        assert request.method == "GET"
        assert asked.pop("personFields") == LIST_OF_PEOPLE
        assert asked.pop("sources") == "READ_SOURCE_TYPE_CONTACT"
        assert asked.pop("requestSyncToken") == "true"
        assert 1 <= int(asked.pop("pageSize")) <= 1000
        assert set(asked) <= {"syncToken", "pageToken"}
        try:
            ids, more = self._page(request, store)
        except Expired:
            return _error(400, "FAILED_PRECONDITION", "failedPrecondition", "EXPIRED_SYNC_TOKEN")
        return answer(
            {"connections": [_person(store, id) for id in ids], "totalItems": len(store.rows), **more}
        )

    def _create_contact(self, request: Request, store: Store) -> Response:
        assert request.method == "POST"
        assert request.args["personFields"] == LIST_OF_PEOPLE
        id = f"people/c{next(self._numbers)}"
        store.put(id, request.get_json())
        return answer(_person(store, id))

    def _update_contact(self, request: Request, store: Store, id: str) -> Response:
        assert request.method == "PATCH"
        body = request.get_json()
        sources = body.pop("metadata")["sources"]
        assert body.pop("etag").startswith("%")
        assert [source["type"] for source in sources] == ["CONTACT"]
        if sources[0]["etag"] != _person(store, id)["metadata"]["sources"][0]["etag"]:
            return _error(400, "FAILED_PRECONDITION", "failedPrecondition")
        names = set(request.args["updatePersonFields"].split(","))
        assert set(body) == names
        store.put(id, {**store.rows[id], **body})
        return answer(_person(store, id))

    # Calendar API

    def _calendar(self, request: Request) -> Response:
        self.requests.append(request)
        if self.interruptions:
            return self.interruptions.pop(0)
        email = self.oauth.user(request)
        if email is None:
            return _error(401, "UNAUTHENTICATED", "authError")
        store = self.mailbox(email).events
        path = unquote(request.path).removeprefix("/calendar/v3/")
        if path == "channels/stop":
            assert request.method == "POST"
            channel = request.get_json()
            if self.channels.pop(channel["id"], {}).get("resourceId") != channel["resourceId"]:
                return _error(404, "NOT_FOUND", "notFound")
            return Response(status=204)
        under = path.removeprefix("calendars/primary/events")
        assert under != path
        if under == "/watch":
            return self._watch(request, email)
        if not under and request.method == "GET":
            return self._list_events(request, store)
        if not under:
            return self._insert_event(request, store)
        return self._one_event(request, store, under.removeprefix("/"))

    def _list_events(self, request: Request, store: Store) -> Response:
        asked = request.args.to_dict()
        assert asked.pop("singleEvents") == "true"
        assert 1 <= int(asked.pop("maxResults")) <= 2500
        if "syncToken" in asked:
            assert not {"timeMin", "timeMax", "orderBy", "q", "updatedMin"} & set(asked)
        else:
            times = [datetime.fromisoformat(asked.pop(name)) for name in ("timeMin", "timeMax")]
            assert all(time.tzinfo for time in times)
            assert times[0] < times[1]
        assert set(asked) <= {"syncToken", "pageToken"}
        try:
            ids, more = self._page(request, store)
        except Expired:
            return _error(410, "", "fullSyncRequired")
        items = [_event(store, id) for id in ids]
        return answer({"kind": "calendar#events", "timeZone": ZONE, "items": items, **more})

    def _insert_event(self, request: Request, store: Store) -> Response:
        assert request.method == "POST"
        assert request.args["sendUpdates"] == "all"
        id = f"event{next(self._numbers)}"
        event = request.get_json()
        assert event == _without_nulls(event)
        store.put(id, {"status": "confirmed", "eventType": "default", **event})
        return answer(_event(store, id))

    def _one_event(self, request: Request, store: Store, id: str) -> Response:
        if id not in store.revisions:
            return _error(404, "", "notFound")
        if id not in store.rows:
            return _error(410, "", "deleted") if request.method == "DELETE" else answer(_event(store, id))
        if request.method == "GET":
            return answer(_event(store, id))
        assert request.args["sendUpdates"] == "all"
        if request.headers["If-Match"] != _event(store, id)["etag"]:
            return _error(412, "", "conditionNotMet")
        if request.method == "DELETE":
            store.remove(id)
            return Response(status=204)
        assert request.method == "PATCH"
        changes = request.get_json()
        row = store.rows[id]
        for name in ("start", "end"):
            if name in changes:
                changes[name] = {**row[name], **changes[name]}
        store.put(id, _without_nulls({**row, **changes}))
        return answer(_event(store, id))

    def _watch(self, request: Request, email: str) -> Response:
        assert request.method == "POST"
        channel = request.get_json()
        assert set(channel) == {"id", "type", "address", "token", "params"}
        assert channel["type"] == "web_hook"
        assert re.fullmatch(r"[A-Za-z0-9\-_+/=]{1,64}", channel["id"])
        assert len(channel["token"]) <= 256
        made = {"kind": "api#channel", "id": channel["id"], "resourceId": f"resource-{next(self._numbers)}"}
        made |= {"token": channel["token"], "expiration": "1893456000000"}
        self.channels[channel["id"]] = {**channel, **made, "user": email}
        return answer(made)

    def _page(self, request: Request, store: Store) -> tuple[list[str], Json]:
        """Return the ids of the page that is asked for, and what comes next: a page's token, or a cursor."""
        asked = request.args
        since = int(asked["syncToken"].removeprefix("sync=")) if "syncToken" in asked else None
        first = int(asked["pageToken"].removeprefix("page=")) if "pageToken" in asked else 0
        ids = [id for id in store.changed(since) if _is_in(store.rows.get(id, {}), request)]
        last = first + self.page_size
        more = (
            {"nextPageToken": f"page={last}"}
            if last < len(ids)
            else {"nextSyncToken": f"sync={len(store.log)}"}
        )
        return ids[first:last], more


def _is_in(row: Json, request: Request) -> bool:
    """Return whether a row is in the window that is asked for, if one is."""
    if "timeMin" not in request.args:
        return True
    first, last = (datetime.fromisoformat(request.args[name]) for name in ("timeMin", "timeMax"))
    start, end = (_moment(row[name]) for name in ("start", "end"))
    return start < last and end > first


def _moment(time: Json) -> datetime:
    moment = datetime.fromisoformat(time.get("dateTime") or time["date"])
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _person(store: Store, id: str) -> Json:
    number = id.removeprefix("people/")
    if id not in store.rows:
        return {"resourceName": id, "etag": "%gone", "metadata": {"objectType": "PERSON", "deleted": True}}
    source = {"type": "CONTACT", "id": number, "etag": f"#{store.revisions[id]}"}
    row = deepcopy(store.rows[id])
    about = {"sources": [source], "objectType": "PERSON", **row.pop("metadata", {})}
    for name in ("names", "emailAddresses", "phoneNumbers"):
        for place, entry in enumerate(row.get(name, [])):
            about_entry = {
                "source": {"type": "CONTACT", "id": number},
                **({} if place else {"primary": True}),
            }
            entry["metadata"] = {**about_entry, **entry.get("metadata", {})}
    return {"resourceName": id, "etag": f"%{store.revisions[id]}", "metadata": about, **row}


def _event(store: Store, id: str) -> Json:
    about = {"kind": "calendar#event", "id": id, "etag": f'"{store.revisions[id]}"'}
    if id not in store.rows:
        return {**about, "status": "cancelled"}
    return {**about, **deepcopy(store.rows[id])}


def _without_nulls(body: Json) -> Json:
    return {
        name: _without_nulls(value) if isinstance(value, dict) else value
        for name, value in body.items()
        if value is not None
    }


def _error(status: int, name: str, reason: str, info: str = "") -> Response:
    """Return an error. `info`: the reason of a `google.rpc.ErrorInfo`, as newer APIs have it."""
    error: Json = {
        "code": status,
        "message": "Words for people.",
        "errors": [{"domain": "global", "reason": reason}],
    }
    if name:
        error["status"] = name
    if info:
        detail = {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": info,
            "domain": "googleapis.com",
        }
        error["details"] = [detail]
    return answer({"error": error}, status)

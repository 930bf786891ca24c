"""Office 365: the token endpoint and Microsoft Graph for any number of users.

microsoft = FakeMicrosoft(httpserver)
settings = Settings(_env_file=None, **microsoft.settings)
grant = authorize(settings, "office365", microsoft.oauth.code("ann@example.com"))
microsoft.put_contact("ann@example.com", "AAMk1", givenName="Zoë")
"""

import re
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from urllib.parse import unquote, urlencode
from zoneinfo import ZoneInfo

import httpx
from pydantic import SecretStr
from pytest_httpserver import HTTPServer
from tzlocal.windows_tz import win_tz
from werkzeug import Request, Response

from tests.support.providers.mailboxes import Expired, Json, Mailbox, Store
from tests.support.providers.oauth import AuthorizationServer, answer

CLIENT_ID, CLIENT_SECRET, TENANT = "00000000-0000-0000-0000-000000000001", "microsoft-secret", "organizations"
REDIRECT_URI = "https://desk.example.com/connected"
PREFERENCES = {
    'IdType="ImmutableId"',
    'outlook.timezone="UTC"',
    'outlook.body-content-type="text"',
}
OF_AN_OCCURRENCE = ("type", "seriesMasterId", "start", "end")


class FakeMicrosoft:
    """`page_size`: how many rows a page has at most. `interruptions`: answers that come before all others.

    `validates`: a new subscription's address must answer the validation, as at Microsoft.
    """

    def __init__(self, server: HTTPServer) -> None:
        self.oauth = AuthorizationServer(CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, rotates=True)
        self.mailboxes: dict[str, Mailbox] = {}
        self.page_size = 100
        self.validates = False
        self.interruptions: list[Response] = []
        self.requests: list[Request] = []
        """What was asked of Graph."""
        self.subscriptions: dict[str, Json] = {}
        self._numbers = count(1)
        self._url = server.url_for("").rstrip("/")
        self.settings: dict[str, Any] = {
            "microsoft_client_id": CLIENT_ID,
            "microsoft_client_secret": SecretStr(CLIENT_SECRET),
            "microsoft_tenant": TENANT,
            "microsoft_login_endpoint": self._url,
            "graph_endpoint": self._url,
            "integration_redirect_uri": REDIRECT_URI,
        }
        server.expect_request(f"/{TENANT}/oauth2/v2.0/token").respond_with_handler(self.oauth.token)
        server.expect_request(re.compile(r"/v1\.0/.*")).respond_with_handler(self._serve)

    # What the user does in Outlook

    def mailbox(self, email: str) -> Mailbox:
        return self.mailboxes.setdefault(email, Mailbox(email))

    def put_contact(self, email: str, id: str, **fields: Any) -> None:
        """Make the contact, or change it to this."""
        self.mailbox(email).contacts.put(id, fields)

    def put_event(self, email: str, id: str, **fields: Any) -> None:
        """Make the event, or change it to this. Times have the zone that the user made them in."""
        self.mailbox(email).events.put(id, {"type": "singleInstance", "isAllDay": False, **fields})

    def put_series(self, email: str, id: str, times: list[tuple[Json, Json]], **fields: Any) -> None:
        """Make a series with these starts and ends. Its events are `<id>-1`, `<id>-2` ..."""
        start, end = times[0]
        self.put_event(email, id, start=start, end=end, **{**fields, "type": "seriesMaster"})
        for number, (start, end) in enumerate(times, 1):
            occurrence = {"type": "occurrence", "seriesMasterId": id, "start": start, "end": end}
            self.mailbox(email).events.put(f"{id}-{number}", occurrence)

    def notifications(self, email: str, kind: str) -> list[tuple[str, Json]]:
        """Return what Graph would post now to the subscriptions of `contacts` or `events`: addresses and bodies."""
        return [
            (
                each["notificationUrl"],
                {
                    "value": [
                        {
                            "subscriptionId": id,
                            "subscriptionExpirationDateTime": each["expirationDateTime"],
                            "changeType": "updated",
                            "clientState": each["clientState"],
                            "resource": f"Users/1/{kind}/1",
                            "resourceData": {"@odata.type": "#Microsoft.Graph.Event", "id": "1"},
                            "tenantId": TENANT,
                        }
                    ]
                },
            )
            for id, each in self.subscriptions.items()
            if (each["user"], each["resource"]) == (email, f"me/{kind}")
        ]

    # Graph

    def _serve(self, request: Request) -> Response:
        self.requests.append(request)
        if self.interruptions:
            return self.interruptions.pop(0)
        email = self.oauth.user(request)
        if email is None:
            return _error(401, "InvalidAuthenticationToken")
        assert set(request.headers["Prefer"].split(", ")) >= PREFERENCES
        mailbox = self.mailbox(email)
        # Ids may have a slash.
        path = request.environ["REQUEST_URI"].partition("?")[0].removeprefix("/v1.0/")
        match [unquote(part) for part in path.split("/")]:
            case ["me"]:
                return answer({"mail": None, "userPrincipalName": email, "id": "1"})
            case ["me", "contacts", "delta"]:
                return self._delta(request, mailbox.contacts)
            case ["me", "calendarView", "delta"]:
                return self._delta(request, mailbox.events)
            case ["me", "contacts" | "events" as kind]:
                return self._create(request, getattr(mailbox, kind), email)
            case ["me", "events", id, "instances"]:
                return self._instances(request, mailbox.events, id)
            case ["me", "contacts" | "events" as kind, id]:
                return self._one(request, getattr(mailbox, kind), id)
            case ["subscriptions"]:
                return self._subscribe(request, email)
            case ["subscriptions", id]:
                assert request.method == "DELETE"
                return (
                    Response(status=204)
                    if self.subscriptions.pop(id, None)
                    else _error(404, "ResourceNotFound")
                )
        raise AssertionError(path)

    def _delta(self, request: Request, store: Store) -> Response:
        assert request.method == "GET"
        asked = request.args.to_dict()
        assert any(part.startswith("odata.maxpagesize=") for part in request.headers["Prefer"].split(", "))
        state = asked.pop("$deltatoken", "") or asked.pop("$skiptoken", "")
        if not state:
            _check_first(request, asked)
            state = f"~0~{asked.get('startDateTime', '')}~{asked.get('endDateTime', '')}"
        # A token has the position of the cursor, that of the page, and the window.
        since, first, *window = state.split("~")
        try:
            ids = [id for id in store.changed(int(since) if since else None) if _is_in(store, id, window)]
        except Expired:
            return _error(410, "SyncStateNotFound")
        last = int(first) + self.page_size
        name, token = (
            ("@odata.nextLink", f"$skiptoken={'~'.join([since, str(last), *window])}")
            if last < len(ids)
            else ("@odata.deltaLink", f"$deltatoken={'~'.join([str(len(store.log)), '0', *window])}")
        )
        kind = "contacts" if "contacts" in request.path else "events"
        rows = [self._changed(kind, store, id) for id in ids[int(first) : last]]
        return answer({"@odata.context": "", "value": rows, name: f"{self._url}{request.path}?{token}"})

    def _changed(self, kind: str, store: Store, id: str) -> Json:
        if id not in store.rows:
            return {"id": id, "@removed": {"reason": "deleted"}}
        row = _row(store, id)
        if kind == "events" and row["type"] == "occurrence":
            return {name: row[name] for name in ("id", "@odata.etag", *OF_AN_OCCURRENCE)}
        return row

    def _instances(self, request: Request, store: Store, id: str) -> Response:
        assert request.method == "GET"
        if id not in store.rows:
            return _error(404, "ErrorItemNotFound")
        first = int(request.args.get("$skip", 0))
        _check_first(request, request.args.to_dict())
        ids = [each for each, row in store.rows.items() if row.get("seriesMasterId") == id]
        body: Json = {"value": [_row(store, each) for each in ids[first : first + self.page_size]]}
        if first + self.page_size < len(ids):
            query = urlencode({**request.args.to_dict(), "$skip": first + self.page_size})
            body["@odata.nextLink"] = f"{self._url}{request.path}?{query}"
        return answer(body)

    def _create(self, request: Request, store: Store, email: str) -> Response:
        assert request.method == "POST"
        id = f"AAMk+/{next(self._numbers)}="
        row = request.get_json()
        if "start" in row:
            _check_times(row)
            row = {
                "type": "singleInstance",
                "isAllDay": False,
                "organizer": {"emailAddress": {"address": email}},
                **row,
            }
        else:
            row = {"displayName": f"{row.get('givenName', '')} {row.get('surname', '')}".strip(), **row}
        store.put(id, row)
        return answer(_row(store, id), 201)

    def _one(self, request: Request, store: Store, id: str) -> Response:
        if id not in store.rows:
            return _error(404, "ErrorItemNotFound")
        row = _row(store, id)
        if request.method == "GET":
            return answer(row)
        if request.headers["If-Match"] != row["@odata.etag"]:
            return _error(412, "ErrorIrresolvableConflict")
        if request.method == "DELETE":
            store.remove(id)
            return Response(status=204)
        assert request.method == "PATCH"
        changes = request.get_json()
        if "start" in changes:
            _check_times(changes)
        if store.rows[id].get("type") == "occurrence":
            changes["type"] = "exception"
        store.put(id, {**store.rows[id], **changes})
        return answer(_row(store, id))

    def _subscribe(self, request: Request, email: str) -> Response:
        assert request.method == "POST"
        wanted = request.get_json()
        assert set(wanted) == {
            "changeType",
            "notificationUrl",
            "resource",
            "expirationDateTime",
            "clientState",
        }
        assert wanted["resource"] in ("me/events", "me/contacts")
        assert len(wanted["clientState"]) <= 128
        ends = datetime.fromisoformat(wanted["expirationDateTime"]) - datetime.now(UTC)
        assert timedelta(minutes=45) < ends < timedelta(minutes=4230)
        if self.validates:
            token = "Validation: Testing client application reachability for subscription Request-Id: 1"
            told = httpx.post(wanted["notificationUrl"], params={"validationToken": token}, timeout=10)
            if (told.status_code, told.text) != (200, token):
                return _error(400, "ValidationError")
        id = f"subscription-{next(self._numbers)}"
        self.subscriptions[id] = {**wanted, "user": email}
        return answer({"id": id, **wanted, "clientState": None}, 201)


def _row(store: Store, id: str) -> Json:
    """Return a row as Graph answers it: times in UTC, an occurrence with what its series has."""
    row = deepcopy(store.rows[id])
    if row.get("type") in ("occurrence", "exception"):
        row = {**deepcopy(store.rows[row["seriesMasterId"]]), **row}
    if "start" in row:
        row["originalStartTimeZone"] = row["start"]["timeZone"]
        row["originalEndTimeZone"] = row["end"]["timeZone"]
        for name in ("start", "end"):
            row[name] = _in_utc(row[name], row["isAllDay"])
        if "body" in row:
            # Outlook's text ends each line its own way.
            row["body"]["content"] = row["body"]["content"].replace("\n", "\r\n") + "\r\n"
    etag = f'W/"CQAAABYAAAC{store.revisions[id]}"'
    return {"@odata.etag": etag, "id": id, "changeKey": etag[3:-1], **row}


def _is_in(store: Store, id: str, window: list[str]) -> bool:
    """Return whether a row is in the window. Contacts have none, and of deleted rows it is not known."""
    if not all(window) or id not in store.rows:
        return True
    start, end = (datetime.fromisoformat(_row(store, id)[name]["dateTime"]) for name in ("start", "end"))
    first, last = (datetime.fromisoformat(time).replace(tzinfo=None) for time in window)
    return start < last and end > first


def _in_utc(time: Json, all_day: bool) -> Json:
    moment = datetime.fromisoformat(time["dateTime"])
    if not all_day:
        zone = ZoneInfo(win_tz.get(time["timeZone"]) or time["timeZone"])
        moment = moment.replace(tzinfo=zone).astimezone(UTC)
    return {"dateTime": f"{moment:%Y-%m-%dT%H:%M:%S}.0000000", "timeZone": "UTC"}


def _check_first(request: Request, asked: Json) -> None:
    """Check what is asked without a link."""
    asked = {name: value for name, value in asked.items() if name != "$skip"}
    if "/contacts/" in request.path:
        assert set(asked) == {"$select"}
        return
    assert set(asked) == {"startDateTime", "endDateTime"}
    assert datetime.fromisoformat(asked["startDateTime"]) < datetime.fromisoformat(asked["endDateTime"])


def _check_times(row: Json) -> None:
    assert {"start", "end", "isAllDay"} <= set(row)
    for name in ("start", "end"):
        assert set(row[name]) == {"dateTime", "timeZone"}
        assert row[name]["timeZone"] == "UTC" or row[name]["timeZone"] in win_tz
        moment = datetime.fromisoformat(row[name]["dateTime"])
        assert moment.tzinfo is None
        assert not row["isAllDay"] or (moment.hour, moment.minute) == (0, 0)


def _error(status: int, code: str) -> Response:
    inner = {"date": "2027-03-01T00:00:00", "request-id": "1", "client-request-id": "1"}
    return answer({"error": {"code": code, "message": "Words for people.", "innerError": inner}}, status)

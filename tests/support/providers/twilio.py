"""A local server that speaks Twilio's REST API, as far as the inbox uses it, and what Twilio would post to us."""

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import count
from typing import Any
from urllib.parse import urlencode

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from providers.inbox.twilio.webhook import signature

ACCOUNT, AUTH_TOKEN = "AC" + "0" * 32, "s3cret"
TOKEN = f"{ACCOUNT}:{AUTH_TOKEN}"
Json = dict[str, Any]


@dataclass
class TwilioServer:
    """The account's numbers, senders of WhatsApp and messages. `interruptions` are answered before anything else."""

    server: HTTPServer
    numbers: dict[str, Json] = field(default_factory=dict)
    senders: dict[str, Json] = field(default_factory=dict)
    messages: list[Json] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    interruptions: list[Response] = field(default_factory=list)
    loses_answers: int = 0
    """So many messages are taken, and then answered with a 500."""
    page_size: int = 50
    files: dict[str, bytes] = field(default_factory=dict)
    """What people sent: name -> content. Whoever has the account's secret is led to it."""

    def __post_init__(self) -> None:
        self._ids = count(1)
        self.server.expect_request(re.compile(".*")).respond_with_handler(self._serve)

    @property
    def settings(self) -> dict[str, str]:
        """The settings that lead here."""
        url = self.server.url_for("").rstrip("/")
        return {"twilio_endpoint": url, "twilio_messaging_endpoint": url}

    def media(self, name: str) -> str:
        """Return the address of a file that somebody sent, as Twilio's webhook has it."""
        return self.server.url_for(f"/2010-04-01/Accounts/{ACCOUNT}/Messages/MM0/Media/{name}")

    def add_number(self, number: str, name: str = "") -> None:
        sid = f"PN{next(self._ids):032x}"
        self.numbers[sid] = {
            "sid": sid,
            "phone_number": number,
            "friendly_name": name or number,
            "sms_url": "",
        }

    def add_sender(self, number: str, name: str = "Acme") -> None:
        sid = f"XE{next(self._ids):032x}"
        self.senders[sid] = {
            "sid": sid,
            "sender_id": f"whatsapp:{number}",
            "status": "ONLINE",
            "profile": {"name": name, "logo_url": "https://example.com/logo.png"},
            "webhook": {"callback_url": "", "callback_method": "POST"},
        }

    def _serve(self, request: Request) -> Response:
        self.requests.append(request)
        if self.interruptions:
            return self.interruptions.pop(0)
        if request.path.startswith("/cdn/"):
            assert "Authorization" not in request.headers
            content = self.files.get(request.path.removeprefix("/cdn/"))
            return Response(content, content_type="image/png") if content else Response(status=404)
        auth = request.authorization
        if auth is None or (auth.username, auth.password) != (ACCOUNT, AUTH_TOKEN):
            return _json({"code": 20003, "message": "Authenticate", "status": 401}, 401)
        path = request.path.removeprefix(f"/2010-04-01/Accounts/{ACCOUNT}")
        if path == "/Messages.json":
            return self._send(request) if request.method == "POST" else self._list_messages(request)
        if path.startswith("/Messages/MM0/Media/"):
            elsewhere = f"http://127.0.0.1:{self.server.port}/cdn/{path.rpartition('/')[2]}"
            return Response(status=307, headers={"Location": elsewhere})
        if path == "/IncomingPhoneNumbers.json":
            return self._list_numbers(request)
        if path.startswith("/IncomingPhoneNumbers/"):
            row = self.numbers[path.removeprefix("/IncomingPhoneNumbers/").removesuffix(".json")]
            row["sms_url"] = request.form["SmsUrl"]
            return _json(row)
        if path == "/v2/Channels/Senders":
            assert request.args["Channel"] == "whatsapp"
            return _json({"senders": list(self.senders.values()), "meta": {"next_page_url": None}})
        row = self.senders[path.removeprefix("/v2/Channels/Senders/")]
        assert request.method == "POST"
        row["webhook"] = request.get_json()["webhook"]
        return _json(row, 202)

    def _send(self, request: Request) -> Response:
        form = request.form
        needed = {"From", "To", "Body", "StatusCallback"}
        assert needed <= set(form) <= needed | {"MediaUrl"}
        if form["To"].endswith("0000"):
            wrong = f"The 'To' number {form['To']} is not a valid phone number."
            return _json({"code": 21211, "message": wrong, "status": 400}, 400)
        sid = f"SM{next(self._ids):032x}"
        row = {
            "sid": sid,
            "status": "queued",
            "from": form["From"],
            "to": form["To"],
            "body": form["Body"],
            "media": form.getlist("MediaUrl"),
            "callback": form["StatusCallback"],
            "date_created": format_datetime(datetime.now(UTC)),
        }
        self.messages.append(row)
        if self.loses_answers:
            self.loses_answers -= 1
            return Response(status=500)
        return _json(row, 201)

    def _list_messages(self, request: Request) -> Response:
        asked = request.args
        assert datetime.fromisoformat(asked["DateSent>"])
        rows = [row for row in self.messages if (row["from"], row["to"]) == (asked["From"], asked["To"])]
        return _json({"messages": list(reversed(rows))})

    def _list_numbers(self, request: Request) -> Response:
        asked = request.args
        rows = [
            row for row in self.numbers.values() if asked.get("PhoneNumber") in (None, row["phone_number"])
        ]
        page = int(asked.get("Page", 0))
        first = page * self.page_size
        query = urlencode({"Page": page + 1})
        more = f"{request.path}?{query}" if first + self.page_size < len(rows) else None
        return _json({"incoming_phone_numbers": rows[first : first + self.page_size], "next_page_uri": more})


def _json(body: Json, status: int = 200) -> Response:
    return Response(json.dumps(body), status, content_type="application/json")


def posted(url: str, form: dict[str, str], auth_token: str = AUTH_TOKEN) -> tuple[bytes, dict[str, str]]:
    """Return the body and the headers with which Twilio would post this form to us."""
    signed = signature(auth_token, url, {name: [value] for name, value in form.items()})
    headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signed}
    return urlencode(form).encode(), headers

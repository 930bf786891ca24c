"""A local server that speaks the Graph API as far as the inbox uses it, and what Facebook would post to us."""

import hashlib
import hmac
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

PAGE, PERSON = "1067280970047460", "1254459154682919"
USER_TOKEN, PAGE_TOKEN, APP_SECRET = "user-token", "page-token", "app-s3cret"
Json = dict[str, Any]


@dataclass
class GraphServer:
    """One page, which `USER_TOKEN` manages. `interruptions` are answered before anything else."""

    server: HTTPServer
    subscribed: str | None = None
    messages: list[Json] = field(default_factory=list)
    interruptions: list[Response] = field(default_factory=list)
    loses_answers: int = 0
    """So many messages are taken, and then answered with a 500."""

    def __post_init__(self) -> None:
        self._ids = count(1)
        self.server.expect_request(re.compile("/graph/.*")).respond_with_handler(self._serve)

    @property
    def settings(self) -> dict[str, str]:
        return {"facebook_endpoint": self.server.url_for("/graph")}

    def _serve(self, request: Request) -> Response:
        if self.interruptions:
            return self.interruptions.pop(0)
        token = request.headers["Authorization"].removeprefix("Bearer ")
        path = request.path.removeprefix("/graph/")
        row = {"id": PAGE, "name": "Acme", "picture": {"data": {"url": "https://example.com/a.png"}}}
        if path == "me/accounts" and token == USER_TOKEN:
            return _json({"data": [row], "paging": {"cursors": {"after": "x"}}})
        if path == PAGE and token in (USER_TOKEN, PAGE_TOKEN):
            return _json({**row, "access_token": PAGE_TOKEN})
        if token != PAGE_TOKEN:
            return error(190, "Invalid OAuth access token.", 401)
        if path == f"{PAGE}/subscribed_apps":
            self.subscribed = request.form["subscribed_fields"] if request.method == "POST" else None
            return _json({"success": True})
        if path == f"{PAGE}/conversations":
            assert request.args["user_id"] == PERSON
            return _json({"data": [{"messages": {"data": list(reversed(self.messages))}}]})
        assert (request.method, path) == ("POST", f"{PAGE}/messages")
        return self._send(request.get_json())

    def _send(self, body: Json) -> Response:
        assert body.keys() - {"tag"} == {"recipient", "messaging_type", "message"}
        assert len(body["message"]) == 1
        if body["recipient"]["id"] != PERSON:
            return error(100, "No matching user found", 400)
        mid = f"m_{next(self._ids)}"
        self.messages.append(
            {
                "id": mid,
                "created_time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000"),
                "from": {"id": PAGE},
                "message": body["message"].get("text", ""),
                "sent": body,
            }
        )
        if self.loses_answers:
            self.loses_answers -= 1
            return Response(status=500)
        return _json({"recipient_id": PERSON, "message_id": mid})


def error(code: int, message: str, status: int) -> Response:
    """Return an error as Graph answers it."""
    return _json({"error": {"message": message, "type": "OAuthException", "code": code}}, status)


def _json(body: Json, status: int = 200) -> Response:
    return Response(json.dumps(body), status, content_type="application/json")


def posted(*events: Json, page: str = PAGE, app_secret: str = APP_SECRET) -> tuple[bytes, dict[str, str]]:
    """Return the body and the headers with which Facebook would post these events of a page."""
    body = json.dumps(
        {"object": "page", "entry": [{"id": page, "time": 1, "messaging": list(events)}]}
    ).encode()
    digest = hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()
    return body, {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={digest}"}


def said(mid: str, text: str = "Hello", **message: Any) -> Json:
    """Return the event of a person's message."""
    return {
        "sender": {"id": PERSON},
        "recipient": {"id": PAGE},
        "timestamp": 1_760_000_000_000,
        "message": {"mid": mid, "text": text, **message},
    }
